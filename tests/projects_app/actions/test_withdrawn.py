"""Rights and keys that are taken away while a call is being prepared or a file is being handed over (R16, R17, I6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from dashboard.actions import api_keys, upstream_calls
from dashboard.models import ApiKey, CallState, Membership, Team, UpstreamCall, User
from projects_app import spool
from projects_app.actions import media_relay, projects
from projects_app.actions import relay as relays
from projects_app.actions.relay import relay
from projects_app.models import MediaState, Project, ProjectState, Upload, UploadState
from tests.projects_app import libraries as lib
from tests.projects_app.actions.test_relay import MOVIE, Books, now_of, provider, receive
from tests.projects_app.json_calls import CREATE, created, send
from tests.projects_app.scripted import Scripted
from tests.projects_app.sending import open_upload

Take = Callable[[User], None]


def role(bob: User) -> None:
    Membership.objects.filter(user=bob).delete()


def key(bob: User) -> None:
    api_keys.remove(key=ApiKey.objects.get(), by=bob, confirmed=True)


def key_for_now(_bob: User) -> None:
    ApiKey.objects.update(state=ApiKey.State.INVALID)


def secret(bob: User) -> None:
    api_keys._swap(key=ApiKey.objects.get(), secret="sk-" + "a" * 64, by=bob)


TAKES = pytest.mark.parametrize(
    ("take", "call_state", "project_state"),
    [
        (role, CallState.ABANDONED, ProjectState.NEEDS_YOU),
        (key, CallState.ABANDONED, ProjectState.NEEDS_YOU),
        (key_for_now, CallState.READY, ProjectState.NEEDS_YOU),
        (secret, CallState.READY, ProjectState.QUEUED),
    ],
)


@TAKES
def test_what_is_taken_away_before_it_is_begun_stops_a_call(
    waiting: Project, bob: User, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest,
    take: Take, call_state: CallState, project_state: ProjectState,
) -> None:  # fmt: skip
    scripted: Scripted = request.getfixturevalue("provider")
    scripted.on("POST", CREATE, created())
    turn = upstream_calls.take_turn

    def meanwhile(call: UpstreamCall) -> bool:
        take(bob)
        return turn(call)

    with monkeypatch.context() as patched:
        patched.setattr(upstream_calls, "take_turn", meanwhile)
        call = send(waiting)
    assert scripted.count("POST", CREATE) == 0
    assert (call.state, call.attempts, waiting.state) == (call_state, 0, project_state)
    if take is secret:
        assert call.next_look_at is not None and call.next_look_at <= timezone.now()
        assert send(waiting).state == CallState.ACCEPTED


@pytest.mark.parametrize("take", [role, key, key_for_now, secret])
def test_what_is_taken_away_while_a_file_is_handed_over_keeps_its_end_back(
    team: Team, bob: User, settings: Any, monkeypatch: pytest.MonkeyPatch, take: Take
) -> None:
    upload = receive(open_upload(team, bob, len(MOVIE)))
    books = Books()
    before_end = relays.Run._before_end

    def meanwhile(run: relays.Run, reader: spool.Reader) -> None:
        take(bob)
        before_end(run, reader)

    with monkeypatch.context() as patched, provider(settings, books):
        patched.setattr(relays.Run, "_before_end", meanwhile)
        relay(upload.pk)
    upload, project, call = now_of(upload)
    assert (books.complete, books.truncated) == ([], 1)
    if take in (role, key):
        assert (call.state, upload.state, project.state) == ("abandoned", UploadState.REFUSED, ProjectState.FAILED)
        assert "Nothing was spent" in project.advice
        return
    assert (call.state, call.attempts, upload.state) == (CallState.READY, 0, UploadState.RECEIVED)
    assert upload.next_look_at is not None
    assert spool.path(upload.pk).exists()
    if take is key_for_now:
        assert project.state == ProjectState.NEEDS_YOU
        ApiKey.objects.update(state=ApiKey.State.VALID)
    again = Books()
    with provider(settings, again), time_machine.travel(timezone.now() + dt.timedelta(minutes=6)):
        relay(upload.pk)
    assert len(again.complete) == 1
    assert now_of(upload)[2].state == CallState.ACCEPTED


@pytest.mark.parametrize("take", [role, key, key_for_now, secret])
def test_the_same_for_a_file_of_the_library(
    team: Team, bob: User, api_key: ApiKey, settings: Any, monkeypatch: pytest.MonkeyPatch, take: Take
) -> None:
    row = lib.add_file(team, bob, api_key)
    books = Books()
    before_end = media_relay._Run._before_end

    def meanwhile(run: media_relay._Run) -> None:
        take(bob)
        before_end(run)

    with monkeypatch.context() as patched, provider(settings, books):
        patched.setattr(media_relay._Run, "_before_end", meanwhile)
        call = lib.deliver(row)
    assert (books.complete, books.truncated) == ([], 1)
    ended = take in (role, key)
    assert call.state == (CallState.ABANDONED if ended else CallState.READY)
    assert row.state == (MediaState.FAILED if ended else MediaState.QUEUED)
    assert lib.has_file(row) is not ended
    assert ended or row.next_look_at is not None


def test_a_file_found_to_have_arrived_before_is_not_completed_a_second_time(
    team: Team, bob: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = receive(open_upload(team, bob, len(MOVIE)))
    books = Books()
    before_end = relays.Run._before_end

    def adopted(run: relays.Run, reader: spool.Reader) -> None:
        upstream_calls.accept(UpstreamCall.objects.get(), upstream_id="found", reply={"adopted": True})
        projects.accepted(project=Project.objects.get(), upstream_id="found", reply={})
        before_end(run, reader)

    with monkeypatch.context() as patched, provider(settings, books):
        patched.setattr(relays.Run, "_before_end", adopted)
        relay(upload.pk)
    upload, project, call = now_of(upload)
    assert (books.complete, books.truncated) == ([], 1)
    assert (call.state, project.upstream_id, upload.state) == (CallState.ACCEPTED, "found", UploadState.RELAYED)


def test_a_paused_relay_does_not_cancel_the_upload_of_its_successor(
    team: Team, bob: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its machine slept for longer than the lease; what it hears then is no news of the upload any more."""
    upload = receive(open_upload(team, bob, len(MOVIE)))
    run: list[relays.Run] = []
    before_end = relays.Run._before_end

    def asleep(mine: relays.Run, reader: spool.Reader) -> None:
        run.append(mine)
        # Another worker has taken it over, and sends it.
        Upload.objects.filter(pk=upload.pk).update(lease_owner="another")
        UpstreamCall.objects.update(sent_at=timezone.now() + dt.timedelta(seconds=1))
        raise OSError("the connection broke meanwhile")

    books = Books()
    with monkeypatch.context() as patched, provider(settings, books):
        patched.setattr(relays.Run, "_before_end", asleep)
        relay(upload.pk)
    upload, project, call = now_of(upload)
    assert (call.state, upload.state) == (CallState.SENDING, UploadState.RECEIVED)
    assert project.state == ProjectState.RELAYING
    assert run and before_end
