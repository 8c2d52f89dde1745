// Placing by words: the transcript as a list of options that are marked by mouse, finger or keys.
import { AI_LONGEST, clock, fill, isFree } from "./model.js";

const PARAGRAPH = 60;

/** [{ text, start, end }, …]; what the provider lists as punctuation belongs to the word before it. */
export function spoken(list) {
  const found = [];
  for (const { text, start, end, type = "word" } of list) {
    const kind = type.toLowerCase();
    if (kind === "silence" || !String(text).trim()) continue;
    if (kind === "punctuation" && found.length) found.at(-1).text += text;
    else found.push({ text: String(text).trim(), start, end });
  }
  return found;
}

export class Words {
  /** `on.put({ type, start, end, prompt })` makes the item. */
  constructor(root, rows, on) {
    Object.assign(this, { root, rows, on });
    this.box = root.querySelector("[data-broll-words]");
    const data = root.querySelector('script[type="application/json"]');
    this.list = this.box && data ? spoken(JSON.parse(data.textContent)) : [];
    if (!this.list.length) return;
    this.said = root.querySelector("[data-broll-said]");
    this.anchor = this.head = -1;
    this.current = 0; // the word that Tab comes to
    this.painted = { marked: new Set(), covered: new Set() };
    this.#build();
    this.box.addEventListener("pointerdown", (event) => this.#down(event));
    this.box.addEventListener("keydown", (event) => this.#key(event));
    for (const button of root.querySelectorAll("[data-broll-put]")) {
      button.addEventListener("click", () => this.#put(button.dataset.brollPut));
    }
  }

  /** Moments to snap to. */
  get points() {
    this.moments ??= this.list.flatMap((word) => [word.start, word.end]);
    return this.moments;
  }

  #build() {
    const parts = [];
    this.elements = [];
    for (let first = 0; first < this.list.length; first += PARAGRAPH) {
      const group = document.createElement("div");
      group.setAttribute("role", "group");
      group.setAttribute("aria-label", clock(this.list[first].start));
      for (const word of this.list.slice(first, first + PARAGRAPH)) {
        const option = document.createElement("span");
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.tabIndex = -1;
        option.textContent = word.text;
        option.title = clock(word.start);
        option.index = this.elements.length;
        this.elements.push(option);
        group.append(option, " ");
      }
      parts.push(group);
    }
    this.elements[0].tabIndex = 0;
    this.box.replaceChildren(...parts);
  }

  get range() {
    return this.anchor < 0 ? null : [Math.min(this.anchor, this.head), Math.max(this.anchor, this.head)];
  }

  mark(anchor, head) {
    this.anchor = anchor;
    this.head = head;
    const wanted = new Set();
    if (this.range) for (let index = this.range[0]; index <= this.range[1]; index += 1) wanted.add(index);
    this.#paint("marked", wanted, (option, on) => option.setAttribute("aria-selected", String(on)));
    this.refresh();
  }

  #paint(kind, wanted, set) {
    for (const index of this.painted[kind]) if (!wanted.has(index)) set(this.elements[index], false);
    for (const index of wanted) if (!this.painted[kind].has(index)) set(this.elements[index], true);
    this.painted[kind] = wanted;
  }

  /** What the items cover, and what can be done with the marked words. */
  refresh() {
    if (!this.list.length) return;
    const placed = this.rows.others(null);
    const covered = new Set();
    for (const [index, word] of this.list.entries()) {
      if (placed.some((item) => word.start < item.end - 0.0005 && word.end > item.start + 0.0005)) covered.add(index);
    }
    this.#paint("covered", covered, (option, on) => option.classList.toggle("is-covered", on));
    this.said.hidden = !this.range;
    if (!this.range) return;
    const { start, end, text } = this.#marked();
    const { textSpan, textTaken, textLong } = this.root.dataset;
    const short = text.length > 90 ? `${text.slice(0, 60)} … ${text.slice(-25)}` : text;
    this.root.querySelector("[data-broll-said-text]").textContent =
      `“${short}” · ${fill(textSpan, { start: clock(start), end: clock(end) })} (${(end - start).toFixed(1)} s)`;
    const taken = !isFree(start, end, placed) || end <= start;
    const long = end - start > AI_LONGEST + 0.0005;
    for (const button of this.root.querySelectorAll("[data-broll-put]")) {
      button.disabled = taken || (long && button.dataset.brollPut === "ai-broll");
    }
    const problem = this.root.querySelector("[data-broll-said-problem]");
    problem.hidden = !taken && !long;
    problem.textContent = taken ? textTaken : long ? fill(textLong, { length: (end - start).toFixed(1) }) : "";
  }

  #marked() {
    const [first, last] = this.range;
    const words = this.list.slice(first, last + 1);
    return { start: words[0].start, end: words.at(-1).end, text: words.map((word) => word.text).join(" ") };
  }

