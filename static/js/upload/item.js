// One line of the tray: a file, both of its legs, and what can be done about it.
import { fileOf, find, forget, handleOf, keep } from "./handles.js";
import { Transfer } from "./transfer.js";
import { Pace, fill, percent, speed, timeLeft } from "./words.js";

const OVER = new Set(["relayed", "refused", "damaged", "cancelled"]);

export class Item {
  /** `row` is a status row; `tray` has texts, chunkSize, librarySrc, changed(item) and askToCancel(item). */
  constructor(row, element, tray, { isHeld = false, isPaused = false } = {}) {
    this.row = row;
    this.tray = tray;
    this.element = element;
    this.transfer = undefined;
    this.isHeld = isHeld; // by a tab of this browser
    this.isPaused = isPaused; // in a tab of this browser
    this.isGone = false; // the desk does not know it any more, or not for this person
    this.lost = ""; // why, in the desk's words
    this.isCancelling = false; // the desk was asked to, and has not answered yet
    this.grew = 0;
    this.desk = new Pace();
    this.provider = new Pace();
    this.sent = row.offset;
    const part = (name) => element.querySelector(`[data-part="${name}"]`);
    this.parts = Object.fromEntries(
      ["title", "first", "firstNote", "second", "secondNote", "note", "choose", "file", "allow", "off", "pause", "resume", "cancel", "remove"].map(
        (name) => [name, part(name)],
      ),
    );
    this.parts.pause.addEventListener("click", () => this.transfer?.pause());
    this.parts.resume.addEventListener("click", () => this.transfer?.resume());
    this.parts.cancel.addEventListener("click", () => !this.isCancelling && tray.askToCancel(this));
    for (const button of [this.parts.remove, this.parts.off]) button.addEventListener("click", () => tray.remove(this));
    this.parts.file.addEventListener("change", () => this.#chosen(this.parts.file.files[0]));
    this.parts.allow.addEventListener("click", () => this.#allowed());
    this.draw();
  }

  get isOver() {
    return this.isGone || OVER.has(this.row.state);
  }

  get isSending() {
    return Boolean(this.transfer?.isOpen);
  }

  /** The file is known to this page, and would have to be chosen again after a reload. */
  get hasFile() {
    return Boolean(this.transfer) && !this.isOver && this.row.state === "receiving";
  }

  /** It does not go on without its person. */
  get asks() {
    return ["needs-file", "needs-leave", "signed-out", "refused", "gone"].includes(this.element.dataset.phase);
  }

  /** Bytes move on either leg, here or elsewhere. */
  get isActive() {
    return !this.isOver && (this.isSending || this.row.state === "received" || Date.now() - this.grew < 15_000);
  }

  /** Take the file from a form, or again from its person. */
  async send(file, { handle } = {}) {
    this.transfer?.stop();
    this.problem = "";
    this.isGone = false;
    const kept = handle ?? (await handleOf(file));
    if (kept) keep(this.row.id, kept);
    this.transfer = new Transfer({
      id: this.row.id,
      file,
      uploadUrl: this.row.uploadUrl,
      chunkSize: this.tray.chunkSize,
      librarySrc: this.tray.librarySrc,
      onProgress: (sent) => {
        this.sent = sent;
        this.desk.add(sent);
        this.draw();
      },
      onState: (state) => {
        if (state !== "sending") this.desk.reset();
        // By this tab until now; by another one, as the transfer has just found.
        if (state === "paused") this.isHeld = false;
        if (state === "elsewhere") this.isHeld = !this.transfer?.isTakenOver;
        if (state === "done") this.sent = this.row.size;
        this.draw();
        this.tray.changed(this);
      },
    });
  }

  /** After a reload: go on by itself where the browser may still open the file. */
  async rejoin() {
    this.handle = await find(this.row.id);
    const file = this.handle && (await fileOf(this.handle));
    const isFree = !this.transfer && !this.isHeld && !this.isPaused && !this.isGone;
    if (file && this.#isSame(file) && isFree) this.send(file, { handle: this.handle });
    else this.draw();
  }

  update(row, { isHeld, isPaused }) {
    const isFree = this.isHeld && !isHeld;
    if (row.offset > this.row.offset) this.grew = Date.now();
    // What came before the pause says nothing about who sends now.
    if (isPaused && !this.isPaused) this.grew = 0;
    Object.assign(this, { isHeld, isPaused });
    if (row.relayed !== null) this.provider.add(row.relayed);
    this.row = row;
    if (!this.isSending) this.sent = row.offset;
    if (row.state !== "receiving" && this.transfer) {
      // A cancel or a refusal that was decided elsewhere ends the sending here too.
      if (this.isOver) this.transfer.stop();
      if (this.isOver || row.state === "received") this.transfer = undefined;
    }
    if (this.isOver) forget(row.id);
    this.draw();
    // The tab that sent it is gone, or has paused: then it is known from here on whether the browser has the file.
    if (!isFree || row.state !== "receiving") return;
    if (!this.transfer) this.rejoin();
    else if (this.transfer.state === "elsewhere" && !this.transfer.isTakenOver && !isPaused) this.transfer.resume();
  }

  /** The desk knows it no more, or not for this person: nothing more is sent. */
  lose(said = "") {
    this.transfer?.stop();
    this.transfer = undefined;
    Object.assign(this, { isGone: true, lost: said, problem: "" });
    forget(this.row.id);
    this.draw();
  }

  #isSame(file) {
    const { filename, fingerprint, size } = this.row;
    // As forms/projects.py writes it; an upload by other means may have none.
    const isUnchanged = !/\|\d+\|\d+$/.test(fingerprint ?? "") || fingerprint.endsWith(`|${file.size}|${file.lastModified}`);
    return file.name === filename && file.size === size && isUnchanged;
  }

  #chosen(file) {
    this.parts.file.value = "";
    if (!file) return;
    if (this.#isSame(file)) {
      this.send(file);
      return;
    }
    this.problem = fill(this.tray.texts.other, { name: this.row.filename });
    this.draw();
  }

  async #allowed() {
    const file = await fileOf(this.handle, { ask: true });
    if (file && this.#isSame(file)) {
      this.send(file, { handle: this.handle });
      return;
    }
    this.handle = undefined;
    this.draw();
  }

