"""A clock that stands still until it is moved, for everything in this process."""

from __future__ import annotations

import datetime as dt
from typing import Final

import time_machine

# Later than any real run: a file that was written "now" must not look like a copy from another time (dashboard.pulse).
START: Final = dt.datetime(2031, 3, 3, 9, tzinfo=dt.UTC)


class Clock:
    def __init__(self, start: dt.datetime = START) -> None:
        self._travel = time_machine.travel(start, tick=False)
        self._place = self._travel.start()

    @property
    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    def move(self, seconds: float) -> None:
        self._place.shift(seconds)

    def move_to(self, moment: dt.datetime) -> None:
        """Never back."""
        if moment > self.now:
            self._place.move_to(moment)

    def stop(self) -> None:
        self._travel.stop()
