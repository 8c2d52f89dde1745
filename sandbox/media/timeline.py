"""What stays of a recording: kept spans in order, and where a moment of the recording lies in the edited film."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

Span = tuple[float, float]
Moments = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Timeline:
    """`kept` spans (seconds of the recording, in order, none touching the next) follow each other in the film."""

    kept: tuple[Span, ...]

    @classmethod
    def whole(cls, seconds: float) -> Timeline:
        return cls(((0.0, seconds),))

    @property
    def seconds(self) -> float:
        return sum(end - start for start, end in self.kept)

    def is_whole(self, seconds: float) -> bool:
        """Whether nothing worth a cut is missing from a recording of `seconds`."""
        return len(self.kept) == 1 and seconds - self.seconds < 0.02

    def places(self, moments: npt.ArrayLike) -> Moments:
        """Where moments of the recording are in the film; inside a cut it is the cut's place."""
        known = [edge for span in self.kept for edge in span]
        ends = list(accumulate(end - start for start, end in self.kept))
        at = [place for before, after in zip([0.0, *ends], ends, strict=False) for place in (before, after)]
        wanted: Any = np.asarray(moments, dtype=np.float64)
        return np.asarray(np.interp(wanted, known, at), dtype=np.float64)

    def moments(self, places: npt.ArrayLike) -> Moments:
        """Which moments of the recording are shown at these places of the film."""
        starts = np.array([start for start, _ in self.kept])
        lengths = np.array([end - start for start, end in self.kept])
        ends = np.cumsum(lengths)
        wanted: Any = np.asarray(places, dtype=np.float64)
        at = np.minimum(np.searchsorted(ends, wanted, side="right"), len(starts) - 1)
        return np.asarray(starts[at] + (wanted - (ends - lengths)[at]), dtype=np.float64)


def without(cuts: list[Span], seconds: float) -> Timeline:
    """All of 0..seconds but the cuts, which may touch and overlap; what remains is never empty."""
    kept: list[Span] = []
    now = 0.0
    for start, end in sorted(cuts):
        if start - now > 0.03:
            kept.append((now, start))
        now = max(now, end)
    if seconds - now > 0.03:
        kept.append((now, seconds))
    return Timeline(tuple(kept)) if kept else Timeline.whole(seconds)
