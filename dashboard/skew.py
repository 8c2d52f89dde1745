"""How far this machine's clock is from a provider's, learnt from the Date header of its answers (reliability, R14).

Kept in the shared cache for each node and environment. One odd answer (slow, cached on its way) says nothing: only
the second one in a row that is off by more than LIMIT, to the same side, counts. The first one that agrees ends it.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.models import Environment
from providers.clock import ClockReading

log = logging.getLogger(__name__)

LIMIT: Final = 30.0
IN_A_ROW: Final = 2
# A key that works is used at least once in FEED_SYNC_SECONDS; what nobody measured for so long is not known any more.
KEPT: Final = 3600
# While the clocks agree, it is written down no more often.
NEWS_EVERY: Final = dt.timedelta(seconds=60)
_SHOWN: Final = "clock-skew"


@dataclass(frozen=True, slots=True)
class Skew:
    """`seconds` is our clock minus theirs; `times` how often in a row it was off, up to IN_A_ROW."""

    node: str
    environment: str
    seconds: float
    times: int
    at: dt.datetime

    @property
    def is_off(self) -> bool:
        return self.times >= IN_A_ROW

    @property
    def is_fast(self) -> bool:
        return self.seconds > 0

    @property
    def title(self) -> str:
        text = _("This desk’s clock is %(amount)s fast") if self.is_fast else _("This desk’s clock is %(amount)s slow")
        return text % {"amount": amount(self.seconds)}

    @property
    def text(self) -> str:
        """What is safe, for everybody."""
        told = {"amount": amount(self.seconds)}
        if self.is_fast:
            safe = _("Nothing goes out early: planned posts wait %(amount)s longer by this clock.") % told
        else:
            safe = _("Nothing goes out early; planned posts go out about %(amount)s late.") % told
        times = _("Times on these pages are by the desk’s clock. It was compared with %(whose)s.")
        return f"{safe} {times % {'whose': _whose(self.environment)}}"

    @property
    def advice(self) -> str:
        """For an admin."""
        text = _("Set the clock of the machine “%(node)s” by a time server (NTP). This notice goes away by itself.")
        return text % {"node": self.node}


def amount(seconds: float) -> str:
    """45 s, 12 min, 3 h, 2 days: in a unit in which it can be looked up on a clock."""
    size = abs(seconds)
    for length, most, unit in ((1, 90, "s"), (60, 90, "min"), (3600, 48, "h")):
        if size < length * most:
            return f"{round(size / length)} {unit}"
    return _("%(count)d days") % {"count": round(size / 86400)}


def _whose(environment: str) -> str:
    return _("Submagic’s") if environment == Environment.LIVE else _("the local sandbox’s")


def learn(environment: str, reading: ClockReading) -> None:
    """For a client's `on_clock`."""
    now, before = timezone.now(), of(settings.NODE, environment)
    times = 0
    if abs(reading.certain) > LIMIT:
        is_same = before is not None and before.times > 0 and before.is_fast == (reading.ahead > 0)
        times = min(IN_A_ROW, before.times + 1) if before and is_same else 1
    elif before and not before.times and abs(now - before.at) < NEWS_EVERY:
        return
    found = Skew(settings.NODE, environment, reading.ahead, times, now)
    cache.set(_name(settings.NODE, environment), (found.seconds, found.times, found.at), KEPT)
    if found.is_off:
        cache.set(_SHOWN, (found.node, found.environment, found.seconds, found.at), KEPT)
        if not (before and before.is_off):
            log.warning("the clock of node %s is off: %+.0f s against %s", found.node, found.seconds, environment)
    elif not times:
        # Another node's notice is not ours to take away.
        told = shown()
        if told and (told.node, told.environment) == (found.node, environment):
            cache.delete(_SHOWN)


def of(node: str, environment: str) -> Skew | None:
    """The last measurement, whatever it said."""
    found = cache.get(_name(node, environment))
    return Skew(node, environment, *found) if found else None


def of_nodes(nodes: Iterable[str]) -> list[Skew]:
    return [found for node in nodes for each in Environment.values if (found := of(node, each))]


def shown() -> Skew | None:
    """The one that every page tells, from one look into the cache; None while all clocks agree."""
    try:
        found = cache.get(_SHOWN)
    except Exception as error:
        # Every page asks. A cache that is away must not take away the pages that need it for nothing else.
        log.warning("the clock's notice cannot be read: %s", type(error).__name__)
        return None
    if not found:
        return None
    node, environment, seconds, at = found
    return Skew(node, environment, seconds, IN_A_ROW, at)


def ahead(environment: str) -> dt.timedelta:
    """How much later by our clock it is the stated time by the provider's as well: nothing, unless the last answer said
    that ours is fast. For what must not go out early: there one answer is enough, as waiting does no harm."""
    known = of(settings.NODE, environment)
    return dt.timedelta(seconds=known.seconds if known and known.times and known.is_fast else 0)


def is_known(environment: str) -> bool:
    """Whether the clocks were compared lately, so that what passed its time has really done so."""
    known = of(settings.NODE, environment)
    return known is not None and (known.is_off or not known.times)


def _name(node: str, environment: str) -> str:
    return f"clock-skew:{environment}:{node}"
