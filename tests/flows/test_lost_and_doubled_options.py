"""Changes, exports and media whose answers get lost, and forms that are sent twice: done once, and true in the end.

The sandbox is the provider: faults are ordered there, and its record says what was really done.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from dashboard import leases
from dashboard.models import ApiKey, CallState, Team, UpstreamCall, User
from projects_app.actions import looks, media_calls, media_relay, media_sync, project_calls
from projects_app.models import Export, ExportState, Media, MediaState, Project
from sandbox.submagic import applied
from tests import factories
from tests.conftest import InProcessSandbox
from tests.publishing_app.support import YOUTUBE, account_of, ask, context_of, drive, exported_clip
from tests.sandbox.conftest import short_talk

__all__ = ["short_talk"]

SignIn = Callable[[User], Client]
SAMPLE = "http://127.0.0.1:8999/submagic/samples/hills-picture.png"


@pytest.fixture
def editor(sandbox: InProcessSandbox, bob: User, client_of: SignIn) -> Client:
    return client_of(bob)


@pytest.fixture
def made(team: Team, api_key: ApiKey, sandbox: InProcessSandbox) -> Project:
    """Captions that the sandbox holds as finished. Nothing is rendered here, so there need be no video file."""
    number, here = exported_clip(team, api_key, sandbox).upstream_id, context_of(sandbox)
    with here.store.transaction() as db:
        here.store.update(db, number, words=[], options={"removeSilencePace": "natural"})
    made = factories.make_project(
        team, kind="captions", api_key=api_key, upstream_id=number, options={"removeSilencePace": "natural"}
    )
    assert looks.look(made.pk, force=True)
    return Project.objects.get(pk=made.pk)


def fault(sandbox: InProcessSandbox, key: ApiKey, method: str, path: str, when: str, kind: str = "cut") -> None:
    order = {"on": {"method": method, "path": path}, "do": {"kind": kind, "when": when}}
    context_of(sandbox).faults.order(account_of(key), order)


def done_there(sandbox: InProcessSandbox, key: ApiKey, ending: str) -> list[dict[str, Any]]:
    """What was really applied, of one kind."""
    found: list[dict[str, Any]] = applied.entries(context_of(sandbox), account_of(key))["applied"]
    return [entry for entry in found if entry["endpoint"].endswith(ending)]


# --- One way for each of the calls ---------------------------------------------------------------------------------


class Way:
    """`ask` sends the form with this token; `deliver` does what a worker does."""

    method, path, ending = "POST", "", ""

    def __init__(self, editor: Client, made: Project, key: ApiKey, film: Path) -> None:
        self.editor, self.made, self.key, self.film = editor, made, key, film

    def ask(self, token: str) -> None:
        raise NotImplementedError

    def deliver(self) -> UpstreamCall:
        for call in UpstreamCall.objects.filter(operation=self.operation):
            project_calls.deliver(call.pk)
        return UpstreamCall.objects.get(operation=self.operation)

    @property
    def operation(self) -> str:
        return type(self).__name__.lower()


class Update(Way):
    method, path = "PUT", "/v1/projects/*"

    @property
    def ending(self) -> str:  # type: ignore[override]
        return self.made.upstream_id

    def ask(self, token: str) -> None:
        form = {"form_token": token, "silence_pace": "fast", "hook_title": "", "music_fade": "on"}
        answer = self.editor.post(f"/t/harbour/projects/{self.made.pk}/edit/", form)
        # Once it is done, the same form has nothing new to send.
        assert answer.status_code in (302, 422)


class Export_(Way):
    path, ending = "/v1/projects/*/export", "/export"
    operation = "export"

    def ask(self, token: str) -> None:
        form = {"form_token": token, "size": "1080x1920", "fps": "30"}
        answer = self.editor.post(f"/t/harbour/projects/{self.made.pk}/exports/", form)
        # A second click may find that it is under way already.
        assert answer.status_code in (302, 409)


class Link(Way):
    path, ending = "/v1/user-media", "/user-media"
    operation = "create_media"

    def ask(self, token: str) -> None:
        form = {"form_token": token, "key": str(self.key.pk), "url": SAMPLE}
        assert self.editor.post("/t/harbour/media/add/", form).status_code == 302

    def deliver(self) -> UpstreamCall:
        row = Media.objects.get()
        assert row.call_id
        media_calls.deliver(row.call_id)
        media_relay.hand_over(row.pk)
        return UpstreamCall.objects.get(pk=row.call_id)


class File(Link):
    path, ending = "/v1/user-media/upload", "/user-media/upload"
    operation = "upload_media"

    def ask(self, token: str) -> None:
        form = {"form_token": token, "key": str(self.key.pk), "end": "1"}
        file = SimpleUploadedFile("talk.mp4", self.film.read_bytes())
        assert self.editor.post("/t/harbour/media/upload/", form | {"file": file}).status_code == 302


WAYS = [Update, Export_, Link, File]


@pytest.fixture(params=WAYS, ids=["update", "export", "media by link", "media file"])
def way(request: Any, editor: Client, made: Project, api_key: ApiKey, short_talk: Path) -> Way:
    found: Way = request.param(editor, made, api_key, short_talk)
    return found


def wake_everything(way: Way) -> UpstreamCall:
    """As the sweeper does, more often than it would."""
    for model in (UpstreamCall, Project, Media):
        model.objects.filter(next_look_at__isnull=False).update(next_look_at=timezone.now())
    leases.sweep()
    return way.deliver()


def test_a_form_that_comes_twice_is_one_call(way: Way, sandbox: InProcessSandbox, api_key: ApiKey) -> None:
    token = str(uuid.uuid4())
    for _click in range(2):
        way.ask(token)
    assert UpstreamCall.objects.filter(operation=way.operation).count() == 1
    for _worker in range(3):
        assert way.deliver().state == CallState.ACCEPTED
    way.ask(token)
    way.deliver()
    assert len(done_there(sandbox, api_key, way.ending)) == 1


@pytest.mark.parametrize("kind", ["cut", "error", "garble"])
def test_what_was_done_and_not_answered_is_done_once_and_found(
    way: Way, sandbox: InProcessSandbox, api_key: ApiKey, kind: str
) -> None:
    sandbox.clock.move(seconds=5)
    fault(sandbox, api_key, way.method, way.path, "after", kind)
    way.ask(str(uuid.uuid4()))
    assert way.deliver().state == CallState.UNKNOWN
    assert len(done_there(sandbox, api_key, way.ending)) == 1
    sandbox.clock.move(minutes=20)  # media is ready by then
    for _worker in range(3):
        call = wake_everything(way)
    assert call.state == CallState.ACCEPTED
    assert call.attempts == 1
    assert len(done_there(sandbox, api_key, way.ending)) == 1
    if isinstance(way, Link):
        entry, row = done_there(sandbox, api_key, way.ending)[0], Media.objects.get()
        assert (row.state, row.upstream_id) == (MediaState.READY, entry["userMediaId"])
    elif way.operation == "export":
        assert Export.objects.get(call=call).state == ExportState.RUNNING
    else:
        way.made.refresh_from_db()
        assert way.made.options == {"removeSilencePace": "fast"}
        assert way.made.outdated_since is not None


def test_what_never_arrived_is_not_sent_again_by_itself(way: Way, sandbox: InProcessSandbox, api_key: ApiKey) -> None:
    sandbox.clock.move(seconds=5)
    fault(sandbox, api_key, way.method, way.path, "before")
    way.ask(str(uuid.uuid4()))
    assert way.deliver().state == CallState.UNKNOWN
    for _worker in range(3):
        assert wake_everything(way).state == CallState.UNKNOWN
    assert not done_there(sandbox, api_key, way.ending)
    # The same form again is the same call; only a person's word sends it anew.
    assert UpstreamCall.objects.get(operation=way.operation).attempts == 1
    again(way)
    again(way)
    new = UpstreamCall.objects.exclude(supersedes=None).get()
    drive_all(way)
    drive_all(way)
    new.refresh_from_db()
    assert new.state == CallState.ACCEPTED
    assert len(done_there(sandbox, api_key, way.ending)) == 1


def again(way: Way) -> None:
    """The person's click, twice from the same page."""
    token = {"form_token": str(uuid.UUID(int=7)), "decision": "again", "confirm": "send again"}
    if isinstance(way, Link):
        way.editor.post(f"/t/harbour/media/{Media.objects.get().pk}/again/", token)
    elif way.operation == "export":
        export = Export.objects.exclude(call=None).get()
        way.editor.post(f"/t/harbour/exports/{export.pk}/decide/", token)
    else:
        way.editor.post(f"/t/harbour/projects/{way.made.pk}/edit/decide/", token)


