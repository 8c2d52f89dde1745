// Behaviour is tied to markup by name: <div data-module="menu">. A module registers once; elements
// that come with the page, a boosted page or a fragment are initialised, elements that go are cleaned up.

const modules = new Map();
const running = new Map(); // element -> [cleanup, …]

/** Register `init(element)`; it may return a function that undoes what it did outside the element. */
export function register(name, init) {
  modules.set(name, init);
  for (const element of document.querySelectorAll(`[data-module~="${name}"]`)) start(element, name);
}

function start(element, name) {
  const started = running.get(element) ?? new Map();
  if (started.has(name) || !modules.has(name)) return;
  running.set(element, started);
  started.set(name, undefined);
  started.set(name, modules.get(name)(element));
}

/** Initialise everything inside `root` and root itself. Safe to call twice. */
export function scan(root) {
  const found = [...root.querySelectorAll("[data-module]")];
  if (root instanceof Element && root.matches("[data-module]")) found.unshift(root);
  for (const element of found) {
    for (const name of element.dataset.module.split(/\s+/)) if (name) start(element, name);
  }
}

/** Call the clean-ups of elements that are in the document no longer; preserved ones have only moved. */
function sweep() {
  for (const [element, started] of running) {
    if (element.isConnected) continue;
    running.delete(element);
    for (const cleanup of started.values()) if (typeof cleanup === "function") cleanup();
  }
}

// Before the page settles: a key that is pressed as soon as the new page is seen must already have its meaning.
document.addEventListener("htmx:afterSwap", () => scan(document));
document.addEventListener("htmx:load", (event) => scan(event.detail.elt));
document.addEventListener("htmx:afterSettle", sweep);
document.addEventListener("htmx:historyRestore", () => {
  scan(document);
  sweep();
});
