"""How the providers say they are (dashboard.health): asks over the network, at most once a minute for everybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import health
from dashboard.doctor.findings import Finding, Scope, State
from dashboard.doctor.keys import kept
from dashboard.models import Environment, Provider
from dashboard.skew import amount

STATES: Final = {"healthy": State.OK, "degraded": State.WARN, "unhealthy": State.BAD, "unreachable": State.BAD}


def look(scope: Scope) -> Iterator[Finding]:
    """Of Submagic and the sandbox what they say themselves; the documents of the other two name nothing to ask."""
    keys = kept(scope)
    used = set(keys.filter(provider=Provider.SUBMAGIC).values_list("environment", flat=True))
    for environment in (each for each in Environment.values if each in used):
        yield _of(environment)
    if not used:
        yield Finding(_("Submagic"), State.OK, _("It is asked how it is doing once there is a key."))
    for other in (Provider.MAGIC_HOUR, Provider.PICOVICO):
        theirs = keys.filter(provider=other, environment=Environment.LIVE)
        if theirs.exists():
            yield _silent(other, theirs.aggregate(at=Max("last_used_at"))["at"])


def _silent(provider: Provider, used_at: dt.datetime | None) -> Finding:
    told = {"name": provider.label, "ago": amount((timezone.now() - used_at).total_seconds()) if used_at else ""}
    text = _("%(name)s has no way to ask how it is; none of its keys was used yet.")
    if used_at:
        text = _("%(name)s has no way to ask how it is. It was last called %(ago)s ago; a project says what failed.")
    if provider == Provider.PICOVICO:
        ended = _("Its service has ended: nobody is expected to answer.")
        advice = _("Keep what you need in the archive, if it still answers.")
        return Finding(provider.label, State.WARN, f"{text % told} {ended}", advice)
    return Finding(provider.label, State.OK, text % told)


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
