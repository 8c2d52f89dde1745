"""The opening title: thirteen looks of our own under the API's names."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sandbox.media import ass

SECONDS = 3.0
TOP, SIZE = 50, 30  # what the documents give as defaults


@dataclass(frozen=True, slots=True)
class Hook:
    """`top` is the share of the height above the title in percent, `size` its letters from 0 to 80."""

    text: str
    template: str = "tiktok"
    top: float = TOP
    size: float = SIZE


@dataclass(frozen=True, slots=True)
class Look:
    """Colours as RRGGBB; with `box` the edge colour fills a box behind the words, `outline` in tenths of a letter."""

    text: str
    edge: str
    box: bool = False
    outline: float = 1.0
    shadow: float = 0.0
    capitals: bool = False
    font: str = ass.FONT
    italic: bool = False
    spacing: float = 0.0
    angle: float = 0.0
    enters: str = r"\fad(120,200)"


_POP = r"\fad(60,200)\fscx60\fscy60\t(0,160,\fscx106\fscy106)\t(160,240,\fscx100\fscy100)"
_STAND_UP = r"\fad(80,200)\frx80\t(0,260,\frx0)"
_TURN = r"\fad(80,200)\frz8\t(0,220,\frz0)"
_BOLD, _SEMIBOLD, _LIGHT = "Source Sans Pro Bold", "Source Sans Pro Semibold", "Source Sans Pro Light"

LOOKS = {
    "tiktok": Look("101010", "FFFFFF", box=True, outline=2.5),
    "laura": Look("FFFFFF", "E0559B", box=True, outline=2.2, font=_BOLD, enters=_POP),
    "steph": Look("FFF3D6", "5B3A29", outline=0.9, shadow=0.6, font=_BOLD, italic=True),
    "kevin": Look("FFFFFF", "1463FF", box=True, outline=2.0, capitals=True, enters=_STAND_UP),
    "kelly": Look("FFFFFF", "2B2B2B", box=True, outline=1.8, font=_LIGHT, spacing=1.5),
    "mark": Look("FFE14D", "101010", box=True, outline=2.0, capitals=True, spacing=1.0),
    "logan": Look("35E06F", "06210F", outline=1.3, capitals=True, enters=_POP),
    "enrico": Look("FFFFFF", "B3261E", box=True, outline=2.4, font=_SEMIBOLD, italic=True),
    "mike": Look("101010", "FFE14D", box=True, outline=2.4, capitals=True, angle=2, enters=_TURN),
    "devin": Look("4DC3FF", "06182B", outline=1.1, shadow=0.9, font=_BOLD),
    "hormozi": Look("FFD400", "000000", outline=1.8, shadow=0.8, capitals=True, enters=_POP),
    "masi": Look("F4F0FF", "6C2BD9", box=True, outline=2.0, font=_SEMIBOLD, enters=_STAND_UP),
    "ali": Look("14323B", "BDF4E4", box=True, outline=2.6, font=_BOLD, enters=_TURN),
}


def letter(size: float, picture: tuple[int, int]) -> int:
    """Pixels of a letter: 30 is a good title, 0 still readable, 80 fills the width with a short word."""
    width, height = picture
    return max(8, round((0.03 + 0.0018 * size) * min(height, width * 1.25)))


def style(hook: Hook, picture: tuple[int, int]) -> str:
    """The ASS style; unknown template names look like the default."""
    look = LOOKS.get(hook.template, LOOKS["tiktok"])
    pixels = letter(hook.size, picture)
    beside = round(picture[0] * 0.07)
    # A long title low in the picture moves up as far as it needs to stay inside.
    lines = math.ceil(len(hook.text) * pixels * 0.52 / (picture[0] - 2 * beside))
    top = min(round(picture[1] * hook.top / 100), max(0, picture[1] - round((lines + 0.5) * pixels * 1.25)))
    return ass.style(
        "Hook",
        pixels,
        text=look.text,
        edge=look.edge,
        behind=look.edge if look.box else "000000",
        clear=0 if look.box else 0x60,
        font=look.font,
        italic=look.italic,
        spacing=look.spacing * pixels / 30,
        angle=look.angle,
        box=look.box,
        outline=max(1, round(look.outline * pixels / 10)),
        shadow=round(look.shadow * pixels / 10),
        alignment=8,
        margins=(beside, beside, top),
    )


def event(hook: Hook) -> str:
    look = LOOKS.get(hook.template, LOOKS["tiktok"])
    text = ass.safe(hook.text.upper() if look.capitals else hook.text)
    return ass.event(0, SECONDS, "Hook", f"{{{look.enters}}}{text}", layer=1)
