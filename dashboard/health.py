"""Whether a provider says that it is well (001 Health Check), asked at most once a minute for everybody.

Submagic does not count these calls and they need no key, so no key goes along.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.core.cache import cache
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard import connections, remote
from dashboard.models import Environment
from providers.errors import ProviderError
from providers.submagic.catalogue import UNHEALTHY

FRESH_SECONDS: Final = 60
# While one request asks, others do not wait with it.
ASKING_SECONDS: Final = 15
UNREACHABLE: Final = "unreachable"

NAMES: dict[str, str | Promise] = {
    Environment.LIVE: gettext_lazy("Submagic"),
    Environment.SANDBOX: gettext_lazy("The local sandbox"),
}
TEXTS: dict[str, str | Promise] = {
    "healthy": gettext_lazy("%(name)s says that it is well."),
    "degraded": gettext_lazy("%(name)s works, but has trouble. Things may take longer than usual."),
    "unhealthy": gettext_lazy("%(name)s is not working right now. What waits here goes by itself when it is back."),
    "unreachable": gettext_lazy("%(name)s does not answer. What waits here goes by itself when it is back."),
}


@dataclass(frozen=True, slots=True)
class Pulse:
    """`state` is healthy, degraded, unhealthy, unreachable, or a word of the provider's own; `at` is when we asked."""

    environment: str
    state: str
    at: dt.datetime

    @property
    def text(self) -> str:
        words = TEXTS.get(self.state) or _("%(name)s describes itself in a word that the documents do not know.")
        return words % {"name": NAMES[self.environment]}


def known(environment: str) -> Pulse | None:
    """What was heard within the last minute; None when nobody asked."""
    found = cache.get(_name(environment))
    return Pulse(environment, *found) if found else None


def ask(environment: str) -> Pulse | None:
    """As `known`, but asks when nothing is known; never raises. None while another request is asking just now."""
    if found := known(environment):
        return found
    if not cache.add(f"{_name(environment)}:asking", 1, ASKING_SECONDS):
        return known(environment)
    connections.let_go()
    state = _state(environment)
    pulse = Pulse(environment, state, timezone.now())
    cache.set(_name(environment), (pulse.state, pulse.at), FRESH_SECONDS)
    cache.delete(f"{_name(environment)}:asking")
    return pulse


def _state(environment: str) -> str:
    """Body and HTTP code both count (contract.md, row 45)."""
    try:
        return remote.health(environment).state
    except remote.NoUsableKey:
        return UNREACHABLE
    except ProviderError as error:
        return UNHEALTHY if error.status is not None and error.status >= 500 else UNREACHABLE


def _name(environment: str) -> str:
    return f"health:{environment}"
