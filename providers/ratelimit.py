"""What an answer says about the provider's rate limit."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

# No documented window is longer than an hour; a day keeps a nonsensical header from parking a key for years.
LONGEST_WAIT: Final = 86_400.0
UNSTATED_WAIT: Final = 60.0
# However short the stated wait is: "Retry-After: 0" must not be asked again at once, and again.
LEAST_WAIT: Final = 5.0
# A reset below this is seconds from now: as a moment it would lie before 1974.
DELTA: Final = 1e8


@dataclass(frozen=True, slots=True)
class RateHeaders:
    """The rate headers of one answer (001, "Rate Limits").

    endpoint    the class of the call, a key of the provider's table of limits
    limit       calls allowed in the window
    remaining   calls left in the window
    reset       unix seconds at which the window ends, by the provider's clock
    clock       unix seconds by the provider's Date header; ours when it sent none
    status      HTTP status of the answer
    """

    endpoint: str
    limit: int | None
    remaining: int | None
    reset: float | None
    clock: float
    status: int

    @property
    def reset_in(self) -> float | None:
        """Seconds from now to the end of the window, whatever our own clock says."""
        return None if self.reset is None else max(0.0, min(self.reset - self.clock, LONGEST_WAIT))


def _number(text: str | None) -> float | None:
    try:
        number = float((text or "").strip())
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def http_date(text: str | None) -> float | None:
    try:
        moment = parsedate_to_datetime((text or "").strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _count(text: str | None) -> int | None:
    number = _number(text)
    return None if number is None else int(min(number, 1e9))


def read_rate(headers: Mapping[str, str], *, endpoint: str, status: int) -> RateHeaders:
    """Rate headers as sent; `headers` must find names in any case."""
    reset = _number(headers.get("x-ratelimit-reset"))
    if reset is not None and reset > 1e11:  # milliseconds
        reset /= 1000
    sent = http_date(headers.get("date"))
    clock = time.time() if sent is None else sent
    if reset is not None and reset < DELTA:
        reset += clock
    return RateHeaders(
        endpoint=endpoint,
        limit=_count(headers.get("x-ratelimit-limit")),
        remaining=_count(headers.get("x-ratelimit-remaining")),
        reset=reset,
        clock=clock,
        status=status,
    )


def read_wait(headers: Mapping[str, str], rate: RateHeaders, body_seconds: float | None) -> tuple[float, bool]:
    """Seconds to wait after a 429, and whether the provider named them (contract row 5, docs/adr/0005).

    What is stated for this refusal wins: Retry-After (seconds or an HTTP date), else the body's `retryAfter`. The
    reset header, which speaks of the whole window, counts only where neither is there; and not when calls remain,
    because then it speaks about another window than the one that was used up. A wait of nothing states nothing.
    """
    reset = None if rate.remaining else rate.reset_in
    named = [_retry_after(headers.get("retry-after"), rate.clock), body_seconds, reset]
    usable = [seconds for seconds in named if seconds is not None and math.isfinite(seconds) and seconds >= 0]
    for seconds in usable:
        if seconds >= 1:
            return min(max(seconds, LEAST_WAIT), LONGEST_WAIT), True
    return LEAST_WAIT if usable else UNSTATED_WAIT, False


def _retry_after(text: str | None, clock: float) -> float | None:
    seconds = _number(text)
    moment = http_date(text) if text and seconds is None else None
    return seconds if moment is None else max(0.0, moment - clock)
