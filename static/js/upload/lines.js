// Who may send just now. A browser opens six connections to a host, for all its tabs; an upload keeps one for minutes. So
// uploads take at most three of them together: pages, their news and other tabs always get through.

const LINES = 3;
let free = LINES;
const queue = [];

/** Waits for a line; resolves with the function that gives it back, or with undefined once `signal` is aborted. */
export function takeLine(signal) {
  return navigator.locks ? ofAllTabs(signal) : ofThisTab(signal);
}

function ofAllTabs(signal) {
  return new Promise((resolve) => {
    const others = new AbortController();
    let isOver = signal.aborted;
    const leave = () => {
      isOver = true;
      others.abort();
      resolve(undefined);
    };
    signal.addEventListener("abort", leave, { once: true });
    const take = () => {
      // Two lines at the same moment: the second goes straight back.
      if (isOver) return undefined;
      isOver = true;
      others.abort();
      return new Promise((giveBack) => resolve(giveBack));
    };
    for (let line = 1; line <= LINES; line += 1) {
      navigator.locks.request(`upload-line:${line}`, { signal: others.signal }, take).catch(() => {
        // Another line was free first, or nobody waits any more.
      });
    }
  });
}

/** Plain http on another machine has no locks: then each tab counts for itself. */
function ofThisTab(signal) {
  return new Promise((resolve) => {
    const waiter = { signal, resolve };
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
    queue.push(waiter);
    serve();
  });
}

function serve() {
  while (free && queue.length) {
    const { signal, resolve } = queue.shift();
    if (signal.aborted) continue;
    free -= 1;
    let isBack = false;
    resolve(() => {
      if (isBack) return;
      isBack = true;
      free += 1;
      serve();
    });
  }
}