  // --- What a person sees ---------------------------------------------------------------------------------------

  draw() {
    const { parts, row } = this;
    const phase = this.#phase();
    this.element.dataset.phase = phase;
    parts.title.textContent = row.title;
    parts.title.href = row.projectUrl;
    const wasFocused = this.element.contains(document.activeElement) && document.activeElement;

    const sent = row.state === "receiving" ? this.sent : row.offset;
    this.#bar(parts.first, sent, row.size, phase === "ended");
    parts.firstNote.textContent = this.#progress(sent, phase === "sending" ? this.desk.rate : 0);
    const relayed = row.state === "relayed" ? row.size : (row.relayed ?? 0);
    this.#bar(parts.second, relayed, row.size, phase === "ended");
    const goesOut = row.relayed !== null && !this.isOver;
    parts.secondNote.textContent = goesOut || relayed ? this.#progress(relayed, goesOut ? this.provider.rate : 0) : "–";

    const note = this.#note(phase);
    if (parts.note.textContent !== note) parts.note.textContent = note;
    parts.note.hidden = !note;
    parts.choose.hidden = phase !== "needs-file";
    parts.allow.hidden = phase !== "needs-leave";
    parts.pause.hidden = !["sending", "queued", "waiting"].includes(phase);
    parts.resume.hidden = !this.transfer?.mayResume || phase === "waiting";
    parts.cancel.hidden = this.isOver || this.transfer?.isUnknown;
    parts.cancel.ariaBusy = String(this.isCancelling); // not disabled: it would lose the focus
    parts.off.hidden = phase !== "refused" && phase !== "gone";
    parts.remove.hidden = !this.isOver || !parts.off.hidden;
    // The button under the finger may have just gone: the one that took its place gets the focus.
    if (wasFocused?.hidden) {
      [parts.resume, parts.pause, parts.remove, parts.off, parts.title].find((each) => !each.hidden)?.focus();
    }
  }

  #phase() {
    const { state } = this.row;
    if (this.isGone) return "gone";
    if (state === "relayed") return "done";
    if (this.isOver) return "ended";
    if (state === "received") return "handing-over";
    if (this.transfer) {
      const own = this.transfer.state;
      if (own === "starting" || own === "done") return "sending";
      // While it is paused here, another tab has taken it.
      return own === "paused" && this.isHeld ? "elsewhere" : own;
    }
    if (this.isHeld || Date.now() - this.grew < 15_000) return "elsewhere";
    return this.handle ? "needs-leave" : "needs-file";
  }

  #note(phase) {
    const { texts } = this.tray;
    const { row } = this;
    if (this.problem) return this.problem;
    if (phase === "gone") return `${this.lost || texts.gone} ${texts.off}`;
    // The desk's own words: why it ended, or what the hand-over waits for.
    if (row.problem && phase !== "done") return `${row.problem} ${row.advice}`.trim();
    const values = { name: row.filename, percent: percent(Math.max(this.sent, row.offset), row.size) };
    const sentence = {
      done: texts.done,
      "handing-over": texts.handing,
      queued: texts.queued,
      paused: texts.paused,
      waiting: !navigator.onLine ? texts.offline : this.transfer?.said ? `${this.transfer.said} ${texts.again}` : texts.waiting,
      elsewhere: this.#elsewhere(),
      "needs-file": this.isPaused ? texts.pausedFile : texts.needsFile,
      "needs-leave": this.isPaused ? texts.pausedLeave : texts.needsLeave,
      "signed-out": texts.signedOut,
      refused: `${this.transfer?.said || (this.transfer?.isUnknown ? texts.gone : texts.refused)} ${texts.off}`,
    }[phase];
    return fill(sentence, values);
  }

  #elsewhere() {
    const { texts } = this.tray;
    if (this.transfer?.isTakenOver) return texts.takenOver;
    if (this.isHeld) return texts.otherTab;
    return this.transfer && this.isPaused ? texts.pausedOther : texts.elsewhere;
  }

  #progress(part, rate) {
    const { texts } = this.tray;
    const values = { percent: percent(part, this.row.size) };
    if (!rate || part >= this.row.size) return values.percent;
    values.speed = speed(rate);
    values.left = timeLeft((this.row.size - part) / rate, texts);
    return fill(texts.running, values);
  }

  #bar(bar, part, whole, isBad) {
    bar.value = (part * 100) / whole;
    bar.dataset.tone = part >= whole ? "ok" : isBad ? "bad" : "";
  }
}
