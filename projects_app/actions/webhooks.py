"""What came in under a call's secret address (hook_door.py) is a doorbell (design: reliability, section 3).

Nothing in a body is believed. It says at most which project to look at; the look decides.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Sequence

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import audit, counters, leases
from dashboard.models import AuditEvent, CallState, UpstreamCall
from dashboard.together import Together
from projects_app.actions import looks, lost_calls, project_calls
from projects_app.actions.hook_bodies import Claim, parse
from projects_app.models import Project, ProjectState, Verdict, WebhookEvent

log = logging.getLogger(__name__)

# Looks that messages cause: one for each call in so many seconds, and so many for a team in an hour. More is left to
# the regular looks: a leaked address must not use up the key's reads.
FETCH_EVERY = {"live": 60, "sandbox": 1}
MOST_AN_HOUR = {"live": 20, "sandbox": 3600}
TRIES = 10
# Seconds until a message is gone into again whose project somebody is at work on.
HELD = 5
CLOSED_AT_ONCE = 200
# So many that wait are no flood.
FEW = 3


def ring(call: UpstreamCall) -> None:
    """A body too large to keep still is a doorbell."""
    project = Project.objects.filter(pk=call.target_id).exclude(upstream_id="").first()
    if project and not project.is_final and _is_first(call):
        looks.soon(project)


def _is_first(call: UpstreamCall) -> bool:
    return cache.add(f"hook-fetch:{call.pk}", 1, FETCH_EVERY[call.api_key.environment])


def _may_look(call: UpstreamCall) -> bool:
    """Counted when it may."""
    return _is_first(call) and _is_within_the_hour(call)


def _may_look_at_another(call: UpstreamCall) -> bool:
    """A message that names a second project: the first one's own must not take its place."""
    mine = cache.add(f"hook-other:{call.pk}", 1, FETCH_EVERY[call.api_key.environment])
    return mine and _is_within_the_hour(call)


def _is_within_the_hour(call: UpstreamCall) -> bool:
    return counters.add(f"hook-looks:{call.team_id}", 3600) <= MOST_AN_HOUR[call.api_key.environment]


def handle_together(event_ids: Sequence[uuid.UUID]) -> None:
    """Those that were stored together. Safe to repeat."""
    for event_id in _late.do(event_ids):
        try:
            _handle(event_id)
        except Exception:
            # Its row is due, so it is found again; the others are not to wait for that.
            log.exception("could not handle the webhook %s", event_id)


def handle(event_id: uuid.UUID) -> None:
    """Look, compare, and write down the verdict. Safe to repeat."""
    for waiting in _late.do([event_id]):
        _handle(waiting)


def _handle(event_id: uuid.UUID) -> None:
    event = WebhookEvent.objects.select_related("call__api_key", "call__team", "team").get(pk=event_id)
    with leases.held(event, seconds=leases.while_reading(), heartbeat=True) as hold:
        if hold is None or event.verdict != Verdict.WAITING:
            return
        call = event.call
        claim = parse(bytes(event.body))
        if not _is_out(call):
            _later(hold, event, 10, _("The call itself is not answered yet."))
            return
        project = Project.objects.filter(pk=call.target_id).first()
        taken = call.state == CallState.ACCEPTED
        if project is None:
            _close(hold, Verdict.NOT_CONFIRMED, _("It is not about a project."))
        elif taken and project.state == ProjectState.READY and not event.asked_at:
            if claim is None or not claim.upstream_id or _is_about(project, claim):
                _close(hold, Verdict.LATE, _over())
            elif _may_look_at_another(call):
                _of_another(hold, event, claim)
            else:
                _later(
                    hold, event, FETCH_EVERY[call.api_key.environment], _("Waits its turn: messages cause few looks.")
                )
        elif taken and claim and _was_seen(event, project, claim):
            _close(hold, Verdict.CONFIRMED, "")
        elif leases.is_held(project):
            # Most often that look has seen what this tells of.
            _later(hold, event, min(HELD, FETCH_EVERY[call.api_key.environment]), _("It is looked at just now."))
        elif not _may_look(call):
            _later(hold, event, FETCH_EVERY[call.api_key.environment], _("Waits its turn: messages cause few looks."))
        elif taken:
            _confirm(hold, event, project, claim)
        elif call.operation in project_calls.LATER:
            _look_for(hold, event, project)
        else:
            _find(hold, event, claim)


