// The options of a new project: shuts what does not go with the chosen look and says why, and tells in each folded
// group's line what is set in it. The server checks the same; without a script its answer says what is in conflict.
import { register } from "./registry.js";

const LOOKS_WITHOUT_CLIPS = ["preset", "ai_edit"];
const PERCENTAGE = "magicBrollsPercentage";

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name] ?? "");

/** Shut a part or open it; its own line with the reason stays readable. */
function shut(part, isShut, reason) {
  part.disabled = isShut;
  for (const child of part.children) {
    if ("reason" in child.dataset) {
      child.hidden = !reason;
      child.textContent = reason;
    } else child.inert = isShut;
  }
}

/** The words for one field of a folded group; "" when nothing is set there. */
function words(field) {
  if (field.matches(":disabled") || !field.value.trim()) return "";
  if (field.type === "radio") {
    const value = field.closest("label").textContent.trim();
    return field.checked ? fill(field.dataset.say, { value, low: value.toLocaleLowerCase() }) : "";
  }
  if (field.dataset.sayMany) {
    const lines = field.value.split("\n").map((line) => line.trim().replaceAll(/\s+/g, " "));
    const count = new Set(lines.filter(Boolean)).size;
    return count ? fill(count === 1 ? field.dataset.sayOne : field.dataset.sayMany, { count }) : "";
  }
  if (field.name === "music_media") return field.selectedOptions[0].textContent.split(" · ")[0].trim();
  return fill(field.dataset.say ?? "{value}", { value: field.value });
}

register("project-options", (form) => {
  const closed = JSON.parse(form.querySelector("#closed-options").textContent);
  const chosen = (name) => form.querySelector(`[name="${name}"]:checked`)?.value ?? "";
  const radio = (look) => form.querySelector(`[name="look"][value="${look}"]`);
  let given = ""; // the look that was given up because the kind does not take it

  function shutLooks(isClips) {
    const look = chosen("look");
    if (isClips && LOOKS_WITHOUT_CLIPS.includes(look)) {
      given = look;
      radio("template").checked = true;
    } else if (!isClips && given) {
      radio(given).checked = true;
      given = "";
    }
    for (const each of LOOKS_WITHOUT_CLIPS) radio(each).disabled = isClips;
    const reason = form.querySelector("[data-look-reason]");
    reason.hidden = !isClips;
    reason.textContent = closed.clips;
  }

  function refresh() {
    const isClips = chosen("kind") === "magic_clips";
    shutLooks(isClips);
    const rule = (isClips ? null : closed[chosen("look")]) ?? { said: "", options: {} };
    for (const part of form.querySelectorAll("[data-option]")) {
      const reason = rule.options[part.dataset.option] ?? "";
      const idle = part.dataset.option === PERCENTAGE && chosen("magic_brolls") !== "on";
      shut(part, Boolean(reason) || idle, reason);
    }
    for (const group of form.querySelectorAll("[data-group]")) say(group, rule);
  }

  function say(group, rule) {
    const parts = [...group.querySelectorAll("[data-option]")];
    const isClosed = parts.every((part) => part.dataset.option in rule.options);
    group.toggleAttribute("data-closed", isClosed);
    const reason = group.querySelector("[data-group-reason]");
    reason.hidden = !isClosed;
    reason.textContent = isClosed ? rule.options[parts[0].dataset.option] : "";
    const said = [...group.querySelectorAll("[data-say], [data-say-many], [name=music_media]")].map(words);
    const placed = group.querySelectorAll("[data-broll-rows] > *").length;
    if (placed && !group.querySelector('[data-option="items"]:disabled')) {
      said.push(fill(form.dataset.textPlaced, { count: placed }));
    }
    const line = group.querySelector("[data-said]");
    const text = said.filter(Boolean).join(", ");
    line.textContent = isClosed ? rule.said : text || line.dataset.default;
    line.toggleAttribute("data-set", !isClosed && Boolean(text));
  }

  for (const kind of ["input", "change"]) form.addEventListener(kind, refresh);
  // A row of B-roll that was added: its module draws it after the click.
  form.addEventListener("click", (event) => {
    if (event.target.closest("[data-group]")) setTimeout(refresh);
  });
  // The lists of another key come: folds that are open stay so.
  let open = [];
  form.addEventListener("htmx:beforeSwap", () => {
    open = [...form.querySelectorAll("details[data-group][open]")].map((group) => group.id);
  });
  form.addEventListener("htmx:afterSettle", () => {
    for (const id of open.splice(0)) form.querySelector(`#${id}`)?.setAttribute("open", "");
    refresh();
  });
  refresh();
  // The rows of B-roll that are there for life without a script are taken away when their module starts.
  setTimeout(refresh);
});
