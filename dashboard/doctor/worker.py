"""Whether the work in the background is done: workers that are heard, and how long due work has been waiting."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard import heartbeat, leases
from dashboard.doctor.findings import Finding, Scope, State
from dashboard.models import Team
from dashboard.skew import amount

# Due work is delivered at each sweep, and once more after REDELIVER_SECONDS.
LONG: Final = dt.timedelta(minutes=3)
TOO_LONG: Final = dt.timedelta(minutes=15)

# What people call the rows of a model; others by their own name.
WORDS: dict[str, str | Promise] = {
    "dashboard.upstreamcall": gettext_lazy("calls to Submagic"),
    "dashboard.apikey": gettext_lazy("readings of published posts"),
    "projects.upload": gettext_lazy("hand-overs of uploads"),
    "projects.project": gettext_lazy("looks at projects"),
    "projects.webhookevent": gettext_lazy("messages from Submagic"),
    "projects.media": gettext_lazy("entries of the media library"),
}


def look(scope: Scope) -> Iterator[Finding]:
    beats = heartbeat.nodes()
    alive = {node for node, beat in beats.items() if heartbeat.is_fresh(beat)}
    yield _heard(beats, alive)
    for node, beat in beats.items():
        if alive and node not in alive:
            yield _silent(node, beat)
    if alive and settings.NODE not in beats:
        yield _none_here()
    for node in sorted(alive):
        if since := heartbeat.idle_since(node):
            yield _hangs(node, since)
    yield from _held(scope)
    yield _waiting(leases.overdue(), bool(alive))


def _heard(beats: dict[str, dt.datetime], alive: set[str]) -> Finding:
    name = _("Work in the background")
    if alive:
        parts = [_("“%(node)s” %(ago)s ago") % {"node": node, "ago": _since(beats[node])} for node in sorted(alive)]
        return Finding(name, State.OK, _("A worker was heard: %(nodes)s.") % {"nodes": ", ".join(parts)})
    text = _("No worker is heard. Uploads are kept, but nothing is handed to Submagic and no news comes from there.")
    if beats:
        last = max(beats, key=lambda node: beats[node])
        told = {"node": last, "ago": _since(beats[last])}
        text = f"{text} {_('The last one was “%(node)s”, %(ago)s ago.') % told}"
    return Finding(name, State.BAD, text, _("Start one with script/worker; what waits then goes by itself."))


def _silent(node: str, beat: dt.datetime) -> Finding:
    text = _("The worker of “%(node)s” was last heard %(ago)s ago. Uploads that lie on that machine wait.")
    advice = _(
        "Start it again. If the machine is gone for good, cancel its uploads; a week on it is not named any more."
    )
    told = {"node": node, "ago": _since(beat)}
    return Finding(_("Worker of “%(node)s”") % told, State.WARN, text % told, advice)


def _hangs(node: str, since: dt.datetime) -> Finding:
    told = {"node": node, "ago": _since(since)}
    text = _("The worker of “%(node)s” is heard, but none of its threads has taken up work for %(ago)s.") % told
    advice = _("They hang, or all of them are busy: look at its log, then restart it. Nothing is lost or sent twice.")
    return Finding(_("Threads of “%(node)s”") % told, State.WARN, text, advice)


def _held(scope: Scope) -> Iterator[Finding]:
    """After a restored backup (I10)."""
    teams = Team.objects.filter(held_since__isnull=False)
    teams = teams.filter(pk=scope.team.pk) if scope.team else teams
    if names := list(teams.order_by("name").values_list("name", flat=True)):
        text = _("This desk was restored from a backup. Nothing that spends or posts is sent for: %(teams)s.")
        advice = _("An admin of the team lets it go on, on the page that the note on top of every page leads to.")
        yield Finding(_("Sending is held"), State.BAD, text % {"teams": ", ".join(names)}, advice)


def _none_here() -> Finding:
    told = {"node": settings.NODE}
    text = _("No worker was ever heard on “%(node)s”. Uploads that come to this machine are not handed over.") % told
    advice = _("Start script/worker here, with the same NODE; or let the proxy send uploads elsewhere.")
    return Finding(_("Worker of “%(node)s”") % told, State.WARN, text, advice)


def _waiting(overdue: dict[str, dt.datetime], is_alive: bool) -> Finding:
    name, now = _("Work that is due"), timezone.now()
    late = {label: now - due for label, due in overdue.items() if now - due > LONG}
    if not late:
        return Finding(name, State.OK, _("Nothing has been waiting for more than 3 minutes."))
    parts = [f"{_word(label)}: {amount(wait.total_seconds())}" for label, wait in sorted(late.items())]
    text = _("Longest wait since it could be done: %(parts)s.") % {"parts": "; ".join(parts)}
    if not is_alive:
        return Finding(name, State.BAD, text, _("It goes by itself once a worker runs."))
    state = State.BAD if max(late.values()) > TOO_LONG else State.WARN
    return Finding(name, state, text, _("Look at the worker's log; more WORKER_THREADS help if it is only busy."))


def _word(label: str) -> str:
    return capfirst(str(WORDS.get(label, label.partition(".")[2])))


def _since(beat: dt.datetime) -> str:
    return amount((timezone.now() - beat).total_seconds())
