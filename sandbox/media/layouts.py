"""Where an insert and the speaker stand in the picture, for each layout name of the API."""

from __future__ import annotations

from dataclasses import dataclass

NAMES = (
    *("cover", "contain", "rounded", "square", "split-50-50", "split-35-65", "split-50-50-bordered"),
    *("split-35-65-bordered", "pip-top-right", "pip-bottom-right"),
)


@dataclass(frozen=True, slots=True)
class Box:
    """Pixels, all even, so that half-size colour planes fit."""

    left: int
    top: int
    width: int
    height: int

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height


@dataclass(frozen=True, slots=True)
class Scene:
    """`insert` is where the B-roll stands; `speaker` is None where the whole speaker's picture lies behind it.

    `radius` rounds the insert's corners, `frame` is the width of a white line around it (and around the speaker's box),
    `dim` darkens the speaker's picture, and `whole` keeps all of the B-roll inside its box instead of filling the box.
    """

    insert: Box
    speaker: Box | None = None
    radius: int = 0
    frame: int = 0
    dim: bool = False
    whole: bool = False


def _even(value: float) -> int:
    return max(2, int(round(value / 2)) * 2)


def _middle(size: tuple[int, int], width: float, height: float) -> Box:
    wide, high = _even(width), _even(height)
    return Box(_even((size[0] - wide) / 2), _even((size[1] - high) / 2), wide, high)


def scene(layout: str, size: tuple[int, int]) -> Scene:
    """The scene of a layout in a picture of `size` (even pixels)."""
    width, height = size
    shorter = min(size)
    upright = height >= width
    full = Box(0, 0, width, height)
    if layout.startswith("split-"):
        share = 0.5 if layout.startswith("split-50-50") else 0.35
        return _split(size, share, bordered=layout.endswith("-bordered"))
    if layout.startswith("pip-"):
        wide, high = (0.4 * width, 0.4 * width * 4 / 3) if upright else (0.3 * width, 0.3 * width * 9 / 16)
        # In a very long or very low picture a corner is not all of a side.
        share = min(1.0, 0.45 * height / high)
        wide, high = _even(wide * share), _even(high * share)
        beside = _even(shorter * 0.045)
        top = beside if layout == "pip-top-right" else height - beside - high
        return Scene(Box(width - beside - wide, top, wide, high), radius=_even(shorter * 0.025), frame=_line(shorter))
    if layout == "rounded":
        box = _middle(size, width * 0.86, height * (0.56 if upright else 0.82))
        return Scene(box, radius=_even(shorter * 0.07), dim=True)
    if layout == "square":
        return Scene(_middle(size, shorter * 0.8, shorter * 0.8), dim=True)
    return Scene(full, whole=layout == "contain")


def _line(shorter: int) -> int:
    return _even(shorter * 0.012)


def _split(size: tuple[int, int], share: float, *, bordered: bool) -> Scene:
    """The B-roll above the speaker in an upright picture, left of the speaker in a wide one."""
    width, height = size
    if height >= width:
        first = _even(height * share)
        insert, speaker = Box(0, 0, width, first), Box(0, first, width, height - first)
    else:
        first = _even(width * share)
        insert, speaker = Box(0, 0, first, height), Box(first, 0, width - first, height)
    if not bordered:
        return Scene(insert, speaker)
    line = _line(min(size))
    return Scene(_inset(insert, line), _inset(speaker, line), frame=line)


def _inset(box: Box, line: int) -> Box:
    return Box(box.left + line, box.top + line, box.width - 2 * line, box.height - 2 * line)
