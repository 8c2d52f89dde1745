// Light, dark or as the system says: at once here, and in a cookie so that the server draws the next page in it.
import { register } from "./registry.js";

const secure = location.protocol === "https:" ? "; Secure" : "";

export function setTheme(value) {
  if (value === "light" || value === "dark") document.documentElement.dataset.theme = value;
  else delete document.documentElement.dataset.theme;
  document.cookie = `theme=${value}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
}

// The profile's form may have chosen another one: its answer brings the cookie, and a boosted page keeps <html>.
document.addEventListener("htmx:afterSettle", (event) => {
  const chosen = /(?:^|;\s*)theme=(\w+)/.exec(document.cookie)?.[1];
  if (event.detail.boosted && chosen) setTheme(chosen);
});

register("theme", (element) => {
  const mark = () => {
    const current = document.documentElement.dataset.theme ?? "system";
    for (const choice of element.querySelectorAll("[data-theme-value]")) {
      if (choice.dataset.themeValue === current) choice.setAttribute("aria-current", "true");
      else choice.removeAttribute("aria-current");
    }
  };
  mark();
  element.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-theme-value]");
    if (!choice) return;
    event.preventDefault();
    setTheme(choice.dataset.themeValue);
    mark();
  });
});
