// The form of new projects: looks at the files before anything is sent, asks the server to open an upload for each with
// the form's fields alone, hands the files to the upload tray, and goes on to the project's page (or the list of them).
import { hold } from "./form.js";
import { register } from "./registry.js";
import { Chosen, titleOf } from "./upload/chosen.js";
import { digestOf } from "./upload/digest.js";
import { size as sizeOf } from "./upload/words.js";

function showError(form, field, text) {
  const place = form.querySelector(`[data-field="${field}"]`);
  if (!place) return false;
  const list = document.createElement("ul");
  list.className = "field-error";
  list.dataset.fromScript = "";
  list.id = `script-error-${field}`;
  const item = document.createElement("li");
  item.textContent = text;
  list.append(item);
  place.append(list);
  const input = place.querySelector("input:not([type=radio]), select, textarea");
  input?.setAttribute("aria-invalid", "true");
  describe(input ?? place.querySelector("fieldset"), list.id);
  place.closest("details")?.setAttribute("open", "");
  return true;
}

/** What is wrong is read together with the field, beside its help. */
function describe(element, id) {
  element?.setAttribute("aria-describedby", `${element.getAttribute("aria-describedby") ?? ""} ${id}`.trim());
}

function undescribe(id) {
  for (const element of document.querySelectorAll(`[aria-describedby~="${id}"]`)) {
    const others = element.getAttribute("aria-describedby").split(/\s+/).filter((each) => each !== id);
    if (others.length) element.setAttribute("aria-describedby", others.join(" "));
    else element.removeAttribute("aria-describedby");
  }
}

function clearErrors(form) {
  for (const element of form.querySelectorAll("[data-from-script], ul.field-error")) {
    undescribe(element.id);
    element.remove();
  }
  for (const element of form.querySelectorAll("[aria-invalid]")) element.removeAttribute("aria-invalid");
  form.querySelector("[data-form-errors]").replaceChildren();
}

/** A version 4 UUID, also where the page came by plain http and the browser makes none. */
function newToken() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function showFormError(form, text) {
  const banner = document.createElement("div");
  banner.className = "banner";
  banner.dataset.tone = "bad";
  banner.setAttribute("role", "alert");
  const words = document.createElement("p");
  words.className = "banner-text";
  words.textContent = text;
  banner.append(words);
  form.querySelector("[data-form-errors]").replaceChildren(banner);
}

