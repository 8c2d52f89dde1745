"""Handing over: once and whole, whatever breaks on the way. The provider here is a socket that keeps books."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from dashboard import budgets, crypto, remote
from dashboard.actions import api_keys, hook_addresses, upstream_calls
from dashboard.models import ApiKey, CallState, Membership, Team, UpstreamCall, User
from projects_app import spool
from projects_app.actions import hook_door, pace, uploads
from projects_app.actions.relay import relay
from projects_app.models import Kind, Project, ProjectState, Upload, UploadState
from tests.dashboard.budget_help import headers
from tests.projects_app.movies import mp4
from tests.projects_app.sending import open_upload, patch
from tests.providers.submagic.support import Peer, serving

MOVIE = mp4(300_000)
CREATED = {"id": "11111111-2222-3333-4444-555555555555", "status": "processing", "title": "A talk"}
SignIn = Callable[[User], Client]


class Books:
    """A provider that reads each request whole and notes whether it was complete; answers as told."""

    def __init__(self, *answers: tuple[str, Any] | None) -> None:
        self.answers = list(answers) or [("201 Created", CREATED)]
        self.complete: list[bytes] = []
        self.truncated = 0

    def __call__(self, peer: Peer) -> None:
        assert peer.until(b"\r\n\r\n")
        boundary = (peer.header("content-type") or "").partition("boundary=")[2].encode()
        assert boundary
        length = int(peer.header("content-length") or 0)
        if "100-continue" in (peer.header("expect") or ""):
            peer.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            whole = peer.until(b"--" + boundary + b"--\r\n")
        except ConnectionResetError:
            whole = False
        if not whole:
            self.truncated += 1
            return
        assert len(peer.body) == length, "the announced length is exact"
        self.complete.append(peer.body)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is not None:
            peer.answer(*answer)

    def parts(self) -> dict[str, bytes]:
        """The fields of the one complete form."""
        (body,) = self.complete
        boundary = body.split(b"\r\n", 1)[0]
        found = {}
        for part in body.split(boundary)[1:-1]:
            head, _, content = part.partition(b"\r\n\r\n")
            found[head.split(b'name="')[1].split(b'"')[0].decode()] = content.removesuffix(b"\r\n")
        return found


@contextmanager
def provider(settings: Any, script: Callable[[Peer], None]) -> Iterator[None]:
    with serving(script) as url:
        settings.SANDBOX_URL = url
        settings.PUBLIC_URL = "http://127.0.0.1:8000"
        yield


def receive(upload: Upload, data: bytes = MOVIE) -> Upload:
    """As if the browser had sent these bytes."""
    with spool.writing(upload.pk) as writer:
        writer.write(memoryview(data), 0)
        writer.sync()
    now = timezone.now()
    whole = len(data) == upload.size
    Upload.objects.filter(pk=upload.pk).update(
        offset=len(data),
        container="mp4",
        duration=12.5,
        rate=100_000_000,
        first_byte_at=now,
        last_byte_at=now,
        received_at=now if whole else None,
        state=UploadState.RECEIVED if whole else UploadState.RECEIVING,
        next_look_at=now,
    )
    upload.refresh_from_db()
    return upload


@pytest.fixture
def upload(team: Team, bob: User) -> Upload:
    return open_upload(team, bob, len(MOVIE))


def now_of(upload: Upload) -> tuple[Upload, Project, UpstreamCall]:
    upload = Upload.objects.select_related("project__call").get(pk=upload.pk)
    assert upload.project.call is not None
    return upload, upload.project, upload.project.call


# --- It works -------------------------------------------------------------------------------------------------------


def test_whole_file_becomes_one_project(upload: Upload, settings: Any) -> None:
    books = Books()
    with provider(settings, books):
        relay(receive(upload).pk)
        relay(upload.pk)
    upload, project, call = now_of(upload)
    assert len(books.complete) == 1
    assert (upload.state, upload.relayed, upload.relay_attempts) == (UploadState.RELAYED, len(MOVIE), 1)
    assert (call.state, call.upstream_id) == (CallState.ACCEPTED, CREATED["id"])
    assert (project.state, project.upstream_id) == (ProjectState.PROCESSING, CREATED["id"])
    assert upload.next_look_at == upload.expires_at


def test_provider_gets_the_file_and_the_options_as_documented(upload: Upload, settings: Any) -> None:
    books = Books()
    with provider(settings, books):
        relay(receive(upload).pk)
    parts = books.parts()
    assert parts.pop("file") == MOVIE
    hook = parts.pop("webhookUrl").decode()
    assert hook.startswith("http://127.0.0.1:8000/h/")
    assert parts == {"title": b"A talk", "language": b"en", "minClipLength": b"15", "maxClipLength": b"60"}


def test_captions_go_to_their_own_endpoint(team: Team, bob: User, settings: Any) -> None:
    upload = open_upload(team, bob, len(MOVIE), kind=Kind.CAPTIONS, options={"magicZooms": True})
    lines: list[bytes] = []
    books = Books()

    def script(peer: Peer) -> None:
        books(peer)
        lines.append(peer.head.split(b"\r\n")[0])

    with provider(settings, script):
        relay(receive(upload).pk)
    assert lines == [b"POST /submagic/v1/projects/upload HTTP/1.1"]
    assert books.parts()["magicZooms"] == b"true"


def test_reply_is_kept_without_our_secret_address(upload: Upload, settings: Any) -> None:
    with provider(settings, Books(("201 Created", CREATED | {"webhookUrl": "http://127.0.0.1:8000/h/secret"}))):
        relay(receive(upload).pk)
    _, _, call = now_of(upload)
    assert call.reply == CREATED
    assert call.hook_sealed == ""


def test_an_address_that_was_closed_before_goes_out_as_a_new_one(upload: Upload, alice: User, settings: Any) -> None:
    books = Books()
    with provider(settings, books):
        receive(upload)
        _, _, call = now_of(upload)
        hook_addresses.close_all(team=upload.team, by=alice)
        relay(upload.pk)
    token = books.parts()["webhookUrl"].decode().rpartition("/")[2]
    assert crypto.fingerprint(token) != call.hook_hash
    assert hook_door.call_of(token) == call


@pytest.mark.django_db(transaction=True)
def test_file_is_handed_over_while_it_still_arrives(team: Team, bob: User, settings: Any) -> None:
    upload = open_upload(team, bob, len(MOVIE))
    receive(upload, MOVIE[:100_000])
    begun = threading.Event()
    books = Books()

    def script(peer: Peer) -> None:
        assert peer.until(MOVIE[50_000:50_064])
        begun.set()
        books(peer)

    def arrive() -> None:
        # Only when the provider has had the first part do we bring the second.
        assert begun.wait(20)
        receive(upload)

    with provider(settings, script):
        thread = threading.Thread(target=in_thread, args=(arrive,))
        thread.start()
        relay(upload.pk)
        thread.join(20)
    assert books.parts()["file"] == MOVIE
    assert now_of(upload)[0].state == UploadState.RELAYED


def in_thread(work: Callable[[], None]) -> None:
    try:
        work()
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_upload_through_the_page_is_handed_over_at_once(
    client_of: SignIn, team: Team, bob: User, settings: Any
) -> None:
    books = Books()
    upload = open_upload(team, bob, len(MOVIE))
    with provider(settings, books):
        assert patch(client_of(bob), upload, MOVIE).status_code == 204
    assert len(books.complete) == 1
    assert now_of(upload)[1].state == ProjectState.PROCESSING


def test_sandbox_takes_a_file(upload: Upload, sandbox: Any) -> None:
    """The real stand-in reads the same form; it answers as the documents say."""
    relay(receive(upload).pk)
    upload, project, call = now_of(upload)
    # The stand-in looks into the file, and this one holds no pictures; both answers are documented.
    assert call.state in (CallState.ACCEPTED, CallState.REJECTED)
    assert (upload.state == UploadState.RELAYED) == (call.state == CallState.ACCEPTED) == bool(project.upstream_id)


# --- Not yet --------------------------------------------------------------------------------------------------------


def test_slow_browser_is_not_followed_yet(team: Team, bob: User, settings: Any) -> None:
    upload = open_upload(team, bob, len(MOVIE))
    receive(upload, MOVIE[:1000])
    Upload.objects.filter(pk=upload.pk).update(rate=1000)
    books = Books()
    with provider(settings, books):
        relay(upload.pk)
    upload, project, call = now_of(upload)
    assert (books.complete, books.truncated, call.attempts) == ([], 0, 0)
    assert call.state == CallState.READY
    assert upload.next_look_at == upload.expires_at


def test_bytes_that_come_while_a_relay_decides_to_wait_are_not_forgotten(
    upload: Upload, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive(upload, MOVIE[:1000])

    def decide(row: Upload) -> bool:
        receive(upload)  # complete now, and the wake-up finds the lease taken
        return False

    with monkeypatch.context() as patched:
        patched.setattr(pace, "is_due", decide)
        relay(upload.pk)
    upload.refresh_from_db()
    assert upload.next_look_at is not None
    assert upload.next_look_at <= timezone.now()
    books = Books()
    with provider(settings, books):
        relay(upload.pk)
    assert len(books.complete) == 1


def test_stalled_browser_frees_the_connection_and_the_file_goes_later(
    upload: Upload, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "STALL_SECONDS", 0.2)
    receive(upload, MOVIE[:100_000])
    books = Books()
    with provider(settings, books):
        relay(upload.pk)
        upload, project, call = now_of(upload)
        assert (call.state, upload.state, upload.relayed) == (CallState.READY, UploadState.RECEIVING, 0)
        assert project.state == ProjectState.UPLOADING
        # Not again before everything is here …
        relay(upload.pk)
        assert now_of(upload)[2].attempts == 0, "no failed attempt: it was the browser"
        assert now_of(upload)[0].relay_attempts == 1
        # … and then from the first byte.
        relay(receive(upload).pk)
    assert books.truncated == 1
    assert books.parts()["file"] == MOVIE
    assert now_of(upload)[0].state == UploadState.RELAYED


def test_a_browser_that_trickles_does_not_hold_the_connection_for_ever(
    upload: Upload, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never silent for long enough to be stalled, and far too slow to be waited for."""
    monkeypatch.setattr(pace, "longest_wait", lambda row: 0.5)
    receive(upload, MOVIE[:100_000])
    ended = threading.Event()

    def trickle() -> None:
        with spool.writing(upload.pk) as writer:
            at = 100_000
            while not ended.wait(0.05) and at < 150_000:
                writer.write(memoryview(MOVIE[at : at + 100]), at)
                at += 100

    thread = threading.Thread(target=trickle)
    thread.start()
    books = Books()
    try:
        with provider(settings, books):
            relay(upload.pk)
    finally:
        ended.set()
        thread.join()
    row, project, call = now_of(upload)
    assert (call.state, call.attempts, row.state, row.relayed) == (CallState.READY, 0, UploadState.RECEIVING, 0)
    assert project.state == ProjectState.UPLOADING
    assert (books.truncated, books.complete) == (1, [])


