"""What becomes of an upload's hand-over, told on the upload, its project and its call."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import connections, leases
from dashboard.actions import call_outcomes, kept_answers, upstream_calls
from dashboard.actions.call_outcomes import PARKED_SECONDS
from dashboard.models import CallState, UpstreamCall
from projects_app import spool
from projects_app.actions import projects, uploads
from projects_app.models import Project, ProjectState, Upload, UploadState
from projects_app.models.upload import UNDER_WAY
from providers.errors import ProviderError, UnknownOutcome
from providers.submagic import Created

# As often as evidence may come late.
UNKNOWN_SECONDS: Final = 3600


class Outcome:
    """The rows of one hand-over, written under the upload's lease."""

    def __init__(self, upload: Upload, hold: leases.Held) -> None:
        self.upload = upload
        self.hold = hold
        self.project = Project.objects.select_related("team", "api_key", "created_by").get(pk=upload.project_id)
        if self.project.call_id is None:
            raise ValueError(f"project {self.project.pk} has an upload but no call")
        self.call = UpstreamCall.objects.select_related("team", "api_key", "actor").get(pk=self.project.call_id)

    def _clear_when_over(self) -> None:
        if self.upload.expires_at <= timezone.now():
            uploads.clear(self.upload)
        else:
            self.hold.write(next_look_at=self.upload.expires_at)

    def _leave_call(self) -> None:
        """The upload's row is the one that is looked at; the call's own look is for evidence after an unknown end."""
        if self.call.state != CallState.UNKNOWN:
            UpstreamCall.objects.filter(pk=self.call.pk).exclude(state=CallState.UNKNOWN).update(next_look_at=None)

    @transaction.atomic
    def _park(self, problem: str, advice: str = "") -> None:
        mine = Upload.objects.select_for_update().filter(pk=self.upload.pk, state__in=UNDER_WAY)
        waits = UpstreamCall.objects.select_for_update().filter(pk=self.call.pk, state=CallState.READY)
        if not mine.exists() or not waits.exists():
            return  # cancelled, or found to have arrived, meanwhile
        projects.needs_you(
            project=self.project,
            problem=problem,
            advice=advice or _("Ask an admin to enter a working key; this goes on by itself then. Nothing was spent."),
        )
        self._again(timezone.now() + dt.timedelta(seconds=PARKED_SECONDS), problem)

    def _wait_turn(self) -> None:
        """The key has no calls left: the file stays, the browser may go on sending, and nothing goes out before."""
        again = self.call.not_before
        self._leave_call()
        self._show(again)

    def _again(self, at: dt.datetime, problem: str = "", advice: str = "") -> None:
        # While the file is kept waiting for the provider it must not expire.
        self.hold.write(
            next_look_at=at,
            not_before=at,
            expires_at=max(self.upload.expires_at, at + uploads.ORPHAN_AFTER),
            problem=problem[:500],
            advice=advice[:500],
        )

    def _accepted(self, answer: Created) -> None:
        """The provider has it: that is recorded whether or not the lease is still ours."""
        now = timezone.now()
        reply = {name: value for name, value in answer.raw.items() if name != "webhookUrl"}  # it holds our secret

        @transaction.atomic
        def write() -> None:
            projects.lock_file(self.project)
            if upstream_calls.accept(self.call, upstream_id=answer.id, reply=reply):
                self.project.refresh_from_db()
                projects.accepted(project=self.project, upstream_id=answer.id, reply=answer.raw)
            self._handed_over(now)

        try:
            kept_answers.keep(self.call, answer.id, write)
        except UnknownOutcome as error:
            self._settle(error)

    def _settle(self, error: ProviderError | None = None) -> None:
        """It failed, or (without an error) its sender is dead. Written and told in one transaction: a kill between the
        two would be told late, and a webhook's worker may adopt it in this moment."""

        @transaction.atomic
        def write() -> None:
            projects.lock_file(self.project)
            if error:
                upstream_calls.fail(self.call, error)
            else:
                upstream_calls.lost(self.call)
            again = self.call.next_look_at if error else None
            self._leave_call()
            with suppress(leases.LeaseLost):  # then another run has the upload, and tells
                self._show(again)

        connections.insist(write)

    def _handed_over(self, now: dt.datetime) -> None:
        expires = now + uploads.KEEP_AFTER_END
        Upload.objects.filter(pk=self.upload.pk, state__in=UNDER_WAY).update(
            state=UploadState.RELAYED,
            relayed=self.upload.size,
            relayed_at=now,
            expires_at=expires,
            next_look_at=expires,
            problem="",
            advice="",
        )

    @transaction.atomic
    def _show(self, again: dt.datetime | None = None) -> None:
        """Tell on upload and project what became of the call; `again`: when a call that may go again does."""
        call, now = self.call, timezone.now()
        projects.lock_file(self.project)
        call.refresh_from_db(from_queryset=UpstreamCall.objects.select_for_update())
        self.project.refresh_from_db()
        self.upload.refresh_from_db(fields=["state", "expires_at"])
        if self.upload.state not in UNDER_WAY:
            return  # stopped by somebody: the next run clears it away
        if call.state == CallState.READY:
            Project.objects.filter(pk=self.project.pk).update(look_problem=call.problem[:300])
            self._again(again or now, call.problem, call.advice)
        elif call.state == CallState.UNKNOWN:
            if self.project.state != ProjectState.UNKNOWN:
                projects.outcome_unknown(project=self.project)
            self._again(now + dt.timedelta(seconds=UNKNOWN_SECONDS), call.problem, call.advice)
            if call_outcomes.is_over(call):
                # Nobody sends a file a second time (projects.send_again): it is of no use any more.
                spool.remove(self.upload.pk)
        elif call.state == CallState.ACCEPTED:
            self._handed_over(now)  # adopted after an unknown end
        elif call.state == CallState.REJECTED:
            state = UploadState.REFUSED
            uploads.stop(self.upload, state=state, problem=call.problem, advice=call.advice, keep=True)
        elif call.state == CallState.ABANDONED:
            # A person gave it up, and has said so on the project.
            Upload.objects.filter(pk=self.upload.pk, state__in=UNDER_WAY).update(
                state=UploadState.CANCELLED, problem=_("Given up."), expires_at=now, next_look_at=now
            )
