"""The provider's hard limits: calls an hour for each class of an account, and a 429 beyond."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

HOUR = dt.timedelta(hours=1)
Class = tuple[str, str]  # account, name of the class


@dataclass
class Limits:
    """`headers`: an hour begins with its first call, and each answer says how much is left of it (as documented).
    Without, nothing is said, and calls of any sliding hour are counted."""

    most: Mapping[str, int]
    headers: bool = True
    calls: defaultdict[Class, list[dt.datetime]] = field(default_factory=lambda: defaultdict(list))
    refused: defaultdict[Class, int] = field(default_factory=lambda: defaultdict(int))
    _began: dict[Class, dt.datetime] = field(default_factory=dict)
    _used: defaultdict[Class, int] = field(default_factory=lambda: defaultdict(int))

    def admit(self, account: str, name: str, now: dt.datetime) -> tuple[bool, dict[str, str]]:
        """Whether one more call is within the limit (then it is counted), and the headers of the answer."""
        most = self.most.get(name)
        if most is None:
            return True, {}
        what = (account, name)
        if not self.headers:
            fits = sum(1 for at in reversed(self.calls[what][-most:]) if now - at < HOUR) < most
        else:
            if what not in self._began or now - self._began[what] >= HOUR:
                self._began[what], self._used[what] = now, 0
            fits = self._used[what] < most
            self._used[what] += fits
        if fits:
            self.calls[what].append(now)
        else:
            self.refused[what] += 1
        return fits, self._told(what, most) if self.headers else {}

    def _told(self, what: Class, most: int) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(most),
            "X-RateLimit-Remaining": str(most - self._used[what]),
            "X-RateLimit-Reset": str(round((self._began[what] + HOUR).timestamp())),
        }

    @property
    def own_refusals(self) -> int:
        """Times that somebody called for too often."""
        return sum(self.refused.values())


def busiest_hour(calls: Sequence[dt.datetime]) -> int:
    """The most calls in any sliding hour."""
    most = first = 0
    for place, at in enumerate(calls):
        while at - calls[first] >= HOUR:
            first += 1
        most = max(most, place - first + 1)
    return most
