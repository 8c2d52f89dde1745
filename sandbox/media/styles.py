"""How captions look: every template name gives one look, always the same."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import font_source_sans_pro

# Text, spoken word, outline as RRGGBB.
PALETTES = (
    ("FFFFFF", "FFE14D", "101010"),
    ("FFFFFF", "35E06F", "0B1F12"),
    ("FFFFFF", "FF5A5F", "1A1014"),
    ("FFF7E6", "FF9F1C", "241505"),
    ("FFFFFF", "4DC3FF", "06182B"),
    ("F4F0FF", "C77DFF", "170B2E"),
    ("FFFDE7", "FFD400", "3A0CA3"),
    ("FFFFFF", "FF7AC6", "2B0A1E"),
)
# Share of the height between the caption and the lower edge.
HEIGHTS = (0.14, 0.18, 0.22, 0.28)


@dataclass(frozen=True, slots=True)
class Style:
    """Colours as RRGGBB, sizes as shares of the picture's height."""

    text: str
    spoken: str
    outline: str
    from_below: float
    capitals: bool
    words: int
    size: float


def style(template: str) -> Style:
    """The look of a template. Sara, the default, is the plain one; the others follow from their name."""
    if template == "Sara":
        return Style(*PALETTES[0], from_below=0.22, capitals=False, words=3, size=0.052)
    digest = hashlib.sha256(template.encode()).digest()
    return Style(
        *PALETTES[digest[0] % len(PALETTES)],
        from_below=HEIGHTS[digest[1] % len(HEIGHTS)],
        capitals=digest[2] % 2 == 0,
        words=2 + digest[3] % 3,
        size=(0.046, 0.052, 0.058)[digest[4] % 3],
    )


def fonts_folder() -> Path:
    """Where the packaged caption font lies, so that none from the system is needed."""
    return Path(font_source_sans_pro.font_directory)
