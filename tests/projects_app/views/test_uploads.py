from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dashboard import access
from dashboard.models import CallState, Membership, Role, Team, UpstreamCall, User
from projects_app import receive, spool
from projects_app.actions import receiving
from projects_app.models import Kind, ProjectState, Upload, UploadState
from tests import factories
from tests.projects_app.movies import box, ftyp, moov, mp4
from tests.projects_app.sending import TUS, address, head, open_upload, patch

SignIn = Callable[[User], Client]
MOVIE = mp4(5000)


@pytest.fixture
def upload(team: Team, bob: User) -> Upload:
    return open_upload(team, bob, len(MOVIE))


# --- The protocol ---------------------------------------------------------------------------------------------------


def test_options_tell_version_and_extensions(client_of: SignIn, bob: User, upload: Upload) -> None:
    response = client_of(bob).options(address(upload))
    assert response.status_code == 204
    assert response.headers["Tus-Version"] == "1.0.0"
    assert response.headers["Tus-Extension"] == "creation,creation-with-upload,termination,checksum,expiration"
    assert response.headers["Tus-Checksum-Algorithm"].split(",")[0] == "sha1"
    assert int(response.headers["Tus-Max-Size"]) == 10 * 1024**3


def test_file_arrives_in_pieces(client_of: SignIn, bob: User, upload: Upload) -> None:
    client = client_of(bob)
    assert head(client, upload).headers["Upload-Offset"] == "0"
    first = patch(client, upload, MOVIE[:3000])
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "3000")
    seen = head(client, upload)
    assert (seen.status_code, seen.headers["Upload-Offset"], seen.headers["Upload-Length"]) == (200, "3000", "5000")
    assert seen.headers["Cache-Control"] == "no-store"
    assert patch(client, upload, MOVIE[3000:], 3000).headers["Upload-Offset"] == "5000"
    upload.refresh_from_db()
    assert (upload.state, upload.container, upload.duration) == (UploadState.RECEIVED, "mp4", 12.5)
    assert upload.received_at is not None
    assert spool.path(upload.pk).read_bytes() == MOVIE


def test_project_shows_that_bytes_come(client_of: SignIn, bob: User, upload: Upload) -> None:
    patch(client_of(bob), upload, MOVIE[:100])
    upload.project.refresh_from_db()
    assert upload.project.state == ProjectState.UPLOADING


@pytest.mark.parametrize("method", ["head", "patch", "delete"])
def test_request_without_the_protocols_header_is_412(client_of: SignIn, bob: User, upload: Upload, method: str) -> None:
    response = getattr(client_of(bob), method)(address(upload))
    assert response.status_code == 412
    assert response.headers["Tus-Version"] == "1.0.0"


def test_other_version_is_412(client_of: SignIn, bob: User, upload: Upload) -> None:
    assert head(client_of(bob), upload, **{"Tus-Resumable": "0.2.2"}).status_code == 412


def test_wrong_content_type_is_415(client_of: SignIn, bob: User, upload: Upload) -> None:
    response = client_of(bob).patch(
        address(upload), MOVIE, content_type="video/mp4", headers={**TUS, "Upload-Offset": "0"}
    )
    assert response.status_code == 415
    upload.refresh_from_db()
    assert (upload.offset, upload.state) == (0, UploadState.RECEIVING)


@pytest.mark.parametrize("offset", ["1", "4999", "5000"])
def test_wrong_offset_is_409(client_of: SignIn, bob: User, upload: Upload, offset: str) -> None:
    response = patch(client_of(bob), upload, b"", **{"Upload-Offset": offset})
    assert response.status_code == 409


@pytest.mark.parametrize("offset", ["", "-1", "abc", "1.5", "٣", "9" * 30])
def test_malformed_offset_is_400(client_of: SignIn, bob: User, upload: Upload, offset: str) -> None:
    assert patch(client_of(bob), upload, b"x", **{"Upload-Offset": offset}).status_code == 400


