// The form of a change: tells in each group's line that it differs from what was last sent, and on the button how many do.
// The server works out what is sent; this only says it early.
import { register } from "./registry.js";

const ITEM = /^(item-\d+)-(.+)$/;
// What a row of B-roll has before anything is entered in it.
const GIVEN = new Set(["type", "layout"]);

/** What a group holds, as one text; rows of B-roll count by their values and not by their numbers, empty ones not at all. */
function state(group) {
  const fields = [...group.querySelectorAll("input[name], select[name], textarea[name]")]
    .filter((field) => !field.closest("template") && (!["radio", "checkbox"].includes(field.type) || field.checked))
    .map(({ name, value }) => ({ name, value: value.trim(), item: ITEM.exec(name) }))
    .filter(({ value }) => value);
  const filled = new Set(fields.filter(({ item }) => item && !GIVEN.has(item[2])).map(({ item }) => item[1]));
  return fields
    .filter(({ item }) => !item || filled.has(item[1]))
    .map(({ name, value, item }) => `${item ? item[2] : name}=${value}`)
    .join("\n");
}

register("edit-project", (form) => {
  const groups = [...form.querySelectorAll("[data-group]")];
  const button = form.querySelector("[data-send]");
  const { textOne, textMany, textNone } = form.dataset;
  let before = null;

  function refresh() {
    if (!before) return;
    let count = 0;
    for (const group of groups) {
      const isChanged = state(group) !== before.get(group);
      group.querySelector("[data-changed]").hidden = !isChanged;
      count += isChanged;
    }
    if (!button) return;
    button.textContent = count === 1 ? textOne : count ? textMany.replace("{count}", count) : textNone;
  }

  for (const kind of ["input", "change"]) form.addEventListener(kind, refresh);
  form.addEventListener("click", () => setTimeout(refresh));
  // The other modules draw their parts first: the rows for life without a script go, choices are set.
  const timer = setTimeout(() => {
    before = new Map(groups.map((group) => [group, state(group)]));
  });
  return () => clearTimeout(timer);
});
