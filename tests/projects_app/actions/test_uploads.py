from __future__ import annotations

import datetime as dt
import os
import time
import uuid
from typing import Any

import pytest
from django.utils import timezone

from dashboard.models import AuditEvent, CallState, Role, Team, User
from projects_app import spool
from projects_app.actions import pace, uploads
from projects_app.models import STARTED_HERE, Kind, Project, ProjectState, Upload, UploadState
from tests import factories
from tests.projects_app.sending import open_upload

GB = 1024**3


@pytest.mark.parametrize("name", ["talk.mp4", "TALK.MP4", "a b.mov", "päßchen.final.mov"])
def test_mp4_and_mov_names_are_taken(name: str) -> None:
    uploads.check(kind=Kind.CAPTIONS, filename=name, size=1)


@pytest.mark.parametrize("name", ["talk.avi", "talk", "mp4", ".mp4", "talk.mp4.exe", ""])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(uploads.Unacceptable, match="not an MP4 or MOV") as caught:
        uploads.check(kind=Kind.CAPTIONS, filename=name, size=1)
    assert caught.value.advice


def test_empty_file_is_refused() -> None:
    with pytest.raises(uploads.Unacceptable, match="0 bytes"):
        uploads.check(kind=Kind.CAPTIONS, filename="talk.mp4", size=0)


@pytest.mark.parametrize("kind", STARTED_HERE)
def test_ten_gigabytes_are_the_end(kind: str) -> None:
    uploads.check(kind=kind, filename="talk.mp4", size=10 * GB)
    with pytest.raises(uploads.Unacceptable, match="too large"):
        uploads.check(kind=kind, filename="talk.mp4", size=10 * GB + 1)


def test_size_that_the_documents_disagree_about_is_warned_of() -> None:
    assert "2 GB and 10 GB" in uploads.warning(kind=Kind.CAPTIONS, size=3 * GB)
    assert uploads.warning(kind=Kind.CAPTIONS, size=2 * GB) == ""
    assert uploads.warning(kind=Kind.MAGIC_CLIPS, size=9 * GB) == ""


def test_open_upload_has_a_row_a_file_and_a_call(team: Team, bob: User) -> None:
    upload = open_upload(team, bob, 5000)
    assert (upload.node, upload.offset, upload.state) == ("test", 0, UploadState.RECEIVING)
    assert spool.path(upload.pk).stat().st_size == 0
    assert upload.next_look_at is not None
    assert upload.project.state == ProjectState.DRAFT
    assert upload.project.call is not None
    assert upload.project.call.state == CallState.READY
    assert AuditEvent.objects.filter(verb="upload.opened", target_id=str(upload.pk)).exists()


def test_nothing_is_kept_when_there_is_no_room(team: Team, bob: User, settings: Any) -> None:
    settings.SPOOL_FLOOR_BYTES = 1 << 60
    with pytest.raises(uploads.Unacceptable, match="no room") as caught:
        open_upload(team, bob, 5000)
    assert caught.value.status == 507
    assert not Project.objects.exists()
    assert not Upload.objects.exists()
    assert spool.stored() == {}


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("talk.mp4", "talk.mp4"),
        ("../../etc/passwd.mp4", "passwd.mp4"),
        ("C:\\videos\\talk.mov", "talk.mov"),
        ("a\0b\r\nc.mp4", "abc.mp4"),
        ("", "video.mp4"),
    ],
)
def test_only_the_readable_last_part_of_a_name_is_kept(given: str, shown: str) -> None:
    assert uploads.display_name(given) == shown


def test_long_name_keeps_its_ending() -> None:
    shown = uploads.display_name("x" * 400 + ".mp4")
    assert len(shown) == 200
    assert shown.endswith(".mp4")


def test_stopping_twice_is_once(team: Team, bob: User) -> None:
    upload = open_upload(team, bob, 5000)
    assert uploads.cancel(upload=upload, by=bob)
    assert not uploads.cancel(upload=upload, by=bob)
    assert not uploads.refuse(upload, problem="too late", advice="")
    upload.refresh_from_db()
    assert upload.state == UploadState.CANCELLED
    assert AuditEvent.objects.filter(verb="upload.cancelled").count() == 1


@pytest.mark.parametrize("state", [CallState.COMMITTING, CallState.UNKNOWN])
def test_what_may_be_at_the_provider_is_not_cancelled(team: Team, bob: User, state: CallState) -> None:
    upload = open_upload(team, bob, 5000)
    call = upload.project.call
    assert call is not None
    call.state = state
    call.save()
    with pytest.raises(uploads.TooLate):
        uploads.cancel(upload=upload, by=bob)
    upload.refresh_from_db()
    assert upload.state == UploadState.RECEIVING


