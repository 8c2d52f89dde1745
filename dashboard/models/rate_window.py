from __future__ import annotations

import datetime as dt
import math
from typing import Any, Final

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from dashboard.models.api_key import ApiKey
from dashboard.rates import Rate, rate
from providers.ratelimit import LEAST_WAIT

# Of each limit, what looks leave to people's clicks and to looks that a webhook asked for (at least one call).
RESERVE: Final = 0.2
# Both sides' clocks are read to the second, so a window is over a moment after its stated end.
ROUNDING: Final = dt.timedelta(seconds=1)


class RateWindowQuerySet(models.QuerySet["RateWindow"]):
    def of(self, key: ApiKey, endpoint: str) -> RateWindow:
        """The stored row of this class, made when it is missing."""
        row = self.filter(api_key=key, endpoint=endpoint).first()
        if row is None:
            row, _made = self.get_or_create(api_key=key, endpoint=endpoint)
        row.api_key = key
        return row

    def was_quiet(self) -> RateWindowQuerySet:
        """Refused at the last answer."""
        return self.filter(quiet_until__gt=F("seen_at"))

    def of_one_count(self, row: RateWindow) -> RateWindowQuerySet:
        """The key's other classes which the provider seems to count together with this one: its headers name the same
        limit and the same end, and fewer calls left than each class alone has used (docs/adr/0005)."""
        if row.limit is None or row.resets_at is None:
            return self.none()
        ends = (row.resets_at - 2 * ROUNDING, row.resets_at + 2 * ROUNDING)
        same = self.filter(api_key=row.api_key, limit=row.limit, resets_at__range=ends).exclude(pk=row.pk)
        return same.filter(remaining__lt=row.limit - F("used"))


