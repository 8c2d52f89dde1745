// <details class="menu" data-module="menu">: closes on Escape, on a click outside and when the focus leaves;
// arrow keys walk through its entries. Without a script it is a plain disclosure.
import { register } from "./registry.js";

register("menu", (menu) => {
  const summary = menu.querySelector("summary");
  const items = () => [...menu.querySelectorAll(".menu-item")];
  const close = (refocus) => {
    if (!menu.open) return;
    menu.open = false;
    if (refocus) summary.focus();
  };
  const outside = (event) => {
    if (!menu.contains(event.target)) close(false);
  };

  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) {
      event.stopPropagation();
      close(true);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      menu.open = true;
      const all = items();
      const step = event.key === "ArrowDown" ? 1 : -1;
      const at = all.indexOf(document.activeElement);
      all[at === -1 && step === -1 ? all.length - 1 : (at + step + all.length) % all.length]?.focus();
    }
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) close(false);
  });
  document.addEventListener("pointerdown", outside);
  return () => document.removeEventListener("pointerdown", outside);
});
