// The timeline: each placed row is a block that is dragged, resized and moved by keys. Positions are set from here,
// because the content security policy allows no style attributes.
import { clock, exact, fill, moved, near, snap, withEdge } from "./model.js";
import { writeTimes } from "./rows.js";

const SNAP_PIXELS = 8;
const DRAG_PIXELS = 3;
const STEP = 0.1;
const LARGE_STEP = 1;
const NARROWEST = 8; // pixels: a block stays visible and can be taken
const MOST_PIXELS = 60_000;
const MOST_PER_SECOND = 120;
const TICKS = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 600, 1800];

const make = (tag, css, attributes = {}) => {
  const element = document.createElement(tag);
  element.className = css;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};

export class Timeline {
  /** `length()` is the video's in seconds or NaN; `points()` are further moments to snap to; `on` what to do. */
  constructor(root, rows, { length, points, on }) {
    Object.assign(this, { root, rows, length, points, on });
    this.scroll = root.querySelector("[data-broll-scroll]");
    this.track = root.querySelector("[data-broll-track]");
    this.ticks = root.querySelector("[data-broll-ticks]");
    this.caret = root.querySelector("[data-broll-cursor]");
    this.blocks = new Map(); // row -> block
    this.zoom = 1;
    this.cursor = null; // a moment that was clicked
    this.dragged = false;
    this.selected = null;
    this.track.addEventListener("pointerdown", (event) => this.#down(event));
    this.track.addEventListener("keydown", (event) => this.#key(event));
    for (const button of root.querySelectorAll("[data-broll-zoom]")) {
      button.addEventListener("click", () => this.#zoomBy(button.dataset.brollZoom === "in" ? 2 : 0.5));
    }
    this.watcher = new ResizeObserver(() => this.draw());
    this.watcher.observe(this.scroll);
  }

  stop() {
    this.watcher.disconnect();
  }

  /** What is drawn: the video, or as much as the items need while its length is not known. */
  get shown() {
    const known = this.length();
    const last = Math.max(0, ...this.rows.items.filter((item) => item.placed).map((item) => item.end));
    return Math.max(Number.isNaN(known) ? Math.max(60, last + 10) : known, last, 1);
  }

  get limit() {
    const known = this.length();
    return Number.isNaN(known) ? Infinity : known;
  }

  get perSecond() {
    const width = Math.max(this.scroll.clientWidth, 100);
    const fit = width / this.shown;
    const most = Math.max(fit, Math.min(MOST_PER_SECOND, MOST_PIXELS / this.shown));
    this.zoom = Math.max(1, Math.min(this.zoom, most / fit));
    return fit * this.zoom;
  }

  #zoomBy(factor) {
    const middle = (this.scroll.scrollLeft + this.scroll.clientWidth / 2) / this.perSecond;
    this.zoom *= factor;
    this.draw();
    const focus = this.selected && this.blocks.has(this.selected) ? this.#item(this.selected).start : middle;
    this.scroll.scrollLeft = focus * this.perSecond - this.scroll.clientWidth / 2;
  }

  #item(row) {
    return this.rows.items.find((item) => item.row === row);
  }

  draw() {
    const scale = this.perSecond;
    this.track.style.width = this.zoom > 1 ? `${Math.ceil(this.shown * scale)}px` : "100%";
    this.#drawTicks(scale);
    this.caret.hidden = this.cursor === null;
    this.caret.style.left = `${(this.cursor ?? 0) * scale}px`;
    const focused = this.track.contains(document.activeElement) ? document.activeElement : null;
    const items = this.rows.items;
    for (const [row, block] of this.blocks) {
      if (!items.some((item) => item.row === row && item.placed)) {
        block.remove();
        this.blocks.delete(row);
      }
    }
    const placed = items.filter((each) => each.placed).toSorted((one, two) => one.start - two.start);
    for (const item of placed) this.#drawBlock(item, scale);
    // In the order of time, so that Tab goes from left to right; but not under a dragging hand: what is moved in the
    // document loses its pointer.
    const order = placed.map((item) => this.blocks.get(item.row));
    const stands = [...this.track.querySelectorAll(".broll-block")];
    if (!this.dragged && order.some((block, index) => block !== stands[index])) this.track.append(...order);
    if (focused?.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
  }

  #drawTicks(scale) {
    const step = TICKS.find((each) => each * scale >= 56) ?? 3600;
    const key = `${step} ${scale} ${this.shown}`;
    if (this.drawn === key) return;
    this.drawn = key;
    const marks = [];
    for (let at = 0; at <= this.shown - step / 4; at = exact(at + step)) {
      const mark = make("span", "");
      mark.textContent = clock(at);
      mark.style.left = `${at * scale}px`;
      marks.push(mark);
    }
    this.ticks.replaceChildren(...marks);
  }

  #drawBlock(item, scale) {
    const { textAi, textMedia, textSpan, textStart, textEnd } = this.root.dataset;
    let block = this.blocks.get(item.row);
    if (!block) {
      block = make("div", "broll-block", { role: "group" });
      const slider = { role: "slider", "aria-valuemin": "0" };
      block.append(
        make("div", "broll-body", { ...slider, tabindex: "0" }),
        make("div", "broll-edge", { ...slider, tabindex: "-1", "data-edge": "start" }),
        make("div", "broll-edge", { ...slider, tabindex: "-1", "data-edge": "end" }),
      );
      block.firstElementChild.append(make("b", ""), make("span", ""));
      block.row = item.row;
      this.blocks.set(item.row, block);
      this.track.append(block);
    }
    block.style.left = `${item.start * scale}px`;
    block.style.width = `${Math.max(NARROWEST, (item.end - item.start) * scale)}px`;
    block.dataset.kind = item.type;
    block.classList.toggle("is-selected", item.row === this.selected);
    block.classList.toggle("is-wrong", item.row.classList.contains("is-too-long") || item.end > this.limit + 0.0005);
    const name = this.rows.name(item.row);
    const kind = item.type === "ai-broll" ? textAi : textMedia;
    const span = fill(textSpan, { start: clock(item.start), end: clock(item.end) });
    block.setAttribute("aria-label", name);
    const [body, start, end] = block.children;
    body.firstElementChild.textContent = String(this.rows.all.indexOf(item.row) + 1);
    body.lastElementChild.textContent = `· ${kind}`;
    this.#say(body, `${name}, ${kind}`, item.start, span);
    this.#say(start, `${name}, ${textStart}`, item.start, clock(item.start));
    this.#say(end, `${name}, ${textEnd}`, item.end, clock(item.end));
    for (const edge of [start, end]) edge.tabIndex = item.row === this.selected ? 0 : -1;
  }

