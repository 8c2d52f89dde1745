"""How one picture of a slideshow looks: each style sets photos and cards in a way of its own."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
Size = tuple[int, int]


class PhotoMissing(Exception):
    """A photo's file is not there or cannot be read as a picture."""


@dataclass(frozen=True, slots=True)
class Photo:
    """Times are seconds of the film."""

    path: Path
    start: float
    end: float
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    start: float
    end: float
    title: str = ""
    text: str = ""


Slide = Photo | Card


@dataclass(frozen=True, slots=True)
class Look:
    """A style. Colours as RRGGBB.

    above, below    the colours between which a card's background and the empty picture run, from top to bottom
    ink, second     heading and text of cards
    caption, box    caption's colour, and that of the box behind it ("" for none)
    place           where captions stand, as on a number pad
    setting         how a photo is set: "framed", "filling", "before itself" (blurred), "bordered"
    zoom            how much closer the picture has come when a slide ends, as a share
    change          seconds in which one slide becomes the next; `flash`: out of white
    """

    above: str
    below: str
    ink: str
    second: str
    caption: str
    box: str
    place: int
    setting: str
    zoom: float = 0.0
    change: float = 0.4
    flash: bool = False


LOOKS = {
    "vanilla": Look("FBFAF7", "E7E3DA", "2B2B2B", "6B6459", "2B2B2B", "", 2, "framed"),
    "vanilla_frameless": Look("37474F", "1C262B", "FFFFFF", "CFD8DC", "FFFFFF", "1C262B", 1, "filling", zoom=0.08),
    "focus": Look("0B2447", "19376D", "FFFFFF", "A5D7E8", "FFFFFF", "0B2447", 8, "before itself", change=0.7),
    "party_default": Look(
        "F72585", "7209B7", "FFE14D", "FFFFFF", "FFE14D", "7209B7", 2, "bordered", zoom=0.05, change=0.2, flash=True
    ),
}
CONFETTI = ((77, 225, 255), (208, 201, 76), (133, 37, 247), (106, 214, 6), (255, 255, 255))


def still(look: Look, slide: Slide | None, size: Size) -> Picture:
    """The slide without its words (they are drawn later); None is the empty picture. Raises PhotoMissing."""
    if isinstance(slide, Photo):
        return _set(look, _read(slide.path), size)
    paper = background(look, size)
    if slide is not None and look.setting == "bordered":
        _confetti(paper, seed=f"{slide.title}{slide.text}")
    return paper


