// Who would lose something if this page went away by itself. An event asks, and whoever has something to lose (an upload
// under way, a form with entries) cancels it.

export const mayLeave = () => document.dispatchEvent(new CustomEvent("page:reload-wanted", { cancelable: true }));

// Entries in a form that is sent by POST; a filter's or a search's are in the address.
const isKept = (form) => form instanceof HTMLFormElement && form.method === "post";

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => {
    const { files, form } = event.target;
    // A file that was taken at once leaves its field empty.
    if (isKept(form) && !(files && !files.length)) form.dataset.entered = "";
  });
}
document.addEventListener("reset", (event) => delete event.target.dataset.entered);
document.addEventListener("page:reload-wanted", (event) => {
  for (const form of document.querySelectorAll("form[data-entered]")) {
    // What is on its way to the server is no longer ours to keep.
    if (!("sending" in form.dataset)) event.preventDefault();
  }
});
