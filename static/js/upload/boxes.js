// How long the video in an MP4 or MOV file is, and whether the file ends too soon: read from its boxes (4 bytes size, 4
// bytes type, content; ISO/IEC 14496-12, 4.2) without playing it, so also for what this browser cannot play. Only the
// boxes' heads and `moov/mvhd` are read. The desk looks again (projects_app/containers.py): what is not understood here
// is let through.

const MOST_BOXES = 4096;
const UNKNOWN_32 = 0xffffffff;
const UNKNOWN_64 = 0xffffffffffffffffn;
// Where the size of one of these reaches beyond the end, pictures or their index are missing.
const NEEDED = new Set(["moov", "mdat"]);
// Zeros at the end and the like are no boxes.
const TYPE = /^[\x20-\x7e\xa9]{4}$/;

// Each read is a trip to another process: small boxes that stand together are taken in one.
const WINDOW = 65_536;

/** Reads what is there of the bytes from `at` on. */
function reader(file) {
  let from = 0;
  let window = new ArrayBuffer(0);
  return async (at, length) => {
    const isWithin = at >= from && Math.min(at + length, file.size) <= from + window.byteLength;
    if (!isWithin) {
      from = at;
      window = await file.slice(at, at + Math.max(length, WINDOW)).arrayBuffer();
    }
    const start = at - from;
    return new DataView(window, start, Math.max(0, Math.min(length, window.byteLength - start)));
  };
}

/** The box at `at`, inside of what ends at `limit`; undefined when it makes no sense. `end` may lie beyond the limit. */
async function boxAt(read, at, limit) {
  if (at + 8 > limit) return undefined;
  const head = await read(at, 16);
  if (head.byteLength < 8) return undefined;
  const type = String.fromCharCode(...new Uint8Array(head.buffer, head.byteOffset + 4, 4));
  let size = head.getUint32(0);
  let start = at + 8;
  if (size === 1) {
    if (head.byteLength < 16) return undefined;
    // Beyond 2^53 a number is not exact, but no file is as long as that either.
    size = Number(head.getBigUint64(8));
    start += 8;
  } else if (size === 0) {
    size = limit - at; // "to the end"
  }
  return at + size < start || !TYPE.test(type) ? undefined : { type, start, end: at + size };
}

function secondsOf(mvhd) {
  if (mvhd.byteLength < 20) return undefined;
  const isLong = mvhd.getUint8(0) === 1;
  if (isLong && mvhd.byteLength < 32) return undefined;
  const scale = mvhd.getUint32(isLong ? 20 : 12);
  const length = isLong ? mvhd.getBigUint64(24) : mvhd.getUint32(16);
  if (!scale || !length || length === (isLong ? UNKNOWN_64 : UNKNOWN_32)) return undefined;
  return Number(length) / scale;
}

/**
 * `seconds`: undefined when the file does not say, or not in a way that is understood here. `isCut`: the file ends before
 * its index or its pictures do, or has no index at all. Rejects when the file cannot be read.
 */
export async function look(file) {
  const read = reader(file);
  let at = 0;
  let seconds;
  let hasIndex = false;
  let boxes = 0;

  async function inIndex(from, limit) {
    for (let inner = from; inner < limit && boxes < MOST_BOXES; boxes += 1) {
      const box = await boxAt(read, inner, limit);
      if (!box || box.end > limit) return undefined;
      if (box.type === "mvhd") return secondsOf(await read(box.start, Math.min(32, box.end - box.start)));
      inner = box.end;
    }
    return undefined;
  }

  for (; at < file.size && boxes < MOST_BOXES; boxes += 1) {
    const box = await boxAt(read, at, file.size);
    if (!box) break;
    if (box.end > file.size && NEEDED.has(box.type)) return { seconds, isCut: true };
    if (box.type === "moov" && !hasIndex) {
      hasIndex = true;
      seconds = await inIndex(box.start, box.end);
    }
    at = box.end;
  }
  return { seconds, isCut: at === file.size && !hasIndex };
}
