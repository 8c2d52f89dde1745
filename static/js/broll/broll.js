// data-module="broll" around templates/projects/options/_items.html: timeline, words and library on top of plain rows.
import { announce } from "../announce.js";
import { register } from "../registry.js";
import { watchLength } from "./length.js";
import { MediaPicker } from "./media.js";
import { clock, fill, newPlace } from "./model.js";
import { Rows } from "./rows.js";
import { Timeline } from "./timeline.js";
import { Words } from "./words.js";

const NEW_SECONDS = 4;
const STEPS = { ArrowUp: 0.1, ArrowDown: -0.1 };

register("broll", (root) => {
  const rows = new Rows(root);
  const picker = new MediaPicker(root);
  const credits = root.querySelector("[data-broll-credits]");
  const removed = root.querySelector("[data-broll-removed]");
  const undo = removed.querySelector("[data-broll-undo]");
  const lengthNote = root.querySelector("[data-broll-length]");
  const { dataset } = root;
  let length = NaN;
  let last = null; // [row, the row that came after it]

  const span = (item) => fill(dataset.textSpan, { start: clock(item.start), end: clock(item.end) });

  const open = (row) => {
    rows.open(row);
    timeline.select(row);
    row.scrollIntoView({ block: "nearest" });
    (row.querySelector("summary") ?? row).focus({ preventScroll: true });
  };

  const put = ({ type, start, end, prompt = "" }) => {
    const row = rows.add({ type, start, end, prompt });
    rows.open(row);
    timeline.select(row);
    row.scrollIntoView({ block: "nearest" });
    announce(fill(dataset.textAdded, { name: rows.name(row), span: span({ start, end }) }));
    if (type === "ai-broll") row.querySelector('[name$="-prompt"]').focus();
    else picker.open(row, () => remove(row));
  };

  const remove = (row) => {
    const text = fill(dataset.textRemoved, { name: rows.name(row) });
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    last = [row, row.nextElementSibling];
    row.remove();
    removed.hidden = false;
    removed.querySelector("span").textContent = text;
    undo.hidden = false;
    announce(text);
    refresh();
    (neighbour?.querySelector("summary") ?? root.querySelector("[data-broll-add]")).focus();
    root.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const timeline = new Timeline(root, rows, {
    length: () => length,
    points: () => words.points,
    on: { open, remove },
  });
  const words = new Words(root, rows, { put });

  function refresh() {
    rows.refresh();
    for (const row of rows.all) picker.draw(row);
    const text = rows.credits();
    credits.hidden = !text;
    credits.querySelector("span").textContent = text;
    timeline.draw();
    words.refresh();
  }

  const add = (type) => {
    const placed = rows.others(null);
    const wish = timeline.cursor ?? Math.max(0, ...placed.map((item) => item.end));
    const place = newPlace(wish, NEW_SECONDS, placed, timeline.limit);
    if (place) return put({ type, ...place });
    removed.hidden = false;
    removed.querySelector("span").textContent = dataset.textFull;
    undo.hidden = true;
    return announce(dataset.textFull);
  };

  const onClick = ({ target }) => {
    const adder = target.closest("[data-broll-add]");
    const row = target.closest("[data-broll-row]");
    if (adder) {
      removed.hidden = true;
      add(adder.dataset.brollAdd);
    } else if (target.closest("[data-broll-undo]") && last) {
      const [back, before] = last;
      rows.list.insertBefore(back, before?.isConnected ? before : null);
      last = null;
      removed.hidden = true;
      refresh();
      back.querySelector("summary").focus();
    } else if (row && target.closest("[data-broll-remove]")) remove(row);
    else if (row && target.closest("[data-broll-pick]")) picker.open(row);
    else if (row && target.closest("summary")) timeline.select(row);
  };

  // The number fields do what the blocks do: arrow keys by 0.1 s, with Shift by 1 s.
  const onKey = (event) => {
    const step = STEPS[event.key];
    const name = /-(start|end)$/.exec(event.target.name ?? "")?.[1];
    if (!step || !name || event.altKey || event.ctrlKey || event.metaKey) return;
    const row = event.target.closest("[data-broll-row]");
    const item = rows.items.find((each) => each.row === row);
    if (Number.isNaN(item[name])) return;
    event.preventDefault();
    event.target.value = clock(Math.max(0, item[name] + step * (event.shiftKey ? 10 : 1)));
    event.target.dispatchEvent(new Event("input", { bubbles: true }));
  };

  root.addEventListener("click", onClick);
  root.addEventListener("keydown", onKey);
  root.addEventListener("input", refresh);
  root.addEventListener("change", refresh);
  const stopLength = watchLength(root, (seconds) => {
    length = seconds;
    const { textKnown, textUnknown } = lengthNote.dataset;
    lengthNote.textContent = Number.isNaN(seconds) ? textUnknown : fill(textKnown, { length: clock(Math.floor(seconds * 10) / 10) });
    refresh();
  });
  return () => {
    stopLength();
    timeline.stop();
  };
});
