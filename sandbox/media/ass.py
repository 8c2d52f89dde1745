"""Writes ASS files, the form in which libass takes words and shapes that are drawn onto a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sandbox.media import ffmpeg
from sandbox.media.styles import fonts_folder

FONT = "Source Sans Pro Black"


def time(seconds: float) -> str:
    hundredths = max(0, round(seconds * 100))
    minutes, rest = divmod(hundredths, 6000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest // 100:02}.{rest % 100:02}"


def colour(rgb: str, *, clear: int = 0) -> str:
    """ASS writes colours as blue, green, red, after how much shines through (0..255)."""
    return f"&H{clear:02X}{rgb[4:6]}{rgb[2:4]}{rgb[0:2]}&"


def safe(text: str) -> str:
    """Braces and backslashes are commands in ASS."""
    return text.replace("\\", "⧵").replace("{", "(").replace("}", ")").replace("\n", " ")


def style(
    name: str,
    letter: int,
    *,
    text: str,
    edge: str = "101010",
    second: str | None = None,
    behind: str = "000000",
    clear: int = 0x80,
    font: str = FONT,
    italic: bool = False,
    spacing: float = 0,
    angle: float = 0,
    box: bool = False,
    outline: float = 0,
    shadow: float = 0,
    alignment: int = 2,
    margins: tuple[int, int, int] = (0, 0, 0),
) -> str:
    """A style line. `margins` are left, right and from the edge that the alignment (as on a number pad) names."""
    colours = (colour(text), colour(second or text), colour(edge), colour(behind, clear=clear))
    return (
        f"Style: {name},{font},{letter},{','.join(colours)},0,{-1 if italic else 0},0,0,100,100,{spacing:g},{angle:g},"
        f"{3 if box else 1},{outline:g},{shadow:g},{alignment},{','.join(map(str, margins))},1"
    )


def event(start: float, end: float, style: str, text: str, *, layer: int = 0) -> str:
    return f"Dialogue: {layer},{time(start)},{time(end)},{style},,0,0,0,,{text}"


def write(path: Path, size: tuple[int, int], styles: Sequence[str], events: Sequence[str]) -> None:
    """A file for a picture of `size` pixels."""
    lines = [
        "[Script Info]",
        "ScriptType: v4.00+",
        f"PlayResX: {size[0]}",
        f"PlayResY: {size[1]}",
        "WrapStyle: 0",
        "ScaledBorderAndShadow: yes",
        "",
        "[V4+ Styles]",
        "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, "
        "Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, "
        "MarginR, MarginV, Encoding",
        *styles,
        "",
        "[Events]",
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text",
        *events,
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def drawn(name: str) -> str:
    """The ffmpeg filter that draws the file of this name, which lies in ffmpeg's working folder."""
    return f"ass={name}:fontsdir={ffmpeg.filter_value(fonts_folder())}"