def test_a_slow_provider_is_followed_for_as_long_as_its_rate_asks() -> None:
    """By the guess alone each large file for it was given up half way and sent again."""
    slow = Upload(size=10 * 1024**3, upstream_rate=8_000_000)
    assert pace.longest_wait(slow) > 2 * slow.size / 8_000_000


# --- Cuts and kills ------------------------------------------------------------------------------------------------


def test_cut_before_the_closing_boundary_makes_no_project_and_goes_again(upload: Upload, settings: Any) -> None:
    books = Books()
    cuts = 2

    def script(peer: Peer) -> None:
        nonlocal cuts
        if cuts:
            cuts -= 1
            assert peer.until(MOVIE[50_000:50_064])
            return  # closes in the middle of the file
        books(peer)

    # Larger than what fits into socket buffers, so that the cut comes before the end.
    with provider(settings, script):
        big = mp4(30_000_000)
        upload = open_upload(upload.team, upload.created_by, len(big))  # type: ignore[arg-type]
        receive(upload, big)
        for attempt in (1, 2):
            relay(upload.pk)
            upload, project, call = now_of(upload)
            assert (call.state, call.attempts) == (CallState.READY, attempt)
            assert upload.not_before is not None and upload.not_before > timezone.now()
            Upload.objects.filter(pk=upload.pk).update(not_before=None)
        relay(upload.pk)
    assert books.parts()["file"] == big
    upload, project, call = now_of(upload)
    assert (call.state, project.upstream_id) == (CallState.ACCEPTED, CREATED["id"])


