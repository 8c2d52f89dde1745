// data-module="gallery" around the clip cards: a pointer or the focus on a card plays it without sound, a click or Space
// with sound; J and K walk, A, R and U decide. A decision is shown at once and taken back when the server refuses it.
import { announce } from "./announce.js";
import { register } from "./registry.js";
import { isElsewhere, play, showKeys, tellWhenDead } from "./player.js";

const FIRST_FRAME_SECONDS = 0.1;
const PREVIEW_AFTER_MS = 150;

const videoOf = (card) => card?.querySelector("video");
const decideOf = (card) => card?.querySelector(".decide");

function stop(card) {
  const video = videoOf(card);
  if (!video) return;
  video.pause();
  video.muted = true;
  delete card.dataset.playing;
}

function rewind(card) {
  const video = videoOf(card);
  if (video && video.readyState > 0) video.currentTime = FIRST_FRAME_SECONDS;
  const bar = card.querySelector(".clip-progress");
  if (bar) bar.value = 0;
}

register("gallery", (root) => {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const cards = () => [...root.querySelectorAll("[data-clip]")];
  const say = (decision, card) => announce((root.dataset[`text${decision[0].toUpperCase()}${decision.slice(1)}`] ?? "").replace("{title}", card.dataset.title));
  let lastDecided = null;
  let timer = 0;

  // --- playing -----------------------------------------------------------------------------------
  const stopOthers = (card) => {
    for (const other of root.querySelectorAll("[data-playing]")) {
      if (other === card) continue;
      stop(other);
      rewind(other);
    }
  };
  const preview = (card) => {
    const video = videoOf(card);
    if (!video || calm.matches || card.dataset.playing) return;
    // A provider's host is not called before somebody presses play; only what is loaded already is previewed.
    if ("frameless" in card.dataset && video.readyState === 0) return;
    stopOthers(card);
    video.muted = true;
    video.loop = true;
    card.dataset.playing = "preview";
    play(video);
  };
  const endPreview = (card) => {
    if (card?.dataset.playing !== "preview") return;
    stop(card);
    rewind(card);
  };
  const toggleSound = (card) => {
    const video = videoOf(card);
    if (!video) return;
    if (card.dataset.playing === "sound") {
      stop(card);
      return;
    }
    stopOthers(card);
    // From the start, unless it was only paused.
    if (card.dataset.playing === "preview" || video.ended) video.currentTime = 0;
    video.muted = false;
    video.loop = false;
    card.dataset.playing = "sound";
    play(video);
  };

  const arm = (card) => {
    const video = videoOf(card);
    if (!video || card.dataset.armed) return;
    card.dataset.armed = "";
    tellWhenDead(video, card);
    const bar = card.querySelector(".clip-progress");
    video.addEventListener("timeupdate", () => {
      if (bar && video.duration) bar.value = (video.currentTime / video.duration) * 100;
    });
    video.addEventListener("ended", () => {
      stop(card);
      rewind(card);
    });
    card.addEventListener("pointerenter", (event) => {
      if (event.pointerType !== "mouse") return;
      clearTimeout(timer);
      timer = setTimeout(() => preview(card), PREVIEW_AFTER_MS);
    });
    card.addEventListener("pointerleave", () => {
      clearTimeout(timer);
      endPreview(card);
    });
    card.addEventListener("focusin", (event) => {
      if (event.target.matches(".clip-open:focus-visible")) preview(card);
    });
    card.addEventListener("focusout", (event) => {
      if (!card.contains(event.relatedTarget)) endPreview(card);
    });
  };
  cards().forEach(arm);
  // Cards that 'More' brought in.
  const watcher = new MutationObserver(() => cards().forEach(arm));
  const list = root.querySelector("#clip-cards");
  if (list) watcher.observe(list, { childList: true });

  // Before htmx, for which the link is a page to open.
  root.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest("[data-watch]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      toggleSound(link.closest("[data-clip]"));
    },
    { capture: true },
  );

  // --- deciding ----------------------------------------------------------------------------------
  root.addEventListener("submit", (event) => {
    const card = event.target.closest("[data-clip]");
    const decide = decideOf(card);
    if (!decide || !event.submitter?.value) return;
    decide.dataset.before = decide.dataset.decision;
    decide.dataset.decision = event.submitter.value;
    if (decide.contains(document.activeElement)) decide.dataset.focus = "";
    lastDecided = event.submitter.value === "undecided" ? null : card.id;
    say(event.submitter.value, card);
  });
  const takeBack = (event) => {
    const decide = event.target.closest?.(".decide");
    if (decide?.dataset.before) decide.dataset.decision = decide.dataset.before;
  };
  // Answers may come in another order than they were made: an older count never replaces a newer one.
  const newest = (event) => {
    const { target, fragment } = event.detail;
    const fresh = fragment.querySelector?.("#clip-tabs") ?? fragment;
    if (target.id !== "clip-tabs" || !fresh.dataset) return;
    if (BigInt(fresh.dataset.countedAt) < BigInt(target.dataset.countedAt)) event.detail.shouldSwap = false;
  };
  root.addEventListener("htmx:oobBeforeSwap", newest);
  root.addEventListener("htmx:responseError", takeBack);
  root.addEventListener("htmx:sendError", takeBack);
  // The buttons were replaced: the focus goes to the one that undoes, unless it has moved on.
  root.addEventListener("htmx:beforeSwap", (event) => {
    const decide = event.detail.target.closest?.(".decide");
    if (decide && "focus" in decide.dataset) requestAnimationFrame(() => {
      const fresh = document.getElementById(decide.id);
      if (document.activeElement !== document.body) return;
      const wanted = fresh?.dataset.decision === "undecided" ? "approved" : "undecided";
      fresh?.querySelector(`button[value="${wanted}"]`)?.focus();
    });
  });
  const press = (card, decision) => {
    const decide = decideOf(card);
    if (!decide || decide.dataset.decision === decision) return false;
    const button = decide.querySelector(`button[value="${decision}"]`);
    if (!button) return false;
    // A click and not requestSubmit(): htmx learns the chosen button from its click.
    button.click();
    return true;
  };

  // --- choosing several --------------------------------------------------------------------------
  const picked = root.querySelector("[data-picked]");
  const count = () => {
    const number = root.querySelectorAll(".clip-pick input:checked").length;
    if (picked) picked.value = root.dataset.textPicked.replace("{count}", number);
  };
  root.addEventListener("change", count);
  root.addEventListener("reset", () => setTimeout(count));
  count();

  // --- keys --------------------------------------------------------------------------------------
  const focused = () => document.activeElement?.closest?.("[data-clip]");
  const focusOn = (card) => {
    card?.querySelector(".clip-open").focus({ preventScroll: true });
    card?.scrollIntoView({ block: "nearest" });
  };
  const step = (by) => {
    const all = cards();
    const at = all.indexOf(focused());
    focusOn(all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))]);
  };
  const columns = () => {
    const all = cards();
    const top = all[0]?.offsetTop;
    const next = all.findIndex((card) => card.offsetTop !== top);
    return next < 0 ? all.length : next;
  };
  const decide = (decision) => {
    const card = focused();
    if (press(card, decision)) step(1);
  };
  const undo = () => {
    const card = focused();
    if (decideOf(card) && decideOf(card).dataset.decision !== "undecided") press(card, "undecided");
    else if (lastDecided && document.getElementById(lastDecided)) {
      const last = document.getElementById(lastDecided);
      press(last, "undecided");
      focusOn(last);
    } else {
      // Decided on the page before: its undo stands above the cards.
      root.querySelector('.decided-strip button[data-key="u"]')?.click();
    }
  };
  const actions = {
    j: () => step(1),
    k: () => step(-1),
    ArrowRight: () => step(1),
    ArrowLeft: () => step(-1),
    ArrowDown: () => step(columns()),
    ArrowUp: () => step(-columns()),
    a: () => decide("approved"),
    r: () => decide("rejected"),
    u: undo,
    x: () => focused()?.querySelector(".clip-pick input")?.click(),
    " ": () => toggleSound(focused()),
    "?": () => showKeys("gallery-keys"),
  };
  const onKey = (event) => {
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action || isElsewhere(event)) return;
    const card = focused();
    // Arrows and Space keep their own meaning (scrolling, pressing) outside the cards; letters work on the whole page.
    const isOwn = event.key === " " || event.key.startsWith("Arrow");
    if (isOwn && (!card || event.target.closest("button, input"))) return;
    if (event.key === "?" && event.repeat) return;
    if ("arx".includes(event.key.toLowerCase()) && !card) return;
    event.preventDefault();
    action();
  };
  document.addEventListener("keydown", onKey);

  return () => {
    clearTimeout(timer);
    watcher.disconnect();
    document.removeEventListener("keydown", onKey);
  };
});
