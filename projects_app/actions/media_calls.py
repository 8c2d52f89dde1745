"""Sending an entry of the media library to the provider by its link, and settling a lost answer.

The protocol is dashboard.actions.upstream_calls (design: reliability, 2.3). A file's call is sent by media_relay.py;
the evidence for a lost answer is looked for here in both cases.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import connections, crypto, leases, remote
from dashboard.actions import api_keys, kept_answers, permits, upstream_calls
from dashboard.actions.call_outcomes import PARKED_SECONDS
from dashboard.actions.permits import Reason
from dashboard.models import CallState, UpstreamCall
from projects_app.actions import media, media_sync
from projects_app.actions.media import UPLOAD
from projects_app.models import Media, MediaState
from projects_app.models.media import IN_MOTION
from providers.errors import ProviderError, RateLimited, Unauthorised, UnsupportedMedia
from providers.submagic.user_media import MediaCreated

log = logging.getLogger(__name__)


def deliver(call_id: uuid.UUID) -> None:
    """Do whatever this call needs now. Safe to call at any time and any number of times."""
    call = UpstreamCall.objects.select_related("api_key", "team", "actor").get(pk=call_id)
    row = Media.objects.select_related("api_key", "team").filter(call=call).first()
    if row and call.operation == UPLOAD and call.state != CallState.UNKNOWN:
        return
    if not call.is_live:
        tell(call)
        return
    with leases.held(call, heartbeat=True) as hold:
        if hold is None:
            return
        if row is None:
            # Cancelled while it was sent, and its worker died: it can never be completed now.
            upstream_calls.lost(call, counts=False)
            upstream_calls.abandon(call=call, by=None)
        elif call.state == CallState.READY:
            _send_link(call, row)
        elif call.state in (CallState.SENDING, CallState.COMMITTING):
            # Nobody holds it, so who was sending it is dead.
            settle(call)
        elif call.state == CallState.UNKNOWN:
            tell(call)
            look_for_evidence(call)


def look_for_evidence(call: UpstreamCall) -> bool:
    """One look at an unknown call: True when it is settled now. The list is the only witness; reading it settles what
    can be settled (media_sync.adopt)."""
    wait = media_sync.sync(call.api_key)
    call.refresh_from_db()
    if call.state == CallState.UNKNOWN and wait:
        upstream_calls.not_looked(call, wait)
    elif call.state == CallState.UNKNOWN:
        upstream_calls.no_evidence(call)
    return call.state != CallState.UNKNOWN


def _send_link(call: UpstreamCall, row: Media) -> None:
    try:
        permits.check(call)
        client = remote.client_for(call.api_key)
    except permits.Withdrawn as error:
        withdrawn(call, row, error)
        return
    except (remote.NoUsableKey, crypto.CannotOpen) as error:
        park(call, row, str(error))
        return
    with client:
        if not upstream_calls.take_turn(call):
            wait_turn(call, row)
            return
        try:
            if not upstream_calls.begin(call, check=permits.check):
                return
        except permits.Withdrawn as error:
            withdrawn(call, row, error)
            return
        Media.objects.filter(pk=row.pk).update(problem="", advice="")
        try:
            accept(call, row, client.create_user_media(str(call.body["url"])))
        except ProviderError as error:
            failed(call, row, error)


# --- Both ----------------------------------------------------------------------------------------------------------


def withdrawn(call: UpstreamCall, row: Media, error: permits.Withdrawn) -> None:
    """Rights or key were taken away before it went out, or before its end did (reliability, R16 and R17)."""
    if error.reason is Reason.KEY_REPLACED:
        _put_off(call, row, timezone.now(), "", "")
    elif error.reason in permits.WAITS:
        park(call, row, error.problem, error.advice)
    else:
        _drop(call, row, error.problem)


@transaction.atomic
def _drop(call: UpstreamCall, row: Media, problem: str) -> None:
    Media.objects.select_for_update().filter(pk=row.pk).values_list("pk").first()  # the row first, as everywhere
    upstream_calls.abandon(call=call, by=None)
    media.refused(media=row, problem=problem, advice=_("An editor can add it again, with a key that works."))


def _put_off(call: UpstreamCall, row: Media, at: dt.datetime, problem: str, advice: str) -> None:
    """It is tried at `at`; whose row is looked at then depends on who drives the call."""
    mine = UpstreamCall.objects.filter(pk=call.pk, state=CallState.READY)
    mine.update(next_look_at=None if call.operation == UPLOAD else at)
    Media.objects.filter(pk=row.pk, state__in=(MediaState.QUEUED, MediaState.UPLOADING)).update(
        state=MediaState.QUEUED,
        sent=0,
        problem=problem[:500],
        advice=advice[:500],
        next_look_at=at if call.operation == UPLOAD else None,
    )


def park(call: UpstreamCall, row: Media, problem: str, advice: str = "") -> None:
    at = timezone.now() + dt.timedelta(seconds=PARKED_SECONDS)
    _put_off(call, row, at, problem, advice or _("Ask an admin to enter a working key; this goes on by itself then."))


def wait_turn(call: UpstreamCall, row: Media) -> None:
    """The key has no calls of this class left: it goes by itself at `call.not_before` (reliability, R9)."""
    _put_off(call, row, call.not_before or timezone.now(), call.problem, call.advice)


def failed(call: UpstreamCall, row: Media, error: ProviderError) -> None:
    settle(call, error)
    if isinstance(error, Unauthorised) and api_keys.doubt(key=call.api_key, problem=error.message):
        park(call, row, permits.refused(call.api_key))


def settle(call: UpstreamCall, error: ProviderError | None = None) -> None:
    """It failed, or (without an error) its sender is dead: written and told in one transaction, so that no kill leaves
    an entry that says something else than its call."""

    @transaction.atomic
    def write() -> None:
        row = _lock(call)
        if error:
            upstream_calls.fail(call, error)
        else:
            upstream_calls.lost(call)
        if row and isinstance(error, UnsupportedMedia) and row.type == "AUDIO" and call.state == CallState.REJECTED:
            # Submagic's documents name video and pictures only for this, yet list music (contract.md, row 29).
            text = _(
                "Submagic does not take sound by this road. Add it in Submagic's own editor; it shows up here then."
            )
            UpstreamCall.objects.filter(pk=call.pk).update(advice=text)
        tell(call, error)

    connections.insist(write)


def _lock(call: UpstreamCall) -> Media | None:
    """The entry before its call, as everywhere; None when it is off the list."""
    return Media.objects.select_for_update(of=("self",)).select_related("api_key", "team").filter(call=call).first()


@transaction.atomic
def tell(call: UpstreamCall, error: ProviderError | None = None) -> None:
    """Show on the entry what became of its call. Told again it changes nothing."""
    row = _lock(call)
    call = UpstreamCall.objects.select_for_update(of=("self",)).select_related("api_key", "team").get(pk=call.pk)
    if row is None or row.upstream_id:
        return
    if call.state == CallState.ACCEPTED:
        media.accepted(media=row, upstream_id=call.upstream_id)
    elif call.state == CallState.UNKNOWN:
        media.outcome_unknown(media=row, problem=call.problem, advice=call.advice)
    elif call.state == CallState.REJECTED and row.state != MediaState.FAILED:
        media.refused(media=row, problem=call.problem, advice=call.advice)
    elif call.state == CallState.READY and row.is_on_its_way:
        waits = isinstance(error, RateLimited)
        problem = _("It waits for its turn: Submagic takes a limited number an hour.") if waits else call.problem
        _put_off(call, row, call.next_look_at or timezone.now(), problem, "" if waits else call.advice)
    elif call.state == CallState.ABANDONED and row.state in IN_MOTION:
        media.refused(media=row, problem=_("Given up."), advice=_("Add it again if you need it."))


def accept(call: UpstreamCall, row: Media, answer: MediaCreated) -> None:
    """The provider has it: that is recorded whether or not the lease is still ours."""

    def write() -> None:
        try:
            _accept(call, row, answer)
        except IntegrityError:
            # A read of the list added it as found in this very moment; now it can be seen, and is taken over.
            call.refresh_from_db()
            row.refresh_from_db()
            _accept(call, row, answer)

    kept_answers.keep(call, answer.id, write)


@transaction.atomic
def _accept(call: UpstreamCall, row: Media, answer: MediaCreated) -> None:
    if not Media.objects.select_for_update().filter(pk=row.pk).exists():
        log.warning("media %s was taken off the list while its answer came: %s", row.pk, answer.id)
        return
    if upstream_calls.accept(call, upstream_id=answer.id, reply=answer.raw):
        media.accepted(media=row, upstream_id=answer.id)