  #say(slider, label, value, text) {
    slider.setAttribute("aria-label", label);
    slider.setAttribute("aria-valuemax", String(Math.ceil(this.shown)));
    slider.setAttribute("aria-valuenow", String(value));
    slider.setAttribute("aria-valuetext", text);
  }

  select(row) {
    this.selected = row;
    this.draw();
    const block = this.blocks.get(row);
    if (!block) return;
    const { start, end } = this.#item(row);
    const scale = this.perSecond;
    const { scrollLeft, clientWidth } = this.scroll;
    if (end * scale < scrollLeft || start * scale > scrollLeft + clientWidth) this.scroll.scrollLeft = start * scale - clientWidth / 3;
  }

  // Pointer -----------------------------------------------------------------------------------------------------

  #timeAt(event) {
    return (event.clientX - this.track.getBoundingClientRect().left) / this.perSecond;
  }

  #down(event) {
    if (event.button !== 0) return;
    const block = event.target.closest(".broll-block");
    if (!block) {
      this.cursor = Math.max(0, Math.min(this.shown, snap(this.#timeAt(event), this.points(), SNAP_PIXELS / this.perSecond)));
      this.draw();
      return;
    }
    event.preventDefault();
    const { row } = block;
    const grip = event.target.closest('[role="slider"]');
    const { edge } = grip.dataset;
    const from = this.#item(row);
    const others = this.rows.others(row);
    const points = [...this.points(), ...others.flatMap((other) => [other.start, other.end]), ...(Number.isFinite(this.limit) ? [this.limit] : [])];
    const begin = this.#timeAt(event);
    let dragging = false;
    this.select(row);
    grip.focus({ preventScroll: true });
    grip.setPointerCapture(event.pointerId);
    const abort = new AbortController();
    const { signal } = abort;
    const move = (now) => {
      if (!dragging && Math.abs(now.clientX - event.clientX) < DRAG_PIXELS) return;
      dragging = this.dragged = true;
      block.classList.add("is-dragged");
      const reach = SNAP_PIXELS / this.perSecond;
      const shift = this.#timeAt(now) - begin;
      writeTimes(row, edge ? this.#draggedEdge(from, edge, shift, others, points, reach) : this.#dragged(from, shift, others, points, reach));
    };
    const finish = (back) => {
      abort.abort();
      this.dragged = false;
      block.classList.remove("is-dragged");
      if (back && dragging) writeTimes(row, from);
      else if (!back && !dragging) this.on.open(row);
      this.draw();
    };
    grip.addEventListener("pointermove", move, { signal });
    grip.addEventListener("pointerup", () => finish(false), { signal });
    grip.addEventListener("pointercancel", () => finish(true), { signal });
    document.addEventListener("keydown", (key) => {
      if (key.key !== "Escape") return;
      key.preventDefault();
      finish(true);
    }, { signal });
  }

  #dragged(from, shift, others, points, reach) {
    const size = from.end - from.start;
    const wish = from.start + shift;
    const byStart = near(wish, [0, ...points], reach);
    const byEnd = near(wish + size, points, reach) - size;
    // The edge that lies nearer to something it can stick to decides.
    const endDecides = Number.isNaN(byStart) || Math.abs(byEnd - wish) < Math.abs(byStart - wish);
    const stuck = endDecides && !Number.isNaN(byEnd) ? byEnd : byStart;
    const at = Number.isNaN(stuck) ? snap(wish, [], reach) : stuck;
    return moved(from, at, others, this.limit);
  }

  #draggedEdge(from, edge, shift, others, points, reach) {
    return withEdge(from, edge, snap(from[edge] + shift, [0, ...points], reach), others, this.limit);
  }

  // Keys --------------------------------------------------------------------------------------------------------

  #key(event) {
    const block = event.target.closest(".broll-block");
    if (!block || this.root.matches("fieldset:disabled *") || event.ctrlKey || event.metaKey || event.altKey) return;
    const { row } = block;
    const { edge } = event.target.dataset;
    const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (way) this.#nudge(row, edge, way * (event.shiftKey ? LARGE_STEP : STEP));
    else if (event.key === "Enter" || event.key === " ") this.on.open(row);
    else if (event.key === "Delete" || event.key === "Backspace") this.on.remove(row);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #nudge(row, edge, step) {
    const item = this.#item(row);
    const others = this.rows.others(row);
    if (this.selected !== row) this.select(row);
    if (edge) writeTimes(row, withEdge(item, edge, exact(item[edge] + step), others, this.limit));
    else {
      // A key press goes over a neighbour only when the place beyond it is in the key's direction.
      const next = moved(item, exact(item.start + step), others, this.limit);
      if ((next.start - item.start) * step > 0) writeTimes(row, next);
      else this.#jump(row, item, others, step);
    }
  }

  /** Held by a neighbour: the next press in its direction goes to the other side of it. */
  #jump(row, item, others, step) {
    const size = item.end - item.start;
    const beyond = others
      .map((other) => (step > 0 ? other.end : other.start - size))
      .filter((start) => (start - item.start) * step > 0)
      .toSorted((one, two) => Math.abs(one - item.start) - Math.abs(two - item.start));
    for (const start of beyond) {
      const place = moved(item, start, others, this.limit);
      if ((place.start - item.start) * step > 0) return writeTimes(row, place);
    }
    return undefined;
  }
}
