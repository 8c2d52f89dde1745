"""relay upload: a file on its way to the provider. The provider here is a socket that keeps books."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from dashboard import remote
from dashboard.actions import api_keys, hook_addresses, kept_answers
from dashboard.models import ApiKey, CallState, Membership, Team, UpstreamCall, User
from projects_app import spool
from projects_app.actions import relay as relays
from projects_app.actions import webhooks
from projects_app.actions.relay import relay
from projects_app.models import ProjectState, Upload, UploadState, Verdict, WebhookEvent
from sandbox.submagic import applied
from tests.conftest import InProcessSandbox
from tests.matrix.failing import DISK_FULL, LOCKED, refusing
from tests.matrix.table import cell
from tests.matrix.wire import NO_PROJECT, Killed, Wire
from tests.projects_app.actions.test_relay import MOVIE, Books, now_of, provider, receive
from tests.projects_app.sending import open_upload
from tests.providers.submagic.support import Peer
from tests.publishing_app.support import account_of, context_of
from tests.sandbox.conftest import silent_film

__all__ = ["silent_film"]

pytestmark = pytest.mark.django_db
STEP = "relay upload"


@pytest.fixture
def upload(team: Team, bob: User) -> Upload:
    return receive(open_upload(team, bob, len(MOVIE)))


def later(upload: Upload, books: Any, settings: Any, *, minutes: int = 10) -> UpstreamCall:
    with provider(settings, books), time_machine.travel(timezone.now() + dt.timedelta(minutes=minutes)):
        relay(upload.pk)
    return now_of(upload)[2]


def unknown(upload: Upload, settings: Any) -> None:
    """Never sent again by a machine; the project says so."""
    _, project, call = now_of(upload)
    assert (call.state, project.state) == (CallState.UNKNOWN, ProjectState.UNKNOWN)
    assert call.next_look_at is not None
    books = Books()
    later(upload, books, settings)
    assert (books.complete, books.truncated) == ([], 0)


def killed(*_args: Any, **_more: Any) -> None:
    raise Killed


@cell(STEP, "kill -9")
def test_killed_before_the_closing_boundary_goes_again(
    step: str, upload: Upload, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    books = Books()
    with monkeypatch.context() as patched, provider(settings, books):
        patched.setattr(relays.Run, "_before_end", killed)
        with pytest.raises(Killed):
            relay(upload.pk)
    assert now_of(upload)[2].state == CallState.SENDING and books.complete == []
    again = Books()
    assert later(upload, again, settings).state == CallState.ACCEPTED
    assert len(again.complete) == 1


@cell(STEP, "kill -9")
def test_killed_after_it_is_unknown(step: str, upload: Upload, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    books = Books()
    with monkeypatch.context() as patched, provider(settings, books):
        patched.setattr(kept_answers, "keep", killed)
        with pytest.raises(Killed):
            relay(upload.pk)
    assert now_of(upload)[2].state == CallState.COMMITTING and len(books.complete) == 1
    later(upload, Books(), settings)
    unknown(upload, settings)


@cell(STEP, "disk full")
@pytest.mark.django_db(transaction=True)
def test_a_full_disk_of_the_database_keeps_the_closing_boundary_back(step: str, upload: Upload, settings: Any) -> None:
    books = Books()
    full = refusing(DISK_FULL, writes="dashboard_upstreamcall", times=99)
    with provider(settings, books), full as refused, pytest.raises(OperationalError):
        relay(upload.pk)
    assert refused and books.complete == []
    again = Books()
    assert later(upload, again, settings).state == CallState.ACCEPTED
    assert len(again.complete) == 1


@cell(STEP, "DB locked")
@pytest.mark.django_db(transaction=True)
def test_a_locked_database_sends_nothing(step: str, upload: Upload, settings: Any) -> None:
    books = Books()
    locked = refusing(LOCKED, writes="dashboard_upstreamcall")
    with provider(settings, books), locked as refused, pytest.raises(OperationalError):
        relay(upload.pk)
    assert len(refused) == 1 and (books.complete, books.truncated) == ([], 0)
    assert later(upload, Books(), settings).state == CallState.ACCEPTED


@cell(STEP, "net cut")
def test_a_cut_in_the_middle_makes_nothing_and_goes_again(step: str, upload: Upload, settings: Any) -> None:
    def cut(peer: Peer) -> None:
        peer.until(b"\r\n\r\n")

    with provider(settings, cut):
        relay(upload.pk)
    assert now_of(upload)[2].state == CallState.READY
    books = Books()
    assert later(upload, books, settings).state == CallState.ACCEPTED
    assert len(books.complete) == 1


@cell(STEP, "net cut")
def test_a_cut_after_the_closing_boundary_is_unknown(step: str, upload: Upload, settings: Any) -> None:
    books = Books(None)
    with provider(settings, books):
        relay(upload.pk)
    assert len(books.complete) == 1
    unknown(upload, settings)


@cell(STEP, "time-out")
def test_no_answer_in_time_is_unknown(
    step: str, upload: Upload, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The peer holds the connection open; the desk gives up after its own time."""
    done = threading.Event()

    def silent(peer: Peer) -> None:
        Books(None)(peer)
        done.wait(10)

    real = remote.client_with
    short = remote.Timeouts(connect=2, read=0.5, slow_read=0.5, write=2, answer=0.5)
    monkeypatch.setattr(remote, "client_with", lambda *args, **more: real(*args, **(more | {"timeouts": short})))
    with provider(settings, silent):
        relay(upload.pk)
        done.set()
    monkeypatch.undo()
    unknown(upload, settings)


