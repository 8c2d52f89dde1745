// Times of B-roll items, without a page: reading and writing moments, free places, snapping. Seconds throughout.

export const SHORTEST = 0.2;
export const AI_LONGEST = 12;
const SAME_MOMENT = 0.0005; // as in projects_app/rules_items.py

export const exact = (seconds) => Math.round(seconds * 1000) / 1000;
const tenth = (seconds) => Math.round(seconds * 10) / 10;

/** 65.5, "65,5", "1:05.5" or "0:01:05.5" as seconds; NaN for anything else. */
export function seconds(text) {
  const found = /^(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,6}(?:[.,]\d{1,9})?)$/.exec(text.trim());
  if (!found) return NaN;
  const [, hours, minutes, rest] = found;
  const value = Number(rest.replace(",", "."));
  if ((minutes !== undefined && value >= 60) || (hours !== undefined && Number(minutes) >= 60)) return NaN;
  return exact(Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + value);
}

/** 1:05.5; the hour only where there is one. */
export function clock(value) {
  const thousandths = Math.round(value * 1000);
  const rest = (thousandths % 60_000) / 1000;
  const minutes = Math.floor(thousandths / 60_000);
  const text = String(rest).padStart(String(rest).includes(".") ? String(rest).length + (rest < 10 ? 1 : 0) : 2, "0");
  const hours = Math.floor(minutes / 60);
  return hours ? `${hours}:${String(minutes % 60).padStart(2, "0")}:${text}` : `${minutes}:${text}`;
}

/** The end of AI B-roll as it is sent (projects_app/rules_items.py, fitted): 16.1 - 4.1 is a little over 12. */
export function fittingEnd(type, start, end) {
  const over = end - start - AI_LONGEST;
  return type === "ai-broll" && over > 0 && over <= SAME_MOMENT ? exact(end - 0.001) : end;
}

export const longest = (item) => (item.type === "ai-broll" ? AI_LONGEST : Infinity);

/** Free stretches beside the other items, within the video (Infinity: its length is not known). */
export function gaps(others, length) {
  const taken = others.toSorted((one, two) => one.start - two.start);
  const found = [];
  let from = 0;
  for (const { start, end } of taken) {
    if (start - from > SAME_MOMENT) found.push([from, start]);
    from = Math.max(from, end);
  }
  if (length - from > SAME_MOMENT) found.push([from, length]);
  return found;
}

/** Is the whole stretch free? Touching is allowed. */
export const isFree = (start, end, others) =>
  others.every((other) => start >= other.end - SAME_MOMENT || end <= other.start + SAME_MOMENT);

/** The start nearest to the wished one at which `size` seconds have room; NaN when they have none anywhere. */
export function nearestPlace(wish, size, others, length) {
  let best = NaN;
  for (const [from, to] of gaps(others, length)) {
    if (to - from < size - SAME_MOMENT) continue;
    const start = Math.min(Math.max(wish, from), Math.max(from, to - size));
    if (Number.isNaN(best) || Math.abs(start - wish) < Math.abs(best - wish)) best = start;
  }
  return exact(best);
}

/** A place for something new near the wished one: up to `size` seconds, less where the gap is smaller. */
export function newPlace(wish, size, others, length) {
  const rooms = gaps(others, length).filter(([from, to]) => to - from >= SHORTEST);
  const distance = ([from, to]) => (wish < from ? from - wish : wish > to - SHORTEST ? wish - (to - SHORTEST) : 0);
  const [room] = rooms.toSorted((one, two) => distance(one) - distance(two));
  if (!room) return null;
  const [from, to] = room;
  const long = Math.min(size, to - from);
  const start = exact(Math.min(Math.max(wish, from), to - long));
  return { start, end: exact(start + long) };
}

/** The item with one edge taken to `at`, held back by its neighbours, the video, and its longest and shortest time. */
export function withEdge(item, edge, at, others, length) {
  const { start, end } = item;
  if (edge === "start") {
    const before = others.filter((other) => other.end <= start + SAME_MOMENT).map((other) => other.end);
    const low = Math.max(0, end - longest(item), ...before);
    return { start: exact(Math.min(Math.max(at, low), end - SHORTEST)), end };
  }
  const after = others.filter((other) => other.start >= end - SAME_MOMENT).map((other) => other.start);
  const high = Math.min(length, start + longest(item), ...after);
  return { start, end: exact(Math.max(Math.min(at, high), start + SHORTEST)) };
}

/** The item moved as a whole so that it starts near `at`, over its neighbours into another gap if need be. */
export function moved(item, at, others, length) {
  const size = item.end - item.start;
  const start = nearestPlace(at, size, others, length);
  return Number.isNaN(start) ? { start: item.start, end: item.end } : { start, end: exact(start + size) };
}

/** The nearest of `points` within `reach`; NaN without one. */
export function near(at, points, reach) {
  let best = NaN;
  for (const point of points) {
    if (Math.abs(point - at) <= reach && !(Math.abs(best - at) <= Math.abs(point - at))) best = point;
  }
  return best;
}

/** The nearest of `points` within `reach`, else the tenth of a second. */
export function snap(at, points, reach) {
  const point = near(at, points, reach);
  return Number.isNaN(point) ? tenth(at) : point;
}

/** {text} with its {names} filled in. */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
