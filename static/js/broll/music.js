// data-module="music" around templates/projects/options/_music.html: a slider for the volume, and listening to the
// chosen music from where it starts, as loud as it will be.
import { register } from "../registry.js";
import { seconds } from "./model.js";

const UNSET_VOLUME = 30;

register("music", (root) => {
  const select = root.querySelector('select[name="music_media"]');
  if (!select) return undefined;
  const button = root.querySelector("[data-music-play]");
  const range = root.querySelector("[data-music-range]");
  const volume = root.querySelector('[name="music_volume"]');
  const start = root.querySelector('[name="music_start"]');
  const more = root.querySelector("[data-music-more]");
  const note = root.querySelector("[data-music-dead]");
  const audio = new Audio();
  audio.preload = "none";

  const url = () => select.selectedOptions[0]?.dataset.url ?? "";
  const loudness = () => Math.min(100, Math.max(1, Number(volume.value) || UNSET_VOLUME)) / 100;

  const show = () => {
    const plays = !audio.paused;
    button.dataset.playing = String(plays);
    button.querySelector("span").textContent = plays ? root.dataset.textStop : root.dataset.textPlay;
    button.hidden = !url();
    more.hidden = !select.value;
  };
  const stop = () => {
    audio.pause();
    show();
  };
  const play = async () => {
    note.textContent = "";
    if (audio.getAttribute("src") !== url()) audio.src = url();
    audio.volume = loudness();
    audio.currentTime = seconds(start.value) || 0;
    try {
      await audio.play();
    } catch (error) {
      if (error.name !== "AbortError") note.textContent = root.dataset.textDead;
    }
    show();
  };

  button.addEventListener("click", () => (audio.paused ? play() : stop()));
  select.addEventListener("change", stop);
  range.addEventListener("input", () => {
    volume.value = range.value;
    audio.volume = loudness();
    volume.dispatchEvent(new Event("input", { bubbles: true }));
  });
  volume.addEventListener("input", () => {
    range.value = String(loudness() * 100);
    audio.volume = loudness();
  });
  start.addEventListener("change", () => !audio.paused && play());
  for (const name of ["ended", "pause", "playing"]) audio.addEventListener(name, show);
  show();
  return () => {
    audio.pause();
    audio.removeAttribute("src");
  };
});