@cell(STEP, "4xx")
def test_a_refusal_is_told_with_what_to_do(step: str, upload: Upload, settings: Any) -> None:
    books = Books(("402 Payment Required", {"error": "INSUFFICIENT_CREDITS", "message": "Not enough credits"}))
    with provider(settings, books):
        relay(upload.pk)
    row, project, call = now_of(upload)
    assert (call.state, row.state, project.state) == (CallState.REJECTED, UploadState.REFUSED, ProjectState.FAILED)
    assert "credits" in project.failure_reason and project.advice


@cell(STEP, "5xx")
def test_a_fault_after_the_whole_file_is_unknown(step: str, upload: Upload, settings: Any) -> None:
    books = Books(("503 Service Unavailable", {"error": "INTERNAL", "message": "oops"}))
    with provider(settings, books):
        relay(upload.pk)
    unknown(upload, settings)


@cell(STEP, "429")
def test_a_limit_is_waited_for(step: str, upload: Upload, settings: Any) -> None:
    limited = ("429 Too Many Requests", {"error": "RATE_LIMIT_EXCEEDED", "message": "m", "retryAfter": 600})
    with provider(settings, Books(limited)):
        relay(upload.pk)
    row, _, call = now_of(upload)
    assert call.state == CallState.READY and call.attempts == 0
    assert row.not_before is not None and row.not_before >= timezone.now() + dt.timedelta(seconds=590)
    early = Books()
    assert later(upload, early, settings, minutes=9).state == CallState.READY
    assert (early.complete, early.truncated) == ([], 0)
    assert later(upload, Books(), settings, minutes=13).state == CallState.ACCEPTED


@cell(STEP, "bad JSON")
def test_a_yes_that_cannot_be_read_is_unknown(step: str, upload: Upload, settings: Any) -> None:
    with provider(settings, Books(("201 Created", "all is well"))):
        relay(upload.pk)
    unknown(upload, settings)


@pytest.fixture
def film(team: Team, bob: User, silent_film: Path) -> Upload:
    """A real one, which the sandbox takes."""
    data = silent_film.read_bytes()
    return receive(open_upload(team, bob, len(data)), data)


def done_there(sandbox: InProcessSandbox) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = applied.entries(context_of(sandbox), account_of(ApiKey.objects.get()))["applied"]
    return found


def token_of(upload: Upload) -> str:
    url = hook_addresses.url(now_of(upload)[2])
    assert url
    return f"/h/{url.rpartition('/')[2]}"


def hook(path: str, project: str, status: str = "completed") -> list[str]:
    answer = Client().post(path, {"projectId": project, "status": status}, content_type="application/json")
    assert answer.status_code == 204
    for event in WebhookEvent.objects.filter(verdict=Verdict.WAITING):
        webhooks.handle(event.pk)
    return list(WebhookEvent.objects.values_list("verdict", flat=True))


