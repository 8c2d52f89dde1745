// A sketch beside the fields of a hook title: about where the line will stand, and how large. Only Submagic knows exactly.
import { register } from "./registry.js";

const TOP = 50;
const SIZE = 30;
const STEP = 0.022; // of the sketch's width in rem, for one of the size's units

register("hook-preview", (sketch) => {
  const form = sketch.closest("form");
  const line = sketch.querySelector("[data-hook-words]");
  const field = (name) => form.elements.namedItem(name);
  const number = (name, unset) => {
    const value = field(name).value.trim();
    return value === "" || !(value >= 0 && value <= 80) ? unset : Number(value);
  };
  const draw = () => {
    const own = field("hook_title").value === "own" ? field("hook_text").value.trim() : "";
    line.textContent = own || line.dataset.textAi;
    line.style.setProperty("inset-block-start", `${number("hook_top", TOP)}%`);
    line.style.setProperty("font-size", `${(number("hook_size", SIZE) * STEP).toFixed(3)}rem`);
  };
  const abort = new AbortController();
  for (const kind of ["input", "change"]) form.addEventListener(kind, draw, { signal: abort.signal });
  draw();
  return () => abort.abort();
});
