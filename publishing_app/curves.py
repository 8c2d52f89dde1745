"""Numbers over time: adding up several posts' curves, and drawing one as SVG where no script runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

Series = Sequence[tuple[dt.datetime, int]]
WIDTH, HEIGHT, PAD = 640.0, 200.0, 6.0


def add_up[Key: Hashable](curves: Mapping[Key, Series], start: Mapping[Key, int]) -> list[tuple[dt.datetime, int]]:
    """The sum over all curves at each time that any of them has, each carried forward from its last measurement.

    start: what a curve stood at before its first point; a curve that is not in it begins with its first point.
    """
    events = [(at, number, value) for number, series in enumerate(curves.values()) for at, value in series]
    events.sort(key=lambda event: event[0])
    standing = [start.get(key, 0) for key in curves]
    total = sum(start.values())
    summed: list[tuple[dt.datetime, int]] = []
    for at, number, value in events:
        total += value - standing[number]
        standing[number] = value
        if summed and summed[-1][0] == at:
            summed[-1] = (at, total)
        else:
            summed.append((at, total))
    return summed


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    points: list[tuple[dt.datetime, int]]


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over time. `data` feeds the script (static/js/charts.js), `paths` the drawing without one."""

    lines: list[Line]

    @property
    def is_drawable(self) -> bool:
        return any(len(line.points) > 1 for line in self.lines)

    @property
    def _times(self) -> list[dt.datetime]:
        return sorted({at for line in self.lines for at, _value in line.points})

    @property
    def top(self) -> int:
        return max((value for line in self.lines for _at, value in line.points), default=0)

    @property
    def first(self) -> dt.datetime | None:
        times = self._times
        return times[0] if times else None

    @property
    def last(self) -> dt.datetime | None:
        times = self._times
        return times[-1] if times else None

    def data(self) -> dict[str, Any]:
        """{"zone", "x": [unix seconds], "lines": [{"name", "y": [number or null]}]}; all lines share x."""
        times = self._times
        lines = []
        for line in self.lines:
            values = dict(line.points)
            y: list[int | None] = []
            last: int | None = None
            for at in times:
                last = values.get(at, last)
                y.append(last)
            lines.append({"name": line.name, "y": y})
        return {
            "zone": timezone.get_current_timezone_name(),
            "x": [round(at.timestamp(), 3) for at in times],
            "lines": lines,
        }

    def paths(self) -> list[str]:
        """SVG path data for a box of WIDTH × HEIGHT, from zero to the highest value, one for each line."""
        times = self._times
        if len(times) < 2:
            return []
        begun, span = times[0], (times[-1] - times[0]).total_seconds() or 1.0
        top = self.top or 1
        paths = []
        for line in self.lines:
            spots = [
                (
                    PAD + (at - begun).total_seconds() / span * (WIDTH - 2 * PAD),
                    HEIGHT - PAD - value / top * (HEIGHT - 2 * PAD),
                )
                for at, value in line.points
            ]
            paths.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in spots) if len(spots) > 1 else "")
        return paths
