// The upload tray: uploads go on while their person works on other pages. A form starts one with
//   document.dispatchEvent(new CustomEvent("upload:start", { detail: { file, uploadUrl, projectUrl, title, uploadId } }))
// (optional: `handle`, a FileSystemFileHandle of the file).
import { csrfToken } from "../csrf.js";
import { register } from "../registry.js";
import { toast } from "../toast.js";
import { Item } from "./item.js";
import { MOST_ASKED, NotHere, Poll, SignedOut, ask, statusUrlOf } from "./status.js";
import { inTabs } from "./transfer.js";
import { fill } from "./words.js";

register("upload-tray", (panel) => {
  const list = panel.querySelector("[data-part=list]");
  const heading = panel.querySelector("[data-part=heading]");
  const template = panel.querySelector("template");
  const dialog = panel.querySelector("dialog");
  const items = new Map();
  const takenOff = new Set(); // here; the desk may still have them
  // On a phone it would lie over the page: there it begins as a pill.
  const small = matchMedia("(max-width: 720px)");
  if (small.matches) panel.open = false;
  let doomed;
  let asked;

  const texts = Object.fromEntries(
    Object.entries(panel.dataset)
      .filter(([name]) => name.startsWith("text"))
      .map(([name, value]) => [name[4].toLowerCase() + name.slice(5), value]),
  );

  const tray = {
    texts,
    chunkSize: Number(panel.dataset.chunkSize),
    librarySrc: panel.dataset.librarySrc,
    changed: () => {
      drawHeading();
      poll.wake();
    },
    remove: (item) => {
      item.transfer?.stop();
      item.element.remove();
      items.delete(item.row.id);
      takenOff.add(item.row.id);
      drawHeading();
      const next = list.querySelector("a") ?? document.getElementById("main");
      next?.focus({ preventScroll: true });
    },
    askToCancel: (item) => {
      doomed = item;
      dialog.querySelector("[data-part=question]").textContent = fill(texts.cancelQuestion, { name: item.row.filename });
      dialog.showModal();
    },
  };

  function drawHeading() {
    panel.hidden = items.size === 0;
    const open = [...items.values()].filter((item) => !item.isOver).length;
    const words = open ? fill(open === 1 ? texts.headingOne : texts.headingMany, { count: open }) : texts.headingDone;
    if (heading.textContent !== words) heading.textContent = words;
    panel.toggleAttribute("data-asks", [...items.values()].some((item) => item.asks));
  }

  function add(row, where) {
    const element = template.content.firstElementChild.cloneNode(true);
    list.append(element);
    const item = new Item(row, element, tray, where);
    items.set(row.id, item);
    // Its link is boosted as all others: a page load of its own would end the upload.
    window.htmx?.process(element);
    drawHeading();
    return item;
  }

  // News that a person may miss while they work elsewhere; progress itself is not announced.
  function tell(before, row) {
    if (before === row.state) return;
    const name = row.title;
    if (row.state === "relayed") toast({ level: "success", text: fill(texts.toldDone, { name }) });
    if (row.state === "refused" || row.state === "damaged") {
      toast({ level: "error", text: `${fill(texts.toldFailed, { name })} ${row.problem}` });
    }
  }

  // The tray stays from page to page, and the team may change between them: the page says whose it is.
  const statusUrl = () => document.querySelector("[data-upload-status]")?.dataset.uploadStatus;

  /** The uploads of one team. One that is not in the answer was deleted; the whole place is shut to former members. */
  async function look(url, ids) {
    let rows;
    try {
      rows = await ask(url, ids);
    } catch (error) {
      if (!(error instanceof NotHere)) throw error;
      rows = [];
    }
    const { held, paused } = await inTabs();
    for (const row of rows) {
      if (takenOff.has(row.id)) continue;
      const where = { isHeld: held.has(row.id), isPaused: paused.has(row.id) };
      const known = items.get(row.id);
      if (known?.isGone) continue;
      if (known) {
        const before = known.row.state;
        known.update(row, where);
        tell(before, row);
      } else {
        const item = add(row, where);
        if (row.state === "receiving") item.rejoin();
      }
    }
    const answered = new Set(rows.map(({ id }) => id));
    for (const id of ids.slice(0, MOST_ASKED)) {
      const item = items.get(id);
      if (item && !item.isOver && !answered.has(id)) item.lose();
    }
  }

  async function round() {
    const places = new Map();
    asked = statusUrl();
    if (asked) places.set(asked, []);
    for (const item of items.values()) {
      if (item.isGone) continue;
      const url = statusUrlOf(item.row.uploadUrl);
      places.set(url, [...(places.get(url) ?? []), item.row.id]);
    }
    let problem;
    for (const [url, ids] of places) {
      try {
        await look(url, ids);
      } catch (error) {
        if (error instanceof SignedOut) throw error;
        // That team's place alone: the uploads of the others are told all the same.
        problem = error;
      }
    }
    drawHeading();
    const all = [...items.values()];
    if (problem) throw problem;
    if (all.some((item) => item.isActive)) return "active";
    return all.some((item) => !item.isOver) ? "quiet" : "";
  }

  const poll = new Poll(round);

  const onStart = ({ detail }) => {
    const row = {
      id: detail.uploadId,
      title: detail.title,
      filename: detail.file.name,
      size: detail.file.size,
      offset: 0,
      relayed: null,
      state: "receiving",
      problem: "",
      advice: "",
      uploadUrl: detail.uploadUrl,
      projectUrl: detail.projectUrl,
    };
    takenOff.delete(row.id);
    const item = items.get(row.id) ?? add(row);
    panel.open = !small.matches;
    item.send(detail.file, { handle: detail.handle });
    poll.wake();
  };

  const onUnload = (event) => {
    if ([...items.values()].some((item) => item.isSending)) event.preventDefault();
  };
  const onReload = (event) => {
    if ([...items.values()].some((item) => item.hasFile)) event.preventDefault();
  };
  const onPage = () => statusUrl() !== asked && poll.wake();

  dialog.addEventListener("close", async () => {
    const item = doomed;
    doomed = undefined;
    // It may have ended while the question stood.
    if (dialog.returnValue !== "cancel-upload" || !item || item.isOver) return;
    dialog.returnValue = "";
    const headers = { "Tus-Resumable": "1.0.0", "X-CSRFToken": csrfToken() };
    item.isCancelling = true;
    item.draw();
    // It goes on until the desk has called it off: should that fail, nothing has stopped.
    try {
      const answer = await fetch(item.row.uploadUrl, { method: "DELETE", headers });
      const isDesks = answer.headers.has("Tus-Resumable");
      if (answer.status === 409) toast({ level: "warning", text: await answer.text() });
      // It is not this person's to cancel, or not there: off the list it goes all the same.
      else if (isDesks && [403, 404].includes(answer.status)) item.lose((await answer.text()).trim());
      else if (!answer.ok && answer.status !== 410) throw new Error(`DELETE answered ${answer.status}`);
      else {
        item.transfer?.stop();
        if (answer.ok) item.update({ ...item.row, state: "cancelled" }, item);
      }
    } catch {
      toast({ level: "error", text: texts.cancelFailed });
    }
    item.isCancelling = false;
    item.draw();
    poll.wake();
  });

  document.addEventListener("upload:start", onStart);
  document.addEventListener("page:reload-wanted", onReload);
  document.addEventListener("htmx:afterSettle", onPage);
  window.addEventListener("beforeunload", onUnload);
  drawHeading();
  poll.wake();

  return () => {
    document.removeEventListener("upload:start", onStart);
    document.removeEventListener("page:reload-wanted", onReload);
    document.removeEventListener("htmx:afterSettle", onPage);
    window.removeEventListener("beforeunload", onUnload);
    for (const item of items.values()) item.transfer?.stop();
  };
});