def _is_out(call: UpstreamCall) -> bool:
    """It is answered, or nobody knows; or it was tried and its sender took it for surely not done: then a message
    under its own address says otherwise, and must be heard before it is sent again."""
    if call.state == CallState.READY:
        return call.sent_at is not None and call.operation not in project_calls.LATER
    return call.state not in (CallState.SENDING, CallState.COMMITTING)


def _look_for(hold: leases.Held, event: WebhookEvent, project: Project) -> None:
    """For an export or a change whose answer was lost: the project is known, so a look at it tells what can be told."""
    call = event.call
    if not looks.look(project.pk, force=True):
        _unread(hold, event)
        return
    call.refresh_from_db(fields=["state"])
    if call.state == CallState.ACCEPTED:
        _close(hold, Verdict.CONFIRMED, _("What was lost was found by this."))
    elif call.state == CallState.ABANDONED:
        _close(hold, Verdict.LATE, _("A person had decided about it before."))
    else:
        # Its looks go on, and a person is asked.
        _close(hold, Verdict.NOT_CONFIRMED, _("The project does not show it."))


def _was_seen(event: WebhookEvent, project: Project, claim: Claim) -> bool:
    """Another look has shown what this says already."""
    fresh = project.seen_at is not None and project.seen_at >= event.since
    return fresh and _is_about(project, claim) and _says_the_same(project, claim)


def _is_about(project: Project, claim: Claim) -> bool:
    return claim.upstream_id.lower() == project.upstream_id.lower()


def _says_the_same(project: Project, claim: Claim) -> bool:
    return not claim.status or claim.status.lower() == project.upstream_status.lower()


def _confirm(hold: leases.Held, event: WebhookEvent, project: Project, claim: Claim | None) -> None:
    if claim and claim.upstream_id and not _is_about(project, claim):
        _of_another(hold, event, claim)  # a message costs one read, whatever it says
        return
    if not looks.look(project.pk, force=True):
        _unread(hold, event)
        return
    project.refresh_from_db()
    if claim is None:
        _close(hold, Verdict.UNREADABLE, "")
    elif not _is_about(project, claim):
        _not_confirmed(hold, event, _("It names no project."))
    elif not _says_the_same(project, claim):
        said = _("Submagic says “%(status)s” itself.") % {"status": project.upstream_status}
        _not_confirmed(hold, event, said)
    else:
        _close(hold, Verdict.CONFIRMED, "")


def _of_another(hold: leases.Held, event: WebhookEvent, claim: Claim) -> None:
    """The call's own project is known, and this names a second one: a lie, or this call was applied twice (then both
    echo its address, which nobody else had)."""
    found = lost_calls.made_by(event.call, claim.upstream_id)
    if found is lost_calls.Finding.CANNOT_TELL:
        _unread(hold, event)
    elif isinstance(found, lost_calls.Finding):
        _not_confirmed(hold, event, _("It names another project."))
    else:
        _tell_later(event, found.id)
        said = _("This call made a second project at Submagic, which may have been paid for: %(id)s")
        _close(hold, Verdict.LATE, said % {"id": found.id[:100]})


def _find(hold: leases.Held, event: WebhookEvent, claim: Claim | None) -> None:
    """For a call whose answer was lost: is the project named here the one that it made?"""
    call = event.call
    if claim is None:
        _close(hold, Verdict.UNREADABLE, "")
        return
    if not claim.upstream_id:
        _not_confirmed(hold, event, _("It names no project."))
        return
    if call.state == CallState.ABANDONED:
        _appeared(hold, event, claim)
        return
    if call.state != CallState.READY:
        finding = lost_calls.adopt(call, claim.upstream_id)
    else:
        # Nobody sends it again while this is looked into.
        with leases.held(call, heartbeat=True) as sender:
            if sender is None:
                _later(hold, event, 10, _("The call is being sent again just now."))
                return
            finding = lost_calls.adopt(call, claim.upstream_id)
    if finding is lost_calls.Finding.ADOPTED:
        _close(hold, Verdict.CONFIRMED, _("The lost project was found by this."))
    elif finding is lost_calls.Finding.CANNOT_TELL:
        _unread(hold, event)
    else:
        _not_confirmed(hold, event, _("The project named here was not made by this call."))


