"""Which parts of a talk become clips: whole sentences, best first, none overlapping."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.media.score import Scorer, Scores
from sandbox.media.sound import Floats
from sandbox.media.words import Token, sentences, spoken, window

LEAD, TAIL = 0.15, 0.4  # seconds kept before the first and after the last word, where the pause allows it
EVERY = 45.0  # about one clip for so many seconds of speech
MOST = 20


@dataclass(frozen=True, slots=True)
class Range:
    """A part of the source in seconds, its scores and its sentences (times still in the source)."""

    start: float
    end: float
    scores: Scores
    sentences: list[list[Token]]

    @property
    def seconds(self) -> float:
        return round(self.end - self.start, 2)


def choose(
    items: Sequence[Token], *, duration: float, shortest: float, longest: float, loudness: Floats
) -> list[Range]:
    """The best non-overlapping ranges with shortest <= seconds <= longest, best first; at least one if there is speech.

    Only when the video itself is shorter than `shortest` is the result shorter: one clip of the whole speech.
    """
    words = spoken(items)
    if not words:
        return []
    scorer = Scorer(items, loudness)
    units = _units(items, longest)
    if duration <= shortest:
        start, end = _padded(units, 0, len(units) - 1, duration)
        end = min(end, start + longest)
        return [Range(start, end, scorer.score(units, start, end), units)]
    speech = words[-1].end - words[0].start
    wanted = max(1, min(MOST, math.ceil(speech / EVERY)))
    found = _candidates(units, duration, shortest, longest, scorer)
    if not found:
        return [_stretched(items, units, duration, shortest, longest, scorer)]
    found.sort(key=lambda one: (-one.scores.total, one.start))
    chosen: list[Range] = []
    for one in found:
        if all(one.end <= other.start or one.start >= other.end for other in chosen):
            chosen.append(one)
            if len(chosen) == wanted:
                break
    return chosen


def _units(items: Sequence[Token], longest: float) -> list[list[Token]]:
    """Sentences; one that alone is longer than a clip may be is parted at its widest gaps."""
    result: list[list[Token]] = []
    pending = list(reversed(sentences(items)))
    while pending:
        unit = pending.pop()
        if unit[-1].end - unit[0].start <= longest - LEAD - TAIL or len(spoken(unit)) < 2:
            result.append(unit)
            continue
        gaps = [
            (unit[at].start - unit[at - 1].end, -abs(at - len(unit) / 2), at)
            for at in range(1, len(unit))
            if unit[at].kind == "word"
        ]
        at = max(gaps)[2] if gaps else len(unit) // 2
        pending.extend((unit[at:], unit[:at]))
    return result


def _padded(units: Sequence[list[Token]], first: int, last: int, duration: float) -> tuple[float, float]:
    """Start and end with a little air, but without a neighbour's words."""
    begin, finish = units[first][0].start, units[last][-1].end
    before = units[first - 1][-1].end if first else 0.0
    after = units[last + 1][0].start if last + 1 < len(units) else duration
    start = max(begin - LEAD, min(before, begin), 0.0)
    end = min(finish + TAIL, max(after, finish), max(duration, finish))
    return round(start, 2), round(end, 2)


def _candidates(
    units: Sequence[list[Token]], duration: float, shortest: float, longest: float, scorer: Scorer
) -> list[Range]:
    found: list[Range] = []
    for first in range(len(units)):
        for last in range(first, len(units)):
            start, end = _padded(units, first, last, duration)
            # One picture may be added by the encoder, so both limits are kept with a little room.
            if end - start > longest - 0.1:
                break
            if end - start < shortest + 0.1:
                continue
            inside = list(units[first : last + 1])
            found.append(Range(start, end, scorer.score(inside, start, end), inside))
    return found


def _stretched(
    items: Sequence[Token],
    units: Sequence[list[Token]],
    duration: float,
    shortest: float,
    longest: float,
    scorer: Scorer,
) -> Range:
    """No run of whole sentences fits between the limits: a window of the middle length around the first speech."""
    start, _ = _padded(units, 0, 0, duration)
    _, end = _padded(units, len(units) - 1, len(units) - 1, duration)
    room = min(duration, longest - 0.1)
    length = min(max(end - start, min(shortest + 0.1, duration)), room)
    start = max(0.0, min(start, duration - length))
    end = round(start + length, 2)
    start = round(start, 2)
    inside = sentences([item for item in items if item.start >= start and item.end <= end])
    return Range(start, end, scorer.score(inside, start, end), inside)


def words_of(items: Sequence[Token], part: Range) -> list[Token]:
    """The clip's own transcript, counted from its start."""
    return window(items, part.start, part.end)
