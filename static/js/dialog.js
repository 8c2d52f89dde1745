// data-dialog-open="#id" on a link or button opens that <dialog>; the link's href is the way without a script.
// <dialog data-module="dialog"> closes by data-dialog-close, by Escape and by a click beside it.
import { register } from "./registry.js";

document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-dialog-open]");
  if (!opener || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const dialog = document.querySelector(opener.dataset.dialogOpen);
  if (!(dialog instanceof HTMLDialogElement)) return;
  // Before htmx sees it: the opener may be a boosted link.
  event.preventDefault();
  event.stopPropagation();
  dialog.showModal();
}, { capture: true });

register("dialog", (dialog) => {
  // A press that began inside (a text being marked) and ended beside it is no click beside it.
  let pressed = null;
  dialog.addEventListener("pointerdown", (event) => (pressed = event.target));
  dialog.addEventListener("click", (event) => {
    const isBeside = event.target === dialog && pressed === dialog;
    if (isBeside || event.target.closest("[data-dialog-close]")) dialog.close();
  });
  // <dialog data-dialog-now>: came as a fragment and is to be seen at once.
  if ("dialogNow" in dialog.dataset && !dialog.open) dialog.showModal();
});
