"""Cuts pauses (and bad takes) out of a talk and moves its words along."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sandbox.media.sound import FRAME, Floats
from sandbox.media.timeline import Span, Timeline, without
from sandbox.media.words import Token, spoken

# How far into a gap a word may still sound that the recogniser has ended too early, or begun too late.
RAGGED = 0.3
TRAIL = 0.3  # seconds that stay after the last word


@dataclass(frozen=True, slots=True)
class Pace:
    """Pauses longer than `longest` are cut; `after` a word and `before` the next one a breath stays."""

    longest: float
    after: float
    before: float


PACES = {
    "natural": Pace(0.6, 0.2, 0.12),
    "fast": Pace(0.35, 0.13, 0.09),
    "extra-fast": Pace(0.15, 0.06, 0.05),
}


def quiet_spans(loudness: Floats) -> list[Span]:
    """Where nobody speaks, by loudness; empty when noise or music leaves no clear difference."""
    if len(loudness) < 4:
        return []
    loud = loudness[loudness > -45]
    usual = float(np.mean(loud)) if len(loud) else -60.0
    floor = float(np.percentile(loudness, 10))
    if usual - floor < 15:
        return []
    still = np.concatenate(([False], loudness < floor + 0.3 * (usual - floor), [False]))
    edges = np.flatnonzero(np.diff(still.astype(np.int8)))
    return [
        (round(float(first) * FRAME, 2), round(float(last) * FRAME, 2))
        for first, last in zip(edges[::2], edges[1::2], strict=True)
        if last - first >= 2
    ]


def timeline(
    items: Sequence[Token],
    seconds: float,
    *,
    pace: str,
    dropped: Collection[str] = frozenset(),
    quiet: Sequence[Span] = (),
) -> Timeline:
    """What stays of 0..seconds: the words but the `dropped` ones, and pauses no longer than the pace allows."""
    words = [word for word in spoken(items) if word.id not in dropped]
    if not words:
        return Timeline.whole(seconds)
    chosen = PACES[pace]
    cuts = _retaken(items, words, dropped, chosen, seconds)
    for start, end in _pauses(words, seconds, quiet):
        if end - start <= chosen.longest:
            continue
        first = start if start <= 0.01 else start + chosen.after
        last = end - chosen.before
        if end >= seconds - 0.01:
            first, last = (start + TRAIL if start > 0.01 else start), end
        if last - first > 0.02:
            cuts.append((first, last))
    return without(cuts, seconds)


def _retaken(
    items: Sequence[Token], words: Sequence[Token], dropped: Collection[str], pace: Pace, seconds: float
) -> list[Span]:
    """The stretches of dropped words, up to a breath beside what stays."""
    cuts: list[Span] = []
    for word in spoken(items):
        if word.id not in dropped:
            continue
        before = max((kept.end for kept in words if kept.end <= word.start + 0.005), default=None)
        after = min((kept.start for kept in words if kept.start >= word.end - 0.005), default=None)
        start = 0.0 if before is None else min(before + pace.after, word.start)
        end = seconds if after is None else max(after - pace.before, word.end)
        cuts.append((start, end))
    return cuts


def _pauses(words: Sequence[Token], seconds: float, quiet: Sequence[Span]) -> list[Span]:
    """Gaps between words, without what still sounds at their edges, together with what is quiet."""
    edges = [0.0, *(edge for word in words for edge in (word.start, word.end)), seconds]
    gaps = [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if end > start]
    if quiet:
        gaps = [found for gap in gaps if (found := _trimmed(gap, quiet)) is not None]
    merged: list[Span] = []
    for start, end in sorted([*gaps, *((start, min(end, seconds)) for start, end in quiet if start < seconds)]):
        if merged and start <= merged[-1][1] + 0.001:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _trimmed(gap: Span, quiet: Sequence[Span]) -> Span | None:
    """The gap from its first quiet moment to its last, where they are near its edges; None when all of it sounds."""
    start, end = gap
    inside = [(max(a, start), min(b, end)) for a, b in quiet if b > start and a < end]
    if not inside:
        return None
    first, last = inside[0][0], inside[-1][1]
    return (first if first - start <= RAGGED else start), (last if end - last <= RAGGED else end)


def moved(items: Sequence[Token], line: Timeline, *, dropped: Collection[str] = frozenset()) -> list[Token]:
    """The transcript of the edited film: dropped words are gone, the others keep their ids and get new times."""
    result: list[Token] = []
    now = 0.0
    stays = [item for item in items if item.id not in dropped]
    places = line.places([(item.start, item.end) for item in stays]).reshape(-1, 2)
    for item, (first, last) in zip(stays, places, strict=True):
        start = max(now, round(float(first), 2))
        end = max(start, round(float(last), 2))
        if item.kind == "word":
            end = max(end, round(start + 0.01, 2))
        elif item.kind == "punctuation":
            end = start
        elif end - start <= 0.01:
            continue
        elif result and result[-1].kind == "silence":
            result[-1] = replace(result[-1], end=end)
            now = end
            continue
        result.append(replace(item, start=start, end=end))
        now = end
    return result
