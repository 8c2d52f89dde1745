// What boosted navigation needs beside htmx itself.
import { announce } from "./announce.js";
import { csrfToken } from "./csrf.js";
import { keptField } from "./focus.js";
import { toast } from "./toast.js";

// Every page of ours has the place of the tray. Anything else (a proxy's error page) would wipe the app away.
const isOurs = (text) => text.includes('id="upload-tray"');
// Sign-in and second-factor pages bring scripts of their own.
const isFullPage = (text) => /<body[^>]*\sdata-full-page/.test(text);

/** May this document take the place of the one that is here? "page", "full" (only by a load of its own), or "" (no). */
export function kindOf(xhr) {
  const isHtml = (xhr.getResponseHeader("Content-Type") ?? "").startsWith("text/html");
  if (isHtml && isFullPage(xhr.responseText)) return "full";
  return isHtml && isOurs(xhr.responseText) ? "page" : "";
}

document.addEventListener("htmx:configRequest", (event) => {
  const { boosted, formData, headers, verb } = event.detail;
  // A boosted request wants the whole page, as a click without scripts would: views that look at
  // request.htmx must not take it for a request for a fragment.
  if (boosted) delete headers["HX-Request"];
  if (verb === "get") return;
  headers["X-CSRFToken"] = csrfToken();
  if (formData.has("csrfmiddlewaretoken")) formData.set("csrfmiddlewaretoken", csrfToken());
});

// The last click wins: two answers would both take the page's place, and leave it with the address of either.
let latest;
document.addEventListener("htmx:beforeSend", (event) => {
  if (event.detail.boosted) latest = event.detail.xhr;
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { detail } = event;
  const { boosted, xhr } = detail;
  if (boosted && xhr !== latest) {
    detail.shouldSwap = detail.isError = false;
    return;
  }
  if (!detail.shouldSwap && !boosted) return;
  const kind = kindOf(xhr);
  if (!boosted) {
    // A whole page instead of a part of one (a redirect on the way): it has no place in a panel, unless a part is asked of it.
    if (kind === "full" || (kind && !detail.requestConfig.elt.closest("[hx-select]"))) {
      detail.shouldSwap = false;
      detail.isError = true;
    }
    return;
  }
  if (kind === "page") {
    // An error page is a page: show it instead of doing nothing.
    detail.shouldSwap = true;
    detail.isError = false;
    return;
  }
  detail.shouldSwap = false;
  // A file, or a page that loads by itself; what went wrong without a page of ours is told where we are.
  if (xhr.status < 400) location.assign(xhr.responseURL);
  else detail.isError = true;
});

// After the swap htmx gives the document its new title. It tells of each part that has settled; one arrival is enough.
const arrived = new WeakSet();
document.addEventListener("htmx:afterSettle", (event) => {
  const { boosted, xhr } = event.detail;
  if (!boosted || arrived.has(xhr)) return;
  arrived.add(xhr);
  arrive();
});

/** The focus would be lost with the link that was clicked; a screen reader hears the new page's name. */
export function arrive() {
  const main = document.getElementById("main");
  const filter = keptField();
  // A form that came back: to what must be changed.
  const wrong = main?.querySelector("[aria-invalid=true]:not([type=hidden], :disabled)");
  if (wrong) wrong.focus();
  else (filter ?? document.querySelector("[autofocus]") ?? main)?.focus({ preventScroll: true });
  announce(document.title);
}

// Errors keep the page as it is and say so; of what the page asks by itself (polls) nobody needs to hear.
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.requestConfig?.triggeringEvent) toast({ level: "error", key: event.detail.xhr.status < 500 ? "error" : "down" });
});
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    if (event.detail.requestConfig?.triggeringEvent) toast({ level: "error", key: "offline" });
  });
}

// The line at the top, for what a person started; polls and lazy panels stay silent.
let underWay = 0;
const bar = () => document.getElementById("net-progress");
const started = new WeakSet();
document.addEventListener("htmx:beforeSend", (event) => {
  if (!event.detail.requestConfig.triggeringEvent?.isTrusted) return;
  started.add(event.detail.xhr);
  underWay += 1;
  if (bar()) bar().dataset.state = "running";
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (!started.delete(event.detail.xhr)) return;
  underWay -= 1;
  if (underWay === 0 && bar()) bar().dataset.state = "done";
});