def test_sweep_removes_old_files_without_a_row_only(team: Team, bob: User) -> None:
    kept = open_upload(team, bob, 100)
    old, fresh = uuid.uuid4(), uuid.uuid4()
    for pk in (old, fresh):
        spool.create(pk, 10)
    long_ago = time.time() - 2 * 86400
    for pk in (kept.pk, old):
        os.utime(spool.path(pk), (long_ago, long_ago))
    assert uploads.sweep_spool() == 1
    assert set(spool.stored()) == {kept.pk, fresh}


# --- Quotas --------------------------------------------------------------------------------------------------------


def test_one_person_has_only_so_many_under_way(team: Team, bob: User, alice: User, settings: Any) -> None:
    settings.UPLOADS_OPEN_PER_PERSON = 2
    first = open_upload(team, bob, 100)
    open_upload(team, bob, 100)
    with pytest.raises(uploads.Unacceptable, match="2 uploads under way") as caught:
        open_upload(team, bob, 100)
    assert caught.value.status == 429
    open_upload(team, alice, 100)
    uploads.cancel(upload=first, by=bob)
    open_upload(team, bob, 100)
    assert Project.objects.filter(upload=None).count() == 0  # the refused one left nothing behind


def test_one_team_has_only_so_many_bytes_in_its_spools(
    team: Team, bob: User, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.UPLOAD_BYTES_PER_TEAM = 1000
    with django_capture_on_commit_callbacks(execute=True):
        first = open_upload(team, bob, 800)
    with pytest.raises(uploads.Unacceptable, match="more than the"):
        open_upload(team, bob, 300)
    open_upload(team, bob, 200)
    other = factories.make_team()
    open_upload(other, factories.make_member(other, Role.EDITOR), 900)
    uploads.cancel(upload=first, by=bob)
    uploads.clear(first)
    open_upload(team, bob, 800)


# --- When the hand-over begins -------------------------------------------------------------------------------------


def row(**fields: Any) -> Upload:
    defaults = {"size": 900_000_000, "offset": 0, "container": "mp4", "rate": 10_000_000, "relay_attempts": 0}
    return Upload(**(defaults | fields))


def test_hand_over_begins_so_that_both_legs_end_together() -> None:
    """900 MB leave in 30 s at the guessed 30 MB/s; at 10 MB/s the browser's last 300 MB take as long."""
    assert not pace.is_due(row(offset=599_000_000))
    assert pace.is_due(row(offset=601_000_000))


def test_what_was_measured_of_the_provider_counts_more_than_the_guess() -> None:
    """At 60 MB/s 900 MB leave in 15 s (and a little): the browser's last 150 MB at 10 MB/s take as long."""
    assert not pace.is_due(row(offset=740_000_000, upstream_rate=60_000_000))
    assert pace.is_due(row(offset=751_000_000, upstream_rate=60_000_000))


def test_the_rate_is_learnt_from_long_stretches_without_a_wait() -> None:
    meter = pace.Meter()
    for _ in range(200):  # follows a slow browser: buffers swallow each block at once
        meter(256_000, 0.0001)
        meter(0, 0)
    assert meter.rate == 0
    for _ in range(200):  # 51 MB that were there: the line's own 50 MB/s
        meter(250_000, 0.005)
    assert meter.rate == 50_000_000


def test_the_newest_rate_moves_what_is_known(team: Team, bob: User) -> None:
    key = open_upload(team, bob, 5000).project.api_key
    pace.learn(key, 0)
    key.refresh_from_db()
    assert key.upload_rate == 0
    pace.learn(key, 50_000_000)
    pace.learn(key, 100_000_000)
    key.refresh_from_db()
    assert key.upload_rate == 70_000_000
    assert open_upload(team, bob, 5000, api_key=key).upstream_rate == 70_000_000


def test_fast_browser_is_followed_from_its_first_checked_bytes() -> None:
    assert pace.is_due(row(offset=16, rate=100_000_000))


def test_nothing_is_handed_over_before_it_is_known_to_be_a_video() -> None:
    assert not pace.is_due(row(offset=16, rate=100_000_000, container=""))


def test_after_a_broken_attempt_the_whole_file_is_awaited() -> None:
    assert not pace.is_due(row(offset=899_999_999, relay_attempts=1))
    assert pace.is_due(row(offset=900_000_000, relay_attempts=1))


def test_browser_that_stopped_is_not_followed() -> None:
    assert pace.is_silent(row(last_byte_at=None))
    assert pace.is_silent(row(last_byte_at=timezone.now() - dt.timedelta(seconds=21)))
    assert not pace.is_silent(row(last_byte_at=timezone.now()))
