"""spool and check: bytes that are here, made durable and looked at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from dashboard.models import Membership, Team, User
from projects_app import disk, spool
from projects_app.actions import examining, uploads
from projects_app.actions.relay import relay
from projects_app.models import ProjectState, Upload, UploadState
from tests.matrix.failing import LOCKED, refusing
from tests.matrix.table import cell
from tests.matrix.wire import Killed
from tests.projects_app.actions.test_relay import Books, now_of, provider, receive
from tests.projects_app.movies import box, ftyp, moov, mp4
from tests.projects_app.sending import head, open_upload, patch

pytestmark = pytest.mark.django_db
STEP = "spool and check"
SignIn = Callable[[User], Client]
MOVIE = mp4(300_000)


@pytest.fixture
def upload(team: Team, bob: User) -> Upload:
    return open_upload(team, bob, len(MOVIE))


@pytest.fixture
def browser(client_of: SignIn, bob: User) -> Client:
    return client_of(bob)


def arrived(browser: Client, upload: Upload) -> None:
    at = int(head(browser, upload).headers["Upload-Offset"])
    assert patch(browser, upload, MOVIE[at:], at).status_code == 204
    upload.refresh_from_db()
    assert (upload.state, upload.duration) == (UploadState.RECEIVED, 12.5)
    assert spool.path(upload.pk).read_bytes() == MOVIE


@cell(STEP, "kill -9")
def test_a_check_that_was_killed_is_made_again(
    step: str, browser: Client, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_args: Any) -> int:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(examining, "examine", killed)
        with pytest.raises(Killed):
            patch(browser, upload, MOVIE)
    arrived(browser, upload)


@cell(STEP, "disk full")
def test_a_sync_that_the_disk_refused_counts_nothing(
    step: str, browser: Client, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(fd: int) -> None:
        raise disk.SpoolFull

    with monkeypatch.context() as patched:
        patched.setattr(spool, "sync", full)
        assert patch(browser, upload, MOVIE).status_code == 507
    upload.refresh_from_db()
    assert upload.offset == 0
    arrived(browser, upload)


@cell(STEP, "time-out")
def test_a_check_that_took_too_long_is_made_again_by_another_worker(
    step: str, upload: Upload, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease is over, so whoever comes next looks at the whole file again before it gets its end."""
    receive(upload, MOVIE)
    Upload.objects.filter(pk=upload.pk).update(
        lease_owner="gone:1:x", lease_until=timezone.now() - dt.timedelta(seconds=1)
    )
    looked: list[int] = []
    examine = examining.examine

    def noting(row: Upload, read: Any, size: int) -> int:
        looked.append(size)
        return examine(row, read, size)

    monkeypatch.setattr(examining, "examine", noting)
    books = Books()
    with provider(settings, books):
        relay(upload.pk)
    assert looked and looked[-1] == len(MOVIE) and len(books.complete) == 1


@cell(STEP, "4xx")
def test_too_long_a_video_is_refused_before_it_is_handed_over(
    step: str, browser: Client, team: Team, bob: User, settings: Any
) -> None:
    long = mp4(5000, seconds=3 * 3600)
    upload = open_upload(team, bob, len(long))
    answer = patch(browser, upload, long)
    assert answer.status_code in (413, 415, 422)
    books = Books()
    with provider(settings, books):
        relay(upload.pk)
    _, project, call = now_of(upload)
    assert (books.complete, books.truncated, call.sent_at) == ([], 0, None)
    assert project.state == ProjectState.FAILED and "minutes" in f"{project.failure_reason} {project.advice}".lower()


@cell(STEP, "bad JSON")
@pytest.mark.parametrize(
    "file",
    [ftyp() + box(b"mdat", b"x" * 4000), ftyp() + box(b"moov") + box(b"mdat", b"x" * 4000), b"\0" * 5000],
    ids=["no index", "an empty index", "no boxes"],
)
def test_boxes_that_cannot_be_read_are_refused(step: str, browser: Client, team: Team, bob: User, file: bytes) -> None:
    upload = open_upload(team, bob, len(file))
    assert patch(browser, upload, file).status_code == 415
    upload.refresh_from_db()
    assert upload.state == UploadState.REFUSED and upload.problem


@cell(STEP, "clock")
def test_an_upload_is_not_given_up_by_a_clock_that_goes_back(
    step: str, browser: Client, upload: Upload, settings: Any
) -> None:
    patch(browser, upload, MOVIE[:1000])
    with time_machine.travel(timezone.now() - dt.timedelta(days=2)):
        uploads.sweep_spool()
        relay(upload.pk)
    arrived(browser, upload)


@cell(STEP, "DB locked")
@pytest.mark.django_db(transaction=True)
def test_a_verdict_that_cannot_be_stored_is_found_again(step: str, browser: Client, team: Team, bob: User) -> None:
    wrong = ftyp() + moov(3 * 3600) + box(b"mdat", b"x" * 4000)
    upload = open_upload(team, bob, len(wrong))
    with refusing(LOCKED, writes=Upload._meta.db_table, times=99) as refused:
        assert patch(browser, upload, wrong).status_code == 503
    assert refused
    at = int(head(browser, upload).headers["Upload-Offset"])
    assert patch(browser, upload, wrong[at:], at).status_code in (413, 415, 422)
    upload.refresh_from_db()
    assert upload.state == UploadState.REFUSED


@cell(STEP, "member removed")
def test_what_is_here_of_a_removed_member_is_not_handed_over(
    step: str, browser: Client, upload: Upload, bob: User, settings: Any
) -> None:
    arrived(browser, upload)
    Membership.objects.filter(user=bob).delete()
    books = Books()
    with provider(settings, books):
        relay(upload.pk)
    row, project, call = now_of(upload)
    assert (books.complete, call.sent_at, row.state) == ([], None, UploadState.REFUSED)
    assert "may not" in project.failure_reason
