"""After a restored backup nothing is sent before a person says so (design: reliability, I10 and 2.3, 7).

What was to be sent when the backup was made may have been sent since, or taken back: the copy cannot know. So calls on
their way become "unknown" and are looked for; posts that wait for their time wait for a person; and each team's
sending is held until one of its admins lets it go on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import audit, pulse
from dashboard.actions import call_outcomes, held_calls
from dashboard.models import ApiKey, CallState, Epoch, Team, UpstreamCall, User
from dashboard.pulse import Sign

log = logging.getLogger(__name__)

# For the floors above: rows of theirs that were put off while a team was held are due again.
Wake = Callable[[Team], object]
_wakers: list[Wake] = []
# Those that tell the floors' own rows what became of calls.
Tell = Callable[[], object]
_tellers: list[Tell] = []
# And what the floors above know that the calls themselves do not.
_doubters: list[Tell] = []
_ON_THE_WAY = (CallState.READY, CallState.SENDING, CallState.COMMITTING)


def register(wake: Wake) -> None:
    """Called with a team whose sending goes on, in that transaction."""
    if wake not in _wakers:
        _wakers.append(wake)


def register_teller(tell: Tell) -> None:
    """Called after calls were put in doubt: what people see says the same at once."""
    if tell not in _tellers:
        _tellers.append(tell)


def register_doubter(doubt: Tell) -> None:
    """Called in the transaction in which calls are put in doubt, after them."""
    if doubt not in _doubters:
        _doubters.append(doubt)


def watch() -> bool:
    """With each beat of a worker, and before it begins: True when a restored copy was found just now."""
    found = pulse.sign()
    if found is None:
        pulse.note()
        return False
    begin(sign=found)
    return True


@transaction.atomic
def begin(*, sign: Sign, by: User | None = None) -> None:
    """A new life of the database. Safe to repeat: each time everything that could go out is held again."""
    Epoch.current()
    row = Epoch.objects.select_for_update().get(pk=1)
    now = timezone.now()
    log.warning("the database is a restored copy (%s): nothing is sent before an admin of each team confirms", sign)
    row.copy_from = row.pulsed_at
    pulse.raise_above(row)
    row.restored_at, row.sign = now, sign
    row.pulsed_at, row.identity, row.timeline = now, pulse.identity(), pulse.timeline()
    row.save()
    Team.objects.update(held_since=now)
    _doubt()
    _hold()
    for doubt in _doubters:
        doubt()
    # The feeds tell what went out since; they are read from their heads again.
    ApiKey.objects.usable().update(feed_sweep={}, feed_synced_at=None, next_look_at=now)
    for team in Team.objects.all():
        audit.record(team=team, by=by, verb="desk.restored", target=team)
    transaction.on_commit(lambda: pulse.write(row))
    for tell in _tellers:
        # The minute's mending tells what is left, also should this fail.
        transaction.on_commit(tell, robust=True)


def _doubt() -> None:
    """Their senders belong to another life: what became of them is looked for, and nothing sends them again."""
    problem = _("This desk was restored from a backup: this may have been sent after the backup was made.")
    advice = _("Nothing is sent again by itself. We are checking whether it arrived.")
    values = call_outcomes.unknown() | {"problem": problem, "advice": advice, "not_before": None, "sample": ""}
    UpstreamCall.objects.filter(state__in=_ON_THE_WAY).update(
        **values, sent_at=Coalesce("sent_at", "created_at"), lease_owner="", lease_until=None
    )


def _hold() -> None:
    """Posts that wait for their time: one whose time has passed may be public, one to come may have been taken back;
    and of those that wait for a person somebody may have sent one."""
    now = timezone.now()
    for call in UpstreamCall.objects.filter(state=CallState.DRAFT).order_by("created_at"):
        waits = call.next_look_at is not None
        if waits and call.not_before and call.not_before <= now and _is_doubted(call):
            continue
        problem = _("This desk was restored from a backup: since then this may have been changed, taken back or sent.")
        advice = _("Look at Submagic’s own list first. Then send it, choose another time, or take it back.")
        UpstreamCall.objects.filter(pk=call.pk).update(reply={"doubted": now.isoformat()})
        held_calls.wait_for_a_person(call, problem=problem, advice=advice)


def _is_doubted(call: UpstreamCall) -> bool:
    problem = _("This desk was restored from a backup: its time has passed since, so it may be public already.")
    advice = _("Nothing is sent by itself. We are checking whether it is there.")
    values = call_outcomes.unknown() | {"problem": problem, "advice": advice, "sent_at": call.not_before}
    try:
        with transaction.atomic():
            return UpstreamCall.objects.filter(pk=call.pk, state=CallState.DRAFT).update(**values, not_before=None) == 1
    except IntegrityError:
        return False  # another of the same video is in doubt already: a person looks at both


@transaction.atomic
def confirm(*, team: Team, by: User) -> bool:
    """An admin has looked: the team's sending goes on. False when it was not held (any more)."""
    fresh = Team.locked(team.pk)
    if fresh.held_since is None:
        return False
    audit.record(team=team, by=by, verb="desk.goes_on", target=team, held_since=fresh.held_since.isoformat())
    Team.objects.filter(pk=team.pk).update(held_since=None)
    # What was asked for while it was held need not wait for its next turn.
    UpstreamCall.objects.for_team(team).filter(
        state=CallState.READY, not_before=None, next_look_at__isnull=False
    ).update(next_look_at=timezone.now())
    for wake in _wakers:
        wake(team)
    team.held_since = None
    return True