def _appeared(hold: leases.Held, event: WebhookEvent, claim: Claim) -> None:
    """Somebody gave the call up, and it had arrived all the same: there may be two projects at the provider now."""
    call = event.call
    found = lost_calls.made_by(call, claim.upstream_id)
    if found is lost_calls.Finding.CANNOT_TELL:
        _unread(hold, event)
        return
    if isinstance(found, lost_calls.Finding):
        _not_confirmed(hold, event, _("The project named here was not made by this call."))
        return
    _tell_later(event, found.id)
    said = _("The call had been given up, but it did reach Submagic: %(id)s") % {"id": found.id[:100]}
    _close(hold, Verdict.LATE, said)


def _tell_later(event: WebhookEvent, upstream_id: str) -> None:
    told = AuditEvent.objects.for_team(event.team).filter(verb="call.appeared_later", target_id=str(event.call.pk))
    if not told.filter(data__upstream_id=upstream_id).exists():  # a person may have it looked at again
        audit.record(team=event.team, by=None, verb="call.appeared_later", target=event.call, upstream_id=upstream_id)


def _unread(hold: leases.Held, event: WebhookEvent) -> None:
    _later(hold, event, FETCH_EVERY[event.call.api_key.environment], _("Submagic could not be read."))


def _later(hold: leases.Held, event: WebhookEvent, seconds: float, why: str) -> None:
    tries = event.looks + 1
    if tries > TRIES:
        _close(hold, Verdict.NOT_CONFIRMED, _("It could not be checked."))
        return
    # The project has looks of its own, so nothing depends on how soon this one comes.
    again = timezone.now() + dt.timedelta(seconds=seconds * (2 ** max(0, tries - 4)))
    hold.write(next_look_at=again, looks=tries, note=why)


def _not_confirmed(hold: leases.Held, event: WebhookEvent, why: str) -> None:
    _close(hold, Verdict.NOT_CONFIRMED, why)
    count = event.call.webhook_events.filter(verdict=Verdict.NOT_CONFIRMED).count()
    if count < 3 or event.asked_at:  # who asks for another look is told by the page
        return
    # Two of them may be closed at the same moment, so that nobody sees exactly three.
    told = AuditEvent.objects.filter(target_type="upstreamcall", target_id=str(event.call.pk))
    if not told.filter(verb="webhook.not_confirmed").exists():
        log.warning("three messages under the address of call %s were not true", event.call.pk)
        audit.record(team=event.team, by=None, verb="webhook.not_confirmed", target=event.call, count=count)


def _close(hold: leases.Held, verdict: Verdict, note: str) -> None:
    hold.write(verdict=verdict, note=note[:300], handled_at=timezone.now(), next_look_at=None)


def _over() -> str:
    return _("The project had reached its end before.")


def _close_late(groups: Sequence[Sequence[uuid.UUID]]) -> list[list[uuid.UUID]]:
    """Of each group those that still wait: for what was handled before, and for what is late, there is nothing to do.
    Under a flood that is nearly all, so it is found out and written with little.
    """
    ids = [event_id for group in groups for event_id in group]
    now = timezone.now()
    late = WebhookEvent.objects.late(now)
    if len(late.values_list("pk", flat=True)[: FEW + 1]) <= FEW:
        return [list(group) for group in groups]  # each is read: one of them may name another project
    closing = {"verdict": Verdict.LATE, "note": _over(), "handled_at": now, "next_look_at": None}
    if late.filter(pk__in=ids).update(**closing) == len(ids):
        waiting: set[uuid.UUID] = set()
    else:
        waiting = set(WebhookEvent.objects.waiting().filter(pk__in=ids).values_list("pk", flat=True))
    if len(ids) > 1:
        # Busy: of thousands that an outage left, or somebody who found an address sent, some go along each time.
        due = late.filter(next_look_at__lte=now).order_by("next_look_at")
        others = list(due.values_list("pk", flat=True)[:CLOSED_AT_ONCE])
        if others:
            # Asked again with the ids: of two workers that found the same ones the second changes nothing.
            late.filter(pk__in=others).update(**closing)
    return [[event_id for event_id in group if event_id in waiting] for group in groups]


# The threads of a worker do this for each other.
_late = Together(_close_late)
