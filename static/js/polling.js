// What a page asks by itself, again and again: rarely while nobody looks, and no more once there is no use.
import { mayLeave } from "./leaving.js";
import { toast } from "./toast.js";

const POLL_WHILE_HIDDEN_MS = 60_000;
// Signed out, not allowed, gone: asking again changes nothing.
const NO_USE = new Set([401, 403, 404, 410]);

const lastPoll = new WeakMap();
const over = new WeakSet();

document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, requestConfig } = event.detail;
  if (requestConfig.triggeringEvent) return;
  if (over.has(elt)) return void event.preventDefault();
  // What lies in a closed fold is read again once it is open.
  if (elt.matches("[data-while-open]") && elt.closest("details:not([open])")) return void event.preventDefault();
  if (document.hidden && Date.now() - (lastPoll.get(elt) ?? 0) < POLL_WHILE_HIDDEN_MS) event.preventDefault();
  else lastPoll.set(elt, Date.now());
});

document.addEventListener("htmx:responseError", (event) => {
  const { elt, requestConfig, xhr } = event.detail;
  if (!requestConfig?.triggeringEvent && NO_USE.has(xhr.status)) over.add(elt);
});

// Signed out meanwhile: the page goes to the sign-in, unless somebody would lose something by it.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { elt, requestConfig, xhr } = event.detail;
  const way = xhr.getResponseHeader("HX-Redirect");
  if (!way || requestConfig.triggeringEvent) return;
  over.add(elt);
  if (mayLeave()) return;
  event.preventDefault();
  toast({ level: "warning", key: "signedOut", way: { key: "signIn", url: way } });
});
