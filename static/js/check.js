// The result of a check beside the form of a new project or of a change: its links lead to the fields, and it says when
// the form has changed since.
import { register } from "./registry.js";

const FIELDS = "input:not([type=hidden], :disabled), select:not(:disabled), textarea:not(:disabled)";

function goTo(target) {
  for (let box = target.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  if (target.matches("details")) target.open = true;
  target.scrollIntoView({ block: "center" });
  const field = target.querySelector("[aria-invalid=true], input:checked:not(:disabled)") ?? target.querySelector(FIELDS);
  (field ?? target.querySelector("summary"))?.focus({ preventScroll: true });
}

register("check", (panel) => {
  panel.addEventListener("click", (event) => {
    const link = event.target.closest("[data-goto]");
    const target = link && document.getElementById(link.hash.slice(1));
    if (!target) return;
    event.preventDefault();
    goTo(target);
  });
  if ("fresh" in panel.dataset) {
    panel.scrollIntoView({ block: "nearest" });
    panel.querySelector("#check-title").focus({ preventScroll: true });
  }
  const form = document.querySelector("#new-project, #edit-project");
  const note = panel.querySelector("[data-check-stale]");
  if (!form || !note) return undefined;
  const abort = new AbortController();
  const show = () => (note.hidden = false);
  for (const kind of ["input", "change"]) form.addEventListener(kind, show, { signal: abort.signal });
  return () => abort.abort();
});
