"""After this machine's clock was set back (it was fast until then): what was put off by the fast clock lies too far
ahead, and would sleep for as long as the clock was wrong."""

from __future__ import annotations

import datetime as dt
import logging
import time
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from dashboard import leases
from dashboard.models import CallState, RateWindow, UpstreamCall

log = logging.getLogger(__name__)

# Less is what a time server corrects all day.
LEAST: Final = dt.timedelta(seconds=60)
# Providers count by the hour.
LONGEST_WAIT: Final = dt.timedelta(hours=1, minutes=5)


class Clock:
    """Compares the clock of the wall with one that only counts."""

    def __init__(self) -> None:
        self._wall, self._counted = time.time(), time.monotonic()

    def stepped_back(self) -> dt.timedelta:
        """By how much since `go_on`; nothing for less than LEAST."""
        step = dt.timedelta(seconds=(time.monotonic() - self._counted) - (time.time() - self._wall))
        return step if step >= LEAST else dt.timedelta()

    def go_on(self) -> None:
        self._wall, self._counted = time.time(), time.monotonic()


def mend(clock: Clock) -> None:
    """Looks and waits that lie ahead come earlier by as much as the clock was set back. A look too early costs one read
    at most. What a right clock may have written as well stays: leases in force, waits that a provider asked for (R9),
    and the times that people chose for their posts (`not_before` of drafts)."""
    if step := clock.stepped_back():
        log.warning("the clock was set back by %d s: what was put off meanwhile comes earlier", step.total_seconds())
        _shift(step)
    clock.go_on()


@transaction.atomic
def _shift(step: dt.timedelta) -> None:
    now = timezone.now()
    # None is longer than that, whoever wrote it by a clock that was right.
    leased, waits = now + dt.timedelta(seconds=2 * settings.LEASE_SECONDS), now + LONGEST_WAIT
    for model in leases.models_of_work():
        rows: Any = model._base_manager
        rows.filter(lease_until__gt=leased).update(lease_until=F("lease_until") - step)
        rows.filter(next_look_at__gt=now).update(next_look_at=F("next_look_at") - step)
        if model is not UpstreamCall and any(each.name == "not_before" for each in model._meta.fields):
            rows.filter(not_before__gt=waits).update(not_before=F("not_before") - step)
    waiting = UpstreamCall.objects.filter(state=CallState.READY, not_before__gt=waits)
    waiting.update(not_before=F("not_before") - step)
    RateWindow.objects.filter(quiet_until__gt=waits).update(quiet_until=F("quiet_until") - step)
    began = RateWindow.objects.filter(window_started_at__gt=now)
    began.update(window_started_at=F("window_started_at") - step, resets_at=F("resets_at") - step)
