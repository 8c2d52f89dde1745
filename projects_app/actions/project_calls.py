"""Sending the calls that make, change or export a project, and telling what became of them.

The protocol is dashboard.actions.upstream_calls (design: reliability, 2.3). A file's call is sent by its relay; how a
lost answer is looked for is in lost_calls.py.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any, Protocol

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import connections, crypto, leases, remote
from dashboard.actions import api_keys, hook_addresses, kept_answers, permits, upstream_calls
from dashboard.actions.call_outcomes import PARKED_SECONDS
from dashboard.actions.permits import Reason
from dashboard.models import CallState, UpstreamCall
from projects_app.actions import (
    edits,
    exports,
    looks,
    lost_calls,
    projects,
    readers,
    rendering,
    slideshow_renders,
)
from projects_app.actions.upload_request import with_hook
from projects_app.models import Project, ProjectState
from providers.errors import Invalid, ProviderError, Unauthorised
from providers.submagic import CreateMagicClips, CreateProject


class Answer(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def raw(self) -> dict[str, Any]: ...


# It gets the client of the provider that the call's key belongs to.
Post = Callable[[Any], Answer]


class Later(Protocol):
    """Calls about a project that the provider has made: what they do and how it is shown is theirs to say."""

    @property
    def request(self) -> Callable[[UpstreamCall, Project], Post]: ...
    @property
    def accepted(self) -> Callable[[UpstreamCall, Project], None]: ...
    @property
    def tell(self) -> Callable[[UpstreamCall, Project, ProviderError | None], None]: ...
    @property
    def halted(self) -> Callable[[UpstreamCall, Project, str, str], None]: ...


LATER: dict[str, Later] = {
    exports.OPERATION: exports,
    edits.OPERATION: edits,
    slideshow_renders.OPERATION: slideshow_renders,
}


def deliver(call_id: uuid.UUID) -> None:
    """Do whatever this call needs now. Safe to call at any time and any number of times."""
    call = UpstreamCall.objects.select_related("api_key", "team", "actor").get(pk=call_id)
    if is_upload(call) and call.state != CallState.UNKNOWN:
        return
    if not call.is_live:
        tell(call)
        return
    with leases.held(call, heartbeat=True) as hold:
        if hold is None:
            return
        if call.state == CallState.READY:
            _send(call)
        elif call.state in (CallState.SENDING, CallState.COMMITTING):
            # Nobody holds it, so who was sending it is dead.
            _settle(call)
        elif call.state == CallState.UNKNOWN:
            tell(call)
            _look_for(call)


def is_upload(call: UpstreamCall) -> bool:
    """Its relay sends it; only the evidence for a lost answer is looked for here."""
    return call.operation.startswith("upload_")


def project_of(call: UpstreamCall) -> Project:
    return Project.objects.select_related("api_key", "team").get(pk=call.target_id)


# --- Sending ----------------------------------------------------------------------------------------------------


def _send(call: UpstreamCall) -> None:
    project = project_of(call)
    try:
        permits.check(call)
        post = _post(call, project)
        client = readers.of(call.api_key).client(call.api_key)
    except permits.Withdrawn as error:
        _withdrawn(call, project, error)
        return
    except (remote.NoUsableKey, crypto.CannotOpen) as error:
        _park(call, project, str(error))
        return
    except Unmakeable as error:
        text = _("The desk could not make a request of these settings: %(why)s. Nothing was sent.") % {"why": error}
        _settle(call, Invalid(text, advice=_("Start it again with other settings.")))
        return
    with client:
        try:
            if call.operation == slideshow_renders.OPERATION and not slideshow_renders.may_go(call, project, client):
                return
        except Unauthorised as error:
            api_keys.doubt(key=call.api_key, problem=error.message)
            _park(call, project, permits.refused(call.api_key))
            return
        if not upstream_calls.take_turn(call):
            _wait_turn(call, project)
            return
        if call.operation in (exports.OPERATION, edits.OPERATION):
            rendering.rebase(call, project)
        try:
            if not upstream_calls.begin(call, check=permits.check):
                return
        except permits.Withdrawn as error:
            _withdrawn(call, project, error)
            return
        try:
            _accept(call, project, post(client))
        except ProviderError as error:
            _settle(call, error)
            if isinstance(error, Unauthorised) and api_keys.doubt(key=call.api_key, problem=error.message):
                _park(call, project, permits.refused(call.api_key))


class Unmakeable(Exception):
    """What is stored of the call makes no request."""


def _post(call: UpstreamCall, project: Project) -> Post:
    """The request as a function that sends it. Made before the call is begun: what goes wrong in here has reached
    nobody. Raises Unmakeable."""
    try:
        if later := LATER.get(call.operation):
            return later.request(call, project)
        body = with_hook(call.body, hook_addresses.url_to_send(call))
        if call.operation == "create_project":
            captions = CreateProject.from_json(body)
            return lambda client: client.create_project(captions)
        clips = CreateMagicClips.from_json(body)
        return lambda client: client.create_magic_clips(clips)
    except (ValueError, TypeError, KeyError) as error:
        raise Unmakeable(error) from error


def _withdrawn(call: UpstreamCall, project: Project, error: permits.Withdrawn) -> None:
    """Rights or key were taken away, before it was begun or while that took its time (reliability, R16 and R17)."""
    if error.reason is Reason.KEY_REPLACED:
        upstream_calls.postpone(call, timezone.now(), problem="", advice="")
    elif error.reason in permits.WAITS:
        _park(call, project, error.problem, error.advice)
    else:
        with transaction.atomic():
            _lock(call)
            upstream_calls.abandon(call=call, by=None)
            removed = error.reason is Reason.KEY_REMOVED
            advice = _("Start a new project with another key.") if removed else _("An editor can send it again.")
            _halt(call, project, error.problem, advice)


def _lock(call: UpstreamCall) -> None:
    """A look, and a person who decides, lock the project before such a call, and an upload before its own: in two
    orders they would wait for each other, and the database would throw one answer away."""
    if call.operation in LATER:
        Project.objects.select_for_update().filter(pk=call.target_id).values_list("pk").first()
    else:
        projects.lock_file(project_of(call))


@transaction.atomic
def _park(call: UpstreamCall, project: Project, problem: str, advice: str = "") -> None:
    """Nothing goes out; it is tried again by itself once the key works (an admin sees the key's own page)."""
    _lock(call)
    advice = advice or _("Ask an admin to enter a working key; this goes on by itself then. Nothing was spent.")
    later = timezone.now() + dt.timedelta(seconds=PARKED_SECONDS)
    if upstream_calls.postpone(call, later, problem=problem, advice=advice):
        _halt(call, project, problem, advice)
    else:
        # It does not wait any more: the desk has just found that it works with a restored backup, and put it in doubt.
        tell(call)


def _halt(call: UpstreamCall, project: Project, problem: str, advice: str) -> None:
    """Told where it was asked for."""
    if later := LATER.get(call.operation):
        later.halted(call, project, problem, advice)
    else:
        projects.needs_you(project=project, problem=problem, advice=advice)


@transaction.atomic
def _wait_turn(call: UpstreamCall, project: Project) -> None:
    """The key has no calls of this class left: it goes by itself at `call.not_before` (reliability, R9)."""
    _lock(call)
    if not UpstreamCall.objects.select_for_update().filter(pk=call.pk, state=CallState.READY).exists():
        return  # somebody took it back meanwhile
    if later := LATER.get(call.operation):
        later.halted(call, project, call.problem, call.advice)
    else:
        Project.objects.filter(pk=project.pk).update(state=ProjectState.QUEUED, look_problem=call.problem[:300])


# --- What became of it ------------------------------------------------------------------------------------------


def _accept(call: UpstreamCall, project: Project, answer: Answer) -> bool:
    @transaction.atomic
    def write() -> bool:
        _lock(call)
        if not upstream_calls.accept(call, upstream_id=answer.id, reply=_kept(answer.raw)):
            return False
        if later := LATER.get(call.operation):
            later.accepted(call, project)
        else:
            projects.accepted(project=project, upstream_id=answer.id, reply=answer.raw)
        return True

    return kept_answers.keep(call, answer.id, write)


def _kept(raw: dict[str, Any]) -> dict[str, Any]:
    """The reply as stored: without our own secret address, of which only the hash is kept."""
    return {name: value for name, value in raw.items() if name != "webhookUrl"}


def _settle(call: UpstreamCall, error: ProviderError | None = None) -> None:
    """It failed, or (without an error) its sender is dead. Written and told in one transaction: a kill between the two
    would leave a project that nobody looks at any more (I9), and a webhook's worker may adopt it in this moment."""

    @transaction.atomic
    def write() -> None:
        _lock(call)
        if error:
            upstream_calls.fail(call, error)
        else:
            upstream_calls.lost(call)
        tell(call, error)

    connections.insist(write)


@transaction.atomic
def tell(call: UpstreamCall, error: ProviderError | None = None) -> None:
    """Show what became of the call on the row that it is about. Told again it changes nothing."""
    _lock(call)
    now = UpstreamCall.objects.select_for_update(of=("self",)).select_related("team", "api_key").get(pk=call.pk)
    project = Project.objects.select_for_update(of=("self",)).select_related("team", "api_key").get(pk=call.target_id)
    if later := LATER.get(call.operation):
        later.tell(now, project, error)
    else:
        projects.tell(project=project, call=now, error=error)


def _look_for(call: UpstreamCall) -> None:
    """Evidence for an unknown outcome. Of a project that is known, reading it may tell (rendering.settle)."""
    if call.operation not in LATER:
        lost_calls.look(call)
        return
    seen = looks.look(call.target_id)
    call.refresh_from_db(fields=["state"])
    if call.state == CallState.UNKNOWN and seen:
        upstream_calls.no_evidence(call)
    elif call.state == CallState.UNKNOWN:
        upstream_calls.not_looked(call)
