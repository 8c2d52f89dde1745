"""Gentle punch-ins: the picture comes a little closer while a sentence is said, and goes back."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sandbox.media import score
from sandbox.media.timeline import Moments
from sandbox.media.words import Token, spoken

EASE = 0.3  # seconds to come closer, and to go back
LONGEST = 4.0
USUAL, STRONG = 1.12, 1.2
# Where a speaker's face usually is: the picture grows around this point (shares of width and height).
MIDDLE = (0.5, 0.42)


@dataclass(frozen=True, slots=True)
class Zoom:
    start: float
    end: float
    factor: float


def plan(sentences: Sequence[Sequence[Token]]) -> list[Zoom]:
    """One zoom for every second sentence, beginning with the first, and a stronger one for each that is emphatic."""
    found: list[Zoom] = []
    turn = itertools.count()
    for sentence in sentences:
        words = spoken(sentence)
        strong = _is_emphatic(sentence)
        if not strong and next(turn) % 2:
            continue
        start = words[0].start
        end = min(words[-1].end + EASE, start + LONGEST)
        if found and start < found[-1].end:
            start = found[-1].end
        if end - start > 3 * EASE:
            found.append(Zoom(start, end, STRONG if strong else USUAL))
    return found


def _is_emphatic(sentence: Sequence[Token]) -> bool:
    texts = {item.text.lower() for item in sentence}
    return bool(texts & {"!", "！", "¡"} or texts & score.FEELING)


def factors(zooms: Sequence[Zoom], moments: Moments) -> list[float]:
    """How much the picture is enlarged at each moment of the film."""
    result = np.ones(len(moments))
    for zoom in zooms:
        nearest = np.minimum(moments - zoom.start, zoom.end - moments)
        share = np.clip(nearest / EASE, 0.0, 1.0)
        result = np.maximum(result, 1 + (zoom.factor - 1) * (share * share * (3 - 2 * share)))
    return [float(value) for value in result]
