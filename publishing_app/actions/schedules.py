"""Publications that this desk keeps until their time: changed, taken back, sent when it comes (contract.md, row 35).

Submagic can neither change nor cancel a schedule, so a kept publication is a draft here (dashboard.held_calls) and is
sent like one that goes out at once when its time has come: never early, and never more than LATE afterwards unless a
person says so (reliability.md, R18).
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import audit, leases, senders, skew
from dashboard.actions import held_calls, upstream_calls
from dashboard.models import CallState, UpstreamCall, User
from publishing_app.actions import outcomes, publications, publish_answers
from publishing_app.actions.publications import AlreadyPublishing, NotPossible
from publishing_app.models import Keeper, Publication, Schedule

LATE: Final = dt.timedelta(minutes=15)
# Another post of the same video is on its way: look again this much later.
AGAIN_AFTER: Final = dt.timedelta(seconds=15)
# While it is not sure whether our clock is wrong; and how often an answer that tells is waited for.
ASK_AGAIN: Final = dt.timedelta(minutes=1)
TRIES: Final = 8
# So near a time is not given to Submagic any more.
ALMOST: Final = dt.timedelta(minutes=1)


# --- For the sender -------------------------------------------------------------------------------


def comes_due(call: UpstreamCall, publication: Publication, hold: leases.Held) -> bool:
    """Is a draft to be sent now? Then it has become ready. Called under the call's lease."""
    if call.not_before is None or call.next_look_at is None:
        return False  # it waits for a person
    if later := _later(call, call.not_before):
        hold.write(next_look_at=later)
        return False
    if is_late(call, publication):
        if not waits_for_a_clock(call):
            miss(call, publication)
        return False
    try:
        with transaction.atomic():
            return held_calls.release(call)
    except IntegrityError:
        # Another post of this video is on its way, and which of them a new entry of the feed is would be a guess.
        hold.write(
            next_look_at=timezone.now() + AGAIN_AFTER, problem=_("Waits until another post of this video is settled.")
        )
        outcomes.tell(call)
        return False


def _later(call: UpstreamCall, at: dt.datetime) -> dt.datetime | None:
    """When to look again while `at` has not come by the provider's clock; None when it has. One odd answer makes it
    wait as well, but not for long: the next one tells whether ours is wrong."""
    now, ahead = timezone.now(), skew.ahead(call.api_key.environment)
    if at + ahead <= now:
        return None
    if at > now:
        return at
    publish_answers.look_soon(call.api_key)
    return min(at + ahead, now + ASK_AGAIN)


def waits_for_a_clock(call: UpstreamCall) -> bool:
    """It may be our clock that is wrong (of a machine that has just started), so its time may be to come: an answer
    that tells is waited for, some minutes."""
    if skew.is_known(call.api_key.environment) or call.looks >= TRIES:
        return False
    publish_answers.look_soon(call.api_key)
    unsent = UpstreamCall.objects.filter(pk=call.pk, state__in=held_calls.UNSENT)
    unsent.update(next_look_at=timezone.now() + AGAIN_AFTER, looks=call.looks + 1)
    return True


def is_late(call: UpstreamCall, publication: Publication) -> bool:
    """Too late to go out without asking."""
    return _lateness(call, publication) > LATE


def _lateness(call: UpstreamCall, publication: Publication) -> dt.timedelta:
    """By the provider's clock where ours is known to be fast: then it has waited for that one (R14)."""
    return timezone.now() - skew.ahead(call.api_key.environment) - _time_of(call, publication)


def _time_of(call: UpstreamCall, publication: Publication) -> dt.datetime:
    """Without a schedule the time that was asked for or promised last, or that of its last attempt."""
    known = (call.created_at, call.not_before, call.sent_at)
    return publication.scheduled_for or max(moment for moment in known if moment)


@transaction.atomic
def miss(call: UpstreamCall, publication: Publication) -> None:
    """Its time is over, whatever held it up: a person decides whether it still goes out. It is a draft (again), so that
    other posts of the video can go out meanwhile."""
    minutes = round(_lateness(call, publication).total_seconds() / 60)
    problem = _("It was not sent: it could have gone out only %(minutes)d minutes too late.") % {"minutes": minutes}
    advice = _("Nothing was posted. Send it now, choose another time, or take it back.")
    if held_calls.wait_for_a_person(call, problem=f"{problem} {call.problem}".strip(), advice=advice):
        outcomes.tell(call)
        audit.record(team=publication.team, by=None, verb="publication.missed", target=publication, minutes=minutes)


