"""Captions as an ASS file: two to four words at a time, the spoken one in its own colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from sandbox.media import ass, hooks
from sandbox.media.hooks import Hook
from sandbox.media.styles import Style
from sandbox.media.words import Token

WIDEST = 20  # letters in one group


def groups(items: Iterable[Token], most: int) -> list[list[tuple[str, float, float]]]:
    """(text with its marks, start, end) in groups; a mark, a pause or the width ends a group."""
    result: list[list[tuple[str, float, float]]] = []
    current: list[tuple[str, float, float]] = []
    prefix = ""

    def close() -> None:
        if current:
            result.append(list(current))
            current.clear()

    for item in items:
        if item.kind == "silence":
            if item.end - item.start > 0.45:
                close()
        elif item.kind == "punctuation":
            if current and current[-1][2] <= item.start + 0.005:
                text, start, end = current[-1]
                current[-1] = (text + item.text, start, end)
                if item.text in ".,!?;:…。，！？":
                    close()
            elif item.text in '“«([¿¡"':
                prefix += item.text
        else:
            letters = sum(len(text) + 1 for text, _, _ in current)
            if len(current) >= most or (current and letters + len(item.text) > WIDEST):
                close()
            current.append((prefix + item.text, item.start, item.end))
            prefix = ""
    close()
    return result


def write(path: Path, items: Sequence[Token], look: Style, size: tuple[int, int], *, hook: Hook | None = None) -> None:
    """Write the captions for a picture of `size`; `hook` is the title of the first seconds."""
    width, height = size
    # Upright and wide pictures need the same readable letters: the shorter side counts as well.
    letter = round(look.size * min(height, width * 16 / 9) if height >= width else look.size * height * 1.35)
    outline = max(2, letter // 14)
    margin = round(width * 0.06)
    styles = [
        ass.style(
            "Caption",
            letter,
            text=look.text,
            second=look.spoken,
            edge=look.outline,
            outline=outline,
            shadow=max(1, outline // 2),
            margins=(margin, margin, round(height * look.from_below)),
        )
    ]
    events = []
    if hook is not None:
        styles.append(hooks.style(hook, size))
        events.append(hooks.event(hook))
    found = groups(items, look.words)
    for at, group in enumerate(found):
        following = found[at + 1][0][1] if at + 1 < len(found) else group[-1][2] + 0.4
        for place, (_, start, end) in enumerate(group):
            # The group stays until its next word begins; its last word lingers a little, never into the next group.
            until = group[place + 1][1] if place + 1 < len(group) else min(following, end + 0.4)
            if until - start < 0.01:
                continue
            events.append(ass.event(start, until, "Caption", _text(group, place, look)))
    ass.write(path, size, styles, events)


def _text(group: Sequence[tuple[str, float, float]], lit: int, look: Style) -> str:
    parts = []
    for place, (text, _, _) in enumerate(group):
        shown = ass.safe(text.upper() if look.capitals else text)
        lit_up = f"{{\\c{ass.colour(look.spoken)}}}{shown}{{\\c{ass.colour(look.text)}}}"
        parts.append(lit_up if place == lit else shown)
    return " ".join(parts)
