// Back and forward: nothing private is kept in this browser, so the page is fetched anew; then it stands where it stood.
import { mayLeave } from "./leaving.js";
import { arrive, kindOf } from "./navigation.js";
import { toast } from "./toast.js";

const STORE = "places";
const MOST_PLACES = 50;
const MOST_PAGES = 20;

const bare = (path) => path.split("#")[0];
const places = () => JSON.parse(sessionStorage.getItem(STORE) ?? "{}");

// htmx tells it with the address of the page that is left.
document.addEventListener("htmx:beforeHistorySave", (event) => {
  const path = bare(event.detail.path);
  const { [path]: _before, ...others } = places();
  const kept = Object.entries(others).slice(1 - MOST_PLACES);
  sessionStorage.setItem(STORE, JSON.stringify(Object.fromEntries([...kept, [path, Math.round(scrollY)]])));
});

// The browser would scroll the page that is left; for a reload it is right.
const ours = () => (history.scrollRestoration = "manual");
ours();
window.addEventListener("pageshow", ours);
window.addEventListener("pagehide", () => (history.scrollRestoration = "auto"));

/** The next part of a list that was read on; false when there is none, or it does not come. */
function readOn() {
  const more = document.querySelector("main [data-more]");
  if (!more) return Promise.resolve(false);
  // Nobody pressed it, so the focus stays.
  more.dataset.silent = "";
  return new Promise((resolve) => {
    const onAnswer = (event) => {
      if (event.detail.requestConfig.elt !== more) return;
      document.removeEventListener("htmx:afterRequest", onAnswer);
      resolve(event.detail.successful);
    };
    document.addEventListener("htmx:afterRequest", onAnswer);
    more.click();
  });
}

document.addEventListener("htmx:historyRestore", async (event) => {
  arrive();
  const place = places()[bare(event.detail.path)] ?? 0;
  const { pathname } = location;
  const isReached = () => document.documentElement.scrollHeight >= place + innerHeight;
  for (let page = 0; page < MOST_PAGES && !isReached(); page += 1) if (!(await readOn())) break;
  if (location.pathname === pathname) scrollTo(0, place);
});

document.addEventListener("htmx:historyCacheMiss", (event) => {
  const { xhr } = event.detail;
  const show = xhr.onload;
  xhr.onload = () => {
    if (xhr.status < 400 && kindOf(xhr) === "page") show.call(xhr);
    // The address is right already: as a load of its own it shows whatever there is.
    else if (mayLeave()) location.reload();
    else toast({ level: "error", key: "down" });
  };
  xhr.onerror = () => toast({ level: "error", key: "offline" });
});
