"""browser upload: bytes on their way in. What was acknowledged is there; what was not is sent again."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Callable, Iterable
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.actions import api_keys
from dashboard.models import ApiKey, CallState, Membership, Team, User
from projects_app import disk, receive, spool
from projects_app.actions import uploads
from projects_app.actions.relay import relay
from projects_app.models import Project, ProjectState, Upload, UploadState
from tests.matrix.failing import LOCKED, refusing
from tests.matrix.table import cell
from tests.matrix.wire import Killed
from tests.projects_app.forms_data import filled
from tests.projects_app.movies import mp4
from tests.projects_app.sending import head, open_upload, patch

pytestmark = pytest.mark.django_db
STEP = "browser upload"
SignIn = Callable[[User], Client]
MOVIE = mp4(5000)


@pytest.fixture
def upload(team: Team, bob: User) -> Upload:
    return open_upload(team, bob, len(MOVIE))


@pytest.fixture
def browser(client_of: SignIn, bob: User, upload: Upload) -> Client:
    """With the first thousand bytes acknowledged."""
    client = client_of(bob)
    assert patch(client, upload, MOVIE[:1000]).status_code == 204
    return client


def offset(browser: Client, upload: Upload) -> int:
    return int(head(browser, upload).headers["Upload-Offset"])


def goes_on(browser: Client, upload: Upload, at: int) -> None:
    """From there to the end; the file is what was sent."""
    assert offset(browser, upload) == at
    assert patch(browser, upload, MOVIE[at:], at).status_code == 204
    upload.refresh_from_db()
    assert upload.state == UploadState.RECEIVED
    assert spool.path(upload.pk).read_bytes() == MOVIE


class Sending:
    """A client that sends these pieces; what is no bytes is raised where it stands."""

    fast = False

    def __init__(self, pieces: Iterable[bytes | BaseException]) -> None:
        self.pieces = list(pieces)

    def read_into(self, room: memoryview) -> int:
        piece = self.pieces.pop(0) if self.pieces else b""
        if isinstance(piece, BaseException):
            raise piece
        room[: len(piece)] = piece
        return len(piece)

    def finish(self, *, clean: bool) -> None:
        pass


def sends(monkeypatch: pytest.MonkeyPatch, *pieces: bytes | BaseException) -> None:
    monkeypatch.setattr(receive, "source_of", lambda request, length: Sending(pieces))


@cell(STEP, "kill -9")
def test_a_killed_server_keeps_what_it_acknowledged(
    step: str, browser: Client, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        sends(patched, MOVIE[1000:3000], Killed())
        with pytest.raises(Killed):
            patch(browser, upload, MOVIE[1000:], 1000)
    at = offset(browser, upload)
    assert at >= 1000
    goes_on(browser, upload, at)


@cell(STEP, "disk full")
def test_a_full_disk_pauses_and_acknowledges_nothing_it_does_not_hold(
    step: str, browser: Client, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: Any) -> int:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full)
        answer = patch(browser, upload, MOVIE[1000:], 1000)
    assert answer.status_code == 507 and "Storage is full" in answer.content.decode()
    goes_on(browser, upload, 1000)


@cell(STEP, "disk full")
def test_what_does_not_fit_is_refused_before_its_first_byte(
    step: str, team: Team, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(fd: int, start: int, length: int) -> None:
        raise disk.SpoolFull

    monkeypatch.setattr(spool, "reserve", full)
    with pytest.raises((uploads.Unacceptable, spool.SpoolFull)) as caught:
        open_upload(team, bob, 5000)
    assert getattr(caught.value, "status", 507) == 507
    assert not Upload.objects.exists()


@cell(STEP, "net cut")
def test_a_cut_line_goes_on_from_the_last_byte_that_came(
    step: str, browser: Client, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        sends(patched, MOVIE[1000:3000], receive.Cut())
        assert patch(browser, upload, MOVIE[1000:], 1000).status_code == 400
    goes_on(browser, upload, 3000)


@cell(STEP, "time-out")
def test_a_silent_browser_is_let_go_and_may_come_back(
    step: str, browser: Client, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(receive, "SILENCE_SECONDS", -1.0)
        sends(patched, MOVIE[1000:2000], receive.Idle())
        assert patch(browser, upload, MOVIE[1000:], 1000).status_code == 408
    goes_on(browser, upload, 2000)


@cell(STEP, "4xx")
def test_a_wrong_file_is_refused_with_its_reason(step: str, team: Team, bob: User, client_of: SignIn) -> None:
    upload = open_upload(team, bob, 5000)
    answer = patch(client_of(bob), upload, b"%PDF-1.7 " * 500)
    upload.refresh_from_db()
    upload.project.refresh_from_db()
    assert answer.status_code == 415 and upload.state == UploadState.REFUSED
    assert upload.project.state == ProjectState.FAILED and upload.project.advice
    assert upload.project.call is not None and upload.project.call.sent_at is None


@cell(STEP, "5xx")
def test_a_server_that_stumbles_has_lost_nothing(
    step: str, browser: Client, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        sends(patched, MOVIE[1000:2000], RuntimeError("nobody thought of this"))
        with pytest.raises(RuntimeError):  # a 500 for the browser; tus clients come again
            patch(browser, upload, MOVIE[1000:], 1000)
    at = offset(browser, upload)
    goes_on(browser, upload, at)


@cell(STEP, "429")
def test_too_many_uploads_of_one_person_are_told_to_wait(step: str, team: Team, bob: User, settings: Any) -> None:
    settings.UPLOADS_OPEN_PER_PERSON = 1
    open_upload(team, bob, 5000)
    with pytest.raises(uploads.Unacceptable) as caught:
        open_upload(team, bob, 5000)
    assert caught.value.status == 429 and Upload.objects.count() == 1


@cell(STEP, "forged")
def test_the_same_form_twice_is_one_upload(
    step: str, team: Team, bob: User, client_of: SignIn, api_key: ApiKey
) -> None:
    """R20: a double click, a refresh or a repeated request is the same intent; a foreign page's form is none at all."""
    url = reverse("projects:project-new", kwargs={"team": team.slug})
    form = filled(source="upload", video_url="", youtube_url="", filename="talk.mp4", size="5000")
    form["form_token"] = str(uuid.uuid4())
    client = client_of(bob)
    for _ in range(2):
        assert client.post(url, form, headers={"Accept": "application/json"}).status_code in (200, 201)
    assert (Upload.objects.count(), Project.objects.count()) == (1, 1)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(bob)
    form["form_token"] = str(uuid.uuid4())
    assert strict.post(url, form, headers={"Accept": "application/json"}).status_code == 403
    assert Upload.objects.count() == 1


