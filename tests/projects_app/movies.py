"""The smallest files that are, or nearly are, MP4 and MOV."""

from __future__ import annotations

import array
import struct


def box(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def ftyp(brand: bytes = b"isom", *others: bytes) -> bytes:
    return box(b"ftyp", brand + b"\0\0\2\0" + b"".join(others or (b"isom", b"mp42")))


def moov(seconds: float, *, version: int = 0, scale: int = 1000) -> bytes:
    length = round(seconds * scale)
    if version:
        mvhd = struct.pack(">B3xQQIQ", 1, 0, 0, scale, length)
    else:
        mvhd = struct.pack(">B3xIIII", 0, 0, 0, scale, length)
    return box(b"moov", box(b"mvhd", mvhd + b"\0" * 80))


def mp4(size: int = 2000, *, seconds: float = 12.5, moov_first: bool = True) -> bytes:
    """A file of exactly `size` bytes whose picture data is a pattern that shows every shift and swap."""
    head, index = ftyp(), moov(seconds)
    room = size - len(head) - len(index) - 8
    assert room >= 0, "too small for its own boxes"
    numbers = array.array("I", range(room // 4 + 1))
    numbers.byteswap()
    pattern = numbers.tobytes()[:room]
    data = box(b"mdat", pattern)
    return head + (index + data if moov_first else data + index)