class RateWindow(models.Model):
    """How many calls of one class a key may still make: from the provider's headers, else from the documented table.

    One row for each key and class of endpoint (the names of providers/*/limits.py).
    """

    api_key = models.ForeignKey(ApiKey, models.CASCADE, related_name="rate_windows")
    endpoint = models.CharField(max_length=40)
    # From the headers; None while none were seen.
    limit = models.PositiveIntegerField(null=True, blank=True)
    remaining = models.IntegerField(null=True, blank=True)
    resets_at = models.DateTimeField(null=True, blank=True)
    # Our own count, for as long as no header says better.
    used = models.PositiveIntegerField(default=0)
    window_started_at = models.DateTimeField(null=True, blank=True)
    # [second since 1970, calls made in it] of the last hour, while no header names a limit: whether the provider counts
    # by windows of its own or over any hour is not known then.
    recent: models.JSONField[list[list[int]]] = models.JSONField(default=list, db_default=[], blank=True)
    # After a 429: nothing of this class goes out before.
    quiet_until = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)

    objects = RateWindowQuerySet.as_manager()

    class Meta:
        ordering = ["endpoint"]
        constraints = [models.UniqueConstraint(fields=["api_key", "endpoint"], name="rate_window_once")]

    def __str__(self) -> str:
        return f"{self.endpoint} {self.remaining}/{self.limit}"

    @property
    def documented(self) -> Rate:
        return rate(self.api_key.provider, self.endpoint)

    @property
    def length(self) -> dt.timedelta:
        return dt.timedelta(seconds=self.documented.window)

    @property
    def known_limit(self) -> int | None:
        """The headers' limit, else the smallest documented one; None (no limit) for a sandbox that named none yet."""
        if self.limit is not None:
            return self.limit
        return None if self.api_key.is_sandbox else self.documented.start

    @property
    def kept_for_people(self) -> int:
        """Calls that looks leave alone; a limit of one call is not kept from them for ever."""
        limit = self.known_limit
        return 0 if limit is None else min(max(1, math.ceil(limit * RESERVE)), limit - 1)

    @property
    def ends_at(self) -> dt.datetime | None:
        if self.resets_at:
            return self.resets_at
        return self.window_started_at + self.length if self.window_started_at else None

    def is_open(self, now: dt.datetime) -> bool:
        return self.ends_at is not None and self.ends_at > now

    def is_quiet(self, now: dt.datetime) -> bool:
        return self.quiet_until is not None and self.quiet_until > now

    def left(self, now: dt.datetime) -> int | None:
        """Calls that may still go out before `ends_at`; None when there is no limit."""
        limit = self.known_limit
        if not self.is_open(now):
            return limit
        counted = [] if limit is None else [limit - self.used]
        counted += [] if self.remaining is None else [self.remaining]
        return max(0, min(counted)) if counted else None

    def _lately(self, now: dt.datetime) -> list[list[int]]:
        """Of `recent` what still counts."""
        oldest = now.timestamp() - self.documented.window
        return [[second, calls] for second, calls in self.recent if second > oldest]

    def _with_one_more(self, now: dt.datetime) -> list[list[int]]:
        lately, second = self._lately(now), math.ceil(now.timestamp())
        if lately and lately[-1][0] == second:
            return [*lately[:-1], [second, lately[-1][1] + 1]]
        return [*lately, [second, 1]]

    def left_of_any_hour(self, now: dt.datetime) -> int | None:
        """Calls that are within the limit in whichever hour the provider counts them; None where its headers tell."""
        limit = self.known_limit
        if limit is None or self.limit is not None:
            return None
        return limit - sum(calls for _second, calls in self._lately(now))

    def wait_of_any_hour(self, now: dt.datetime, *, ahead: int = 0) -> float:
        """Seconds until `left_of_any_hour` is enough for `ahead` calls and one more."""
        left = self.left_of_any_hour(now)
        if left is None or left > ahead:
            return 0.0
        for second, calls in self._lately(now):
            left += calls
            if left > ahead:
                return max(1.0, second + self.documented.window - now.timestamp())
        return float(self.documented.window)

    def kept(self, now: dt.datetime, *, click: bool, evenly: bool) -> int:
        """Calls that have to be left alone. `evenly`: the share of looks comes free one by one over the window, after a
        first few, else many small looks use it up in its first minutes and see nothing for the rest of the hour."""
        limit, people = self.known_limit, self.kept_for_people
        if click or limit is None:
            return 0
        free = max(1, self.lent) + math.floor((limit - people) * self._elapsed(now))
        return max(limit - free, people - self.lent) if evenly else people

    @property
    def lent(self) -> int:
        """Looks that a new window allows at once, out of what is kept for people: who need less of it the nearer its
        end is. Out of the looks' own share, they would be missing at the end, where nothing could be looked at."""
        return self.kept_for_people // 4

    def _elapsed(self, now: dt.datetime) -> float:
        """Of the window, from 0 to 1."""
        ends = self.ends_at
        return min(1.0, max(0.0, 1 - (ends - now) / self.length)) if ends and ends > now else 0.0

    def wait(self, now: dt.datetime, *, click: bool, evenly: bool = False, ahead: int = 0) -> float:
        """Seconds until a call may go out when `ahead` others go first; 0.0 when it may now."""
        if self.quiet_until and self.is_quiet(now):
            return (self.quiet_until - now).total_seconds()
        return max(self.wait_of_any_hour(now, ahead=ahead), self._wait_of_window(now, click, evenly, ahead))

    def _wait_of_window(self, now: dt.datetime, click: bool, evenly: bool, ahead: int) -> float:
        left, limit = self.left(now), self.known_limit
        if left is None or left > self.kept(now, click=click, evenly=evenly) + ahead:
            return 0.0
        ends = self.ends_at if self.ends_at and self.is_open(now) else now + self.length
        if limit is None:
            return (ends - now).total_seconds()
        share = limit - self.kept_for_people
        floor = 0 if click else self.kept_for_people - self.lent * evenly
        if evenly and left > floor + ahead:
            # Within this window: when as many more have come free.
            part = (limit - left + ahead + 1 - max(1, self.lent)) / share
            return max(1.0, (ends - self.length * (1 - part) - now).total_seconds())
        windows = (floor + ahead - left) // (limit if click else share)
        return (ends + self.length * windows - now).total_seconds()

    def take(self, now: dt.datetime, *, click: bool, evenly: bool = False, ahead: int = 0) -> bool:
        """Count one call by one conditional update. False when the row changed since it was read: read it again."""
        if self.wait_of_any_hour(now, ahead=ahead):
            return False
        same = RateWindow.objects.filter(
            Q(quiet_until=None) | Q(quiet_until__lte=now),
            pk=self.pk,
            limit=self.limit,
            resets_at=self.resets_at,
            window_started_at=self.window_started_at,
        )
        more: dict[str, Any] = {"used": F("used") + 1, "remaining": F("remaining") - 1}
        if self.left_of_any_hour(now) is not None:
            # The list is written as a whole, so nobody may have counted since it was read.
            same, more = same.filter(used=self.used), more | {"recent": self._with_one_more(now)}
        if not self.is_open(now):
            left = None if self.limit is None else self.limit - 1
            fresh = {"window_started_at": now, "resets_at": None, "used": 1, "remaining": left}
            return same.update(**(more | fresh)) == 1
        floor = self.kept(now, click=click, evenly=evenly) + ahead
        free = same.filter(Q(remaining=None) | Q(remaining__gt=floor))
        if (limit := self.known_limit) is not None:
            free = free.filter(used__lt=limit - floor)
        return free.update(**more) == 1

    def open_at(self, now: dt.datetime) -> None:
        """A window that nobody here has opened, because only a header told of it."""
        self.window_started_at, self.resets_at, self.used, self.remaining = now, None, 0, None

    def be_quiet(self, seconds: float, *, stated: bool) -> None:
        """After a 429. The provider's time counts; where it named none, or hardly any, the wait doubles with each
        further refusal."""
        now = timezone.now()
        last = (self.quiet_until - self.seen_at).total_seconds() if self.quiet_until and self.seen_at else 0.0
        if last > 0 and (not stated or seconds <= LEAST_WAIT):
            # No good answer came since the last refusal.
            seconds = min(max(seconds, 2 * last), self.documented.window)
        until = now + dt.timedelta(seconds=seconds)
        self.quiet_until = max(until, self.quiet_until or until)
        self.seen_at = now
        if stated and self.remaining == 0 and self.resets_at and self.resets_at > self.quiet_until + ROUNDING:
            # What is stated for the refusal wins over the reset of the headers beside it: calls may go from then on.
            self.resets_at = self.quiet_until