register("new-project", (form) => {
  const input = form.querySelector('input[type="file"]');
  const note = form.querySelector("[data-dropzone-note]");
  const problem = form.querySelector("[data-file-error]");
  const field = (name) => form.elements.namedItem(name);
  const abort = new AbortController();
  const { signal } = abort;
  const list = form.querySelector("[data-chosen]");
  let checked = Promise.resolve();
  let titleIsOurs = false;

  const say = (text) => {
    problem.textContent = text;
    problem.hidden = !text;
  };
  const chosen = new Chosen(list, form.dataset, shown);

  /** The fields that say which file it is; the dry run sends them as they stand. */
  function nameFile({ file }) {
    field("filename").value = file.name;
    field("size").value = file.size;
    field("last_modified").value = file.lastModified;
  }

  function shown() {
    const [first] = chosen.lines;
    const isMany = chosen.lines.length > 1;
    form.toggleAttribute("data-many", isMany);
    say(isMany ? "" : (first?.problem ?? ""));
    if (!first || first.problem) return;
    nameFile(first);
    note.textContent = sizeOf(chosen.lines.reduce((sum, line) => sum + line.file.size, 0));
    if (!isMany && (!field("title").value || titleIsOurs)) {
      field("title").value = titleOf(first.file.name);
      titleIsOurs = true;
    }
  }

  function take(files) {
    checked = chosen.take(files).then(shown);
  }

  input.addEventListener("change", () => input.files.length && take(input.files));
  field("title").addEventListener("input", () => (titleIsOurs = false));

  // A link gives captions and YouTube gives Magic Clips: choosing the door chooses the kind.
  form.addEventListener("change", (event) => {
    if (event.target.name !== "source") return;
    const kind = { url: "captions", youtube: "magic_clips" }[event.target.value];
    if (kind) form.querySelector(`[name="kind"][value="${kind}"]`).checked = true;
  });

  // The whole form takes a dropped file, not only the zone.
  form.addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
  form.addEventListener("drop", (event) => {
    if (event.target === input || !event.dataTransfer?.files.length) return;
    event.preventDefault();
    form.querySelector('[name="source"][value="upload"]').click();
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });

  async function send() {
    clearErrors(form);
    await checked;
    if (!chosen.lines.length) return say(form.dataset.textNone);
    const wanted = chosen.good.filter((line) => !line.twin || line.again);
    if (!wanted.length) return askAboutTwins();
    const isMany = form.hasAttribute("data-many");
    const started = [];
    for (const line of wanted) {
      const answer = await open(line, isMany);
      if (answer.errors && !showLineErrors(line, answer.errors)) break; // the form's own: true of all files
      if (answer.duplicate) line.twin = answer.duplicate;
      if (answer.project_url) {
        started.push(answer);
        hand(line.file, answer);
        chosen.lines = chosen.lines.filter((each) => each !== line);
      }
    }
    if (started.length && !chosen.lines.length) return leave(isMany ? form.dataset.listUrl : started[0].project_url);
    // What could not be started stays here, with the reason; the others are on their way.
    chosen.draw();
    form.toggleAttribute("data-many", chosen.lines.length > 1 || started.length > 0);
    (form.querySelector("[aria-invalid]") ?? list.querySelector("[data-part=twin]:not([hidden]) a"))?.focus();
  }

  /** Nothing of what was chosen may go as it stands: say so, and lead to where it is decided. */
  function askAboutTwins() {
    shown();
    const decide = list.querySelector("[data-part=twin]:not([hidden]) input");
    if (!decide) return;
    say(form.dataset.textTwin);
    decide.focus();
  }

  /** Ask the desk for an upload; its JSON. */
  async function open(line, isMany) {
    nameFile(line);
    const body = new FormData(form);
    body.delete("file");
    // The same click again is the same project, also after an answer that got lost.
    line.token ||= chosen.lines.length === 1 && !isMany ? body.get("form_token") : newToken();
    body.set("form_token", line.token);
    body.set("digest", (line.digest ??= await digestOf(line.file)));
    if (line.again) body.set("again", "1");
    if (isMany) body.set("title", titleOf(line.file.name) || line.file.name);
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" }, signal });
    const data = await answer.json();
    if (!answer.ok && !data.errors && !data.duplicate) throw new Error(`answered ${answer.status}`);
    return data;
  }

  /** True when what is wrong is about this file alone. */
  function showLineErrors(line, errors) {
    const words = ({ message }) => message;
    const { source, ...others } = errors;
    if (source) line.problem = source.map(words).join(" ");
    if (source && chosen.lines.length === 1) say(line.problem);
    for (const [name, found] of Object.entries(others)) {
      const text = found.map(words).join(" ");
      if (name === "__all__" || !showError(form, name, text)) showFormError(form, text);
    }
    return !Object.keys(others).length;
  }

  function hand(file, data) {
    if (!data.upload_url) return;
    const { upload_url: uploadUrl, project_url: projectUrl, title, upload_id: uploadId } = data;
    const detail = { file, uploadUrl, projectUrl, title, uploadId };
    document.dispatchEvent(new CustomEvent("upload:start", { detail }));
  }

  /** A boosted click, so that the tray with its uploads stays. */
  function leave(url) {
    const link = document.createElement("a");
    link.href = url;
    link.hidden = true;
    form.append(link);
    window.htmx?.process(link);
    // Busy until the page is here, so that nobody starts it twice meanwhile.
    return new Promise((arrived) => {
      link.addEventListener("htmx:afterRequest", arrived);
      link.click();
    });
  }

  // Before htmx: it would send the file's bytes along with the form.
  document.addEventListener(
    "submit",
    (event) => {
      if (event.target !== form || field("source").value !== "upload") return;
      // The dry run takes the form alone, with the file's name in it.
      if (event.submitter && "check" in event.submitter.dataset) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      send()
        .catch((error) => {
          if (error.name !== "AbortError") showFormError(form, form.dataset.textFailed);
        })
        .finally(hold(form));
    },
    { capture: true, signal },
  );
  return () => abort.abort();
});
