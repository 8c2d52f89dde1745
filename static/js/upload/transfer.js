// One file on its way to the desk: tus-js-client with patience. It never gives up by itself except when the server says
// that there is no use (the reason is in the upload's status) or does not know the person any more.
import { csrfToken } from "../csrf.js";
import { takeLine } from "./lines.js";

const RETRY_DELAYS = [0, 1_000, 3_000, 5_000, 10_000, 30_000];
const AGAIN_MS = 30_000;
const STALL_MS = 30_000;
// So long it may take without a word about it.
const QUEUED_MS = 500;
// After the last byte the server still makes everything durable.
const ANSWER_MS = 120_000;

let library;
/** The library is loaded with the first upload, not with every page. */
function tus(src) {
  library ??= new Promise((resolve, reject) => {
    if (window.tus) return resolve(window.tus);
    const script = document.createElement("script");
    script.src = src;
    script.onload = () => resolve(window.tus);
    script.onerror = () => {
      library = undefined;
      reject(new Error("the upload library could not be loaded"));
    };
    document.head.append(script);
  });
  return library;
}

const LOCK = "upload:";
// Held by a tab in which its person has paused: nobody sends, and none goes on by itself.
const PAUSED = "upload-paused:";

/** The ids of the uploads that tabs of this browser send, and of those that are paused in one; this tab's too. */
export async function inTabs() {
  const { held = [] } = (await navigator.locks?.query()) ?? {};
  const ids = (start) => new Set(held.filter(({ name }) => name.startsWith(start)).map(({ name }) => name.slice(start.length)));
  return { held: ids(LOCK), paused: ids(PAUSED) };
}

const statusOf = (error) => error?.originalResponse?.getStatus() ?? 0;
const mayPass = (status) => [0, 408, 409, 423, 429].includes(status) || status >= 500;
// Another sender has taken over. Going on by itself would take it back, and the other would do the same, without end.
const isTakenOver = (error) => statusOf(error) === 423 && error.originalRequest?.getMethod() === "PATCH";
/** The desk's answer; a proxy in between answers without the protocol's header. */
const fromDesk = (error) => Boolean(error?.originalResponse?.getHeader("Tus-Resumable"));
const wordsOf = (error) => (fromDesk(error) ? error.originalResponse.getBody()?.trim() : "") || "";
// Without the desk's own words a 403 is about the form's token: that of somebody who has signed out.
const isSignedOut = (error) => statusOf(error) === 401 || (statusOf(error) === 403 && !fromDesk(error));

export class Transfer {
  /**
   * state: "starting", "queued" (behind others), "sending", "waiting" (goes on by itself), "paused", "elsewhere",
   * "signed-out", "done", "refused". `said`: the desk's words about what it waits for, or why it refused.
   * `isTakenOver`: it is elsewhere because another sender came. `isUnknown`: refused because the desk knows no such upload.
   */
  constructor({ id, file, uploadUrl, chunkSize, librarySrc, onState, onProgress }) {
    Object.assign(this, { id, file, uploadUrl, chunkSize, librarySrc, onState, onProgress });
    this.state = "starting";
    this.said = "";
    this.isTakenOver = false;
    this.isUnknown = false;
    this.offline = () => this.#wait();
    this.online = () => this.state === "waiting" && this.#go();
    window.addEventListener("offline", this.offline);
    window.addEventListener("online", this.online);
    this.#start();
  }

  get isOpen() {
    return ["starting", "queued", "sending", "waiting"].includes(this.state);
  }

  /** Another tab may take it from here; this one takes it back when it goes on. */
  pause() {
    this.#halt();
    this.#set("paused");
    if (!navigator.locks) return;
    // First the mark, then the way: in between another tab would go on by itself.
    navigator.locks.request(`${PAUSED}${this.id}`, { mode: "shared" }, () => {
      if (this.state !== "paused" || this.#unmark) return undefined;
      this.#letGo();
      return new Promise((release) => (this.#unmark = release));
    });
  }

  get mayResume() {
    return ["paused", "waiting", "elsewhere", "signed-out"].includes(this.state);
  }

  resume() {
    if (this.mayResume) this.#start();
  }

  /** For good: done, cancelled, or taken off the tray. */
  stop() {
    this.#isOver = true;
    this.#halt();
    this.#letGo();
    this.#dropMark();
    window.removeEventListener("offline", this.offline);
    window.removeEventListener("online", this.online);
  }

  #upload;
  #isOver = false;
  #release;
  #released;
  #unmark;
  #turn;
  #giveBack;
  #timer;
  #watch;
  #heard = 0;
  #sent = 0;

  #letGo() {
    this.#release?.();
    this.#release = undefined;
  }

  #dropMark() {
    this.#unmark?.();
    this.#unmark = undefined;
  }

  #set(state) {
    this.state = state;
    this.onState(state);
  }