def sample(name: str, size: Size) -> Picture:
    """What a style makes of a drawn photo, to choose by."""
    width, height = size
    down = np.linspace(0, 1, height)[:, None, None]
    sky, ground = np.array((190, 140, 70)), np.array((120, 190, 250))
    photo = np.broadcast_to(sky + (ground - sky) * down, (height, width, 3)).astype(np.uint8).copy()
    cv2.circle(photo, (round(width * 0.66), round(height * 0.42)), height // 8, (200, 240, 255), -1, cv2.LINE_AA)
    hill = np.array([(0, height), (round(width * 0.4), round(height * 0.5)), (width, height)], dtype=np.int32)
    cv2.fillPoly(photo, [hill], (70, 90, 50), cv2.LINE_AA)
    return _set(LOOKS[name], photo, size)


def _read(path: Path) -> Picture:
    # Turned upright as its EXIF data say.
    photo = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if photo is None:
        raise PhotoMissing(path.name)
    return np.asarray(photo, dtype=np.uint8)


def background(look: Look, size: Size) -> Picture:
    width, height = size
    down = np.linspace(0, 1, height)[:, None, None]
    above, below = _bgr(look.above), _bgr(look.below)
    return np.broadcast_to(above + (below - above) * down, (height, width, 3)).astype(np.uint8).copy()


def _set(look: Look, photo: Picture, size: Size) -> Picture:
    width, height = size
    if look.setting == "framed":
        out = background(look, size)
        inner = _fitted(photo, (round(width * 0.8), round(height * 0.8)))
        edge = max(2, height // 45)
        box = _paste_place(inner, size)
        _shadow(out, box, edge)
        cv2.rectangle(
            out, (box[0] - edge, box[1] - edge), (box[2] + edge - 1, box[3] + edge - 1), (255, 255, 255), cv2.FILLED
        )
        out[box[1] : box[3], box[0] : box[2]] = inner
        return out
    if look.setting == "before itself":
        # Blurred small and enlarged: the same to the eye, and quick.
        far = cv2.GaussianBlur(cv2.resize(_filling(photo, size), (160, 90), interpolation=cv2.INTER_AREA), (0, 0), 6)
        dark = cv2.convertScaleAbs(cv2.resize(far, size, interpolation=cv2.INTER_CUBIC), alpha=0.45)
        out = np.asarray(dark, dtype=np.uint8)
        inner = _fitted(photo, (round(width * 0.92), round(height * 0.92)))
        box = _paste_place(inner, size)
        out[box[1] : box[3], box[0] : box[2]] = inner
        return out
    out = _filling(photo, size)
    if look.setting == "bordered":
        edge = max(4, height // 24)
        cv2.rectangle(out, (0, 0), (width - 1, height - 1), tuple(map(int, _bgr(look.above))), edge * 2)
        _confetti(out, seed=str(photo.shape))
    return out


def _bgr(rgb: str) -> npt.NDArray[np.float64]:
    return np.array([int(rgb[at : at + 2], 16) for at in (4, 2, 0)], dtype=np.float64)


def _filling(photo: Picture, size: Size) -> Picture:
    """Enlarged or reduced until nothing of `size` is empty, the rest cut away evenly."""
    width, height = size
    factor = max(width / photo.shape[1], height / photo.shape[0])
    scaled = _scaled(photo, max(width, round(photo.shape[1] * factor)), max(height, round(photo.shape[0] * factor)))
    left, top = (scaled.shape[1] - width) // 2, (scaled.shape[0] - height) // 2
    return scaled[top : top + height, left : left + width].copy()


def _fitted(photo: Picture, size: Size) -> Picture:
    """All of it, as large as `size` allows."""
    factor = min(size[0] / photo.shape[1], size[1] / photo.shape[0])
    return _scaled(photo, max(1, round(photo.shape[1] * factor)), max(1, round(photo.shape[0] * factor)))


def _scaled(photo: Picture, width: int, height: int) -> Picture:
    way = cv2.INTER_AREA if width < photo.shape[1] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(photo, (width, height), interpolation=way), dtype=np.uint8)


def _paste_place(inner: Picture, size: Size) -> tuple[int, int, int, int]:
    """Left, top, right and bottom in the middle, a little above it where captions stand below."""
    height, width = inner.shape[:2]
    left, top = (size[0] - width) // 2, (size[1] - height) * 2 // 5
    return left, top, left + width, top + height


def _shadow(out: Picture, box: tuple[int, int, int, int], edge: int) -> None:
    mask = np.zeros(out.shape[:2], dtype=np.uint8)
    cv2.rectangle(mask, (box[0] - edge, box[1]), (box[2] + edge, box[3] + edge * 2), 90, cv2.FILLED)
    soft = cv2.GaussianBlur(mask, (0, 0), edge)
    out[:] = (out.astype(np.uint16) * (255 - soft.astype(np.uint16))[:, :, None] // 255).astype(np.uint8)


def _confetti(out: Picture, *, seed: str) -> None:
    """Discs along the edges, never in the middle."""
    height, width = out.shape[:2]
    chance = random.Random(seed)
    for _ in range(46):
        x, y = chance.uniform(0, width), chance.uniform(0, height)
        if 0.14 < x / width < 0.86 and 0.16 < y / height < 0.84:
            continue
        radius, colour = round(chance.uniform(0.008, 0.026) * height), chance.choice(CONFETTI)
        cv2.circle(out, (round(x), round(y)), radius, colour, cv2.FILLED, cv2.LINE_AA)
