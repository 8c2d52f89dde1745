"""Sends publications, each at most once; publish_evidence.py finds out what became of those whose answer was lost.

(design: reliability, 2.3.) Nothing in here ever sends a call a second time after an unknown outcome.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import budgets, connections, crypto, leases, remote
from dashboard.actions import api_keys, permits, upstream_calls
from dashboard.actions.call_outcomes import PARKED_SECONDS
from dashboard.actions.permits import Reason
from dashboard.models import CallState, UpstreamCall
from projects_app.models import Clip, Decision
from providers import submagic
from providers.errors import FailedRead, Invalid, NotSent, ProviderError, RateLimited, Unauthorised
from publishing_app.actions import outcomes, publications, publish_answers, publish_evidence, schedules
from publishing_app.actions.publish_evidence import FEED, PAGE
from publishing_app.models import Publication

# The class of the call itself (providers.submagic.limits.RATES); FEED is that of the looks at the feed.
POST: Final = "projects.publish"


def drive(call_id: uuid.UUID) -> None:
    """Take the next step of one publish call; what the task does."""
    call = UpstreamCall.objects.filter(pk=call_id, operation=publications.OPERATION).first()
    if call is None:
        return
    if not call.is_live and call.state != CallState.DRAFT:
        outcomes.tell(call)
        return
    with leases.held(call, heartbeat=True) as hold:
        if hold is None:
            return
        publication = Publication.objects.select_related("team", "clip", "api_key").filter(call=call).first()
        if publication is None:
            return
        if call.state == CallState.DRAFT and not schedules.comes_due(call, publication, hold):
            return
        if call.state == CallState.READY:
            _send(call, publication, hold)
        elif call.state in (CallState.SENDING, CallState.COMMITTING):
            # Its sender died: the lease was free, so nobody waits for the answer any more.
            _settle(call)
        elif call.state == CallState.UNKNOWN:
            outcomes.tell(call)
            publish_evidence.look(call, publication, hold)


# --- Sending --------------------------------------------------------------------------------------


def _send(call: UpstreamCall, publication: Publication, hold: leases.Held) -> None:
    key = call.api_key
    try:
        _check(call)
        if schedules.is_late(call, publication):
            if not schedules.waits_for_a_clock(call):
                schedules.miss(call, publication)
            return
        if schedules.comes_too_early(call, publication):
            return
        request = _request(call, publication)
        if request is None:
            return
        with remote.client_for(key) as client:
            if not _has_turn(call):
                return
            # What this project's feed shows before: anything new afterwards can only be ours (or a colleague's).
            hold.write(baseline=_baseline(client, publication))
            # Its answer may have been the first that tells of a wrong clock of ours.
            if schedules.comes_too_early(call, publication):
                return
            if (request := _request(call, publication)) is None:  # which may be without its time now
                return
            if not upstream_calls.take_turn(call):
                outcomes.tell(call)
            elif upstream_calls.begin(call, check=_check):
                _post(client, call, publication, request)
    except permits.Withdrawn as error:
        _withdrawn(call, publication, error)
    except Unauthorised as error:
        # Raised by the look at the feed, so nothing was sent: the call waits for a key that works.
        if api_keys.doubt(key=key, problem=error.message):
            _park(call)
        else:
            _wait(call, PARKED_SECONDS, error.message, error.advice)
    except RateLimited as error:
        # The feed's; a post that is refused for this is dealt with in upstream_calls.
        upstream_calls.put_off(call, error.wait_seconds, endpoint=FEED)
        outcomes.tell(call)
    except (FailedRead, NotSent) as error:
        _wait(call, min(300, 4 * 2 ** min(call.looks, 8)), error.message, error.advice)
    except ProviderError as error:
        _settle(call, error)
    except (remote.NoUsableKey, crypto.CannotOpen) as error:
        _wait(call, PARKED_SECONDS, str(error), _("An admin can look at the team's API keys."))


def _request(call: UpstreamCall, publication: Publication) -> submagic.PublishRequest | None:
    """Made before the call is begun: what goes wrong in here has reached nobody. None when that ended the call."""
    try:
        body = publications.body_of(publication.platforms, publication.schedule)
        return submagic.PublishRequest.from_json(body)
    except (ValueError, TypeError, KeyError) as error:
        text = _("The desk could not make a request of this: %(why)s. Nothing was posted.") % {"why": error}
        _settle(call, Invalid(text, advice=_("Publish it again with other texts.")))
        return None


def _has_turn(call: UpstreamCall) -> bool:
    """Calls are left for both, the look at the feed (which is counted here) and the post. Else it waits (R9)."""
    if call.waits_until is None:
        if seconds := budgets.wait(call.api_key, POST, click=True):
            upstream_calls.put_off(call, seconds)
        elif seconds := budgets.turn(call.api_key, FEED, click=True):
            upstream_calls.put_off(call, seconds, endpoint=FEED)
        else:
            return True
    outcomes.tell(call)
    return False


def _post(
    client: submagic.SubmagicClient, call: UpstreamCall, publication: Publication, request: submagic.PublishRequest
) -> None:
    try:
        reply = client.publish(publication.upstream_project_id, request)
        publish_answers.accept(call, publication, upstream_id=reply.id, status=reply.status, reply=reply.raw)
    except ProviderError as error:
        _settle(call, error)
        if isinstance(error, Unauthorised) and api_keys.doubt(key=call.api_key, problem=error.message):
            _park(call)
        return
    publish_answers.look_soon(call.api_key)


def _settle(call: UpstreamCall, error: ProviderError | None = None) -> None:
    """It failed, or (without an error) its sender is dead: written and told in one transaction, so that no kill leaves
    a publication that says something else than its call."""

    @transaction.atomic
    def write() -> None:
        if error:
            upstream_calls.fail(call, error)
        else:
            upstream_calls.lost(call)
        outcomes.tell(call)

    connections.insist(write)


@transaction.atomic
def _check(call: UpstreamCall) -> None:
    """Rights, key and approval at the moment of sending, not of the click (R16, R17); see permits.check."""
    permits.check(call)
    of_call = Publication.objects.filter(call=call).values("clip")
    decisions = Clip.objects.select_for_update(no_key=True).filter(pk__in=of_call).values_list("decision", flat=True)
    if any(decision != Decision.APPROVED for decision in decisions):
        raise permits.Withdrawn(Reason.DECISION)


def _withdrawn(call: UpstreamCall, publication: Publication, error: permits.Withdrawn) -> None:
    match error.reason:
        case Reason.KEY_REPLACED:
            upstream_calls.postpone(call, timezone.now(), problem="", advice="")
            return
        case Reason.KEY_REFUSED:
            _park(call)
            return
        case Reason.CANNOT_WRITE:
            _wait(call, 60, error.problem, error.advice)
            return
        case Reason.RESTORED:
            _wait(call, PARKED_SECONDS, error.problem, error.advice)
            return
        case Reason.KEY_REMOVED:
            problem = _("It was not sent: the API key was removed before it could go out. Nothing was posted.")
            advice = _("Take it back. Its video belongs to that key’s account: publish it at Submagic itself.")
        case Reason.PERSON:
            problem = _("It was not sent: the person who asked for it may no longer publish. Nothing was posted.")
            advice = _("Send it now, choose another time, or take it back: then it is yours.")
        case Reason.DECISION:
            problem = _("It was not sent: the clip is no longer approved. Nothing was posted.")
            advice = _("Approve it again and send it now, or take it back.")
    # Kept for whoever is in charge now (R17), and told where things wait for a person.
    schedules.hold(call, publication, problem=problem, advice=advice)


def _baseline(client: submagic.SubmagicClient, publication: Publication) -> dict[str, Any]:
    """The project's entries as far as one page shows them; `whole` when there are no further pages."""
    project_id = publication.upstream_project_id
    page = client.published(limit=PAGE)
    known = {entry.id for entry in page.items if entry.project_id == project_id}
    known.update(
        Publication.objects.filter(api_key=publication.api_key_id, upstream_project_id=project_id)
        .exclude(upstream_id="")
        .values_list("upstream_id", flat=True)
    )
    return {"ids": sorted(known), "at": timezone.now().isoformat(), "whole": page.next_cursor is None}


@transaction.atomic
def _wait(call: UpstreamCall, seconds: float, problem: str, advice: str) -> None:
    """Surely not sent: the same call may go again then."""
    at = timezone.now() + dt.timedelta(seconds=seconds)
    upstream_calls.postpone(call, at, problem=problem, advice=advice)
    UpstreamCall.objects.filter(pk=call.pk, state=CallState.READY).update(looks=call.looks + 1)
    outcomes.tell(call)


def _park(call: UpstreamCall) -> None:
    problem = _("It waits: Submagic does not accept the team's API key. Nothing was sent.")
    advice = _("An admin can replace the key; then it goes on by itself.")
    _wait(call, PARKED_SECONDS, problem, advice)