def test_dead_relay_before_the_closing_boundary_goes_again(upload: Upload, settings: Any) -> None:
    receive(upload)
    _, _, call = now_of(upload)
    UpstreamCall.objects.filter(pk=call.pk).update(state=CallState.SENDING, attempts=1)
    books = Books()
    with provider(settings, books):
        relay(upload.pk)
    assert len(books.complete) == 1
    assert now_of(upload)[2].state == CallState.ACCEPTED


def test_file_that_kills_its_relay_each_time_is_given_up_and_said_so(upload: Upload, settings: Any) -> None:
    receive(upload)
    call = now_of(upload)[2]
    books = Books()
    with provider(settings, books):
        UpstreamCall.objects.filter(pk=call.pk).update(state=CallState.SENDING, attempts=upstream_calls.MAX_ATTEMPTS)
        relay(upload.pk)
    upload, project, call = now_of(upload)
    assert books.complete == []
    assert (call.state, upload.state, project.state) == (CallState.REJECTED, UploadState.REFUSED, ProjectState.FAILED)
    assert "interrupted 5 times" in project.failure_reason
    assert "Nothing was created" in project.advice
    assert upload.next_look_at is not None


def test_dead_relay_after_it_is_unknown_and_never_sent_again(upload: Upload, settings: Any) -> None:
    receive(upload)
    _, _, call = now_of(upload)
    UpstreamCall.objects.filter(pk=call.pk).update(state=CallState.COMMITTING, attempts=1, sent_at=timezone.now())
    books = Books()
    with provider(settings, books):
        for _ in range(3):
            relay(upload.pk)
    upload, project, call = now_of(upload)
    assert (books.complete, books.truncated) == ([], 0)
    assert (call.state, project.state) == (CallState.UNKNOWN, ProjectState.UNKNOWN)
    assert call.next_look_at is not None  # for evidence
    assert upload.next_look_at is not None and upload.next_look_at > timezone.now()
    assert spool.path(upload.pk).exists()