  async #start() {
    this.isTakenOver = false;
    this.#set("starting");
    const isAlone = await this.#alone();
    this.#dropMark();
    if (this.#isOver) return this.#letGo();
    if (this.state !== "starting") return; // paused meanwhile
    if (isAlone) this.#go();
    else this.#set("elsewhere");
  }

  /** Two tabs that send the same file would push each other away for ever. */
  async #alone() {
    if (!navigator.locks || this.#release) return true;
    await this.#released;
    return new Promise((resolve) => {
      this.#released = navigator.locks.request(`${LOCK}${this.id}`, { ifAvailable: true }, (lock) => {
        resolve(Boolean(lock));
        return lock ? new Promise((release) => (this.#release = release)) : undefined;
      });
    });
  }

  async #go() {
    this.#halt();
    const turn = new AbortController();
    this.#turn = turn;
    const patience = setTimeout(() => this.#set("queued"), QUEUED_MS);
    turn.signal.addEventListener("abort", () => clearTimeout(patience));
    const giveBack = await takeLine(turn.signal);
    clearTimeout(patience);
    if (!giveBack) return;
    if (turn.signal.aborted) return giveBack();
    this.#giveBack = giveBack;
    let made;
    try {
      const { Upload } = await tus(this.librarySrc);
      if (turn.signal.aborted) return;
      made = new Upload(this.file, this.#options());
    } catch {
      return this.#wait();
    }
    this.#upload = made;
    this.#heard = Date.now();
    this.#sent = 0;
    this.#set("sending");
    this.#watch = setInterval(() => this.#look(), 5_000);
    made.start();
  }

  #options() {
    return {
      uploadUrl: this.uploadUrl,
      chunkSize: this.chunkSize > 0 ? this.chunkSize : Infinity,
      retryDelays: RETRY_DELAYS,
      // The desk itself remembers what is under way; a copy in this browser could only be out of date.
      storeFingerprintForResuming: false,
      onBeforeRequest: (request) => request.setHeader("X-CSRFToken", csrfToken()),
      onShouldRetry: (error, attempt) => {
        const again = mayPass(statusOf(error)) && !isTakenOver(error) && navigator.onLine;
        // The first time it may be nothing.
        if (again && attempt > 0) this.#stumble(wordsOf(error));
        return again;
      },
      onProgress: (sent, total) => {
        if (sent > this.#sent) {
          this.#heard = Date.now();
          if (this.state === "waiting") this.#set("sending");
        }
        this.#sent = sent;
        this.onProgress(sent, total);
      },
      onSuccess: () => {
        this.stop();
        this.#set("done");
      },
      onError: (error) => {
        // All of it is read before the request is let go: after that it has no status any more.
        const said = wordsOf(error);
        this.isTakenOver = isTakenOver(error);
        if (mayPass(statusOf(error)) && !this.isTakenOver) return this.#wait(said);
        this.isUnknown = statusOf(error) === 404;
        const state = this.isTakenOver ? "elsewhere" : isSignedOut(error) ? "signed-out" : "refused";
        this.#halt();
        this.#letGo();
        this.said = said;
        this.#set(state);
      },
    };
  }

  /** No progress for half a minute: the connection is dead whatever the browser thinks of it. */
  #look() {
    const patience = this.state === "waiting" ? STALL_MS + Math.max(...RETRY_DELAYS) : STALL_MS;
    if (Date.now() - this.#heard > (this.#sent === this.file.size ? ANSWER_MS : patience)) this.#go();
  }

  /** The library tries again by itself; until bytes move it says what it waits for. */
  #stumble(said) {
    Object.assign(this, { said });
    this.#heard = Date.now();
    this.#sent = Infinity;
    this.#set("waiting");
  }

  #wait(said = "") {
    if (!this.isOpen) return;
    this.#halt();
    this.said = said;
    this.#set("waiting");
    this.#timer = setTimeout(() => this.state === "waiting" && this.#go(), AGAIN_MS);
  }

  #halt() {
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
    this.#turn?.abort();
    this.#giveBack?.();
    this.#giveBack = undefined;
    // Not terminating: what has arrived stays.
    this.#upload?.abort();
    this.#upload = undefined;
  }
}
