// A boosted click keeps the first document's content security policy. When a video's host is not in it (the host was
// first seen after that document was loaded), the page is loaded afresh once; its own policy then names the host.
import { mayLeave } from "./leaving.js";

const QUIET_MS = 60_000;

document.addEventListener("securitypolicyviolation", (event) => {
  if (!["media-src", "img-src"].includes(event.effectiveDirective)) return;
  const key = `media-policy:${location.pathname}`;
  if (Date.now() - Number(sessionStorage.getItem(key) ?? 0) < QUIET_MS) return;
  if (!mayLeave()) return;
  sessionStorage.setItem(key, String(Date.now()));
  location.reload();
});
