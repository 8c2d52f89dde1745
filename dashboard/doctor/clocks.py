"""Whether the clocks agree: ours, the providers' and the database's (reliability, R14)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard import heartbeat, skew
from dashboard.doctor.findings import Finding, Scope, State
from dashboard.models import Environment
from dashboard.skew import LIMIT, amount


def of_database(scope: Scope) -> Iterator[Finding]:
    """SQLite has no clock of its own."""
    if connection.vendor != "postgresql":
        return
    before = timezone.now()
    with connection.cursor() as cursor:
        theirs = cursor.execute("SELECT clock_timestamp()").fetchone()[0]
    after = timezone.now()
    yield compared_with_database((before + (after - before) / 2 - theirs).total_seconds())


def compared_with_database(seconds: float) -> Finding:
    name = _("Clock of the database")
    if abs(seconds) <= LIMIT:
        return Finding(name, State.OK, _("It agrees with this machine's."))
    told = {"amount": amount(seconds)}
    text = _("This machine is %(amount)s ahead of it.") if seconds > 0 else _("This machine is %(amount)s behind it.")
    advice = _("Set both clocks by a time server (NTP). Work that machines share is taken by their clocks.")
    return Finding(name, State.WARN, text % told, advice)


# As part of a sentence.
WHOSE: Final = {Environment.LIVE: "Submagic", Environment.SANDBOX: gettext_lazy("the local sandbox")}


def of_providers(scope: Scope) -> Iterator[Finding]:
    """As measured by each node at its last calls."""
    known = skew.of_nodes(sorted({*heartbeat.nodes(), settings.NODE}))
    for found in known:
        told = {"node": found.node, "whose": WHOSE[Environment(found.environment)], "amount": amount(found.seconds)}
        name = _("Clock of “%(node)s”") % told
        if found.is_off:
            yield Finding(name, State.WARN, f"{found.title}. {found.text}", found.advice)
        elif abs(found.seconds) > LIMIT:
            text = _("One answer of %(whose)s says that it is %(amount)s off. The next one decides.") % told
            yield Finding(name, State.OK, text)
        else:
            yield Finding(name, State.OK, _("It agrees with that of %(whose)s.") % told)
    if not known:
        text = _("Not compared yet: it is, with the next answer that comes.")
        yield Finding(_("Clock"), State.OK, text)
