// Live character counts beside the fields of a post. The server counts in the same way: by code points, so that an
// emoji is one, and a line break is one.
import { register } from "./registry.js";

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name] ?? "");

register("composer", (form) => {
  for (const field of form.querySelectorAll("[data-limit]")) {
    const limit = Number(field.dataset.limit);
    const count = document.createElement("output");
    count.className = "compose-count";
    count.setAttribute("for", field.id);
    // Heard only when it matters: while there is room, a screen reader stays silent.
    count.setAttribute("aria-live", "off");
    const show = () => {
      const length = [...field.value.trim()].length;
      const over = length - limit;
      const text = over > 0 ? form.dataset.textOver : form.dataset.textCount;
      count.textContent = fill(text, { count: length, limit, over });
      count.toggleAttribute("data-over", over > 0);
      count.setAttribute("aria-live", over > 0 ? "polite" : "off");
    };
    field.after(count);
    field.addEventListener("input", show);
    show();
  }
});