  #put(type) {
    const { start, end, text } = this.#marked();
    this.mark(-1, -1);
    this.on.put({ type, start, end, prompt: type === "ai-broll" ? text : "" });
  }

  // Pointer: drag over words, or the first and then the last with Shift; by finger two taps do --------------------

  #down(event) {
    const word = event.target.closest('[role="option"]');
    if (!word || event.button !== 0) return;
    const isTouch = event.pointerType === "touch";
    let dragging = false;
    const abort = new AbortController();
    const { signal } = abort;
    const move = (now) => {
      const over = document.elementFromPoint(now.clientX, now.clientY)?.closest?.('[role="option"]');
      if (!over || !this.box.contains(over) || (!dragging && over === word)) return;
      dragging = true;
      this.mark(word.index, over.index);
    };
    const up = () => {
      abort.abort();
      if (dragging) return this.#focus(this.head);
      const extends_ = this.anchor >= 0 && (event.shiftKey || (isTouch && this.anchor === this.head && this.anchor !== word.index));
      this.mark(extends_ ? this.anchor : word.index, word.index);
      return this.#focus(word.index);
    };
    if (!isTouch) event.preventDefault(); // no text selection of the browser's
    document.addEventListener("pointermove", move, { signal });
    document.addEventListener("pointerup", up, { signal });
    document.addEventListener("pointercancel", () => abort.abort(), { signal });
  }

  // Keys --------------------------------------------------------------------------------------------------------

  #focus(index) {
    this.elements[this.current].tabIndex = -1;
    this.current = index;
    this.elements[index].tabIndex = 0;
    this.elements[index].focus({ preventScroll: true });
    this.elements[index].scrollIntoView({ block: "nearest" });
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const last = this.list.length - 1;
    const to = {
      ArrowLeft: () => this.current - 1,
      ArrowRight: () => this.current + 1,
      ArrowUp: () => this.#line(-1),
      ArrowDown: () => this.#line(1),
      Home: () => 0,
      End: () => last,
    }[event.key]?.();
    if (to !== undefined) {
      const index = Math.max(0, Math.min(last, to));
      if (event.shiftKey) this.mark(this.anchor < 0 ? this.current : this.anchor, index);
      this.#focus(index);
    } else if (event.key === " " || event.key === "Enter") {
      if (event.key === "Enter" && this.range) this.root.querySelector("[data-broll-put]:not(:disabled)")?.focus();
      else this.mark(this.current, this.current);
    } else if (event.key === "Escape" && this.range) this.mark(-1, -1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** The word above or below in the text as it is laid out. */
  #line(way) {
    const here = this.elements[this.current].getBoundingClientRect();
    let best = this.current;
    let line = null;
    for (let index = this.current + way; index >= 0 && index < this.list.length; index += way) {
      const box = this.elements[index].getBoundingClientRect();
      if (Math.abs(box.top - here.top) < here.height / 2) continue;
      line ??= box.top;
      if (Math.abs(box.top - line) > here.height / 2) break;
      if (line !== null && best === this.current) best = index;
      if (Math.abs(box.left - here.left) < Math.abs(this.elements[best].getBoundingClientRect().left - here.left)) best = index;
    }
    return best;
  }
}
