// What the desk says about uploads: asked every second while something moves, rarely while nobody looks.

const ACTIVE_MS = 1_000;
const QUIET_MS = 5_000;
const HIDDEN_MS = 10_000;

/** The status address of the team that an upload belongs to. */
export const statusUrlOf = (uploadUrl) => new URL("../status/", new URL(uploadUrl, location.href)).pathname;

// As many ids are answered at once (projects_app/views/uploads.py).
export const MOST_ASKED = 50;

export class SignedOut extends Error {}
/** The team is gone, or this person is no member of it any more. */
export class NotHere extends Error {}

export async function ask(statusUrl, ids) {
  const query = new URLSearchParams(ids.map((id) => ["id", id]));
  const answer = await fetch(`${statusUrl}?${query}`, { headers: { Accept: "application/json" } });
  if (answer.redirected) throw new SignedOut();
  if (answer.status === 404) throw new NotHere();
  if (!answer.ok) throw new Error(`status answered ${answer.status}`);
  return (await answer.json()).uploads;
}

/** Calls `round()` again and again; it tells what is going on: "active", "quiet", or "" to rest until `wake`. */
export class Poll {
  #round;
  #timer;
  #running = false;
  #signedOut = false;

  constructor(round) {
    this.#round = round;
    // Back in this tab: the person may have signed in again in another.
    document.addEventListener("visibilitychange", () => !document.hidden && (this.#timer || this.#signedOut) && this.wake());
  }

  wake() {
    this.#signedOut = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#run(), 0);
  }

  async #run() {
    if (this.#running) return;
    this.#running = true;
    let mood = "quiet";
    try {
      mood = await this.#round();
    } catch (error) {
      // The desk is away for a moment: the bars stay as they are. Whoever has signed out is told nothing by asking on.
      this.#signedOut = error instanceof SignedOut;
      if (this.#signedOut) mood = "";
    } finally {
      this.#running = false;
    }
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!mood) return;
    const wait = mood === "active" ? ACTIVE_MS : QUIET_MS;
    this.#timer = setTimeout(() => this.#run(), document.hidden ? Math.max(wait, HIDDEN_MS) : wait);
  }
}
