"""After this machine's clock was set back (it was fast until then): what was put off by the fast clock lies too far
ahead, and would sleep for as long as the clock was wrong."""

from __future__ import annotations

import datetime as dt
import logging
import time
from typing import Final

from django.db.models import F
from django.utils import timezone

from dashboard import leases
from dashboard.models import CallState, RateWindow, UpstreamCall

log = logging.getLogger(__name__)

# Less is what a time server corrects all day.
LEAST: Final = dt.timedelta(seconds=60)


class Clock:
    """Compares the clock of the wall with one that only counts."""

    def __init__(self) -> None:
        self._wall, self._counted = time.time(), time.monotonic()

    def stepped_back(self) -> dt.timedelta:
        """By how much since it was asked last; nothing for less than LEAST."""
        wall, counted = time.time(), time.monotonic()
        step = dt.timedelta(seconds=(counted - self._counted) - (wall - self._wall))
        self._wall, self._counted = wall, counted
        return step if step >= LEAST else dt.timedelta()


def mend(step: dt.timedelta) -> None:
    """Looks and waits that lie ahead come earlier by as much. A look too early costs one read at most, and the times
    that people chose for their posts (`not_before` of drafts) stay as they are."""
    if not step:
        return
    now = timezone.now()
    log.warning("the clock was set back by %d s: what was put off meanwhile comes earlier by as much", step.seconds)
    for model in leases.models_of_work():
        rows = model._base_manager
        rows.filter(next_look_at__gt=now).update(next_look_at=F("next_look_at") - step)
        rows.filter(lease_until__gt=now).update(lease_until=F("lease_until") - step)
    waiting = UpstreamCall.objects.filter(state=CallState.READY, not_before__gt=now)
    waiting.update(not_before=F("not_before") - step)
    RateWindow.objects.filter(quiet_until__gt=now).update(quiet_until=F("quiet_until") - step)
    began = RateWindow.objects.filter(window_started_at__gt=now)
    began.update(window_started_at=F("window_started_at") - step, resets_at=F("resets_at") - step)
