// data-module="preset-save" around templates/projects/options/_preset_save.html: Enter in the name saves the preset and
// does not start the project; after an answer the news about it is read.
import { register } from "./registry.js";

register("preset-save", (box) => {
  const name = box.querySelector('input[name="preset-name"]');
  name.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    box.querySelector("[data-preset-button]").click();
  });
  box.querySelector("[data-preset-news]")?.focus();
});