@cell(STEP, "clock")
def test_a_clock_that_jumps_keeps_the_bytes(step: str, browser: Client, upload: Upload) -> None:
    for hours in (-20, 20):
        with time_machine.travel(timezone.now() + dt.timedelta(hours=hours)):
            assert offset(browser, upload) == 1000
    goes_on(browser, upload, 1000)


@cell(STEP, "DB locked")
@pytest.mark.django_db(transaction=True)
def test_what_could_not_be_recorded_is_not_acknowledged(step: str, browser: Client, upload: Upload) -> None:
    with refusing(LOCKED, writes=Upload._meta.db_table, times=99) as refused:
        assert patch(browser, upload, MOVIE[1000:], 1000).status_code == 503
    assert refused
    at = offset(browser, upload)
    goes_on(browser, upload, at)


@cell(STEP, "accepted, reply lost")
def test_a_lost_acknowledgement_is_asked_for_with_head(step: str, browser: Client, upload: Upload) -> None:
    assert patch(browser, upload, MOVIE[1000:3000], 1000).status_code == 204  # and nobody heard it
    assert patch(browser, upload, MOVIE[1000:3000], 1000).status_code == 409
    goes_on(browser, upload, 3000)


@cell(STEP, "key revoked")
def test_the_file_of_a_removed_key_arrives_and_is_not_sent(
    step: str, browser: Client, upload: Upload, alice: User
) -> None:
    api_keys.remove(key=ApiKey.objects.get(), by=alice, confirmed=True)
    goes_on(browser, upload, 1000)
    relay(upload.pk)
    upload.refresh_from_db()
    upload.project.refresh_from_db()
    assert upload.state == UploadState.REFUSED and "removed" in upload.project.failure_reason
    assert upload.project.call is not None and upload.project.call.state == CallState.ABANDONED


@cell(STEP, "member removed")
def test_a_removed_members_next_bytes_are_403(step: str, browser: Client, upload: Upload, bob: User) -> None:
    Membership.objects.filter(user=bob).delete()
    assert patch(browser, upload, MOVIE[1000:], 1000).status_code == 403
    upload.refresh_from_db()
    assert upload.offset == 1000
