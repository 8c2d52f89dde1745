"""Handing a media file to the provider, on the node whose spool holds it (design: reliability, 2.3 and R7).

As the relay of uploads does it, but the file is complete before it begins.
"""

from __future__ import annotations

import logging
import time
import uuid
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import crypto, leases, remote
from dashboard.actions import permits, upstream_calls
from dashboard.models import CallState, UpstreamCall
from projects_app import spool
from projects_app.actions import media, pace
from projects_app.actions import media_calls as calls
from projects_app.models import Media, MediaState
from providers.errors import ProviderError
from providers.multipart import UploadBody
from providers.submagic import SubmagicClient

log = logging.getLogger(__name__)

PROGRESS_SECONDS: Final = 0.5


class Ended(Exception):
    """The entry was cancelled while it was being sent."""


def hand_over(media_id: uuid.UUID) -> None:
    """Do whatever this entry's file needs now: send it, find out what a dead worker left, or clear it away."""
    # On another node there is no such file, and a hand-over there would take it for lost.
    row = Media.objects.filter(pk=media_id, pruned_at=None, node=settings.NODE).first()
    if row is None:
        return
    with leases.held(row, heartbeat=True) as hold:
        if hold is None:
            return
        try:
            # Whatever happens in here: if this process dies, the row is looked at again.
            hold.write(next_look_at=pace.redelivery())
            _Run(row, hold).go()
        except leases.LeaseLost:
            log.warning("media %s went to another worker, or off the list", media_id)


class _Run:
    """One run over one entry with a file, under its lease."""

    def __init__(self, row: Media, hold: leases.Held) -> None:
        self.row = Media.objects.select_related("team", "api_key").get(pk=row.pk)
        if self.row.call_id is None:
            raise ValueError(f"media {row.pk} has a file but no call")
        self.call = UpstreamCall.objects.select_related("team", "api_key", "actor").get(pk=self.row.call_id)
        self.hold = hold
        self.told = 0.0

    def go(self) -> None:
        call, row = self.call, self.row
        if call.state in (CallState.SENDING, CallState.COMMITTING):
            # We hold the lease, so whoever was sending it is dead.
            calls.settle(call)
            self._leave_call()
            if not Media.objects.filter(pk=row.pk).exists():
                return  # taken off the list meanwhile
            row.refresh_from_db()
        if call.state == CallState.READY and row.is_on_its_way:
            if call.not_before and call.not_before > timezone.now():
                # The provider named a time (R9): whoever wakes us, nothing goes out before it.
                self.hold.write(next_look_at=call.not_before)
            else:
                self._send()
        else:
            calls.tell(call)
        self._tidy()

    def _tidy(self) -> None:
        """The file is kept while it may still have to be sent, and no longer."""
        row = Media.objects.filter(pk=self.row.pk).first()
        if row and row.state not in (MediaState.QUEUED, MediaState.UPLOADING, MediaState.UNKNOWN):
            media.clear_file(row)
            # A list that may show it now is read by whoever is due for it (media_sync.look).
            again = timezone.now() if row.state == MediaState.WAITING else None
            Media.objects.filter(pk=row.pk).update(next_look_at=again)

    def _leave_call(self) -> None:
        """The entry is the one that is looked at; the call's own look is for evidence after an unknown end."""
        UpstreamCall.objects.filter(pk=self.call.pk).exclude(state=CallState.UNKNOWN).update(next_look_at=None)

    def _send(self) -> None:
        call, row = self.call, self.row
        try:
            permits.check(call)
            client = remote.client_for(call.api_key)
        except permits.Withdrawn as error:
            calls.withdrawn(call, row, error)
            return
        except (remote.NoUsableKey, crypto.CannotOpen) as error:
            calls.park(call, row, str(error))
            return
        with client:
            try:
                reader = spool.Reader(row.pk)
            except spool.Missing:
                upstream_calls.abandon(call=call, by=None)
                media.refused(
                    media=row,
                    problem=_("The file was lost on the desk's disk. Nothing was sent to Submagic."),
                    advice=_("Drop it here again."),
                )
                return
            with reader:
                if not upstream_calls.take_turn(call):
                    calls.wait_turn(call, row)
                    return
                try:
                    if not upstream_calls.begin(call, check=permits.check):
                        return
                except permits.Withdrawn as error:
                    calls.withdrawn(call, row, error)
                    return
                self._leave_call()
                self.hold.write(state=MediaState.UPLOADING, sent=0, problem="", advice="")
                self._on_the_wire(client, reader)

    def _on_the_wire(self, client: SubmagicClient, reader: spool.Reader) -> None:
        row = self.row
        body = UploadBody(
            filename=row.name,
            size=row.size or 0,
            content_type=str(self.call.body["contentType"]),
            chunks=reader.follow(row.size or 0, stall_seconds=pace.STALL_SECONDS, watch=self._watch),
            before_end=self._before_end,
        )
        try:
            answer = client.upload_user_media(body)
        except ProviderError as error:
            cause = error.__cause__
            if isinstance(cause, leases.LeaseLost):
                return  # another run has it now, and with it the call
            if isinstance(cause, Ended):
                # Cancelled before the closing boundary: nothing exists at the provider.
                upstream_calls.lost(self.call, counts=False)
                upstream_calls.abandon(call=self.call, by=None)
                spool.remove(row.pk)
                return
            if isinstance(cause, permits.Withdrawn):
                # As above, but nobody cancelled it: it waits, or it is told why it does not go.
                upstream_calls.lost(self.call, counts=False)
                calls.withdrawn(self.call, row, cause)
                return
            calls.failed(self.call, row, error)
        else:
            calls.accept(self.call, row, answer)

    def _watch(self, position: int) -> None:
        """Between blocks: tell how far it is, and notice when it is over."""
        now = time.monotonic()
        if now - self.told < PROGRESS_SECONDS:
            return
        self.told = now
        self._mine(sent=position, next_look_at=pace.redelivery())

    def _mine(self, **values: Any) -> None:
        mine = Media.objects.filter(pk=self.row.pk, lease_owner=self.hold.owner, state=MediaState.UPLOADING)
        if mine.update(**values) != 1:
            raise leases.LeaseLost(str(self.row.pk)) if Media.objects.filter(pk=self.row.pk).exists() else Ended

    def _before_end(self) -> None:
        """Every byte has been written. Of this and a cancel only one can win: both lock the entry's row."""
        with transaction.atomic():
            Media.objects.select_for_update().filter(pk=self.row.pk).first()
            self._mine(sent=self.row.size or 0, next_look_at=pace.redelivery())
            if not upstream_calls.committing(self.call, check=permits.check):
                raise Ended
            self._leave_call()
