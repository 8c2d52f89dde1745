"""The life of a call that must not be repeated (design: reliability, 2.3).

prepare → take_turn → begin → (committing) → accepted | rejected | unknown; not_sent puts it back to ready.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import audit, budgets, connections, pulse
from dashboard.actions import call_outcomes, hook_addresses
from dashboard.actions.permits import Reason, Withdrawn
from dashboard.models import ApiKey, CallState, Team, UpstreamCall, User
from dashboard.models.upstream_call import digest_of
from providers.errors import ProviderError

log = logging.getLogger(__name__)

MAX_ATTEMPTS = call_outcomes.MAX_ATTEMPTS
# The class of calls that an operation belongs to (providers/<name>/limits.py).
CLASSES = {
    "create_project": "projects.create",
    "create_magic_clips": "magic_clips.create",
    "upload_project": "projects.upload",
    "upload_magic_clips": "magic_clips.upload",
    "update": "projects.update",
    "export": "projects.export",
    "publish": "projects.publish",
    "create_media": "user_media.create",
    "upload_media": "user_media.upload",
    "render_slideshow": "videos.render",
}
# On top of a wait for a turn: calls of many teams must not come back in the same second.
MOST_JITTER = 60.0
_UNDER_WAY = (CallState.READY, CallState.SENDING, CallState.COMMITTING)


# Raises permits.Withdrawn when the call may not go out (any more).
Check = Callable[[UpstreamCall], None]


@transaction.atomic
def prepare(
    *,
    team: Team,
    api_key: ApiKey,
    operation: str,
    target_id: uuid.UUID,
    body: dict[str, Any],
    by: User | None,
    form_token: uuid.UUID | None = None,
    baseline: dict[str, Any] | None = None,
    due: bool = True,
    at: dt.datetime | None = None,
    supersedes: UpstreamCall | None = None,
) -> UpstreamCall:
    """Phase A: the intent, in the caller's transaction. `due=False` when something else (the relay) drives it; with
    `at` it is a draft until then (see held_calls).

    Raises IntegrityError when the target has a live call of this operation, or the form token was used before.
    """
    call = UpstreamCall(
        team=team,
        api_key=api_key,
        key_version=api_key.version,
        actor=by,
        operation=operation,
        target_id=target_id,
        form_token=form_token,
        body=body,
        body_sha256=digest_of(body),
        baseline=baseline or {},
        supersedes=supersedes,
        state=CallState.DRAFT if at else CallState.READY,
        not_before=at,
        next_look_at=(at or timezone.now()) if due else None,
    )
    for name, value in hook_addresses.fresh(call, team.hook_round).items():
        setattr(call, name, value)
    call.save(force_insert=True)
    if at is None:  # a draft asks nobody for anything yet; its target's own row says what was wished
        audit.record(team=team, by=by, verb=f"call.{operation}", target=call, target_id=str(target_id))
    return call


def _move(call: UpstreamCall, allowed: tuple[CallState, ...], *, same_attempt: bool = False, **values: Any) -> bool:
    """One conditional update, so that two workers can never both take the same step.

    `same_attempt` also asks that nobody began a newer attempt: a sender that was paused for longer than its lease
    must not move the call of the one that took over (`sent_at` is different for each attempt).
    """
    rows = UpstreamCall.objects.filter(pk=call.pk, state__in=allowed)
    if same_attempt:
        rows = rows.filter(sent_at=call.sent_at)
    moved = rows.update(**values)
    if moved:
        for name, value in values.items():
            setattr(call, name, value)
    return moved == 1


def take_turn(call: UpstreamCall) -> bool:
    """May it go out now? Then it is counted in its key's budget. Else it waits with its time set (R9), and `problem`
    says so: until `not_before` nothing is to be tried.

    Older calls of the same kind that wait have their places left to them, so the newest click overtakes nobody.
    """
    now = timezone.now()
    if call.not_before and call.not_before > now:
        _move(call, (CallState.READY,), next_look_at=call.not_before)
        return False
    older = UpstreamCall.objects.waiting(call.api_key_id, call.operation).filter(created_at__lt=call.created_at)
    if seconds := budgets.turn(call.api_key, CLASSES[call.operation], click=True, ahead=older.count()):
        put_off(call, seconds)
        return False
    return True


def put_off(call: UpstreamCall, seconds: float, *, endpoint: str = "") -> None:
    """It goes by itself once `seconds` are over. `endpoint`: the class that has no calls left, when not its own."""
    at = timezone.now() + dt.timedelta(seconds=seconds + random.uniform(0, min(seconds / 10, MOST_JITTER)))
    limit = budgets.left(call.api_key, endpoint or CLASSES[call.operation]).limit
    problem = _("Waits its turn: %(provider)s's limit of calls is used up for now.")
    if limit is not None:
        problem = _("Waits its turn: %(provider)s takes %(limit)d of these an hour.")
    problem %= {"provider": call.api_key.get_provider_display(), "limit": limit}
    advice = _("Nothing to do: it goes by itself.")
    _move(call, (CallState.READY,), not_before=at, next_look_at=at, problem=problem, advice=advice)


def postpone(call: UpstreamCall, at: dt.datetime | None, *, problem: str, advice: str) -> bool:
    """It waits for something else than its turn, and is tried at `at`; None: not before a person says so.

    False when it does not wait any more: somebody took it back meanwhile.
    """
    return _move(call, (CallState.READY,), next_look_at=at, problem=problem[:500], advice=advice[:500])


def begin(call: UpstreamCall, *, check: Check | None = None) -> bool:
    """Phase B: from now on the request may be on the wire. False when the call is not (any more) to be sent, or not
    before a time that has not come.

    `check` is asked in the same transaction, after everything that took time, and raises permits.Withdrawn: then
    nothing was begun. So does a desk that cannot write down that it goes out.
    """
    before = call.sent_at
    if not _begin(call, check):
        return False
    # From here on a backup of before this moment is told apart from this database.
    try:
        pulse.note()
    except Exception as error:
        # Nothing has left yet, and nothing will: it is no call of unknown outcome.
        log.exception("call %s is not sent: that it goes out could not be written down", call.pk)
        again = {"state": CallState.READY, "attempts": call.attempts - 1, "sent_at": before}
        again["next_look_at"] = call_outcomes.soon(60)
        connections.insist(lambda: _move(call, (CallState.SENDING,), same_attempt=True, **again))
        text = _("Waiting: this desk cannot write down what it sends.")
        if isinstance(error, OSError):
            text = _("Waiting: this desk cannot write to its data folder; its disk may be full.")
        raise Withdrawn(Reason.CANNOT_WRITE, text) from error
    return True


@transaction.atomic
def _begin(call: UpstreamCall, check: Check | None) -> bool:
    if call.not_before and call.not_before > timezone.now():
        return False
    if check:
        check(call)
    return _move(
        call,
        (CallState.READY,),
        state=CallState.SENDING,
        attempts=call.attempts + 1,
        key_version=call.api_key.version,
        sent_at=timezone.now(),
        not_before=None,
        next_look_at=_lease_end(),
        status_code=None,
        problem="",
        advice="",
        sample="",
    )


@transaction.atomic
def committing(call: UpstreamCall, *, check: Check | None = None) -> bool:
    """Just before the last byte goes out: from here a fault leaves the outcome unknown. `check` as in `begin`."""
    if check:
        check(call)
    return _move(call, (CallState.SENDING,), same_attempt=True, state=CallState.COMMITTING, next_look_at=_lease_end())


@transaction.atomic
def accept(call: UpstreamCall, *, upstream_id: str, reply: dict[str, Any], by: User | None = None) -> bool:
    moved = _move(
        call,
        (CallState.READY, CallState.SENDING, CallState.COMMITTING, CallState.UNKNOWN),
        state=CallState.ACCEPTED,
        upstream_id=upstream_id,
        reply=reply,
        settled_at=timezone.now(),
        next_look_at=None,
        hook_sealed="",
        problem="",
        advice="",
    )
    if moved:
        audit.record(team=call.team, by=by, verb="call.accepted", target=call, upstream_id=upstream_id)
    else:
        _came_late(call, upstream_id)
    return moved


def _came_late(call: UpstreamCall, upstream_id: str) -> None:
    """It was settled without this answer: what the answer names exists all the same, and its id must not get lost."""
    call.refresh_from_db(fields=["state", "upstream_id"])
    if not call.is_live and call.upstream_id != upstream_id:
        audit.record(team=call.team, by=None, verb="call.appeared_later", target=call, upstream_id=upstream_id)


@transaction.atomic
def fail(call: UpstreamCall, error: ProviderError, *, retry: bool = True) -> CallState:
    """Decide what an error means: refused, surely not sent (again later), or unknown. Returns the new state."""
    call.refresh_from_db(fields=["state", "attempts"])
    # What was surely not done settles an unknown outcome too: that of this attempt, whose sender only seemed dead.
    allowed = _UNDER_WAY if error.outcome == "unknown" else (*_UNDER_WAY, CallState.UNKNOWN)
    return _end(call, allowed, call_outcomes.after_error(call, error, retry=retry))


@transaction.atomic
def lost(call: UpstreamCall, *, counts: bool = True) -> CallState:
    """The worker that was sending it died (R3, R7): before `committing` an upload was surely incomplete and may go
    again; anything else may have reached the provider and is unknown.

    `counts=False`: it was no fault of the sending (the browser stalled), so it is no failed attempt either. Of the
    others there are `MAX_ATTEMPTS`: a file that kills its worker each time must not do so for ever.
    """
    call.refresh_from_db(fields=["state", "attempts"])
    return _end(call, *call_outcomes.after_loss(call, counts=counts))


def _end(call: UpstreamCall, allowed: tuple[CallState, ...], values: dict[str, Any]) -> CallState:
    if not _move(call, allowed, same_attempt=True, **values):
        call.refresh_from_db(fields=["state"])
    elif call.state == CallState.REJECTED:
        audit.record(team=call.team, by=None, verb="call.rejected", target=call, problem=call.problem[:300])
    return CallState(call.state)


def no_evidence(call: UpstreamCall) -> bool:
    """A look at an unknown call found nothing: set the next one. False when looking is over and a person decides."""
    over, looks = call_outcomes.is_over(call), call.looks + 1
    _move(call, (CallState.UNKNOWN,), looks=looks, next_look_at=None if over else call_outcomes.next_look(looks))
    return not over


def not_looked(call: UpstreamCall, seconds: float = 0.0, *, until_looked: bool = False) -> None:
    """The look could not be made, so it is none: it is tried again, after `seconds` at the earliest.

    `until_looked`: for longer than a day too, where a person may decide only after a look.
    """
    over = call_outcomes.is_over(call) and not until_looked
    _move(call, (CallState.UNKNOWN,), next_look_at=None if over else call_outcomes.next_try(call, seconds))


@transaction.atomic
def abandon(*, call: UpstreamCall, by: User | None) -> bool:
    """A person says it never arrived, or that it no longer matters."""
    values: dict[str, Any] = {
        "state": CallState.ABANDONED,
        "settled_at": timezone.now(),
        "next_look_at": None,
        "hook_sealed": "",
    }
    # What waits to be sent has not arrived, also where it was tried before: only the others keep a time of sending.
    unsent = (CallState.DRAFT, CallState.READY)
    moved = _move(call, unsent, sent_at=None, **values) or _move(call, (CallState.UNKNOWN,), **values)
    if moved:
        audit.record(team=call.team, by=by, verb="call.abandoned", target=call)
    return moved


def _lease_end() -> dt.datetime:
    """While the sender lives it holds the row, and nobody looks; when it dies, this is when somebody may."""
    return call_outcomes.soon(settings.LEASE_SECONDS)
