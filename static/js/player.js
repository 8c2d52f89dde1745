// data-module="player" around a <video data-video>: starts where the address says, plays on with the keys of a player,
// and says so when the link is dead. data-module="room": any element with data-key="a" is clicked by that key.
// Exported for the gallery, which has keys of its own.
import { register } from "./registry.js";

/** True when a key is meant for something else: a field, an open dialog, a shortcut of the browser. */
export function isElsewhere(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return true;
  if (document.querySelector("dialog[open]")) return true;
  const target = event.target;
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input:not([type=checkbox]), textarea, select"));
}

export function showKeys(id) {
  const dialog = document.getElementById(id);
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
}

/** Play, and let a refusal (the browser's autoplay rules) pass: the person can press play. */
export function play(video) {
  return video.play().catch((error) => {
    if (error.name !== "NotAllowedError" && error.name !== "AbortError") throw error;
  });
}

/** A video that cannot be loaded says so in its frame instead of staying black. */
export function tellWhenDead(video, frame) {
  const note = frame.querySelector("[data-unplayable]");
  if (!note) return;
  const show = () => {
    note.hidden = false;
    // The page's next answer brings another link: htmx must not keep this element (hx-preserve) in place of it.
    video.removeAttribute("id");
  };
  video.addEventListener("error", show);
  video.addEventListener("loadeddata", () => (note.hidden = true));
  if (video.error) show();
}

register("tells-when-dead", (root) => {
  const video = root.querySelector("[data-video]");
  if (video) tellWhenDead(video, root);
  return undefined;
});

const STEP_SECONDS = 2;

register("player", (root) => {
  const video = root.querySelector("[data-video]");
  if (!video) return undefined;
  tellWhenDead(video, video.parentElement);
  // The address names a second: somebody came by a word or a search result and wants to hear it.
  if (video.dataset.at !== undefined) {
    const at = Number(video.dataset.at);
    const begin = () => {
      video.currentTime = at;
      play(video);
    };
    if (video.readyState >= 1) begin();
    else {
      video.addEventListener("loadedmetadata", begin, { once: true });
      // The click on the word was the person's wish to hear it.
      if (video.preload === "none") video.load();
      video.preload = "metadata";
    }
  }

  const onKey = (event) => {
    if (isElsewhere(event)) return;
    const onControl = event.target instanceof HTMLElement && event.target.closest("button, summary, input, video");
    if (event.key === " " && !onControl) video.paused ? play(video) : video.pause();
    else if ((event.key === "ArrowLeft" || event.key === "ArrowRight") && event.target !== video) {
      video.currentTime = Math.max(0, video.currentTime + (event.key === "ArrowLeft" ? -STEP_SECONDS : STEP_SECONDS));
    } else return;
    event.preventDefault();
  };
  document.addEventListener("keydown", onKey);
  return () => {
    document.removeEventListener("keydown", onKey);
    video.pause();
  };
});

register("room", () => {
  const onKey = (event) => {
    if (isElsewhere(event) || event.repeat) return;
    if (event.key === "?") showKeys("room-keys");
    else if (/^[a-z]$/i.test(event.key)) {
      const chosen = document.querySelector(`[data-key="${event.key.toLowerCase()}"]`);
      if (!chosen) return;
      chosen.click();
    } else return;
    event.preventDefault();
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
});
