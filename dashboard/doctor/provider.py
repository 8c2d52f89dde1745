"""How the providers say they are (dashboard.health): asks over the network, at most once a minute for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import health
from dashboard.doctor.findings import Finding, Scope, State
from dashboard.doctor.keys import kept
from dashboard.models import Environment
from dashboard.skew import amount

STATES: Final = {"healthy": State.OK, "degraded": State.WARN, "unhealthy": State.BAD, "unreachable": State.BAD}


def look(scope: Scope) -> Iterator[Finding]:
    used = set(kept(scope).values_list("environment", flat=True))
    for environment in (each for each in Environment.values if each in used):
        yield _of(environment)
    if not used:
        yield Finding(_("Submagic"), State.OK, _("It is asked how it is doing once there is a key."))


def _of(environment: str) -> Finding:
    name, pulse = str(health.NAMES[environment]), health.ask(environment)
    if pulse is None:
        text = _("Somebody else is asking just now.")
        return Finding(name, State.WARN, text, _("Check again in a few seconds."))
    state = STATES.get(pulse.state, State.WARN)
    ago = amount((timezone.now() - pulse.at).total_seconds())
    text = _("%(text)s (Asked %(ago)s ago.)") % {"text": pulse.text, "ago": ago}
    advice = ""
    if pulse.state == health.UNREACHABLE:
        advice = _("See whether this machine has a way out (firewall, DNS).")
        if environment == Environment.SANDBOX:
            advice = _("See that the sandbox runs; script/server starts it.")
    elif state != State.OK:
        advice = _("Nothing to do here but wait; what was sent is safe.")
    return Finding(name, state, text, advice)
