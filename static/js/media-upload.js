// Files for the media library: one streamed POST each, two at a time, going on while their person is on other pages.
// The form (data-module="media-upload") works without this file too; then its button sends all of them at once.
import { announce } from "./announce.js";
import { csrfToken } from "./csrf.js";
import { register } from "./registry.js";
import { toast } from "./toast.js";
import { takeLine } from "./upload/lines.js";
import { Pace, fill, percent, speed } from "./upload/words.js";

const AT_ONCE = 2;
const HEAD = 16;
const TYPES = {
  mp4: "VIDEO", mov: "VIDEO", png: "IMAGE", jpg: "IMAGE", jpeg: "IMAGE", webp: "IMAGE", mp3: "AUDIO", wav: "AUDIO", m4a: "AUDIO",
};

// Of all pages: a boosted click keeps the document, and with it what is under way.
const jobs = [];
const drawers = new Set();
const draw = (job) => drawers.forEach((drawer) => drawer(job));

const typeOf = (name) => TYPES[name.split(".").pop().toLowerCase()] ?? "";
const isOpen = (job) => job.state === "waiting" || job.state === "sending" || job.state === "checking";

/** Does it begin like anything that the library takes? The server looks more closely. */
async function beginsRight(file) {
  const head = new Uint8Array(await file.slice(0, HEAD).arrayBuffer());
  const text = String.fromCharCode(...head);
  return (
    text.startsWith("\x89PNG") || text.startsWith("\xff\xd8\xff") || text.startsWith("ID3") ||
    (text.startsWith("RIFF") && ["WEBP", "WAVE"].includes(text.slice(8, 12))) ||
    (head[0] === 0xff && (head[1] & 0xe0) === 0xe0) ||
    ["ftyp", "moov", "mdat", "wide", "free", "skip", "pnot"].includes(text.slice(4, 8))
  );
}

/** The sentence why this file cannot go, or undefined. */
async function wrongWith(file, { texts, most }) {
  if (!file.size) return texts.textEmpty;
  if (file.size > most) return texts.textLarge;
  try {
    return typeOf(file.name) && (await beginsRight(file)) ? undefined : texts.textType;
  } catch {
    return texts.textUnreadable;
  }
}

function next() {
  const free = AT_ONCE - jobs.filter((job) => job.turn).length;
  for (const job of jobs.filter((each) => each.state === "waiting" && !each.turn).slice(0, Math.max(0, free))) take(job);
}

/** A file before it may wait for uploads of projects, and for those of other tabs. */
async function take(job) {
  const { signal } = (job.turn = new AbortController());
  const giveBack = await takeLine(signal);
  if (!giveBack) return;
  if (signal.aborted) return giveBack();
  job.giveBack = giveBack;
  send(job);
}

function end(job) {
  job.turn?.abort();
  job.giveBack?.();
  job.turn = undefined;
  job.giveBack = undefined;
}

function send(job) {
  const body = new FormData();
  body.append("csrfmiddlewaretoken", csrfToken());
  body.append("key", job.key);
  body.append("form_token", job.token);
  body.append("file", job.file, job.file.name);
  // Behind the file: without it the server knows that the rest is missing.
  body.append("end", "1");
  const xhr = new XMLHttpRequest();
  Object.assign(job, { state: "sending", sent: 0, xhr, problem: "", pace: new Pace() });
  xhr.open("POST", job.url);
  xhr.setRequestHeader("Accept", "application/json");
  xhr.setRequestHeader("X-CSRFToken", csrfToken());
  xhr.upload.addEventListener("progress", (event) => {
    job.sent = Math.min(job.file.size, event.loaded);
    job.pace.add(job.sent);
    draw(job);
  });
  xhr.upload.addEventListener("load", () => {
    // All bytes have left; the answer comes when they are safe on the disk.
    if (job.state === "sending") Object.assign(job, { state: "checking", sent: job.file.size });
    draw(job);
  });
  xhr.addEventListener("load", () => answered(job, xhr));
  xhr.addEventListener("error", () => fail(job, job.texts.textBroken));
  xhr.addEventListener("timeout", () => fail(job, job.texts.textBroken));
  xhr.send(body);
  draw(job);
}

function answered(job, xhr) {
  end(job);
  let answer;
  try {
    answer = JSON.parse(xhr.responseText).files[0];
  } catch {
    // A page instead of an answer: the way to the sign-in, or a server in trouble.
    return fail(job, xhr.status < 400 ? job.texts.textSignedOut : job.texts.textBroken);
  }
  if (!answer.id) return fail(job, `${answer.problem} ${answer.advice}`.trim());
  drop(job);
  if (document.getElementById("media-news")) window.htmx.trigger(document.body, "media:changed");
  else toast({ level: "success", text: fill(job.texts.textTold, { name: job.file.name }) });
  next();
}

