// data-module="transcript" around a <video data-video> and [data-words]: the word that is spoken is lit, a click on a
// word plays from there. Two hours have 20,000 words, so there is one listener for all of them, times lie in one array
// and are looked up by halving, and only two elements change per word.
import { announce } from "./announce.js";
import { register } from "./registry.js";
import { isElsewhere, play } from "./player.js";
import { toast } from "./toast.js";

const HAND_SCROLL_RESTS_MS = 4_000;
const STAYS_LIT_SECONDS = 0.6; // after a word's end, when silence follows

/** Starts and ends by word number, read once from the passages. */
function readTimes(words) {
  const texts = [...words.querySelectorAll("[data-times]")].map((passage) => passage.dataset.times);
  const numbers = texts.join(" ").split(" ").map(Number);
  const starts = new Float64Array(numbers.length >> 1);
  const ends = new Float64Array(numbers.length >> 1);
  for (let index = 0; index < starts.length; index += 1) {
    starts[index] = numbers[2 * index];
    ends[index] = numbers[2 * index + 1];
  }
  return { starts, ends };
}

/** The last word that starts at or before `time`, -1 before the first. */
export function wordAt(starts, time) {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

register("transcript", (root) => {
  const words = root.querySelector("[data-words]");
  if (!words) return undefined;
  const video = root.querySelector("[data-video]");
  const follow = root.querySelector("[data-follow]");
  const scroller = words.closest("[data-scroller]");
  const undo = [findHits(root, words), copyText(root, words)];
  if (!video) return () => undo.forEach((each) => each());

  const { starts, ends } = readTimes(words);
  const element = (index) => document.getElementById(`w${index}`);
  let lit = -1;
  let frame = 0;
  let handAt = -Infinity;

  const view = () => {
    if (scroller && scroller.scrollHeight > scroller.clientHeight + 1) return { box: scroller.getBoundingClientRect(), target: scroller };
    let top = document.querySelector(".topbar")?.getBoundingClientRect().bottom ?? 0;
    // On a phone the picture stays above the words.
    const picture = root.querySelector(".watch-frame");
    if (picture && getComputedStyle(picture).position === "sticky") top = Math.max(top, picture.getBoundingClientRect().bottom);
    return { box: { top, bottom: innerHeight }, target: document.scrollingElement };
  };
  // Only when the word has left the quiet middle, so that the text stands still while it is read.
  const bringIntoView = (word) => {
    const { box, target } = view();
    const { top, bottom } = word.getBoundingClientRect();
    const height = box.bottom - box.top;
    if (top >= box.top + height * 0.1 && bottom <= box.top + height * 0.75) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    target.scrollBy({ top: top - box.top - height * 0.3, behavior: calm ? "instant" : "smooth" });
  };
  const isHandScrolled = () => performance.now() - handAt < HAND_SCROLL_RESTS_MS;

  const light = () => {
    const time = video.currentTime + 0.02; // a seek may land a hair before the word it went to
    // Nothing is spoken yet while the first frame is shown.
    let index = video.paused && !video.played.length && time < 0.2 ? -1 : wordAt(starts, time);
    if (index >= 0 && time > ends[index] + STAYS_LIT_SECONDS) index = -1;
    if (index === lit) return;
    const old = element(lit);
    old?.classList.remove("is-spoken");
    const word = index >= 0 ? element(index) : null;
    word?.classList.add("is-spoken");
    const passage = word?.closest(".passage");
    if (word && passage !== old?.closest(".passage")) {
      words.querySelector(".passage.is-now")?.classList.remove("is-now");
      passage.classList.add("is-now");
    }
    lit = index;
    if (!word || video.paused) return;
    if (isHandScrolled()) {
      if (follow) follow.hidden = false;
    } else {
      if (follow) follow.hidden = true;
      bringIntoView(word);
    }
  };
  const loop = () => {
    light();
    frame = video.paused ? 0 : requestAnimationFrame(loop);
  };
  const start = () => {
    if (!frame) frame = requestAnimationFrame(loop);
  };
  video.addEventListener("play", start);
  video.addEventListener("seeked", light);
  video.addEventListener("timeupdate", light);
  if (!video.paused) start();

  const goTo = (index) => {
    const word = element(index);
    if (!word) return;
    handAt = -Infinity;
    video.currentTime = starts[index];
    play(video);
  };
  words.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    goTo(Number(link.hash.slice(2)));
    // The address names the word too, so that it can be passed on; the history gets no step per word.
    history.replaceState(history.state, "", link.href);
  });

  const byHand = () => (handAt = performance.now());
  const surface = scroller ?? window;
  const quiet = { passive: true };
  for (const name of ["wheel", "touchmove"]) surface.addEventListener(name, byHand, quiet);
  follow?.addEventListener("click", () => {
    handAt = -Infinity;
    follow.hidden = true;
    if (lit >= 0) bringIntoView(element(lit));
  });
  const onKey = (event) => {
    if (isElsewhere(event)) return;
    if (["PageUp", "PageDown", "Home", "End", "ArrowUp", "ArrowDown"].includes(event.key)) byHand();
    if (event.key !== "," && event.key !== ".") return;
    event.preventDefault();
    const now = wordAt(starts, video.currentTime + 0.02);
    const index = Math.min(starts.length - 1, Math.max(0, now + (event.key === "," ? -1 : 1)));
    handAt = -Infinity;
    video.currentTime = starts[index];
    announce(element(index)?.textContent ?? "");
  };
  document.addEventListener("keydown", onKey);
  return () => {
    cancelAnimationFrame(frame);
    document.removeEventListener("keydown", onKey);
    if (surface === window) for (const name of ["wheel", "touchmove"]) removeEventListener(name, byHand, quiet);
    undo.forEach((each) => each());
  };
});

