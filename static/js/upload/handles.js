// Where the browser can open a file again without asking (File System Access), a dropped file's handle is kept by the
// upload's id, so that an upload goes on after a reload. Everywhere else this quietly keeps nothing.

const STORE = "handles";

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("clipdesk-uploads", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function inStore(mode, work) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const request = work(database.transaction(STORE, mode).objectStore(STORE));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  } finally {
    database.close();
  }
}

// Private windows may have no storage at all: then the file is asked for by name, as in other browsers.
const quietly = (promise) => promise.catch(() => undefined);

export const keep = (id, handle) => quietly(inStore("readwrite", (store) => store.put(handle, id)));
export const forget = (id) => quietly(inStore("readwrite", (store) => store.delete(id)));
export const find = (id) => quietly(inStore("readonly", (store) => store.get(id)));

/** The file behind a handle, or undefined without the person's leave. `ask` only inside a click. */
export async function fileOf(handle, { ask = false } = {}) {
  try {
    const how = { mode: "read" };
    let leave = await handle.queryPermission(how);
    if (leave === "prompt" && ask) leave = await handle.requestPermission(how);
    return leave === "granted" ? await handle.getFile() : undefined;
  } catch {
    return undefined; // moved, renamed or deleted since
  }
}

// A drop carries handles only while its event lasts; the form that takes the file does not know of them.
const dropped = [];

document.addEventListener(
  "drop",
  (event) => {
    for (const item of event.dataTransfer?.items ?? []) {
      if (item.kind !== "file" || !item.getAsFileSystemHandle) continue;
      const file = item.getAsFile();
      const handle = quietly(item.getAsFileSystemHandle());
      dropped.push({ file, handle });
      if (dropped.length > 20) dropped.shift();
    }
  },
  { capture: true },
);

/** The handle of a file that was dropped on this page, if there was one. */
export async function handleOf(file) {
  const same = (other) => other?.name === file.name && other.size === file.size && other.lastModified === file.lastModified;
  return dropped.findLast((each) => same(each.file))?.handle;
}