def drive_all(way: Way) -> None:
    for call in UpstreamCall.objects.live():
        if isinstance(way, Link):
            media_calls.deliver(call.pk)
        else:
            project_calls.deliver(call.pk)
    for row in Media.objects.exclude(node=""):
        media_relay.hand_over(row.pk)


def test_a_limit_costs_no_attempt_and_is_waited_out(way: Way, sandbox: InProcessSandbox, api_key: ApiKey) -> None:
    order = {"on": {"method": way.method, "path": way.path}, "do": {"kind": "limit", "retryAfter": 120}}
    context_of(sandbox).faults.order(account_of(api_key), order)
    way.ask(str(uuid.uuid4()))
    call = way.deliver()
    assert (call.state, call.attempts) == (CallState.READY, 0)
    assert call.not_before is not None
    assert (call.not_before - timezone.now()).total_seconds() > 110
    for _worker in range(3):
        assert wake_everything(way).state == CallState.READY
    assert not done_there(sandbox, api_key, way.ending)


# --- Two at once ---------------------------------------------------------------------------------------------------


def test_two_lost_media_of_one_name_are_told_apart_by_a_person_only(
    editor: Client, sandbox: InProcessSandbox, api_key: ApiKey
) -> None:
    for _number in range(2):
        fault(sandbox, api_key, "POST", "/v1/user-media", "after")
        form = {"form_token": str(uuid.uuid4()), "key": str(api_key.pk), "url": SAMPLE}
        editor.post("/t/harbour/media/add/", form)
    for row in Media.objects.all():
        assert row.call_id
        media_calls.deliver(row.call_id)
    sandbox.clock.move(minutes=20)
    media_sync.sync(api_key)
    lost = list(Media.objects.exclude(call=None))
    found = list(Media.objects.filter(call=None))
    assert {row.state for row in lost} == {MediaState.UNKNOWN}
    assert len(lost) == len(found) == 2
    editor.post(f"/t/harbour/media/{lost[0].pk}/claim/", {"found": str(found[0].pk)})
    editor.post(f"/t/harbour/media/{lost[1].pk}/claim/", {"found": str(found[0].pk)})
    lost[1].refresh_from_db()
    assert lost[1].state == MediaState.UNKNOWN, "that entry is the other one's by now"
    media_sync.sync(api_key)
    lost[1].refresh_from_db()
    # Only one is left that it can be.
    assert (lost[1].state, lost[1].upstream_id) == (MediaState.READY, found[1].upstream_id)
    assert len(done_there(sandbox, api_key, "/user-media")) == 2


def test_a_post_that_was_done_and_not_answered_is_done_once(
    team: Team, bob: User, sandbox: InProcessSandbox, api_key: ApiKey
) -> None:
    clip = exported_clip(team, api_key, sandbox)
    fault(sandbox, api_key, "POST", "/v1/projects/*/publish", "after")
    publication = drive(ask(clip, bob, YOUTUBE))
    assert publication.call is not None
    assert publication.call.state == CallState.UNKNOWN
    for _worker in range(3):
        publication = drive(publication)
    assert len(done_there(sandbox, api_key, "/publish")) == 1
    assert publication.call is not None
    assert publication.call.state == CallState.ACCEPTED
