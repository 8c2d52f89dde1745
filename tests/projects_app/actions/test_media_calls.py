"""Sending: by link, as a file, and what became of it."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import time_machine
from django.utils import timezone

from dashboard import budgets, leases
from dashboard.models import ApiKey, CallState, Membership, Team, UpstreamCall, User
from projects_app import spool
from projects_app.actions import media, media_calls, media_relay, uploads
from projects_app.actions.projects import NotNow
from projects_app.models import Media, MediaState
from tests.dashboard.budget_help import headers
from tests.projects_app import libraries as lib
from tests.projects_app.scripted import Scripted

Add = Callable[[Team, User, ApiKey], Media]
BOTH = pytest.mark.parametrize(
    ("add", "path"), [(lib.add_link, lib.CREATE), (lib.add_file, lib.UPLOAD)], ids=["link", "file"]
)


@BOTH
def test_accepted_is_not_yet_ready(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey, add: Add, path: str
) -> None:
    provider.on("POST", path, lib.created())
    row = add(team, bob, api_key)
    assert row.state == MediaState.QUEUED
    call = lib.deliver(row)
    assert call.state == CallState.ACCEPTED
    assert (row.state, row.upstream_id) == (MediaState.WAITING, lib.ID)
    assert row.next_look_at is not None
    assert not lib.has_file(row)


def test_a_link_is_all_that_is_sent(provider: Scripted, team: Team, bob: User, api_key: ApiKey) -> None:
    provider.on("POST", lib.CREATE, lib.created())
    lib.deliver(lib.add_link(team, bob, api_key))
    assert provider.body() == {"url": lib.URL}


def test_a_file_goes_whole_with_its_true_type(provider: Scripted, team: Team, bob: User, api_key: ApiKey) -> None:
    provider.on("POST", lib.UPLOAD, lib.created())
    data = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 2000
    lib.deliver(lib.add_file(team, bob, api_key, data, "shot.png"))
    sent = provider.calls[-1].content
    assert data in sent
    assert b'name="file"; filename="shot.png"\r\nContent-Type: image/png' in sent


@BOTH
def test_it_is_sent_once_however_often_it_is_delivered(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey, add: Add, path: str
) -> None:
    provider.on("POST", path, lib.created())
    row = add(team, bob, api_key)
    call = lib.call_of(row)
    for _ in range(3):
        media_calls.deliver(call.pk)
        media_relay.hand_over(row.pk)
    assert provider.count("POST", path) == 1


@BOTH
def test_a_refusal_is_shown_and_the_file_is_gone(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey, add: Add, path: str
) -> None:
    answer = {"error": "VALIDATION_ERROR", "message": "URLs from social media platforms are not supported."}
    provider.on("POST", path, httpx.Response(400, json=answer))
    row = add(team, bob, api_key)
    assert lib.deliver(row).state == CallState.REJECTED
    assert row.state == MediaState.FAILED
    assert "social media" in row.problem
    assert not lib.has_file(row)


def test_refused_music_says_what_to_do(provider: Scripted, team: Team, bob: User, api_key: ApiKey) -> None:
    answer = {"error": "UNSUPPORTED_MEDIA_TYPE", "message": "Only video and image files are supported"}
    provider.on("POST", lib.UPLOAD, httpx.Response(415, json=answer))
    row = lib.add_file(team, bob, api_key, b"ID3" + b"\0" * 2000, "song.mp3")
    lib.deliver(row)
    assert row.state == MediaState.FAILED
    assert "format not supported" in row.problem
    assert "own editor" in row.advice


@BOTH
def test_a_lost_answer_is_never_sent_again_by_a_machine(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey, add: Add, path: str
) -> None:
    provider.on("POST", path, httpx.ReadTimeout("no answer"))
    provider.on("GET", lib.CREATE, lib.listed())
    row = add(team, bob, api_key)
    assert lib.deliver(row).state == CallState.UNKNOWN
    assert row.state == MediaState.UNKNOWN
    for _ in range(4):
        lib.deliver(row)
        media_relay.hand_over(row.pk)
    assert provider.count("POST", path) == 1
    assert lib.call_of(row).looks == 4
    # A person may want it sent again, so its file stays.
    assert lib.has_file(row) == row.is_file


@BOTH
def test_an_interrupted_send_is_judged_by_how_far_it_was(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey, add: Add, path: str
) -> None:
    provider.on("POST", path, lib.created())
    row = add(team, bob, api_key)
    UpstreamCall.objects.filter(pk=row.call_id).update(state=CallState.SENDING, sent_at=timezone.now(), attempts=1)
    lib.deliver(row)
    if row.is_file:
        # Without its closing boundary nothing can have been made: it goes again by itself.
        lib.deliver(row)
        assert row.state == MediaState.WAITING
    else:
        assert row.state == MediaState.UNKNOWN
        assert not provider.calls


def test_a_file_whose_end_was_out_is_unknown(provider: Scripted, team: Team, bob: User, api_key: ApiKey) -> None:
    row = lib.add_file(team, bob, api_key)
    UpstreamCall.objects.filter(pk=row.call_id).update(state=CallState.COMMITTING, sent_at=timezone.now())
    lib.deliver(row)
    assert row.state == MediaState.UNKNOWN
    assert not provider.calls


@BOTH
def test_a_limit_of_the_provider_is_waited_out(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey, add: Add, path: str
) -> None:
    busy = httpx.Response(429, json={"error": "RATE_LIMIT_EXCEEDED", "message": "Too many", "retryAfter": 90})
    provider.on("POST", path, busy, lib.created())
    row = add(team, bob, api_key)
    call = lib.deliver(row)
    assert (call.state, row.state) == (CallState.READY, MediaState.QUEUED)
    assert "turn" in row.problem
    assert call.not_before and call.not_before > lib.later(seconds=80)
    # Whoever wakes it meanwhile, nothing goes out.
    lib.deliver(row)
    assert provider.count("POST", path) == 1


@BOTH
def test_it_waits_for_its_turn_within_the_keys_limit(
    provider: Scripted,
    team: Team,
    bob: User,
    api_key: ApiKey,
    add: Add,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    provider.on("POST", path, lib.created())
    monkeypatch.setattr(budgets, "turn", lambda key, endpoint, **_more: 600.0)
    row = add(team, bob, api_key)
    call = lib.deliver(row)
    assert not provider.calls
    assert row.state == MediaState.QUEUED
    assert call.not_before and call.not_before > lib.later(seconds=500)


@BOTH
def test_nothing_goes_out_for_somebody_who_may_not_any_more(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey, add: Add, path: str
) -> None:
    row = add(team, bob, api_key)
    Membership.objects.filter(user=bob).delete()
    lib.deliver(row)
    assert row.state == MediaState.FAILED
    assert not provider.calls
    assert not lib.has_file(row)


@BOTH
def test_it_waits_while_the_key_is_refused(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey, add: Add, path: str
) -> None:
    refusal = httpx.Response(401, json={"error": "UNAUTHORIZED", "message": "Invalid API key"})
    provider.on("POST", path, refusal)
    provider.on("GET", "/v1/languages", refusal)
    row = add(team, bob, api_key)
    second = add(team, bob, api_key)
    lib.deliver(row)
    assert (row.state, lib.call_of(row).state) == (MediaState.QUEUED, CallState.READY)
    assert "refused the API key" in row.problem
    api_key.refresh_from_db()
    assert api_key.state == ApiKey.State.INVALID
    lib.deliver(second)
    assert provider.count("POST", path) == 1
    assert second.state == MediaState.QUEUED
    assert "refused the API key" in second.problem


def test_a_lost_file_is_said(provider: Scripted, team: Team, bob: User, api_key: ApiKey) -> None:
    row = lib.add_file(team, bob, api_key)
    spool.remove(row.pk)
    lib.deliver(row)
    assert row.state == MediaState.FAILED
    assert "lost" in row.problem
    assert not provider.calls


# --- What people do ------------------------------------------------------------------------------------------------


@BOTH
def test_cancelled_before_it_is_sent_it_is_gone(
    provider: Scripted,
    team: Team,
    bob: User,
    api_key: ApiKey,
    add: Add,
    path: str,
    django_capture_on_commit_callbacks: Any,
) -> None:
    row = add(team, bob, api_key)
    call = lib.call_of(row)
    with django_capture_on_commit_callbacks(execute=True):
        media.cancel(media=row, by=bob)
    media_calls.deliver(call.pk)
    media_relay.hand_over(row.pk)
    call.refresh_from_db()
    assert call.state == CallState.ABANDONED
    assert not Media.objects.exists()
    assert not lib.has_file(row)
    assert not provider.calls


def test_a_file_cancelled_on_the_wire_is_not_completed(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = lib.add_file(team, bob, api_key)
    call = lib.call_of(row)
    monkeypatch.setattr(media_relay, "PROGRESS_SECONDS", 0)

    def watch(request: httpx.Request) -> httpx.Response:
        raise AssertionError("the whole file has arrived")

    provider.on("POST", lib.UPLOAD, watch)
    begin = media_relay.upstream_calls.begin

    def cancel_then(call: UpstreamCall, **how: Any) -> bool:
        begun = begin(call, **how)
        media.cancel(media=row, by=bob)
        return begun

    monkeypatch.setattr(media_relay.upstream_calls, "begin", cancel_then)
    media_relay.hand_over(row.pk)
    call.refresh_from_db()
    assert call.state in (CallState.SENDING, CallState.ABANDONED)
    # Its worker may be dead: the call is found by itself.
    media_calls.deliver(call.pk)
    call.refresh_from_db()
    assert call.state == CallState.ABANDONED
    assert not Media.objects.exists()


@BOTH
def test_what_the_provider_may_have_cannot_be_cancelled(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey, add: Add, path: str
) -> None:
    row = add(team, bob, api_key)
    UpstreamCall.objects.filter(pk=row.call_id).update(state=CallState.COMMITTING, sent_at=timezone.now())
    with pytest.raises(media.TooLate):
        media.cancel(media=row, by=bob)


@BOTH
def test_a_person_sends_a_lost_one_again(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey, add: Add, path: str
) -> None:
    provider.on("POST", path, httpx.ReadTimeout("no answer"), lib.created())
    row = add(team, bob, api_key)
    old = lib.deliver(row)
    new = media.send_again(media=row, by=bob)
    old.refresh_from_db()
    assert old.state == CallState.ABANDONED
    assert new.supersedes == old
    lib.deliver(row)
    assert row.state == MediaState.WAITING
    with pytest.raises(NotNow):
        media.send_again(media=row, by=bob)


@BOTH
def test_a_person_leaves_a_lost_one(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey, add: Add, path: str
) -> None:
    provider.on("POST", path, httpx.ReadTimeout("no answer"))
    row = add(team, bob, api_key)
    lib.deliver(row)
    media.give_up(media=row, by=bob)
    media_relay.hand_over(row.pk)
    row.refresh_from_db()
    assert row.state == MediaState.FAILED
    assert not lib.has_file(row)
    with pytest.raises(NotNow):
        media.give_up(media=row, by=bob)


def test_a_refused_one_is_taken_off_the_list_and_off_home(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey
) -> None:
    provider.on("POST", lib.CREATE, httpx.Response(400, json={"error": "VALIDATION_ERROR", "message": "no"}))
    row = lib.add_link(team, bob, api_key)
    lib.deliver(row)
    media.remove(media=row, by=bob)
    assert not Media.objects.exists()
    assert not UpstreamCall.objects.filter(state=CallState.REJECTED).exists()


def test_what_submagic_has_is_not_taken_off_the_list(team: Team, bob: User, api_key: ApiKey) -> None:
    row = Media.objects.create(team=team, api_key=api_key, name="a.mp4", upstream_id="x", state=MediaState.READY)
    with pytest.raises(NotNow):
        media.remove(media=row, by=bob)


# --- Files on disk -------------------------------------------------------------------------------------------------


def test_the_sweep_leaves_a_file_that_is_needed(team: Team, bob: User, api_key: ApiKey) -> None:
    import os

    kept, done = lib.add_file(team, bob, api_key), lib.add_file(team, bob, api_key)
    Media.objects.filter(pk=done.pk).update(pruned_at=timezone.now())
    old = (timezone.now() - dt.timedelta(days=3)).timestamp()
    for row in (kept, done):
        os.utime(spool.path(row.pk), (old, old))
    assert uploads.sweep_spool() == 1
    assert lib.has_file(kept)
    assert not lib.has_file(done)


def test_rows_are_delivered_where_their_work_is(
    team: Team, bob: User, api_key: ApiKey, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = lib.add_file(team, bob, api_key), lib.add_file(team, bob, api_key)
    Media.objects.filter(pk=there.pk).update(node="elsewhere")
    waiting = Media.objects.create(
        team=team, api_key=api_key, name="w.mp4", upstream_id="w", state=MediaState.WAITING, next_look_at=timezone.now()
    )
    sent: dict[int, list[Any]] = {}
    for number, kind in enumerate(kind for kind in leases._kinds if kind.model is Media):
        monkeypatch.setattr(kind, "deliver", sent.setdefault(number, []).append)
    leases.sweep()
    assert sent == {0: [here.pk], 1: [waiting.pk]}


def test_a_call_without_an_entry_is_ended(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    row = lib.add_file(team, bob, api_key)
    call = lib.call_of(row)
    UpstreamCall.objects.filter(pk=call.pk).update(state=CallState.SENDING, sent_at=timezone.now())
    row.delete()
    media_calls.deliver(call.pk)
    call.refresh_from_db()
    assert call.state == CallState.ABANDONED


# --- Turns ----------------------------------------------------------------------------------------------------------


@BOTH
def test_the_older_one_goes_first(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey, add: Add, path: str
) -> None:
    """The last call of the window is left to the one that has waited longer, whoever is woken first."""
    provider.on("POST", path, lib.created("first"), lib.created("second"))
    endpoint = f"user_media.{'create' if path == lib.CREATE else 'upload'}"
    budgets.learn(api_key, headers(endpoint, 30, 0, 1800))
    older, newer = add(team, bob, api_key), add(team, bob, api_key)
    until = lib.deliver(older).not_before
    assert until is not None
    assert "30 of these an hour" in older.problem
    budgets.learn(api_key, headers(endpoint, 31, 1, 1800))
    assert lib.deliver(newer).state == CallState.READY
    assert not provider.calls
    with time_machine.travel(until, tick=False):
        assert lib.deliver(older).state == CallState.ACCEPTED
    assert lib.call_of(older).attempts == 1
    assert lib.call_of(newer).attempts == 0


def test_a_refused_key_is_no_wait_for_a_turn(provider: Scripted, team: Team, bob: User, api_key: ApiKey) -> None:
    """It goes at once when the key works again, and keeps nobody's place until then."""
    provider.on("POST", lib.CREATE, lib.created())
    row = lib.add_link(team, bob, api_key)
    ApiKey.objects.update(state=ApiKey.State.INVALID)
    assert lib.deliver(row).not_before is None
    assert not UpstreamCall.objects.waiting(api_key.pk, "create_media").exists()
    ApiKey.objects.update(state=ApiKey.State.VALID)
    assert lib.deliver(row).state == CallState.ACCEPTED
