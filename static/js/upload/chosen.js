// The files that were chosen for new projects, one line each: name, size, what is wrong with it, and what is here already.
import { look } from "./boxes.js";
import { fill, size as sizeOf } from "./words.js";

const STARTS = new Set(["ftyp", "moov", "mdat", "wide", "free", "skip", "pnot"]);
export const NAME = /\.(mp4|mov)$/i;

export const titleOf = (name) => name.replace(NAME, "").replaceAll(/[_\s]+/g, " ").trim().slice(0, 100);

/** Why this file cannot be taken, in the words of `texts`; "" when it can. */
export async function flaw(file, texts) {
  if (!NAME.test(file.name)) return texts.textType;
  if (file.size === 0) return texts.textEmpty;
  if (file.size > Number(texts.blockBytes)) return texts.textLarge;
  try {
    const start = new Uint8Array(await file.slice(0, 12).arrayBuffer());
    // Bytes 4 to 7 of an MP4 or MOV name its first box.
    if (!STARTS.has(String.fromCharCode(...start.subarray(4, 8)))) return texts.textContent;
    const { seconds, isCut } = await look(file);
    if (isCut) return texts.textCut;
    const most = Number(texts.blockSeconds);
    if (seconds > most) return fill(texts.textLong, { minutes: Math.floor(seconds / 60), most: Math.floor(most / 60) });
    return "";
  } catch {
    return texts.textUnreadable;
  }
}

export class Chosen {
  /** `list` holds a <template> for a line; `onChange` hears when a file was taken off. */
  constructor(list, texts, onChange) {
    Object.assign(this, { list, texts, onChange });
    this.lines = [];
    this.areMany = false;
  }

  /** In place of what was chosen before. Resolves once every file was looked at. */
  async take(files) {
    this.areMany = files.length > 1;
    this.lines = [...files].map((file) => ({ file, token: "", problem: "", twin: undefined, again: false }));
    const lines = this.lines;
    // What was chosen stands there at once; one file that takes its time keeps no other from being told about.
    this.draw();
    await Promise.all(
      lines.map(async (line) => {
        line.problem = await flaw(line.file, this.texts);
        const part = line.element?.querySelector('[data-part="problem"]');
        if (part) this.#tell(part, line);
      }),
    );
  }

  get good() {
    return this.lines.filter((line) => !line.problem);
  }

  drop(line) {
    this.lines = this.lines.filter((each) => each !== line);
    this.draw();
    this.onChange();
  }

  /** One file without anything to say about it is shown in the drop zone alone. */
  draw() {
    const [first] = this.lines;
    const isPlain = !this.areMany && !first?.twin;
    const template = this.list.querySelector("template");
    this.list.replaceChildren(template, ...(isPlain ? [] : this.lines.map((line) => this.#line(template, line))));
    this.list.hidden = isPlain;
  }

  #tell(part, line) {
    part.textContent = line.problem;
    part.hidden = !line.problem;
  }

  #line(template, line) {
    const element = template.content.firstElementChild.cloneNode(true);
    line.element = element;
    const part = (name) => element.querySelector(`[data-part="${name}"]`);
    part("name").textContent = line.file.name;
    part("size").textContent = sizeOf(line.file.size);
    this.#tell(part("problem"), line);
    part("twin").hidden = !line.twin;
    if (line.twin) {
      part("link").textContent = line.twin.title;
      part("link").href = line.twin.url;
      part("said").textContent = line.twin.said;
      part("again").checked = line.again;
      part("again").addEventListener("change", (event) => (line.again = event.target.checked));
    }
    part("remove").setAttribute("aria-label", `${part("remove").title}: ${line.file.name}`);
    part("remove").addEventListener("click", () => this.drop(line));
    return element;
  }
}