@transaction.atomic
def hold(call: UpstreamCall, publication: Publication, *, problem: str, advice: str) -> None:
    """Rights, key or approval were taken away before it went out: a person decides what becomes of it."""
    if held_calls.wait_for_a_person(call, problem=problem, advice=advice):
        outcomes.tell(call)
        audit.record(team=publication.team, by=None, verb="publication.held", target=publication, problem=problem)


def comes_too_early(call: UpstreamCall, publication: Publication) -> bool:
    """Submagic takes only times to come. One that has passed while it waited for its turn goes out at once; one that is
    almost there would be over on the way, so it is kept here until then: nothing goes out early (reliability, R14)."""
    if publication.scheduled_for is None:
        return False
    at = publication.scheduled_for
    if publication.keeper == Keeper.PROVIDER:
        if at + skew.ahead(call.api_key.environment) > timezone.now() + ALMOST:
            return False
        publication.keeper = Keeper.DESK
        publication.save(update_fields=["keeper"])
        # What is sent says no time any more, and what is looked for has none.
        held_calls.reword(call, body=publications.body_of(publication.platforms, publication.schedule))
    if (later := _later(call, at)) is None:
        return False
    upstream_calls.postpone(call, later, problem="", advice="")
    return True


# --- For a person ---------------------------------------------------------------------------------


def _kept(publication: Publication) -> UpstreamCall:
    """The draft behind it, locked; call inside a transaction."""
    calls = UpstreamCall.objects.select_for_update().select_related("team")
    call = calls.get(pk=publication.call_id) if publication.call_id else None
    if call is None or call.state != CallState.DRAFT:
        raise NotPossible(_("It is already on its way, so it can no longer be changed or taken back here."))
    publication.refresh_from_db()
    return call


@transaction.atomic
def change(
    *,
    publication: Publication,
    platforms: dict[str, Any],
    schedule: Schedule | None,
    by: User,
    again: bool = False,
) -> None:
    """Other words, platforms or another time, before it goes out. `schedule` None: at once. `again` as in `publish`.

    Raises NotPossible when it is already on its way.
    """
    call = _kept(publication)
    target = publication.clip or publication.project
    before = publications.earlier(target, but=publication) if target else []
    if not again and any(platform in platforms for platform, _other in before):
        raise NotPossible(_("It was published there a moment ago. Load the page again to see where and when."))
    publication.platforms = platforms
    publication.save(update_fields=["platforms"])
    audit.record(team=publication.team, by=by, verb="publication.changed", target=publication)
    if schedule is None or schedule.keeper == Keeper.PROVIDER:
        _go(publication=publication, call=call, schedule=schedule, by=by)
        return
    held_calls.keep(call, at=schedule.at, by=by, body=publications.body_of(platforms, schedule))
    _say(publication, schedule)
    outcomes.mirror(publication=publication, call=call)


@transaction.atomic
def send_now(*, publication: Publication, by: User, again: bool = False) -> None:
    """Without waiting for its time, or although that has passed. `again`: the person has typed that it is to be public
    twice if need be. Raises NotPossible."""
    call = _kept(publication)
    if not again and publications.doubled_by(publication):
        raise NotPossible(
            _("It may be public already, so nothing was sent. Look there, then type the words to send it.")
        )
    audit.record(team=publication.team, by=by, verb="publication.sent_now", target=publication)
    _go(publication=publication, call=call, schedule=None, by=by)


def _go(*, publication: Publication, call: UpstreamCall, schedule: Schedule | None, by: User) -> None:
    body = publications.body_of(publication.platforms, schedule)
    held_calls.keep(call, at=timezone.now(), by=by, body=body)
    try:
        with transaction.atomic():
            held_calls.release(call)
    except IntegrityError:
        raise AlreadyPublishing from None
    _say(publication, schedule)
    outcomes.mirror(publication=publication, call=call)
    # Robust: with the queue away the wish is stored all the same, and the sweep finds it.
    transaction.on_commit(lambda: senders.deliver(call.pk), robust=True)


def _say(publication: Publication, schedule: Schedule | None) -> None:
    publication.scheduled_for = schedule.at if schedule else None
    publication.zone = schedule.zone if schedule else ""
    publication.keeper = schedule.keeper if schedule else ""
    publication.save(update_fields=["scheduled_for", "zone", "keeper"])