def test_file_of_an_unknown_outcome_is_not_kept_for_ever(upload: Upload, settings: Any) -> None:
    with provider(settings, Books(None)):
        relay(receive(upload).pk)
    with time_machine.travel(timezone.now() + dt.timedelta(hours=23)):
        relay(upload.pk)
        assert spool.path(upload.pk).exists()
    with time_machine.travel(timezone.now() + dt.timedelta(hours=25)):
        relay(upload.pk)
        assert not spool.path(upload.pk).exists()
        # What became of it is still found out.
        upload, project, call = now_of(upload)
        assert (call.state, project.state) == (CallState.UNKNOWN, ProjectState.UNKNOWN)
        assert upload.next_look_at is not None and upload.next_look_at > timezone.now()
        settled = {"state": CallState.ACCEPTED, "settled_at": timezone.now(), "upstream_id": "found"}
        UpstreamCall.objects.filter(pk=call.pk).update(**settled)
        relay(upload.pk)
    assert now_of(upload)[0].state == UploadState.RELAYED


def test_a_proxy_that_does_not_know_the_question_before_a_file_gets_it_without(
    upload: Upload, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    books = Books()

    def script(peer: Peer) -> None:
        assert peer.until(b"\r\n\r\n")
        asked.append("100-continue" in (peer.header("expect") or ""))
        if asked[-1]:
            peer.answer("417 Expectation Failed", {"error": "EXPECTATION_FAILED"})
        else:
            books(peer)

    with provider(settings, script):
        relay(receive(upload).pk)
        assert now_of(upload)[2].state == CallState.READY
        Upload.objects.filter(pk=upload.pk).update(not_before=None)
        relay(upload.pk)
    assert asked == [True, False]
    assert len(books.complete) == 1
    assert now_of(upload)[2].state == CallState.ACCEPTED


def test_lost_answer_is_unknown_and_never_sent_again(upload: Upload, settings: Any) -> None:
    books = Books(None)  # takes the whole file and closes without a word
    with provider(settings, books):
        for _ in range(3):
            relay(receive(upload).pk)
    upload, project, call = now_of(upload)
    assert len(books.complete) == 1
    assert (call.state, project.state) == (CallState.UNKNOWN, ProjectState.UNKNOWN)


def test_evidence_found_later_ends_the_upload(upload: Upload, settings: Any) -> None:
    receive(upload)
    _, _, call = now_of(upload)
    UpstreamCall.objects.filter(pk=call.pk).update(
        state=CallState.ACCEPTED, settled_at=timezone.now(), upstream_id="found"
    )
    relay(upload.pk)
    assert now_of(upload)[0].state == UploadState.RELAYED


def test_two_relays_at_once_are_one(upload: Upload) -> None:
    receive(upload)
    later = timezone.now() + dt.timedelta(minutes=1)
    Upload.objects.filter(pk=upload.pk).update(lease_owner="somebody", lease_until=later)
    relay(upload.pk)
    assert now_of(upload)[2].attempts == 0


# --- Refusals ------------------------------------------------------------------------------------------------------


def test_refusal_is_told_with_what_to_do(upload: Upload, settings: Any) -> None:
    answer = ("402 Payment Required", {"error": "INSUFFICIENT_CREDITS", "message": "Not enough credits"})
    with provider(settings, Books(answer)):
        relay(receive(upload).pk)
    upload, project, call = now_of(upload)
    assert (call.state, upload.state, project.state) == (CallState.REJECTED, UploadState.REFUSED, ProjectState.FAILED)
    assert "credits" in project.failure_reason
    assert project.advice
    assert spool.path(upload.pk).exists()  # for an hour


def test_early_refusal_is_heard_before_the_file_has_left(upload: Upload, settings: Any) -> None:
    taken: list[int] = []

    def script(peer: Peer) -> None:
        assert peer.until(b"\r\n\r\n")
        peer.answer("413 Payload Too Large", {"error": "FILE_TOO_LARGE", "message": "exceeds 10GB limit"})
        peer.rest()
        taken.append(len(peer.received))

    big = mp4(60_000_000)
    upload = open_upload(upload.team, upload.created_by, len(big))  # type: ignore[arg-type]
    with provider(settings, script):
        relay(receive(upload, big).pk)
    upload, project, call = now_of(upload)
    assert (call.state, call.status_code) == (CallState.REJECTED, 413)
    assert "too large" in project.failure_reason
    assert taken[0] < 20_000_000


def test_limit_of_calls_is_waited_for(upload: Upload, settings: Any) -> None:
    body = {"error": "RATE_LIMIT_EXCEEDED", "message": "Too many", "retryAfter": 600}
    books = Books(("429 Too Many Requests", body), ("201 Created", CREATED))
    with provider(settings, books):
        relay(receive(upload).pk)
        upload, project, call = now_of(upload)
        assert call.state == CallState.READY
        assert upload.not_before is not None
        assert upload.not_before > timezone.now() + dt.timedelta(seconds=590)
        assert "limit" in upload.problem
        relay(upload.pk)  # woken by whatever: nothing goes out before the time
        assert len(books.complete) == 1
        with time_machine.travel(upload.not_before):
            relay(upload.pk)
    assert len(books.complete) == 2
    assert now_of(upload)[0].state == UploadState.RELAYED


def test_without_a_call_left_the_file_waits_and_goes_at_its_time(upload: Upload, settings: Any) -> None:
    books = Books()
    key = upload.project.api_key
    budgets.learn(key, headers(upstream_calls.CLASSES[upload.project.call.operation], 30, 0, 600))
    with provider(settings, books):
        relay(receive(upload).pk)
        upload, project, call = now_of(upload)
        assert (call.state, call.attempts) == (CallState.READY, 0)
        assert call.next_look_at is None  # the upload's row is the one that is looked at
        assert upload.waits_until == upload.next_look_at == call.not_before
        assert "takes 30 of these an hour" in upload.problem
        assert "takes 30 of these an hour" in project.look_problem
        relay(upload.pk)
        assert books.complete == []
        with time_machine.travel(upload.waits_until):
            relay(upload.pk)
    assert len(books.complete) == 1
    upload, project, _call = now_of(upload)
    assert upload.state == UploadState.RELAYED
    assert (upload.problem, project.look_problem) == ("", "")


def test_refused_key_is_marked_and_the_file_waits_for_one_that_works(
    upload: Upload, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = ("401 Unauthorized", {"error": "UNAUTHORIZED", "message": "Invalid API key"})
    books = Books(refusal, ("201 Created", CREATED))

    def still_refused(**_how: Any) -> None:
        raise api_keys.UnknownToProvider("Submagic does not know this key.")

    monkeypatch.setattr(api_keys, "try_out", still_refused)
    with provider(settings, books):
        relay(receive(upload).pk)
        upload, project, call = now_of(upload)
        assert (call.state, upload.state, project.state) == ("ready", "received", "needs_you")
        assert project.api_key.state == ApiKey.State.INVALID
        # It is not thrown away while somebody gets a new key …
        day = timezone.now() + dt.timedelta(hours=20)
        with time_machine.travel(day):
            relay(upload.pk)
            assert spool.path(upload.pk).exists()
            # … and goes once there is one.
            ApiKey.objects.update(state=ApiKey.State.VALID)
            Upload.objects.filter(pk=upload.pk).update(not_before=None)
            relay(upload.pk)
    assert now_of(upload)[2].state == CallState.ACCEPTED


def test_work_of_an_invalid_key_waits(upload: Upload, settings: Any) -> None:
    receive(upload)
    ApiKey.objects.update(state=ApiKey.State.INVALID)
    books = Books()
    with provider(settings, books):
        relay(upload.pk)
        upload, project, call = now_of(upload)
        assert (books.complete, call.state, project.state) == ([], CallState.READY, ProjectState.NEEDS_YOU)
        ApiKey.objects.update(state=ApiKey.State.VALID)
        Upload.objects.filter(pk=upload.pk).update(not_before=None)
        relay(upload.pk)
    assert len(books.complete) == 1
    assert now_of(upload)[1].state == ProjectState.PROCESSING


def test_removed_members_file_is_not_sent(upload: Upload, bob: User, settings: Any) -> None:
    receive(upload)
    Membership.objects.filter(user=bob).delete()
    books = Books()
    with provider(settings, books):
        relay(upload.pk)
    upload, project, call = now_of(upload)
    assert books.complete == []
    assert (call.state, project.state) == (CallState.ABANDONED, ProjectState.FAILED)


def test_unreachable_provider_is_tried_again(upload: Upload, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:9"
    monkeypatch.setattr(remote, "transport", None)
    relay(receive(upload).pk)
    upload, _, call = now_of(upload)
    assert (call.state, upload.state) == (CallState.READY, UploadState.RECEIVED)
    assert "could not be reached" in upload.problem


# --- Stopped while it is on the wire --------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_cancelled_on_the_wire_makes_no_project(team: Team, bob: User, settings: Any) -> None:
    upload = open_upload(team, bob, len(MOVIE))
    receive(upload, MOVIE[:100_000])
    begun = threading.Event()
    books = Books()

    def script(peer: Peer) -> None:
        assert peer.until(MOVIE[50_000:50_064])
        begun.set()
        books(peer)

    def cancel() -> None:
        assert begun.wait(20)
        assert uploads.cancel(upload=Upload.objects.get(pk=upload.pk), by=bob)

    with provider(settings, script):
        thread = threading.Thread(target=in_thread, args=(cancel,))
        thread.start()
        relay(upload.pk)
        thread.join(20)
    upload, project, call = now_of(upload)
    assert (books.complete, books.truncated) == ([], 1)
    assert (upload.state, call.state, project.state) == (
        UploadState.CANCELLED,
        CallState.ABANDONED,
        ProjectState.FAILED,
    )


def test_file_found_bad_at_its_end_gets_no_closing_boundary(upload: Upload, settings: Any) -> None:
    movie = mp4(300_000, seconds=9000, moov_first=False)
    books = Books()
    with provider(settings, books):
        relay(receive(upload, movie).pk)
    upload, project, call = now_of(upload)
    assert (books.complete, books.truncated) == ([], 1)
    assert (upload.state, call.state) == (UploadState.REFUSED, CallState.ABANDONED)
    assert "150 minutes" in project.failure_reason


# --- Afterwards -----------------------------------------------------------------------------------------------------


def test_file_is_removed_an_hour_after_it_was_accepted(upload: Upload, settings: Any) -> None:
    with provider(settings, Books()):
        relay(receive(upload).pk)
    relay(upload.pk)
    assert spool.path(upload.pk).exists()
    upload.refresh_from_db()
    left = upload.expires_at - timezone.now()
    assert dt.timedelta(minutes=59) < left <= dt.timedelta(hours=1)
    Upload.objects.filter(pk=upload.pk).update(expires_at=timezone.now())
    relay(upload.pk)
    upload.refresh_from_db()
    assert not spool.path(upload.pk).exists()
    assert (upload.pruned_at is not None, upload.next_look_at) == (True, None)


def test_upload_without_a_byte_for_a_day_is_given_up(upload: Upload) -> None:
    Upload.objects.filter(pk=upload.pk).update(expires_at=timezone.now())
    relay(upload.pk)
    upload, project, call = now_of(upload)
    assert (upload.state, call.state, project.state) == (
        UploadState.CANCELLED,
        CallState.ABANDONED,
        ProjectState.FAILED,
    )
    assert "within a day" in project.failure_reason
    relay(upload.pk)
    assert not spool.path(upload.pk).exists()


def test_lost_file_is_told(upload: Upload, settings: Any) -> None:
    receive(upload)
    spool.remove(upload.pk)
    with provider(settings, Books()):
        relay(upload.pk)
    upload, project, _ = now_of(upload)
    assert (upload.state, project.state) == (UploadState.DAMAGED, ProjectState.FAILED)


def test_nothing_under_way_is_left_without_a_next_look(upload: Upload, settings: Any) -> None:
    assert upload.next_look_at is not None
    with provider(settings, Books(None)):
        relay(receive(upload).pk)
    upload.refresh_from_db()
    assert upload.next_look_at is not None
    assert upload.next_look_at > timezone.now() - dt.timedelta(seconds=1)
    time_left = upload.expires_at - timezone.now()
    assert time_left > dt.timedelta(hours=1)
