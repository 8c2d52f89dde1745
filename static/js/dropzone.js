// .dropzone[data-module=dropzone] around a file input: shows that a file may be let go here, and its name afterwards.
import { register } from "./registry.js";

register("dropzone", (zone) => {
  const input = zone.querySelector('input[type="file"]');
  const name = zone.querySelector("[data-dropzone-name]");
  for (const kind of ["dragenter", "dragover"]) zone.addEventListener(kind, () => (zone.dataset.dragging = ""));
  for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, () => delete zone.dataset.dragging);
  input?.addEventListener("change", () => {
    const files = [...input.files];
    if (files.length) zone.dataset.filled = "";
    else delete zone.dataset.filled;
    if (name) name.textContent = files.map((file) => file.name).join(", ");
  });
});