function fail(job, problem) {
  end(job);
  Object.assign(job, { state: "failed", problem });
  draw(job);
  tellFailed(job);
  next();
}

/** In sight on the library's page, where it only has to be heard. */
function tellFailed({ file, isHopeless, problem, texts }) {
  const text = isHopeless ? problem : `${fill(texts.textToldFailed, { name: file.name })} ${problem}`;
  if (document.getElementById("media-news")) announce(text);
  else toast({ level: "error", text });
}

function drop(job) {
  const at = jobs.indexOf(job);
  if (at >= 0) jobs.splice(at, 1);
  job.state = "gone";
  draw(job);
}

function cancel(job) {
  job.xhr?.abort();
  end(job);
  drop(job);
  next();
}

async function add(files, form) {
  const page = { texts: form.dataset, most: Number(form.dataset.maxBytes) };
  for (const file of files) {
    const wrong = await wrongWith(file, page);
    const job = {
      file, url: form.action, key: form.elements.key.value, token: crypto.randomUUID?.() ?? randomId(),
      texts: { ...form.dataset }, sent: 0, state: wrong ? "failed" : "waiting", isHopeless: Boolean(wrong),
      problem: wrong ? fill(wrong, { name: file.name }) : "",
    };
    jobs.push(job);
    draw(job);
    if (wrong) tellFailed(job);
  }
  next();
}

/** Plain http on another machine has no crypto.randomUUID. */
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function paint(element, job) {
  const part = (name) => element.querySelector(`[data-part=${name}]`);
  const words = { waiting: "textWaiting", sending: "textSending", checking: "textChecking", failed: "textFailed" };
  part("first").value = job.file.size ? Math.floor((job.sent * 100) / job.file.size) : 0;
  const going = job.state === "sending" && job.pace?.rate ? ` · ${speed(job.pace.rate)}` : "";
  part("note").textContent = job.state === "waiting" || job.isHopeless ? "" : percent(job.sent, job.file.size) + going;
  part("word").textContent = job.texts[words[job.state]];
  const tone = { failed: "bad", waiting: "idle" }[job.state] ?? "busy";
  part("status").dataset.tone = tone;
  for (const sign of element.querySelectorAll("[data-for]")) sign.hidden = sign.dataset.for !== tone;
  part("problem").hidden = !job.problem;
  part("problem").textContent = job.problem;
  part("again").hidden = job.state !== "failed" || job.isHopeless;
  part("cancel").hidden = job.state === "failed";
  part("dismiss").hidden = job.state !== "failed";
}

register("media-upload", (form) => {
  const section = document.querySelector("[data-media-sending]");
  const list = section.querySelector("[data-part=list]");
  const template = section.querySelector("template");
  const input = form.querySelector('input[type="file"]');
  const elements = new Map();

  const drawer = (job) => {
    if (job.url !== form.action) return;
    let element = elements.get(job);
    if (job.state === "gone") {
      element?.remove();
      elements.delete(job);
    } else {
      if (!element) {
        element = template.content.firstElementChild.cloneNode(true);
        const icon = typeOf(job.file.name) || "VIDEO";
        for (const each of element.querySelectorAll("[data-icon]")) if (each.dataset.icon !== icon) each.remove();
        element.querySelector("[data-part=name]").textContent = job.file.name;
        for (const name of ["cancel", "dismiss"]) {
          element.querySelector(`[data-part=${name}]`).addEventListener("click", () => cancel(job));
        }
        element.querySelector("[data-part=again]").addEventListener("click", () => {
          job.state = "waiting";
          next();
          draw(job);
        });
        list.append(element);
        elements.set(job, element);
      }
      paint(element, job);
    }
    section.hidden = elements.size === 0;
  };

  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    // What was let go here has its card now; the zone is free for more.
    delete input.closest(".dropzone").dataset.filled;
    add(files, form);
  });
  form.addEventListener("submit", (event) => event.preventDefault());

  // A file that is let go beside the zone would replace the page.
  const onDrag = (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  };
  const onDrop = (event) => {
    if (!event.dataTransfer?.files.length || event.defaultPrevented || event.target === input) return;
    event.preventDefault();
    add([...event.dataTransfer.files], form);
  };
  document.addEventListener("dragover", onDrag);
  document.addEventListener("drop", onDrop);
  drawers.add(drawer);
  jobs.forEach(drawer);
  return () => {
    drawers.delete(drawer);
    document.removeEventListener("dragover", onDrag);
    document.removeEventListener("drop", onDrop);
  };
});

window.addEventListener("beforeunload", (event) => {
  if (jobs.some(isOpen)) event.preventDefault();
});
document.addEventListener("page:reload-wanted", (event) => {
  if (jobs.some(isOpen)) event.preventDefault();
});
