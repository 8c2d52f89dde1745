// Numbers as people read them, in the page's language. Sentences come from the markup (data-text-…), translated there.

const language = () => document.documentElement.lang || undefined;
const number = (value, how) => new Intl.NumberFormat(language(), how).format(value).replaceAll(/[ \u00a0]/g, "\u202f");
const inUnit = (value, unit, digits) =>
  number(value, { style: "unit", unit, maximumFractionDigits: digits, minimumFractionDigits: digits });

/** "63%": whole numbers, and never 100 before it is done. */
export const percent = (part, whole) => number(whole ? Math.floor((part * 100) / whole) / 100 : 0, { style: "percent" });

/** "3.4 GB", in decimal units as the server writes them. */
export function size(bytes) {
  const step = Math.min(2, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3) - 1));
  return inUnit(bytes / 1000 ** (step + 1), ["kilobyte", "megabyte", "gigabyte"][step], step ? 1 : 0);
}

/** "12.4 MB/s" */
export function speed(bytesPerSecond) {
  if (bytesPerSecond >= 1e6) return inUnit(bytesPerSecond / 1e6, "megabyte-per-second", 1);
  return inUnit(bytesPerSecond / 1e3, "kilobyte-per-second", 0);
}

/** Fill {name}s of a sentence. */
export const fill = (sentence, values = {}) => (sentence ?? "").replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

/** "2 min", "1 h 5 min"; `texts` has timeSoon, timeMinutes, timeHours. */
export function timeLeft(seconds, texts) {
  if (seconds < 60) return texts.timeSoon;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return fill(texts.timeMinutes, { minutes });
  return fill(texts.timeHours, { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

/** A speed that follows changes within seconds and does not jump. */
export class Pace {
  constructor() {
    this.rate = 0;
    this.last = undefined;
  }

  add(bytes, now = performance.now()) {
    if (this.last && bytes >= this.last.bytes) {
      const seconds = (now - this.last.now) / 1000;
      if (seconds < 0.4) return;
      const present = (bytes - this.last.bytes) / seconds;
      // The weight of what was before fades with time, not with the number of samples.
      const keep = this.rate ? Math.exp(-seconds / 4) : 0;
      this.rate = this.rate * keep + present * (1 - keep);
    }
    this.last = { bytes, now };
  }

  reset() {
    this.last = undefined;
  }
}
