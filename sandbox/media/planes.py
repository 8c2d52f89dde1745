"""Pictures as the three planes of yuv420p: brightness in full size, the two colours in half."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from sandbox.media.layouts import Box

Plane = npt.NDArray[np.uint8]
Planes = tuple[Plane, Plane, Plane]

WHITE = (235, 128, 128)
_DIMMED = (
    np.clip(16 + (np.arange(256) - 16) * 0.45, 0, 255).astype(np.uint8),
    np.clip(128 + (np.arange(256) - 128) * 0.6, 0, 255).astype(np.uint8),
)


def length(size: tuple[int, int]) -> int:
    """Bytes of one picture of this (even) size."""
    return size[0] * size[1] * 3 // 2


def view(data: bytes | bytearray, size: tuple[int, int]) -> Planes:
    """The planes inside the bytes, without a copy."""
    width, height = size
    flat = np.frombuffer(data, dtype=np.uint8)
    luma, quarter = width * height, width * height // 4
    half = (height // 2, width // 2)
    return (
        flat[:luma].reshape(height, width),
        flat[luma : luma + quarter].reshape(half),
        flat[luma + quarter : luma + 2 * quarter].reshape(half),
    )


def blank(size: tuple[int, int]) -> tuple[bytearray, Planes]:
    """A buffer to write into a pipe, and its planes to draw on."""
    data = bytearray(length(size))
    return data, view(data, size)


def _each(out: Planes, source: Planes, change: Callable[[Plane, Plane, int], None]) -> None:
    for place, (to, given) in enumerate(zip(out, source, strict=True)):
        change(to, given, 1 if place == 0 else 2)


def enlarge(source: Planes, out: Planes, factor: float, middle: tuple[float, float]) -> None:
    """`source` enlarged around `middle` (shares of width and height), without jumps between whole pixels."""

    def change(to: Plane, given: Plane, _part: int) -> None:
        height, width = given.shape
        x, y = middle[0] * (width - 1), middle[1] * (height - 1)
        matrix = np.array([[factor, 0, x * (1 - factor)], [0, factor, y * (1 - factor)]])
        cv2.warpAffine(given, matrix, (width, height), dst=to, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    _each(out, source, change)


def fill(out: Planes, colour: tuple[int, int, int]) -> None:
    for plane, value in zip(out, colour, strict=True):
        plane[:] = value


def dim(out: Planes) -> None:
    for place, plane in enumerate(out):
        cv2.LUT(plane, _DIMMED[min(place, 1)], dst=plane)


def fit(source: Planes, out: Planes, box: Box, middle: tuple[float, float]) -> None:
    """Fill `box` with as much of `source` as fits its proportion, around `middle` where there is room."""

    def change(to: Plane, given: Plane, part: int) -> None:
        high, wide = given.shape
        width, height = box.width // part, box.height // part
        share = min(wide / width, high / height)
        cut_wide, cut_high = min(wide, round(width * share)), min(high, round(height * share))
        left = round(min(max(0.0, middle[0] * wide - cut_wide / 2), wide - cut_wide))
        top = round(min(max(0.0, middle[1] * high - cut_high / 2), high - cut_high))
        piece = given[top : top + cut_high, left : left + cut_wide]
        if (cut_wide, cut_high) != (width, height):
            piece = np.asarray(cv2.resize(piece, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
        to[box.top // part : box.top // part + height, box.left // part : box.left // part + width] = piece

    _each(out, source, change)


def paste(source: Planes, out: Planes, box: Box, masks: tuple[Plane, Plane] | None) -> None:
    """Lay `source` (of the box's size) into `box`; `masks` (full and half size) say how much of it covers."""

    def change(to: Plane, given: Plane, part: int) -> None:
        height, width = given.shape
        place = to[box.top // part : box.top // part + height, box.left // part : box.left // part + width]
        if masks is None:
            place[:] = given
            return
        mask = masks[part - 1]
        shown, kept = cv2.multiply(given, mask, scale=1 / 255), cv2.multiply(place, 255 - mask, scale=1 / 255)
        place[:] = cv2.add(shown, kept)

    _each(out, source, change)


def rounded(size: tuple[int, int], radius: int) -> tuple[Plane, Plane]:
    """Masks (full and half size) of a box with round corners."""
    width, height = size
    mask = np.zeros((height, width), dtype=np.uint8)
    cv2.rectangle(mask, (radius, 0), (width - 1 - radius, height - 1), 255, -1)
    cv2.rectangle(mask, (0, radius), (width - 1, height - 1 - radius), 255, -1)
    for x in (radius, width - 1 - radius):
        for y in (radius, height - 1 - radius):
            cv2.circle(mask, (x, y), radius, 255, -1, cv2.LINE_AA)
    half = cv2.resize(mask, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return mask, np.asarray(half, dtype=np.uint8)
