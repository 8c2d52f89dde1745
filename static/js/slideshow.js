// The form of a slideshow is put anew by the server at each of its buttons. What is pressed meanwhile comes afterwards, in
// the new form; what would be typed meanwhile is not lost, as nothing can be typed while it takes long.
import { register } from "./registry.js";
import { toast } from "./toast.js";

const SLOW = 250; // milliseconds
const waiting = []; // buttons: their ids, and what they said
const TYPED = "#slideshow-form :is(input[type=text], input[type=number], textarea)";
let underWay = 0; // requests of the form
let timer = 0;
let focusNext = ""; // id of the button that takes the focus when the pressed one is gone

const isPart = (element) => element instanceof Element && element.closest("#slideshow-form");

function lock(isLocked) {
  for (const field of document.querySelectorAll(TYPED)) field.readOnly = isLocked;
}

function begin() {
  underWay += 1;
  clearTimeout(timer);
  timer = setTimeout(lock, SLOW, true);
}

function end(step) {
  if (!underWay || --underWay) return;
  clearTimeout(timer);
  lock(false);
  // Files that were sent are at Picovico now; their field itself lives on.
  const files = document.getElementById("id_photos");
  if (files && step === "upload") files.value = "";
  if (focusNext) document.getElementById(focusNext)?.focus();
  focusNext = "";
  let next = waiting.shift();
  while (next && !document.getElementById(next.id)) next = waiting.shift(); // what was removed meanwhile
  if (!next) return;
  const button = document.getElementById(next.id);
  // Other choices may have another price by now: nobody spends more than the button said when it was pressed.
  if (button.textContent.trim() === next.said) {
    button.click();
    return;
  }
  waiting.length = 0; // nor is what was pressed after it done, unseen, some day later
  button.focus();
  const form = document.getElementById("slideshow-form");
  toast({ level: "info", text: form.dataset.textPrice, key: "slideshow-price" });
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (isPart(event.target)) begin();
});
document.addEventListener("htmx:afterRequest", (event) => {
  const { requestConfig, successful } = event.detail;
  setTimeout(() => end(successful ? requestConfig?.parameters?.step : ""));
});

register("slideshow", (form) => {
  form.addEventListener(
    "click",
    (event) => {
      const button = event.target.closest("button[name=step]");
      if (!button) return;
      if (underWay) {
        event.preventDefault();
        event.stopImmediatePropagation();
        if (button.id) waiting.push({ id: button.id, said: button.textContent.trim() });
      } else if (button.value.startsWith("remove:")) {
        const row = button.closest("li");
        const other = row.nextElementSibling ?? row.previousElementSibling;
        focusNext = other ? other.querySelector("[value^='remove:']").id : "add-card";
      }
    },
    { capture: true },
  );
});
