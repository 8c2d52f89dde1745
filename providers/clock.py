"""What an answer's Date header says about our clock."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from providers.ratelimit import http_date

# A longer call (an upload, a slow answer) tells too little about when its Date was written.
LONGEST_ROUND_TRIP: Final = 10.0
# Beyond this it is no clock that goes wrong but a header that means nothing: with such a clock no certificate would
# be believed, so there would be no answer at all.
LARGEST: Final = 366 * 86_400.0


@dataclass(frozen=True, slots=True)
class ClockReading:
    """How far our clock is ahead of the provider's (behind: below zero), in seconds, and how sure that is."""

    ahead: float
    doubt: float

    @property
    def certain(self) -> float:
        """What is left of `ahead` when all doubt speaks for our clock."""
        size = max(0.0, abs(self.ahead) - self.doubt)
        return size if self.ahead > 0 else -size


def read_clock(headers: Mapping[str, str], *, round_trip: float) -> ClockReading | None:
    """To be called when the headers have come; None when they tell nothing. `headers` must find names in any case.

    The Date was written somewhere on the way, so it is compared with our time half a round trip ago. It is cut to the
    second, so half a second more is its likely meaning. A cached answer (Age) has the date of when it was made.
    """
    sent = http_date(headers.get("date"))
    is_cached = headers.get("age", "0").strip() not in ("", "0")
    if sent is None or is_cached or not 0 <= round_trip <= LONGEST_ROUND_TRIP:
        return None
    ahead = time.time() - round_trip / 2 - (sent + 0.5)
    return ClockReading(ahead, round_trip / 2 + 0.5) if abs(ahead) <= LARGEST else None
