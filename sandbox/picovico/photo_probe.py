"""Whether bytes are a JPEG or a PNG, and how large the picture is: from the file itself, before it is decoded."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

# Pixels; a few hundred bytes of PNG can claim billions.
MOST = 60_000_000
SMALL = 240


class NotAPhoto(Exception):
    """Neither a JPEG nor a PNG that can be decoded, or one with too many pixels."""


def suffix(path: Path) -> str:
    """`.jpg` or `.png`; raises NotAPhoto."""
    content = path.read_bytes()
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        found, size = ".png", (int.from_bytes(content[16:20]), int.from_bytes(content[20:24]))
    elif content.startswith(b"\xff\xd8\xff"):
        found, size = ".jpg", _jpeg_size(content)
    else:
        raise NotAPhoto("the first bytes are of another kind")
    if not 0 < size[0] * size[1] <= MOST:
        raise NotAPhoto(f"{size[0]} x {size[1]} pixels")
    return found


def write_small(photo: Path, to: Path) -> None:
    """Decode the picture and write a small JPEG of it; raises NotAPhoto when it cannot be decoded."""
    picture = cv2.imread(str(photo), cv2.IMREAD_COLOR)
    if picture is None:
        raise NotAPhoto("it cannot be decoded")
    factor = min(1.0, SMALL / max(picture.shape[:2]))
    size = (max(1, round(picture.shape[1] * factor)), max(1, round(picture.shape[0] * factor)))
    if not cv2.imwrite(str(to), np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))):
        raise OSError(f"{to} could not be written")


def _jpeg_size(content: bytes) -> tuple[int, int]:
    """Width and height from the frame header (ITU-T T.81, B.2.2), which follows after any number of other segments."""
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        kind = content[at + 1]
        if kind == 0xFF:
            at += 1
            continue
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(content[at + 7 : at + 9]), int.from_bytes(content[at + 5 : at + 7])
        at += 2 + int.from_bytes(content[at + 2 : at + 4])
    raise NotAPhoto("there is no frame in it")