@cell(STEP, "dup or late hook")
def test_a_message_that_comes_twice_makes_no_second_project(step: str, film: Upload, sandbox: InProcessSandbox) -> None:
    path = token_of(film)
    relay(film.pk)
    (made,) = done_there(sandbox)
    for _ in range(3):
        hook(path, made["projectId"])
        relay(film.pk)
    row, project, call = now_of(film)
    assert WebhookEvent.objects.count() == 1 and len(done_there(sandbox)) == 1
    assert (call.state, row.state, project.upstream_id) == (
        CallState.ACCEPTED,
        UploadState.RELAYED,
        made["projectId"],
    )


@cell(STEP, "forged")
def test_a_message_about_another_project_is_not_taken(
    step: str, upload: Upload, sandbox: InProcessSandbox, wire: Wire
) -> None:
    path = token_of(upload)
    call = now_of(upload)[2]
    UpstreamCall.objects.filter(pk=call.pk).update(state=CallState.UNKNOWN, sent_at=timezone.now())
    wire.break_next(NO_PROJECT, hits=lambda request: "/projects/" in request.url.path)
    assert hook(path, "22222222-2222-3333-4444-555555555555") == ["not_confirmed"]
    assert now_of(upload)[1].upstream_id == "" and now_of(upload)[2].state == CallState.UNKNOWN


@cell(STEP, "accepted, reply lost")
def test_its_own_message_finds_the_project(
    step: str, film: Upload, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sandbox takes the whole file; its answer is thrown away, and its message names the project."""
    upload, path = film, token_of(film)
    with monkeypatch.context() as patched:
        patched.setattr(kept_answers, "keep", killed)
        with pytest.raises(Killed):
            relay(upload.pk)
    relay(upload.pk)
    assert now_of(upload)[2].state == CallState.UNKNOWN
    (made,) = done_there(sandbox)
    assert hook(path, made["projectId"]) == ["confirmed"]
    relay(upload.pk)
    row, project, call = now_of(upload)
    assert (call.state, row.state, project.upstream_id) == (
        CallState.ACCEPTED,
        UploadState.RELAYED,
        made["projectId"],
    )


@cell(STEP, "clock")
def test_a_clock_that_jumps_sends_it_once(step: str, upload: Upload, settings: Any) -> None:
    books = Books()
    with provider(settings, books):
        for days in (-1, 0, 0):
            with time_machine.travel(timezone.now() + dt.timedelta(days=days)):
                relay(upload.pk)
    assert len(books.complete) == 1 and now_of(upload)[2].state == CallState.ACCEPTED


@cell(STEP, "project deleted")
def test_a_404_to_an_upload_is_a_refusal(step: str, upload: Upload, settings: Any) -> None:
    with provider(settings, Books(("404 Not Found", {"error": "NOT_FOUND", "message": "Project doesn't exist"}))):
        relay(upload.pk)
    _, project, call = now_of(upload)
    assert (call.state, project.state) == (CallState.REJECTED, ProjectState.FAILED) and project.advice


@cell(STEP, "key revoked")
def test_a_removed_keys_file_is_not_sent(step: str, upload: Upload, settings: Any, alice: User) -> None:
    api_keys.remove(key=ApiKey.objects.get(), by=alice, confirmed=True)
    books = Books()
    with provider(settings, books):
        relay(upload.pk)
    row, project, call = now_of(upload)
    assert (books.complete, books.truncated, call.state) == ([], 0, CallState.ABANDONED)
    assert row.state == UploadState.REFUSED and "removed" in project.failure_reason


@cell(STEP, "member removed")
def test_a_removed_members_file_is_not_sent(step: str, upload: Upload, settings: Any, bob: User) -> None:
    Membership.objects.filter(user=bob).delete()
    books = Books()
    with provider(settings, books):
        relay(upload.pk)
    row, project, call = now_of(upload)
    assert (books.complete, call.state, row.state) == ([], CallState.ABANDONED, UploadState.REFUSED)
    assert "may not" in project.failure_reason
    assert spool.path(upload.pk).exists()  # until it is swept an editor may still ask an admin
