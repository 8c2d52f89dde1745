"""A drawn speaker: head and shoulders whose mouth and eyelids are set per picture, and the room behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]

# Sprites are drawn on a canvas of this size around the head's centre and scaled to the picture later.
CANVAS = (640, 760)
CENTRE = (320, 330)
MOUTHS = 6
LIDS = 3

SKIN = (148, 182, 226)
SKIN_SHADE = (112, 146, 196)
HAIR = (38, 46, 62)
SHIRT = (122, 88, 52)
SHIRT_SHADE = (98, 68, 38)
LIP = (92, 92, 176)


@dataclass(frozen=True, slots=True)
class Sprite:
    """Colours multiplied by coverage, and the share of background that stays visible."""

    colour: Picture
    rest: Picture


def _ellipse(
    image: Picture, centre: tuple[int, int], axes: tuple[int, int], colour: tuple[int, ...], *span: int
) -> None:
    start, end = span or (0, 360)
    cv2.ellipse(image, centre, axes, 0, start, end, colour, -1, cv2.LINE_AA)


def _stroke(image: Picture, points: list[tuple[int, int]], colour: tuple[int, ...], width: int) -> None:
    cv2.polylines(image, [np.array(points, dtype=np.int32)], False, colour, width, cv2.LINE_AA)


def _shaded_face(image: Picture) -> None:
    """Skin with light from the left: faces have soft shade at the sides, under the brows and beside the nose."""
    cx, cy = CENTRE
    mask = np.zeros(image.shape[:2], dtype=np.uint8)
    _ellipse(mask, (cx, cy), (128, 168), (255,))
    shade = np.zeros(image.shape[:2], dtype=np.uint8)
    _ellipse(shade, (cx - 12, cy - 4), (112, 156), (255,))
    shade = cv2.GaussianBlur(shade, (0, 0), 22).astype(np.uint8)
    light = shade.astype(np.float32)[..., None] / 255
    skin = np.array(SKIN, np.float32) * light + np.array(SKIN_SHADE, np.float32) * (1 - light)
    dark = np.zeros(image.shape[:2], dtype=np.uint8)
    for side in (-1, 1):
        _ellipse(dark, (cx + side * 52, cy - 34), (44, 26), (150,))
    _ellipse(dark, (cx + 16, cy + 30), (12, 34), (70,))
    _ellipse(dark, (cx, cy + 54), (30, 10), (110,))
    _ellipse(dark, (cx, cy + 116), (38, 10), (60,))
    sockets = cv2.GaussianBlur(dark, (0, 0), 11).astype(np.float32)[..., None] / 255
    skin = skin * (1 - 0.55 * sockets)
    soft = mask.astype(np.float32)[..., None] / 255
    image[:] = (image * (1 - soft) + skin * soft).astype(np.uint8)


def _draw(mouth: int, lid: int, *, alpha: bool) -> Picture:
    """The figure in colours, or (alpha) its silhouette in white; both with the same shapes."""
    width, height = CANVAS
    image: Picture = np.zeros((height, width, 3), dtype=np.uint8)
    cx, cy = CENTRE

    def paint(colour: tuple[int, int, int]) -> tuple[int, int, int]:
        return (255, 255, 255) if alpha else colour

    # Shoulders and neck.
    _ellipse(image, (cx, height + 40), (292, 250), paint(SHIRT_SHADE))
    _ellipse(image, (cx - 10, height + 46), (280, 244), paint(SHIRT))
    cv2.rectangle(image, (cx - 54, cy + 120), (cx + 54, cy + 232), paint(SKIN_SHADE), -1, cv2.LINE_AA)
    _ellipse(image, (cx, cy + 232), (54, 34), paint(SKIN_SHADE))
    # Hair behind, ears, face, fringe.
    _ellipse(image, (cx, cy - 46), (146, 158), paint(HAIR))
    for side in (-1, 1):
        _ellipse(image, (cx + side * 128, cy + 2), (20, 34), paint(SKIN_SHADE))
    if alpha:
        _ellipse(image, (cx, cy), (128, 168), (255, 255, 255))
        return image
    _shaded_face(image)
    _ellipse(image, (cx, cy - 128), (116, 52), HAIR, 180, 360)
    _ellipse(image, (cx - 30, cy - 122), (92, 40), HAIR)
    _eyes(image, lid)
    _stroke(image, [(cx - 6, cy - 20), (cx - 12, cy + 34), (cx - 18, cy + 48)], (132, 164, 208), 3)
    _stroke(image, [(cx - 20, cy + 52), (cx, cy + 58), (cx + 20, cy + 52)], (86, 112, 160), 4)
    _mouth(image, mouth)
    return image


def _eyes(image: Picture, lid: int) -> None:
    cx, cy = CENTRE
    for side in (-1, 1):
        x, y = cx + side * 52, cy - 30
        brow = [(x - 38, y - 34), (x - 10, y - 44), (x + 24, y - 42), (x + 38, y - 34)]
        _stroke(image, brow if side > 0 else [(2 * x - p, q) for p, q in brow], HAIR, 9)
        opened = (15, 9, 2)[lid]
        _ellipse(image, (x, y), (27, opened), (232, 236, 240))
        if lid < 2:
            _ellipse(image, (x, y), (12, min(12, opened)), (60, 44, 30))
            _ellipse(image, (x - 3, y - 4), (3, 3), (250, 250, 250))
        cv2.ellipse(image, (x, y), (28, opened + 1), 0, 180, 360, (44, 48, 66), 4, cv2.LINE_AA)


def _mouth(image: Picture, mouth: int) -> None:
    cx, cy = CENTRE
    x, y = cx, cy + 92
    gap = (0, 4, 8, 11, 15, 19)[mouth]
    wide = 46 - mouth * 2
    if gap:
        _ellipse(image, (x, y), (wide, gap + 7), LIP)
        _ellipse(image, (x, y), (wide - 7, gap), (46, 36, 62))
        if gap >= 10:
            _ellipse(image, (x, y - gap + 5), (wide - 16, 5), (226, 232, 236))
            _ellipse(image, (x, y + gap - 6), (wide - 22, 6), (110, 104, 196))
    else:
        _ellipse(image, (x, y), (wide, 8), LIP)
        _stroke(image, [(x - wide + 4, y), (x, y + 3), (x + wide - 4, y)], (58, 50, 96), 3)


def sprites(scale: float) -> dict[tuple[int, int], Sprite]:
    """Every mouth with every eyelid, scaled."""
    size = (round(CANVAS[0] * scale), round(CANVAS[1] * scale))
    result: dict[tuple[int, int], Sprite] = {}
    silhouette = cv2.GaussianBlur(_draw(0, 0, alpha=True), (0, 0), 1.2)
    for mouth in range(MOUTHS):
        for lid in range(LIDS):
            cover = silhouette.astype(np.float32) / 255
            colour = (_draw(mouth, lid, alpha=False).astype(np.float32) * cover).astype(np.uint8)
            rest = 255 - silhouette
            result[mouth, lid] = Sprite(
                np.asarray(cv2.resize(colour, size, interpolation=cv2.INTER_AREA), dtype=np.uint8),
                np.asarray(cv2.resize(rest, size, interpolation=cv2.INTER_AREA), dtype=np.uint8),
            )
    return result


def room(size: tuple[int, int]) -> Picture:
    """A calm wall with a lamp, a shelf and a plant, out of focus."""
    width, height = size
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    x = np.linspace(0, 1, width, dtype=np.float32)[None, :, None]
    top, bottom = np.array((196, 178, 150), np.float32), np.array((150, 128, 104), np.float32)
    wall = top * (1 - y) + bottom * y
    glow = np.exp(-(((x - 0.82) / 0.22) ** 2 + ((y - 0.24) / 0.34) ** 2))
    wall = wall + glow * np.array((30, 60, 84), np.float32)
    image: Picture = np.clip(wall, 0, 255).astype(np.uint8)

    def at(px: float, py: float) -> tuple[int, int]:
        return round(px * width), round(py * height)

    cv2.rectangle(image, at(0.60, 0.62), at(0.98, 0.645), (70, 92, 122), -1)
    for index, colour in enumerate(((88, 70, 160), (120, 140, 70), (170, 130, 80), (70, 120, 190), (150, 150, 150))):
        left = 0.63 + index * 0.026
        cv2.rectangle(image, at(left, 0.47 - 0.015 * (index % 3)), at(left + 0.02, 0.62), colour, -1)
    cv2.circle(image, at(0.86, 0.26), round(0.07 * height), (190, 228, 250), -1, cv2.LINE_AA)
    for angle in range(200, 345, 18):
        tip = (0.91 + 0.06 * np.cos(np.radians(angle)), 0.56 + 0.2 * np.sin(np.radians(angle)))
        cv2.line(image, at(0.91, 0.58), at(*tip), (84, 136, 78), max(2, height // 60), cv2.LINE_AA)
    cv2.rectangle(image, at(0.885, 0.56), at(0.935, 0.62), (96, 110, 176), -1)
    blurred = cv2.GaussianBlur(image, (0, 0), max(1.0, height / 110))
    return np.asarray(blurred, dtype=np.uint8)


def compose(background: Picture, sprite: Sprite, centre: tuple[float, float], tilt: float, out: Picture) -> None:
    """Put the sprite's head centre at `centre` (pixels), turned by `tilt` degrees, onto a copy in `out`."""
    np.copyto(out, background)
    height, width = sprite.colour.shape[:2]
    scale = width / CANVAS[0]
    anchor = (CENTRE[0] * scale, CENTRE[1] * scale)
    left, top = round(centre[0] - anchor[0]), round(centre[1] - anchor[1])
    matrix: Any = cv2.getRotationMatrix2D((width / 2, height), tilt, 1.0)
    matrix[0, 2] += centre[0] - anchor[0] - left
    matrix[1, 2] += centre[1] - anchor[1] - top
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(out.shape[1], left + width), min(out.shape[0], top + height)
    if x1 <= x0 or y1 <= y0:
        return
    inside = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    colour = cv2.warpAffine(sprite.colour, matrix, (width, height))[inside]
    rest = cv2.warpAffine(sprite.rest, matrix, (width, height), borderValue=(255, 255, 255))[inside]
    part = out[y0:y1, x0:x1]
    cv2.add(cv2.multiply(part, rest, scale=1 / 255), colour, dst=part)
