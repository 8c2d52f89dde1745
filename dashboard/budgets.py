"""How many calls of each class a key may still make, so that nothing is refused for being too often.

(design: reliability R9 and "Budget per key"; contract.md rows 1 to 5 and 37.) The state is in the database, one row
for each key and class (RateWindow), so a restart or an emptied cache forgets nothing. We start with the smallest
documented number and learn from the headers of each answer. A sandbox has no limit until its headers name one.
Nothing waits in here: `turn` says how long, and the caller puts its row off.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.db import transaction
from django.utils import timezone

from dashboard.models import ApiKey, RateWindow
from dashboard.models.rate_window import ROUNDING
from dashboard.rates import GUESSED, rates
from providers.errors import RateLimited
from providers.http import Exchange
from providers.ratelimit import RateHeaders

# Not counted by Submagic (001 Health Check).
FREE: Final = frozenset({"health"})
# A header that names an earlier end than this before the known one is from an earlier window.
SAME_END: Final = dt.timedelta(seconds=60)
_TRIES: Final = 10


class Source(StrEnum):
    """Where a limit is from."""

    HEADER = "header"
    DOCUMENTED = "documented"
    GUESS = "guess"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Left:
    """What a key may still do of one class. `limit` and `remaining` are None where there is no limit."""

    endpoint: str
    limit: int | None
    remaining: int | None
    resets_at: dt.datetime | None
    quiet_until: dt.datetime | None
    source: Source

    @property
    def waits_until(self) -> dt.datetime | None:
        """When the next call of a person may go out; None when it may now."""
        return self.quiet_until or (self.resets_at if self.remaining == 0 else None)


class NoTurn(Exception):
    """No call of this class may go out for `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


# --- Before a call ------------------------------------------------------------------------------------------------


def turn(key: ApiKey, endpoint: str, *, click: bool = False, evenly: bool = False, ahead: int = 0) -> float:
    """Seconds until a call of this class may go out; 0.0 means go, and it is counted.

    `click`: a person (or a webhook) asked, so the calls that looks leave alone may be used.
    `evenly`: one of many small looks, which are spread over the window.
    `ahead`: older work of the same class that waits; its calls are left to it.
    Call it outside a transaction: the count must be seen by others at once.
    """
    if endpoint in FREE:
        return 0.0
    for _try in range(_TRIES):
        now = timezone.now()
        row = RateWindow.objects.of(key, endpoint)
        if seconds := row.wait(now, click=click, evenly=evenly, ahead=ahead):
            return seconds
        if row.take(now, click=click, evenly=evenly, ahead=ahead):
            return 0.0
    return 1.0


def need(key: ApiKey, endpoint: str, *, click: bool = False) -> None:
    """As `turn`, for the middle of a longer job: raises NoTurn instead of answering."""
    if seconds := turn(key, endpoint, click=click):
        raise NoTurn(seconds)


def wait(key: ApiKey, endpoint: str, *, click: bool = False, ahead: int = 0) -> float:
    """What `turn` would answer now; nothing is counted."""
    if endpoint in FREE:
        return 0.0
    return _row(key, endpoint).wait(timezone.now(), click=click, ahead=ahead)


def spacing(key: ApiKey, endpoint: str) -> float:
    """Seconds between two looks that use their share of the limit evenly; 0.0 without a limit."""
    row = _row(key, endpoint)
    limit = row.known_limit
    return 0.0 if limit is None else row.documented.window / (limit - row.kept_for_people)


def cycle(key: ApiKey, endpoint: str, paces: Iterable[float]) -> float:
    """The shortest time between two looks at the same thing with which looks at all of them fit into the share of
    looks; each wants one every `paces` seconds, and one that wants fewer gets no more. 0.0 without a limit."""
    each = spacing(key, endpoint)
    if not each:
        return 0.0
    free, waiting = 1 / each, sorted(paces, reverse=True)
    for place, pace in enumerate(waiting):
        evenly = (len(waiting) - place) / free
        if pace <= evenly:
            return evenly
        free -= 1 / pace
    return 0.0


def later(key: ApiKey, endpoint: str, seconds: float, *, others: int) -> float:
    """Seconds after which a look that found no turn comes back: up to 10 % later than it may, and one by one with the
    `others` that wait for the same, or each free call would be fought over by all of them."""
    return seconds * random.uniform(1.0, 1.1) + random.uniform(0, others) * spacing(key, endpoint)


# --- After a call -------------------------------------------------------------------------------------------------


def learn(key: ApiKey, seen: RateHeaders) -> None:
    """Take over what an answer's headers say. Within one window `remaining` only goes down, whatever comes late."""
    if seen.endpoint in FREE:
        return
    now = timezone.now()
    if not seen.limit and seen.remaining is None:
        if seen.status != 429:
            RateWindow.objects.filter(api_key=key, endpoint=seen.endpoint).was_quiet().update(seen_at=now)
        return
    with transaction.atomic():
        row = RateWindow.objects.select_for_update().get(pk=RateWindow.objects.of(key, seen.endpoint).pk)
        row.api_key = key
        ends = _end(row, seen, now)
        if row.resets_at and row.is_open(now) and ends and ends < row.resets_at - SAME_END:
            return  # an answer from before this window
        if not row.is_open(now):
            row.open_at(now)
        _take_over(row, seen, ends)
        if seen.status != 429:
            row.seen_at = now
        row.save(update_fields=["limit", "remaining", "resets_at", "used", "window_started_at", "seen_at"])


def _end(row: RateWindow, seen: RateHeaders, now: dt.datetime) -> dt.datetime | None:
    """When the header's window ends, by our clock. Only a used-up one is believed to last longer than documented."""
    if seen.reset_in is None:
        return None
    length = dt.timedelta(seconds=seen.reset_in)
    return now + (length if seen.remaining == 0 else min(length, row.length)) + ROUNDING


def _take_over(row: RateWindow, seen: RateHeaders, ends: dt.datetime | None) -> None:
    before = row.limit
    row.limit = seen.limit or before
    counts = [] if seen.remaining is None else [seen.remaining]
    if row.limit is not None:
        counts.append(max(0, row.limit - row.used))
    if row.remaining is not None and row.limit == before:
        # A changed limit changes what is left as well; else a late header must not give calls back.
        counts.append(row.remaining)
    row.remaining = min(counts)
    if row.resets_at is None:
        # Never moved later: with a provider whose reset moves along with each call the window would never end.
        row.resets_at = ends


def quiet(key: ApiKey, endpoint: str, seconds: float, *, stated: bool = True) -> None:
    """After a 429: no call of this class before that time, nor of those that are counted with it. A later refusal only
    ever makes it longer."""
    with transaction.atomic():
        mine = RateWindow.objects.of(key, endpoint)
        together = [mine.pk, *RateWindow.objects.of_one_count(mine).values_list("pk", flat=True)]
        # In one order, or two refusals at the same moment would wait for each other's rows.
        for row in RateWindow.objects.select_for_update().filter(pk__in=together).order_by("pk"):
            row.be_quiet(seconds, stated=stated)
            row.save(update_fields=["quiet_until", "seen_at", "resets_at"])


def hear(key: ApiKey, exchange: Exchange) -> None:
    """For a client's `on_exchange`: a refusal for being too often silences its class, whoever made the call."""
    error = exchange.error
    if isinstance(error, RateLimited):
        quiet(key, exchange.call.name, error.wait_seconds, stated=error.stated)


# --- For people ---------------------------------------------------------------------------------------------------


def left(key: ApiKey, endpoint: str) -> Left:
    return _left(_row(key, endpoint))


def shown(key: ApiKey) -> list[Left]:
    """Every class of the table, in its order (dashboard.budget_rows has the words)."""
    return shown_of([key])[0]


def shown_of(keys: Sequence[ApiKey]) -> list[list[Left]]:
    """`shown` for each of the keys, in one query."""
    stored = {(row.api_key_id, row.endpoint): row for row in RateWindow.objects.filter(api_key__in=keys)}
    return [
        [_left(_with(key, stored.get((key.pk, endpoint)), endpoint)) for endpoint in rates(key.provider)]
        for key in keys
    ]


def _row(key: ApiKey, endpoint: str) -> RateWindow:
    """The stored row, or an empty one that is not stored: asking leaves no trace."""
    return _with(key, RateWindow.objects.filter(api_key=key, endpoint=endpoint).first(), endpoint)


def _with(key: ApiKey, row: RateWindow | None, endpoint: str) -> RateWindow:
    row = row or RateWindow(endpoint=endpoint)
    row.api_key = key
    return row


def _left(row: RateWindow) -> Left:
    now = timezone.now()
    counted = [each for each in (row.left(now), row.left_of_any_hour(now)) if each is not None]
    ends = row.ends_at if row.is_open(now) else None
    if row.left(now) != 0 and (seconds := row.wait_of_any_hour(now)):
        ends = now + dt.timedelta(seconds=seconds)
    return Left(
        endpoint=row.endpoint,
        limit=row.known_limit,
        remaining=max(0, min(counted)) if counted else None,
        resets_at=ends,
        quiet_until=row.quiet_until if row.is_quiet(now) else None,
        source=_source(row),
    )


def _source(row: RateWindow) -> Source:
    if row.limit is not None:
        return Source.HEADER
    if row.api_key.is_sandbox:
        return Source.NONE
    return Source.GUESS if row.endpoint in GUESSED[row.api_key.provider] else Source.DOCUMENTED
