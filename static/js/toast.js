// Short news at the bottom. From the server: Django's messages, or a header on a fragment's answer:
//   HX-Trigger: {"toast": {"level": "success", "text": "Approved", "action": {"label": "Undo", "url": "/…"}}}
// The action is a POST by htmx; "target" and "swap" in it say where its answer goes (default: nowhere).
import { announce } from "./announce.js";
import { register } from "./registry.js";

const STAYS_MS = 6_000;
const STAYS_WITH_ACTION_MS = 12_000;

function button(label, onClick) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "button button-small";
  element.textContent = label;
  element.addEventListener("click", onClick);
  return element;
}

function arm(element, region, action) {
  const remove = () => element.remove();
  if (action) {
    element.append(
      button(action.label, (event) => {
        remove();
        // With its event: what goes wrong is told, as a person asked for it.
        window.htmx.ajax("POST", action.url, { event, target: action.target ?? "body", swap: action.swap ?? "none" });
      }),
    );
  }
  // What went wrong stays until it is read; the rest goes by itself, unless someone is at it.
  if (element.dataset.level === "error" || element.dataset.level === "warning") {
    element.append(button(region.dataset.textDismiss, remove));
    return;
  }
  const later = () => setTimeout(remove, action ? STAYS_WITH_ACTION_MS : STAYS_MS);
  let timer = later();
  for (const name of ["pointerenter", "focusin"]) element.addEventListener(name, () => clearTimeout(timer));
  for (const name of ["pointerleave", "focusout"]) {
    element.addEventListener(name, () => {
      clearTimeout(timer);
      timer = later();
    });
  }
}

/** Another tab, so that this page keeps what it holds. */
function link(text, url) {
  const element = document.createElement("a");
  Object.assign(element, { className: "button button-small", href: url, target: "_blank", rel: "noopener", textContent: text });
  return element;
}

/** Show a toast. `text`, or `key` naming one of the region's data-text-… sentences; `way`: { key, url } of a link in it. */
export function toast({ level = "info", text, key, action, way }) {
  const region = document.getElementById("toasts");
  if (!region) return;
  const said = (name) => region.dataset[`text${name[0].toUpperCase()}${name.slice(1)}`];
  const words = text ?? said(key);
  // The same trouble twice is told once.
  for (const other of region.querySelectorAll(".toast")) {
    if (other.querySelector(".toast-text").textContent === words) other.remove();
  }
  const element = region.querySelector("template").content.firstElementChild.cloneNode(true);
  element.dataset.level = level;
  for (const sign of element.querySelectorAll(".toast-sign")) {
    if (sign.dataset.for === level) sign.replaceWith(...sign.childNodes);
    else sign.remove();
  }
  element.querySelector(".toast-text").textContent = words;
  if (way) element.append(link(said(way.key), way.url));
  region.append(element);
  arm(element, region, action);
  announce(words);
}

register("toasts", (region) => {
  const sent = [...region.querySelectorAll(":scope > .toast")];
  for (const element of sent) arm(element, region, undefined);
  if (sent.length) announce(sent.map((element) => element.querySelector(".toast-text").textContent).join(" "));
});

document.addEventListener("toast", (event) => toast(event.detail));
