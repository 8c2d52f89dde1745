"""The drawn card that stands for B-roll: turning colours, drifting discs of light and a few words."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

from sandbox.media import ass

# Three colours each, from dark to light, as RRGGBB.
PALETTES = (
    ("1B1464", "6C2BD9", "F06595"),
    ("0B3C49", "13747D", "7CE0C3"),
    ("3D0E3F", "B5179E", "FFA94D"),
    ("102A43", "2F6FED", "8CE8FF"),
    ("3B1C0A", "C2410C", "FCD34D"),
    ("0F2E1C", "2B8A3E", "D8F5A2"),
)
MOST_WORDS = 14
_DISC = "m 0 -100 b 55 -100 100 -55 100 0 b 100 55 55 100 0 100 b -55 100 -100 55 -100 0 b -100 -55 -55 -100 0 -100"


def source(text: str, size: tuple[int, int], fps: float, seconds: float) -> str:
    """The background as an ffmpeg source. It has no edges, so it is made small and enlarged."""
    dark, middle, light = PALETTES[_digest(text) % len(PALETTES)]
    width, height = (max(16, side // 16 * 2) for side in size)
    return (
        f"gradients=s={width}x{height}:r={fps:g}:d={seconds:.3f}:n=3:c0=0x{dark}:c1=0x{middle}:c2=0x{light}"
        f":x0=0:y0=0:x1={width}:y1={height}:speed=0.012:seed=7,scale={size[0]}:{size[1]}:flags=bilinear"
    )


def write(path: Path, text: str, size: tuple[int, int], seconds: float) -> None:
    """The discs and the words for the card, word after word, as an ASS file."""
    width, height = size
    shorter = min(size)
    words = [ass.safe(word) for word in text.split()][:MOST_WORDS] or ["…"]
    beside = round(width * 0.07)
    letter = _letter(words, width - 2 * beside, height * 0.7, most=shorter * 0.26)
    styles = [
        ass.style("Disc", 20, text="FFFFFF", alignment=7),
        ass.style(
            "Word", letter, text="FFFFFF", outline=max(1, letter // 24), alignment=5, margins=(beside, beside, 0)
        ),
    ]
    chance = random.Random(_digest(text))
    events = []
    for _ in range(4):
        x, y = chance.uniform(0, width), chance.uniform(0, height)
        to_x, to_y = x + chance.uniform(-0.5, 0.5) * shorter, y + chance.uniform(-0.5, 0.5) * shorter
        large = round(chance.uniform(0.15, 0.42) * shorter)
        shape = rf"{{\move({x:.0f},{y:.0f},{to_x:.0f},{to_y:.0f})\fscx{large}\fscy{large}\1a&HC8&\blur6\p1}}{_DISC}"
        events.append(ass.event(0, seconds + 1, "Disc", shape))
    # All words hold their places from the beginning; each becomes visible in its turn.
    step = min(180, seconds * 500 / len(words))
    shown = " ".join(
        rf"{{\alpha&HFF&\t({at * step:.0f},{at * step + 160:.0f},\alpha&H00&)}}{word}" for at, word in enumerate(words)
    )
    # A little above the middle: captions stand below it.
    shown = rf"{{\pos({width / 2:.0f},{height * 0.42:.0f})}}{shown}"
    events.append(ass.event(0, seconds + 1, "Word", shown, layer=1))
    ass.write(path, size, styles, events)


def _letter(words: list[str], width: float, height: float, *, most: float) -> int:
    """The largest letters with which the words fit, line after line."""
    letter = most
    while letter > 8:
        # A capital is about as wide as 0.6 of its height, a small letter as 0.5; a space is 0.2.
        widths = [(0.56 * len(word) + 0.2) * letter for word in words]
        lines, room = 1, width
        for wide in widths:
            if wide > room and room < width:
                lines, room = lines + 1, width
            room -= wide
        if max(widths) <= width and lines * letter * 1.3 <= height:
            break
        letter *= 0.94
    return max(8, round(letter))


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.lower().encode()).digest()[:4])
