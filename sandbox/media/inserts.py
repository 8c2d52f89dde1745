"""What may be laid over the speaker for a while: drawn cards, stills and films."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.media.timeline import Span
from sandbox.media.titles import weight
from sandbox.media.words import Token, spoken

SHORTEST, LONGEST = 1.2, 3.5


@dataclass(frozen=True, slots=True)
class Card:
    """A moving card of our own with these words on it."""

    text: str


@dataclass(frozen=True, slots=True)
class Footage:
    """Somebody's video or picture."""

    path: Path


@dataclass(frozen=True, slots=True)
class Insert:
    """start..end in seconds of the edited film."""

    start: float
    end: float
    layout: str
    shows: Card | Footage


def magic(sentences: Sequence[Sequence[Token]], share: float, *, taken: Sequence[Span]) -> list[Insert]:
    """Cards with the words that matter over `share` (0..1) of the spoken time, evenly, never over what is `taken`."""
    units = [unit for sentence in sentences for unit in _units(spoken(sentence))]
    found: list[Insert] = []
    owed = 0.0
    for unit in units:
        start, end = unit[0].start, unit[-1].end
        owed += share * (end - start)
        for first, last in _free(start, end, taken):
            length = min(last - first, owed)
            # A remainder that is too short to be seen waits for the next words, unless it is the whole of them.
            if length < min(SHORTEST, last - first) - 0.005 or length < 0.3:
                continue
            # The speaker is seen first, then what the words are about.
            found.append(Insert(last - length, last, "cover", Card(_keyword(unit))))
            owed -= length
    if share > 0 and units and not found:
        # A small share of a short talk is less than one card: one is shown nevertheless.
        unit = max(units, key=lambda words: words[-1].end - words[0].start)
        for first, last in _free(unit[0].start, unit[-1].end, taken)[:1]:
            found.append(Insert(max(first, last - SHORTEST), last, "cover", Card(_keyword(unit))))
    return found


def _units(words: Sequence[Token]) -> list[list[Token]]:
    """A sentence's words in stretches of a few seconds, about equally long."""
    count = max(1, round((words[-1].end - words[0].start) / LONGEST + 0.3))
    step = (words[-1].end - words[0].start) / count + 1e-6
    result: list[list[Token]] = [[] for _ in range(count)]
    for word in words:
        result[min(count - 1, int((word.start - words[0].start) / step))].append(word)
    return [unit for unit in result if unit]


def _free(start: float, end: float, taken: Sequence[Span]) -> list[Span]:
    free: list[Span] = []
    for first, last in sorted(taken):
        if last <= start or first >= end:
            continue
        if first > start:
            free.append((start, first))
        start = max(start, last)
    if end > start:
        free.append((start, end))
    return free


def _keyword(unit: Sequence[Token]) -> str:
    """The heaviest word, with the one before it where that one carries meaning too."""
    weights = [weight(word.text.lower()) for word in unit]
    at = max(range(len(unit)), key=lambda place: weights[place])
    first = at - 1 if at and weights[at - 1] > 0 else at
    return " ".join(word.text for word in unit[first : at + 1])