def test_more_bytes_than_announced_are_413(client_of: SignIn, bob: User, upload: Upload) -> None:
    client = client_of(bob)
    assert patch(client, upload, MOVIE + b"!").status_code == 413
    assert head(client, upload).headers["Upload-Offset"] == "0"


def test_empty_patch_changes_nothing(client_of: SignIn, bob: User, upload: Upload) -> None:
    response = patch(client_of(bob), upload, b"")
    assert (response.status_code, response.headers["Upload-Offset"]) == (204, "0")


def test_finished_upload_still_tells_its_offset(client_of: SignIn, bob: User, upload: Upload) -> None:
    client = client_of(bob)
    patch(client, upload, MOVIE)
    assert head(client, upload).headers["Upload-Offset"] == "5000"
    assert patch(client, upload, b"", 5000).status_code == 204
    assert patch(client, upload, b"x", 4999).status_code == 409


def test_method_override_is_taken_from_post_only(client_of: SignIn, bob: User, upload: Upload) -> None:
    client = client_of(bob)
    sent = client.post(
        address(upload),
        MOVIE,
        content_type="application/offset+octet-stream",
        headers={**TUS, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"},
    )
    assert (sent.status_code, sent.headers["Upload-Offset"]) == (204, "5000")
    got = client.get(address(upload), headers={**TUS, "X-HTTP-Method-Override": "DELETE"})
    assert got.status_code == 405
    upload.refresh_from_db()
    assert upload.state == UploadState.RECEIVED


@pytest.mark.parametrize("method", ["get", "post", "put"])
def test_other_methods_are_405(client_of: SignIn, bob: User, upload: Upload, method: str) -> None:
    response = getattr(client_of(bob), method)(address(upload), headers=TUS)
    assert response.status_code == 405
    assert response.headers["Allow"] == "OPTIONS, HEAD, PATCH, DELETE"


def test_unknown_upload_is_404(client_of: SignIn, bob: User, team: Team) -> None:
    where = reverse("projects:upload", kwargs={"team": team.slug, "pk": uuid.uuid4()})
    response = client_of(bob).head(where, headers=TUS)
    assert response.status_code == 404
    assert response.headers["Tus-Resumable"] == "1.0.0"


# --- Who may --------------------------------------------------------------------------------------------------------


def test_stranger_is_asked_to_sign_in(upload: Upload) -> None:
    assert patch(Client(), upload, MOVIE).status_code == 401


def test_outsider_gets_404(client_of: SignIn, charlie: User, upload: Upload) -> None:
    assert head(client_of(charlie), upload).status_code == 404
    assert patch(client_of(charlie), upload, MOVIE).status_code == 404
    assert client_of(charlie).delete(address(upload), headers=TUS).status_code == 404


def test_other_teams_address_gets_404(client_of: SignIn, charlie: User, other_team: Team, upload: Upload) -> None:
    where = reverse("projects:upload", kwargs={"team": other_team.slug, "pk": upload.pk})
    assert client_of(charlie).head(where, headers=TUS).status_code == 404


def test_too_small_a_role_gets_403(client_of: SignIn, rita: User, upload: Upload) -> None:
    assert patch(client_of(rita), upload, MOVIE).status_code == 403


def test_other_editor_gets_403(client_of: SignIn, team: Team, upload: Upload) -> None:
    other = factories.make_member(team, Role.EDITOR, name="Eve")
    assert patch(client_of(other), upload, MOVIE).status_code == 403


def test_admin_of_the_team_may_go_on(client_of: SignIn, alice: User, upload: Upload) -> None:
    assert patch(client_of(alice), upload, MOVIE).status_code == 204


def test_removed_members_next_chunk_is_not_taken(client_of: SignIn, bob: User, upload: Upload) -> None:
    client = client_of(bob)
    assert patch(client, upload, MOVIE[:1000]).status_code == 204
    Membership.objects.filter(user=bob).delete()
    response = patch(client, upload, MOVIE[1000:], 1000)
    assert response.status_code == 403
    assert "not a member of this team any more" in response.content.decode()
    assert head(client, upload).status_code == 403
    upload.refresh_from_db()
    assert upload.offset == 1000


@pytest.mark.parametrize("method", ["head", "patch"])
def test_without_a_database_a_client_is_asked_to_come_back(
    client_of: SignIn, bob: User, upload: Upload, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(bob)

    def away(*_args: object) -> None:
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(access, "membership_or_404", away)
    response = head(client, upload) if method == "head" else patch(client, upload, MOVIE)
    assert response.status_code == 503
    assert response.headers["Tus-Resumable"] == "1.0.0"
    assert int(response.headers["Retry-After"]) > 0


def test_a_minute_without_a_byte_ends_the_request_and_keeps_what_came(
    client_of: SignIn, bob: User, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Silent:
        fast = False
        given = False

        def read_into(self, room: memoryview) -> int:
            if self.given:
                raise receive.Idle
            self.given = True
            room[:1000] = MOVIE[:1000]
            return 1000

        def finish(self, *, clean: bool) -> None:
            assert not clean

    monkeypatch.setattr(receive, "SILENCE_SECONDS", 0.05)
    monkeypatch.setattr(receive, "source_of", lambda request, length: Silent())
    client = client_of(bob)
    response = patch(client, upload, MOVIE)
    assert response.status_code == 408
    assert "Nothing came for a minute" in response.content.decode()
    assert head(client, upload).headers["Upload-Offset"] == "1000"


def test_head_with_a_full_disk_is_507(
    client_of: SignIn, bob: User, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(bob)
    patch(client, upload, MOVIE[:1000])
    with spool.path(upload.pk).open("ab") as file:
        file.write(b"written by a server that was killed")

    def full(_writer: spool.Writer) -> None:
        raise spool.SpoolFull

    monkeypatch.setattr(spool.Writer, "sync", full)
    response = head(client, upload)
    assert (response.status_code, response.headers["Tus-Resumable"]) == (507, "1.0.0")


def test_request_without_csrf_token_is_refused(bob: User, upload: Upload) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(bob)
    assert patch(client, upload, MOVIE).status_code == 403


# --- Bad files ------------------------------------------------------------------------------------------------------


def test_file_that_is_no_video_is_refused_at_its_first_bytes(client_of: SignIn, bob: User, team: Team) -> None:
    upload = open_upload(team, bob, 50_000)
    response = patch(client_of(bob), upload, b"\x1a\x45\xdf\xa3" + b"x" * 996)
    assert response.status_code == 415
    assert "not an MP4 or MOV video" in response.content.decode()
    upload.refresh_from_db()
    upload.project.refresh_from_db()
    assert upload.state == UploadState.REFUSED
    assert "not an MP4 or MOV video" in upload.problem
    assert "Convert it to MP4" in upload.advice
    assert upload.project.state == ProjectState.FAILED
    assert upload.project.failure_reason == upload.problem
    assert upload.project.call is not None
    assert upload.project.call.state == CallState.ABANDONED


def test_refused_upload_is_gone(
    client_of: SignIn, bob: User, team: Team, django_capture_on_commit_callbacks: Any
) -> None:
    upload = open_upload(team, bob, 50_000)
    with django_capture_on_commit_callbacks(execute=True):
        patch(client_of(bob), upload, b"x" * 1000)
    assert not spool.path(upload.pk).exists()
    assert head(client_of(bob), upload).status_code == 410
    assert patch(client_of(bob), upload, b"x", 0).status_code == 410


def test_file_that_a_restored_backup_does_not_bring_along_is_gone_whatever_became_of_its_call(
    client_of: SignIn, bob: User, upload: Upload
) -> None:
    """Its call is in doubt since the restore, so the upload cannot be ended; there is nothing to go on with either."""
    patch(client_of(bob), upload, MOVIE[:100])
    UpstreamCall.objects.update(state=CallState.UNKNOWN, sent_at=timezone.now())
    spool.remove(upload.pk)
    assert head(client_of(bob), upload).status_code == 410
    assert patch(client_of(bob), upload, MOVIE[100:], 100).status_code == 410
    upload.refresh_from_db()
    assert upload.state == UploadState.RECEIVING, "what became of its call decides"


def test_decision_waits_for_enough_bytes(client_of: SignIn, bob: User, team: Team) -> None:
    upload = open_upload(team, bob, 50_000)
    assert patch(client_of(bob), upload, b"not a vi").status_code == 204
    assert patch(client_of(bob), upload, b"deo at all", 8).status_code == 415


def test_tiny_file_that_is_no_video_is_refused(client_of: SignIn, bob: User, team: Team) -> None:
    upload = open_upload(team, bob, 3)
    assert patch(client_of(bob), upload, b"abc").status_code == 415


def test_too_long_a_video_is_refused_as_soon_as_it_is_known(client_of: SignIn, bob: User, team: Team) -> None:
    movie = mp4(900_000, seconds=7201)
    upload = open_upload(team, bob, len(movie))
    response = patch(client_of(bob), upload, movie[:1000])
    assert response.status_code == 422
    assert "120 minutes long" in response.content.decode()
    upload.refresh_from_db()
    assert upload.state == UploadState.REFUSED


def test_video_of_just_two_hours_is_taken(client_of: SignIn, bob: User, team: Team) -> None:
    movie = mp4(3000, seconds=7200)
    upload = open_upload(team, bob, len(movie))
    assert patch(client_of(bob), upload, movie).status_code == 204


def test_file_without_an_index_is_refused_when_no_room_for_one_is_left(
    client_of: SignIn, bob: User, team: Team
) -> None:
    movie = ftyp() + box(b"mdat", b"x" * 3000) + box(b"free", b"y" * 100)
    upload = open_upload(team, bob, len(movie))
    assert patch(client_of(bob), upload, movie[:2000]).status_code == 204
    response = patch(client_of(bob), upload, movie[2000:], 2000)
    assert response.status_code == 415
    assert "cannot be played" in response.content.decode()


def test_length_at_the_end_of_the_file_is_read(client_of: SignIn, bob: User, team: Team) -> None:
    movie = mp4(4000, seconds=33, moov_first=False)
    upload = open_upload(team, bob, len(movie))
    patch(client_of(bob), upload, movie)
    upload.refresh_from_db()
    assert upload.duration == 33.0


def test_old_quicktime_is_taken(client_of: SignIn, bob: User, team: Team) -> None:
    movie = box(b"wide") + box(b"mdat", b"y" * 500) + moov(4)
    upload = open_upload(team, bob, len(movie), filename="old.mov", kind=Kind.CAPTIONS)
    assert patch(client_of(bob), upload, movie).status_code == 204
    upload.refresh_from_db()
    assert upload.container == "mov"


# --- Trouble --------------------------------------------------------------------------------------------------------


def test_what_a_killed_process_had_written_is_counted(client_of: SignIn, bob: User, upload: Upload) -> None:
    """The machine has run since, so it is whole; only the last byte is asked for again, which then ends the upload."""
    client = client_of(bob)
    patch(client, upload, MOVIE[:2000])
    with spool.path(upload.pk).open("ab") as file:
        file.write(MOVIE[2000:3000])
    assert head(client, upload).headers["Upload-Offset"] == "3000"
    upload.refresh_from_db()
    assert upload.offset == 3000
    with spool.path(upload.pk).open("ab") as file:
        file.write(MOVIE[3000:])
    assert head(client, upload).headers["Upload-Offset"] == "4999"
    assert patch(client, upload, MOVIE[4999:], 4999).status_code == 204
    upload.refresh_from_db()
    assert (upload.state, spool.path(upload.pk).read_bytes()) == (UploadState.RECEIVED, MOVIE)


@pytest.mark.parametrize("boot", ["another start of the machine", ""])
def test_after_a_restart_of_the_machine_unacknowledged_bytes_are_dropped(
    client_of: SignIn, bob: User, upload: Upload, boot: str
) -> None:
    """Its end may have left holes in what was not made durable."""
    client = client_of(bob)
    patch(client, upload, MOVIE[:2000])
    Upload.objects.update(boot=boot)
    with spool.path(upload.pk).open("ab") as file:
        file.write(b"written, but never acknowledged")
    assert head(client, upload).headers["Upload-Offset"] == "2000"
    assert spool.path(upload.pk).stat().st_size == 2000
    patch(client, upload, MOVIE[2000:], 2000)
    assert spool.path(upload.pk).read_bytes() == MOVIE


def test_lost_bytes_are_found_out(client_of: SignIn, bob: User, upload: Upload) -> None:
    client = client_of(bob)
    patch(client, upload, MOVIE[:2000])
    with spool.path(upload.pk).open("r+b") as file:
        file.truncate(1000)
    assert head(client, upload).status_code == 410
    upload.refresh_from_db()
    upload.project.refresh_from_db()
    assert upload.state == UploadState.DAMAGED
    assert upload.project.state == ProjectState.FAILED
    assert "drop the file again" in upload.project.advice


def test_lost_file_is_found_out(client_of: SignIn, bob: User, upload: Upload) -> None:
    spool.remove(upload.pk)
    assert patch(client_of(bob), upload, MOVIE).status_code == 410
    upload.refresh_from_db()
    assert upload.state == UploadState.DAMAGED


def test_full_disk_rolls_the_chunk_back_and_pauses(
    client_of: SignIn, bob: User, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(bob)
    patch(client, upload, MOVIE[:1000])

    def full(self: spool.Writer, block: memoryview, at: int) -> None:
        raise spool.SpoolFull

    with monkeypatch.context() as patched:
        patched.setattr(spool.Writer, "write", full)
        response = patch(client, upload, MOVIE[1000:2000], 1000)
    assert response.status_code == 507
    assert "Storage is full" in response.content.decode()
    assert head(client, upload).headers["Upload-Offset"] == "1000"
    assert patch(client, upload, MOVIE[1000:], 1000).status_code == 204


def test_no_room_in_this_process_is_503_with_a_time(
    client_of: SignIn, bob: User, upload: Upload, settings: Any
) -> None:
    settings.UPLOAD_MAX_ACTIVE = 0
    response = patch(client_of(bob), upload, MOVIE)
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    settings.UPLOAD_MAX_ACTIVE = 1
    assert patch(client_of(bob), upload, MOVIE).status_code == 204


def test_slots_come_back_after_errors(client_of: SignIn, bob: User, upload: Upload, settings: Any) -> None:
    settings.UPLOAD_MAX_ACTIVE = 1
    for _ in range(3):
        assert patch(client_of(bob), upload, b"x", 4000).status_code == 409
    with receive.slot() as free:
        assert free


def test_upload_of_another_node_is_not_touched_here(client_of: SignIn, bob: User, upload: Upload) -> None:
    Upload.objects.filter(pk=upload.pk).update(node="elsewhere")
    response = patch(client_of(bob), upload, MOVIE)
    assert response.status_code == 503
    assert "Retry-After" in response.headers


def test_writer_that_was_replaced_acknowledges_nothing(
    client_of: SignIn, bob: User, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number in the database holds even where file locks would not (a network file system)."""
    joined = receiving._join

    def join_and_be_replaced(row: Upload, writer: spool.Writer) -> bool:
        found = joined(row, writer)
        Upload.objects.filter(pk=row.pk).update(writer=row.writer + 1)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(receiving, "_join", join_and_be_replaced)
        response = patch(client_of(bob), upload, MOVIE)
    assert response.status_code == 423
    upload.refresh_from_db()
    assert (upload.state, upload.offset) == (UploadState.RECEIVING, 0)


# --- Termination ----------------------------------------------------------------------------------------------------


def test_delete_cancels_upload_project_and_call(
    client_of: SignIn, bob: User, upload: Upload, django_capture_on_commit_callbacks: Any
) -> None:
    client = client_of(bob)
    patch(client, upload, MOVIE[:1000])
    with django_capture_on_commit_callbacks(execute=True):
        assert client.delete(address(upload), headers=TUS).status_code == 204
    upload.refresh_from_db()
    upload.project.refresh_from_db()
    assert upload.state == UploadState.CANCELLED
    assert "Bob" in upload.problem
    assert upload.project.state == ProjectState.FAILED
    assert upload.project.call is not None
    assert upload.project.call.state == CallState.ABANDONED
    assert not spool.path(upload.pk).exists()
    assert client.delete(address(upload), headers=TUS).status_code == 410
    assert head(client, upload).status_code == 410


def test_what_the_provider_may_have_cannot_be_cancelled(client_of: SignIn, bob: User, upload: Upload) -> None:
    client = client_of(bob)
    patch(client, upload, MOVIE)
    call = upload.project.call
    assert call is not None
    call.state = CallState.COMMITTING
    call.save()
    assert client.delete(address(upload), headers=TUS).status_code == 409
    upload.refresh_from_db()
    assert upload.state == UploadState.RECEIVED


# --- Status ---------------------------------------------------------------------------------------------------------


def status(client: Client, team: Team, *ids: object) -> list[dict[str, Any]]:
    where = reverse("projects:upload-status", kwargs={"team": team.slug})
    response = client.get(where, {"id": [str(each) for each in ids]})
    assert response.status_code == 200
    rows: list[dict[str, Any]] = response.json()["uploads"]
    return rows


def test_status_tells_both_legs(client_of: SignIn, bob: User, team: Team, upload: Upload) -> None:
    client = client_of(bob)
    patch(client, upload, MOVIE[:1234])
    (row,) = status(client, team)
    assert row["id"] == str(upload.pk)
    assert (row["offset"], row["size"], row["relayed"]) == (1234, 5000, None)
    assert row["uploadUrl"].startswith(address(upload))
    assert row["projectUrl"] == upload.project.get_absolute_url()


def test_ended_uploads_are_told_only_when_asked_for(client_of: SignIn, bob: User, team: Team, upload: Upload) -> None:
    client = client_of(bob)
    client.delete(address(upload), headers=TUS)
    assert status(client, team) == []
    (row,) = status(client, team, upload.pk, "no id", uuid.uuid4())
    assert row["state"] == "cancelled"


def test_status_shows_nobody_elses_uploads(
    client_of: SignIn, alice: User, charlie: User, team: Team, other_team: Team, upload: Upload
) -> None:
    assert status(client_of(alice), team, upload.pk) == []
    assert status(client_of(charlie), other_team, upload.pk) == []
    where = reverse("projects:upload-status", kwargs={"team": team.slug})
    assert client_of(charlie).get(where).status_code == 404


def test_status_takes_as_many_queries_for_many_rows_as_for_one(
    client_of: SignIn, bob: User, team: Team, upload: Upload
) -> None:
    client = client_of(bob)
    status(client, team)  # the session tracker writes at first sight
    with CaptureQueriesContext(connection) as one:
        assert len(status(client, team)) == 1
    for _ in range(4):
        open_upload(team, bob, 1000)
    with CaptureQueriesContext(connection) as many:
        assert len(status(client, team)) == 5
    assert len(many) == len(one)


def test_status_is_for_reading(client_of: SignIn, bob: User, team: Team) -> None:
    where = reverse("projects:upload-status", kwargs={"team": team.slug})
    assert client_of(bob).post(where).status_code == 405
