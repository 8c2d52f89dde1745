"""A file's digest from samples, so that the same recording is known again without reading ten gigabytes.

The browser makes the same one before anything is sent (static/js/upload/digest.js). It says "very likely the same",
which is enough to ask a person, and no more.
"""

from __future__ import annotations

import hashlib
from typing import Final

from projects_app.containers import ReadAt

WHOLE: Final = 8 * 1024 * 1024
EDGE: Final = 1024 * 1024
BLOCK: Final = 256 * 1024
BLOCKS: Final = 14


def samples(size: int) -> list[tuple[int, int]]:
    """(position, length) of each sample."""
    if size <= WHOLE:
        return [(0, size)]
    inner = [(size * number // (BLOCKS + 1), BLOCK) for number in range(1, BLOCKS + 1)]
    return [(0, EDGE), *inner, (size - EDGE, EDGE)]


def digest(read: ReadAt, size: int) -> str:
    """`s1-` and 64 hex digits: SHA-256 of the size (8 bytes, big-endian) and the samples."""
    made = hashlib.sha256(size.to_bytes(8, "big"))
    for at, length in samples(size):
        made.update(read(at, length))
    return f"s1-{made.hexdigest()}"