/** Next and previous place of the words searched for; the server marked them. */
function findHits(root, words) {
  const status = root.querySelector("[data-hits]");
  if (!status) return () => {};
  const count = Number(status.dataset.hits);
  let current = 0;
  const goTo = (number) => {
    if (!count) return;
    words.querySelector(".is-hit")?.classList.remove("is-hit");
    current = ((number - 1 + count) % count) + 1;
    const mark = document.getElementById(`hit${current}`);
    mark?.classList.add("is-hit");
    const { top, bottom } = mark?.getBoundingClientRect() ?? { top: 0, bottom: 0 };
    if (top < innerHeight * 0.15 || bottom > innerHeight * 0.8) mark?.scrollIntoView({ block: "center" });
    status.textContent = status.dataset.textHit.replace("{number}", current).replace("{count}", count);
  };
  for (const button of root.querySelectorAll("[data-hit]")) {
    button.addEventListener("click", () => goTo(current + Number(button.dataset.hit)));
  }
  // Came by a result of the big search: that place is the current one.
  const asked = location.hash && document.getElementById(location.hash.slice(1))?.querySelector("mark[id^=hit]");
  if (asked) goTo(Number(asked.id.slice(3)));
  else if (!location.hash) goTo(1);
  const field = root.querySelector("#find-q");
  const onKey = (event) => {
    if (event.key !== "Enter" || event.target !== field || field.value !== field.defaultValue) return;
    event.preventDefault();
    goTo(current + (event.shiftKey ? -1 : 1));
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}

/** The words as plain text: a blank line between passages, no times. */
function copyText(root, words) {
  const button = root.querySelector("[data-copy-words]");
  const onClick = async () => {
    const passages = [...words.querySelectorAll(".passage > span")];
    const text = passages.map((each) => each.textContent.replace(/···\s*/g, "").trim()).join("\n\n");
    try {
      await navigator.clipboard.writeText(text);
      toast({ level: "success", text: button.dataset.textCopied });
    } catch {
      // No clipboard on plain http: choose the text, so that Ctrl-C does it.
      getSelection().selectAllChildren(words);
    }
  };
  button?.addEventListener("click", onClick);
  return () => button?.removeEventListener("click", onClick);
}
