// A form that was sent says so on its button and is not sent twice by a double click.
const sender = new WeakMap(); // form -> the button it was sent with
const next = new WeakMap(); // form -> id of the button that was pressed meanwhile

const reset = (form) => {
  for (const button of form.querySelectorAll("[data-sending]")) {
    delete button.dataset.sending;
    button.removeAttribute("aria-busy");
  }
  delete form.dataset.sending;
};

/** A module sends this form in its own way: it stays busy until the returned function is called. */
export function hold(form) {
  form.dataset.held = "";
  return () => {
    delete form.dataset.held;
    reset(form);
  };
}

// Enter presses a form's first button. Where that is not the main one, a hidden one stands before it for this.
const shown = (form, button) => ("default" in (button?.dataset ?? {}) ? form.querySelector(".button-primary[type=submit]") : button);

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.method === "get" || form.method === "dialog") return;
  const button = shown(form, event.submitter) ?? form.querySelector("[type=submit]:not([data-default])");
  if ("sending" in form.dataset) {
    event.preventDefault();
    event.stopImmediatePropagation();
    // Another button is another wish (Approve, then Undo): it comes when the first is answered.
    if (button?.id && button !== sender.get(form)) next.set(form, button.id);
    return;
  }
  form.dataset.sending = "";
  sender.set(form, button);
  if (button) {
    button.dataset.sending = "";
    button.setAttribute("aria-busy", "true");
  }
  // Someone else took it (a module of the page) and it is not under way by htmx: it is free at once.
  setTimeout(() => {
    if (event.defaultPrevented && !form.classList.contains("htmx-request") && !("held" in form.dataset)) reset(form);
  });
}, { capture: true });

// htmx decides whether it takes the form; when its answer is there the form is free again.
document.addEventListener("htmx:afterRequest", (event) => {
  // Who asked: its form may be gone, and then the event tells of what is left around it.
  const form = event.detail.requestConfig?.elt.closest("form");
  if (!form || "held" in form.dataset) return;
  reset(form);
  const wish = next.get(form);
  next.delete(form);
  // By its id: the answer may have put another form in this one's place.
  if (wish && event.detail.successful) document.getElementById(wish)?.click();
});
document.addEventListener("htmx:validation:halted", (event) => reset(event.target));
// Back from the next page by the browser's memory of this one.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sending]")) reset(form);
});

// <select data-submit> in a filter form: what is chosen with the pointer is sent at once. With the keyboard each arrow key
// is a change, so it is sent by Enter or when the focus goes on; until then the form's button stands beside it.
let keyed = null;
const isAuto = (target) => target instanceof HTMLSelectElement && "submit" in target.dataset;

function send(select) {
  delete select.form.dataset.pending;
  select.form.dataset.changed = select.name;
  select.form.requestSubmit();
}
const isPending = (select) => select.form?.dataset.pending === select.name;

document.addEventListener("pointerdown", () => (keyed = null));
document.addEventListener("keydown", (event) => {
  if (!isAuto(event.target)) return;
  keyed = event.target;
  if (event.key !== "Enter" || !isPending(event.target)) return;
  event.preventDefault();
  send(event.target);
});
document.addEventListener("change", (event) => {
  if (!isAuto(event.target) || !event.target.form) return;
  if (keyed === event.target) event.target.form.dataset.pending = event.target.name;
  else send(event.target);
});
document.addEventListener("focusout", (event) => {
  // To the form's own button: that one sends it.
  if (isAuto(event.target) && isPending(event.target) && event.relatedTarget?.type !== "submit") send(event.target);
});
