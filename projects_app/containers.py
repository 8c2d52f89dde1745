"""Is it an MP4 or a QuickTime file, and how long is the video? Read from its boxes with limits of our own.

A file is a row of boxes: 4 bytes size, 4 bytes type, content (ISO/IEC 14496-12, 4.2). `moov/mvhd` holds the length
in seconds. Everything here is given a function that reads bytes, so it works on files that are still arriving.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

ReadAt = Callable[[int, int], bytes]  # (position, length) -> at most that many bytes

# Enough to decide in all but odd cases; an `ftyp` box is never long.
SNIFF_BYTES: Final = 16
LONGEST_FTYP: Final = 512
MOST_BOXES: Final = 4096

# Main brands that are video in an MP4. Sound (M4A), pictures (heic, avif) and raw photographs (crx) have their own.
_MP4: Final = frozenset(
    brand.encode()
    for brand in (
        *(f"iso{version}" for version in "m23456789abc"),
        *("mp41", "mp42", "mp71", "mmp4", "avc1", "avc3", "hvc1", "hev1", "dash", "msdh", "cmfc"),
        *("M4V ", "M4VH", "M4VP", "MSNV", "XAVC", "NDSC", "NDSH", "f4v "),
    )
)
# A phone's main brand may be one of 3GPP's while the file is an MP4 as well; its list of brands says so.
_MAYBE: Final = (b"3gp", b"3g2")
_ALSO_MP4: Final = frozenset((b"isom", b"iso2", b"mp41", b"mp42", b"avc1"))
# How a QuickTime file from before `ftyp` may begin.
_OLD_MOV: Final = frozenset((b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"))


class Unreadable(Exception):
    """The boxes do not add up to a playable file."""


def sniff(head: bytes) -> str | None:
    """ "mp4" or "mov", "" for neither, None when more of the file is needed to say."""
    if len(head) < SNIFF_BYTES:
        return None
    size, kind = struct.unpack(">I4s", head[:8])
    if kind in _OLD_MOV:
        return "mov" if size in (0, 1) or size >= 8 else ""
    if kind != b"ftyp" or not 16 <= size <= LONGEST_FTYP:
        return ""
    brand = head[8:12]
    if brand == b"qt  ":
        return "mov"
    if brand in _MP4:
        return "mp4"
    if not brand.startswith(_MAYBE):
        return ""
    if len(head) < size:
        return None
    return "mp4" if any(head[at : at + 4] in _ALSO_MP4 for at in range(16, size - 3, 4)) else ""


@dataclass(frozen=True, slots=True)
class Look:
    """What the boxes that are here tell.

    found     the `moov` box was seen
    duration  seconds; None when not known (yet), or not said, as in fragmented files
    needs     how many bytes must be here before another look can tell more; 0: no look can, until all are here
    """

    found: bool
    duration: float | None = None
    needs: int = 0


def look(read: ReadAt, available: int, total: int) -> Look:
    """Hop from box to box to `moov` and read the length, as far as `available` of `total` bytes allow.

    Raises Unreadable when the whole cannot be a playable file, even with the bytes that are still to come.
    """
    at = 0
    pictures = False
    for _ in range(MOST_BOXES):
        if at >= total:
            raise Unreadable("no moov box")
        box = _box(read, at, available, total)
        if box is None:
            return Look(False, needs=min(at + 16, total))
        kind, start, end = box
        if kind == b"moov":
            seen = _length(read, start, end, available)
            behind, needs = _check_pictures(read, end, available, total)
            if available >= total and not (pictures or behind):
                raise Unreadable("there is an index, but nothing that it is of")
            return seen if behind or not seen.found else replace(seen, needs=needs)
        pictures = pictures or kind == b"mdat"
        at = end
    raise Unreadable("too many boxes before moov")


def _check_pictures(read: ReadAt, at: int, available: int, total: int) -> tuple[bool, int]:
    """With the index in front, a download that broke off shows in an `mdat` that reaches beyond the end.

    Is there an `mdat` behind the index, and how many bytes must be here to see more (0: there is no more). Nothing else
    there is held against a file: players do not mind odd endings either.
    """
    found = False
    for _ in range(MOST_BOXES):
        if at + 16 > total:
            break
        if at + 16 > available:
            return found, at + 16
        size, kind = struct.unpack(">I4s", _exactly(read, at, 8))
        if size == 1:
            (size,) = struct.unpack(">Q", _exactly(read, at + 8, 8))
        if kind == b"mdat" and at + size > total:
            raise Unreadable("the pictures are cut off")
        found = found or kind == b"mdat"
        if size < 8:
            break
        at += size
    return found, 0


def _box(read: ReadAt, at: int, available: int, limit: int) -> tuple[bytes, int, int] | None:
    """(type, start of the content, end), or None when its head is not here yet."""
    if at + 8 > limit:
        raise Unreadable("a box is cut off")
    if at + 8 > available:
        return None
    size, kind = struct.unpack(">I4s", _exactly(read, at, 8))
    start = at + 8
    if size == 1:
        if at + 16 > limit:
            raise Unreadable("a box is cut off")
        if at + 16 > available:
            return None
        (size,) = struct.unpack(">Q", _exactly(read, start, 8))
        start += 8
    elif size == 0:
        size = limit - at  # "to the end of the file"
    if size < start - at:
        raise Unreadable("a box is smaller than its head")
    if at + size > limit:
        raise Unreadable("a box reaches beyond the end")
    return kind, start, at + size


def _length(read: ReadAt, start: int, end: int, available: int) -> Look:
    at = start
    packed = False
    for _ in range(MOST_BOXES):
        if end - at < 8:
            # Each movie has an mvhd; only QuickTime's compressed index hides it.
            if packed:
                return Look(True)
            raise Unreadable("the index does not say what it is of")
        box = _box(read, at, available, end)
        if box is None:
            return Look(False, needs=min(at + 16, end))
        kind, content, after = box
        if kind == b"mvhd":
            if after - content < 20:
                raise Unreadable("the mvhd box is too short")
            if min(content + 32, after) > available:
                return Look(False, needs=min(content + 32, after))
            return Look(True, _mvhd(_exactly(read, content, min(32, after - content))))
        packed = packed or kind == b"cmov"
        at = after
    raise Unreadable("too many boxes in moov")


def _mvhd(data: bytes) -> float | None:
    unknown = 0xFFFFFFFF
    if data[0] == 1:
        if len(data) < 32:
            raise Unreadable("the mvhd box is too short")
        scale, length = struct.unpack(">IQ", data[20:32])
        unknown = 0xFFFFFFFFFFFFFFFF
    else:
        scale, length = struct.unpack(">II", data[12:20])
    if not scale or not length or length == unknown:
        return None
    return float(length / scale)


def _exactly(read: ReadAt, at: int, length: int) -> bytes:
    data = read(at, length)
    if len(data) != length:
        raise Unreadable("the file is shorter than it should be")
    return data
