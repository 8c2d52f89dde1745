// The rows of the form: what they say is the truth, the timeline only draws it (templates/projects/options/_broll_row.html).
import { AI_LONGEST, clock, exact, fill, fittingEnd, seconds } from "./model.js";

const PROMPT_LONGEST = 2500;

const input = (row, part) => row.querySelector(`[name$="-${part}"]`);
const chosen = (row, part) => row.querySelector(`[name$="-${part}"]:checked`)?.value ?? "";

/** What a row says: { type, start, end, media, mediaType, prompt, layout }; start and end are NaN without a time. */
export function read(row) {
  const media = input(row, "media");
  const start = seconds(input(row, "start").value);
  const end = seconds(input(row, "end").value);
  return {
    row,
    type: chosen(row, "type"),
    start,
    end,
    placed: end > start,
    media: media.value,
    mediaType: media.selectedOptions[0]?.dataset.type ?? "",
    mediaName: media.value ? media.selectedOptions[0].textContent.trim() : "",
    prompt: input(row, "prompt").value.trim(),
    layout: chosen(row, "layout"),
  };
}

const tell = (element) => element.dispatchEvent(new Event("input", { bubbles: true }));

export function writeTimes(row, { start, end }) {
  input(row, "start").value = clock(start);
  input(row, "end").value = clock(fittingEnd(chosen(row, "type"), start, end));
  tell(input(row, "end"));
}

/** Nothing but choices that a row comes with. */
export function isEmpty(row) {
  return !["start", "end", "media", "prompt"].some((part) => input(row, part).value.trim());
}

/** Rows in their order; new ones come from the template with a number that was never used. */
export class Rows {
  constructor(root) {
    this.root = root;
    this.list = root.querySelector("[data-broll-rows]");
    this.template = root.querySelector("[data-broll-template]");
    this.next = 0;
    for (const row of this.all) {
      this.next = Math.max(this.next, Number(row.dataset.brollRow) + 1);
      // Offered for life without a script.
      if ("brollEmpty" in row.dataset && isEmpty(row)) row.remove();
    }
  }

  get all() {
    return [...this.list.children];
  }

  get items() {
    return this.all.map(read);
  }

  /** Those with a time, but for one row. */
  others(row) {
    return this.items.filter((item) => item.placed && item.row !== row);
  }

  add({ type, start, end, prompt = "" }) {
    const number = this.template.content.firstElementChild.dataset.brollRow;
    const row = this.template.content.firstElementChild.cloneNode(true);
    for (const element of row.querySelectorAll("[name], [id], [for], [aria-describedby]")) {
      for (const name of ["name", "id", "for", "aria-describedby"]) {
        const value = element.getAttribute(name);
        if (value) element.setAttribute(name, value.replaceAll(`item-${number}-`, `item-${this.next}-`));
      }
    }
    row.dataset.brollRow = this.next;
    this.next += 1;
    for (const radio of row.querySelectorAll('[name$="-type"]')) radio.checked = radio.value === type;
    // AI B-roll needs a layout; the whole picture is the plainest.
    if (type === "ai-broll") row.querySelector('[name$="-layout"][value="cover"]').checked = true;
    input(row, "prompt").value = prompt.slice(0, PROMPT_LONGEST);
    this.list.append(row);
    writeTimes(row, { start, end });
    return row;
  }

  name(row) {
    return fill(this.root.dataset.textName, { number: this.all.indexOf(row) + 1 });
  }

  /** Show the fields of this row and fold the others. */
  open(row) {
    for (const other of this.all) other.querySelector("details").open = other === row;
  }

  /** Everything that follows from the rows' values: names, sums, layouts that fit, what is left of a prompt. */
  refresh() {
    for (const row of this.all) {
      const item = read(row);
      this.#sum(row, item);
      this.#layouts(row, item);
      const prompt = input(row, "prompt");
      prompt.setAttribute("rows", item.prompt.length > 160 ? 6 : 3);
      const left = PROMPT_LONGEST - prompt.value.length;
      row.querySelector("[data-broll-left]").textContent = left < 300 ? fill(this.root.dataset.textLeft, { count: left }) : "";
      this.#limit(row, item);
    }
  }

  #sum(row, item) {
    const { textAi, textMedia, textSpan, textUnplaced, textNothing } = this.root.dataset;
    const isAi = item.type === "ai-broll";
    const when = item.placed ? fill(textSpan, { start: clock(item.start), end: clock(item.end) }) : textUnplaced;
    const what = isAi ? item.prompt : item.mediaName.split(" · ")[0];
    row.querySelector("[data-broll-name]").textContent = this.name(row);
    row.querySelector("[data-broll-sum]").textContent = [isAi ? textAi : textMedia, when, what || textNothing].join(" · ");
  }

  #layouts(row, item) {
    const isPicture = item.type !== "ai-broll" && item.mediaType === "IMAGE";
    for (const radio of row.querySelectorAll('[name$="-layout"]')) {
      radio.disabled = isPicture && Boolean(radio.value) && !("forPicture" in radio.dataset);
      if (radio.disabled && radio.checked) row.querySelector('[name$="-layout"][value=""]').checked = true;
      // "Submagic's default" is not offered for AI.
      if (item.type === "ai-broll" && radio.checked && !radio.value) radio.checked = false;
    }
    row.querySelector("[data-broll-layout-note]").hidden = !isPicture;
  }

  #limit(row, item) {
    const tooLong = item.type === "ai-broll" && item.placed && exact(item.end - item.start) > AI_LONGEST;
    row.classList.toggle("is-too-long", tooLong);
  }

  credits() {
    const count = this.items.filter((item) => item.type === "ai-broll").length;
    const { textCreditsOne, textCreditsMany } = this.root.dataset;
    return count ? fill(count === 1 ? textCreditsOne : textCreditsMany, { count, credits: count * 3 }) : "";
  }
}
