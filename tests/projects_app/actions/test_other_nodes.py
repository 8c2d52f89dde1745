"""Files that lie on another node, and nodes that are gone."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from dashboard import heartbeat
from dashboard.models import ApiKey, CallState, Team, UpstreamCall, User
from projects_app import checks, spool
from projects_app.actions import media, media_relay, mending, projects
from projects_app.actions.projects import NotNow
from projects_app.actions.relay import relay
from projects_app.models import Media, MediaState, Project, ProjectState, Upload, UploadState
from tests.projects_app import libraries as lib
from tests.projects_app.actions.test_relay import MOVIE, now_of, receive
from tests.projects_app.scripted import Scripted
from tests.projects_app.sending import TUS, address, open_upload

SignIn = Callable[[User], Client]
LATER = dt.timedelta(hours=3)


@pytest.fixture
def upload(team: Team, bob: User, settings: Any) -> Upload:
    """All of it lies on the node "old"."""
    settings.NODE = "old"
    return receive(open_upload(team, bob, len(MOVIE)))


@pytest.fixture
def moved(upload: Upload, settings: Any, tmp_path: Path) -> Upload:
    """And this is another, three hours later."""
    settings.NODE, settings.SPOOL_DIR = "new", tmp_path / "spool-new"
    with time_machine.travel(timezone.now() + LATER):
        yield upload


def on_the_wire(upload: Upload, state: CallState) -> None:
    UpstreamCall.objects.update(state=state, sent_at=timezone.now(), attempts=1, next_look_at=None)
    Project.objects.update(state=ProjectState.RELAYING)


# --- A click that comes to another node ----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_file_of_the_library_is_sent_again_by_the_node_that_has_it(
    team: Team, bob: User, api_key: ApiKey, provider: Scripted, settings: Any, tmp_path: Path
) -> None:
    settings.NODE = "north"
    heartbeat.beat()
    provider.on(
        "POST", lib.UPLOAD, httpx.Response(502, text="bad"), httpx.Response(201, json={"userMediaId": "m-1234567"})
    )
    row = lib.add_file(team, bob, api_key)
    row.refresh_from_db()
    assert row.state == MediaState.UNKNOWN
    here = settings.SPOOL_DIR
    settings.NODE, settings.SPOOL_DIR = "south", tmp_path / "spool-south"
    media.send_again(media=row, by=bob)
    row.refresh_from_db()
    assert row.state == MediaState.QUEUED, "nothing was taken for lost"
    assert (here / row.pk.hex).exists()
    settings.NODE, settings.SPOOL_DIR = "north", here
    media_relay.hand_over(row.pk)
    row.refresh_from_db()
    assert row.upstream_id == "m-1234567"


def test_a_file_is_handed_over_by_its_own_node_alone(
    team: Team, bob: User, api_key: ApiKey, provider: Scripted, settings: Any
) -> None:
    settings.NODE = "north"
    row = lib.add_file(team, bob, api_key)
    settings.NODE = "south"
    media_relay.hand_over(row.pk)
    row.refresh_from_db()
    assert (row.state, lib.call_of(row).state) == (MediaState.QUEUED, CallState.READY)


def test_a_file_on_a_node_that_is_gone_is_not_promised_again(
    team: Team, bob: User, api_key: ApiKey, settings: Any
) -> None:
    settings.NODE = "north"
    row = lib.add_file(team, bob, api_key)
    UpstreamCall.objects.update(state=CallState.REJECTED, settled_at=timezone.now())
    settings.NODE = "south"
    with pytest.raises(NotNow, match="does not answer any more"):
        media.send_again(media=row, by=bob)


# --- A node that is gone -------------------------------------------------------------------------------------------


def test_a_node_is_gone_after_hours_of_silence(settings: Any) -> None:
    settings.NODE = "old"
    heartbeat.beat()
    settings.NODE = "new"
    assert not heartbeat.is_gone("old")
    assert not heartbeat.is_gone("new")
    with time_machine.travel(timezone.now() + heartbeat.GONE_AFTER + dt.timedelta(minutes=1)):
        assert heartbeat.is_gone("old")
        assert not heartbeat.is_gone("new"), "not by its own word"


def test_what_a_gone_node_was_sending_can_be_cancelled_anywhere(moved: Upload, client_of: SignIn, bob: User) -> None:
    on_the_wire(moved, CallState.SENDING)
    assert mending.mend() == 1
    upload, project, call = now_of(moved)
    assert (call.state, upload.state, project.state) == ("ready", UploadState.RECEIVED, ProjectState.NEEDS_YOU)
    assert "does not answer any more" in project.failure_reason
    assert mending.mend() == 0
    assert client_of(bob).delete(address(upload), headers=TUS).status_code == 204
    upload, project, call = now_of(moved)
    assert (call.state, upload.state, project.state) == ("abandoned", UploadState.CANCELLED, ProjectState.FAILED)


def test_cancelled_before_that_its_call_is_ended_all_the_same(moved: Upload, client_of: SignIn, bob: User) -> None:
    on_the_wire(moved, CallState.SENDING)
    assert client_of(bob).delete(address(moved), headers=TUS).status_code == 204
    assert now_of(moved)[2].state == CallState.SENDING
    mending.mend()
    upload, project, call = now_of(moved)
    assert (call.state, project.state) == (CallState.ABANDONED, ProjectState.FAILED)
    assert upload.pruned_at is not None
    assert mending.gone_nodes() == []


def test_what_may_have_arrived_is_decided_by_a_person(moved: Upload, bob: User) -> None:
    on_the_wire(moved, CallState.COMMITTING)
    mending.mend()
    _upload, project, call = now_of(moved)
    assert (call.state, project.state) == (CallState.UNKNOWN, ProjectState.UNKNOWN)
    assert call.next_look_at is not None
    projects.give_up(project=project, by=bob)
    assert now_of(moved)[2].state == CallState.ABANDONED


def test_should_it_come_back_it_goes_on(moved: Upload, sandbox: Any, settings: Any, tmp_path: Path) -> None:
    on_the_wire(moved, CallState.SENDING)
    mending.mend()
    settings.NODE, settings.SPOOL_DIR = "old", tmp_path / "spool"
    relay(moved.pk)
    upload, _project, call = now_of(moved)
    # The stand-in looks into the file, and this one holds no pictures; both answers are documented.
    assert call.state in (CallState.ACCEPTED, CallState.REJECTED)
    assert spool.path(upload.pk).exists()


@pytest.mark.parametrize("sign", ["it was heard", "bytes came", "somebody holds it"])
def test_a_node_that_lives_keeps_what_it_has(moved: Upload, client_of: SignIn, bob: User, sign: str) -> None:
    on_the_wire(moved, CallState.SENDING)
    now = timezone.now()
    if sign == "it was heard":
        cache.set("worker:old", now.isoformat())
    elif sign == "bytes came":
        Upload.objects.update(last_byte_at=now)
    else:
        Upload.objects.update(lease_owner="old:1", lease_until=now + dt.timedelta(seconds=30))
    assert mending.mend() == 0
    assert now_of(moved)[2].state == CallState.SENDING
    if sign != "somebody holds it":
        assert client_of(bob).delete(address(moved), headers=TUS).status_code == 503


@pytest.mark.parametrize("method", ["head", "patch"])
def test_only_its_end_may_be_asked_for_elsewhere(moved: Upload, client_of: SignIn, bob: User, method: str) -> None:
    response = getattr(client_of(bob), method)(address(moved), headers={**TUS, "Upload-Offset": "0"})
    assert response.status_code == 503


@pytest.mark.parametrize(
    ("state", "then", "shown"),
    [
        (CallState.SENDING, CallState.READY, MediaState.QUEUED),
        (CallState.COMMITTING, CallState.UNKNOWN, MediaState.UNKNOWN),
    ],
)
def test_the_same_for_a_file_of_the_library(
    team: Team, bob: User, api_key: ApiKey, settings: Any, state: CallState, then: CallState, shown: MediaState
) -> None:
    settings.NODE = "old"
    row = lib.add_file(team, bob, api_key)
    UpstreamCall.objects.update(state=state, sent_at=timezone.now(), attempts=1, next_look_at=None)
    Media.objects.update(state=MediaState.UPLOADING)
    settings.NODE = "new"
    with time_machine.travel(timezone.now() + LATER):
        assert mending.mend() == 1
    row.refresh_from_db()
    assert (lib.call_of(row).state, row.state) == (then, shown)
    (media.cancel if then == CallState.READY else media.give_up)(media=row, by=bob)


def test_it_is_warned_of_at_start(moved: Upload) -> None:
    (warning,) = checks.files_lie_on_nodes_that_run(databases=["default"])
    assert warning.id == "projects.W001"
    assert "“old”" in warning.msg and "NODE=old" in str(warning.hint)
    assert checks.files_lie_on_nodes_that_run() == [], "without a database nothing is asked"
    Upload.objects.update(pruned_at=timezone.now())
    assert checks.files_lie_on_nodes_that_run(databases=["default"]) == []


def test_an_id_that_is_none_wakes_nobody(db: None) -> None:
    from projects_app import tasks

    tasks.media_at_home(uuid.uuid4())
