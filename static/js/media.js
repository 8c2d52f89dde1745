// data-module="media": pictures that cannot be loaded show their icon, a video plays a little while it is pointed at,
// and of several players only one is heard.
import { register } from "./registry.js";
import { play } from "./player.js";

// Neither event bubbles; one listener on the list hears them all the same, also for cards that come later.
function onError(event) {
  const image = event.target;
  if (image instanceof HTMLImageElement && "fallback" in image.dataset) image.remove();
}

function onPlay(event) {
  if (!(event.target instanceof HTMLMediaElement) || !("solo" in event.target.dataset)) return;
  for (const other of document.querySelectorAll("[data-solo]")) if (other !== event.target) other.pause();
}

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const peekOf = (event) => event.target.closest?.(".media-card")?.querySelector("video[data-peek]");

function onEnter(event) {
  const video = peekOf(event);
  if (video && !calm.matches && video.paused) play(video);
}

function onLeave(event) {
  const video = peekOf(event);
  if (!video || video.closest(".media-card").contains(event.relatedTarget)) return;
  video.pause();
}

register("media", (root) => {
  root.addEventListener("error", onError, true);
  root.addEventListener("play", onPlay, true);
  for (const name of ["pointerover", "focusin"]) root.addEventListener(name, onEnter);
  for (const name of ["pointerout", "focusout"]) root.addEventListener(name, onLeave);
  // Those that failed before this ran.
  for (const image of root.querySelectorAll("img[data-fallback]")) {
    if (image.complete && !image.naturalWidth) image.remove();
  }
});
