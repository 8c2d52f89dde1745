from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from dashboard.actions import hook_addresses
from dashboard.models import Team, UpstreamCall, User
from projects_app.actions import hook_door, waking
from projects_app.actions.hook_door import Answer, Message
from projects_app.brake import Allowance, Brake
from projects_app.hook_statements import Cursor
from projects_app.models import WebhookEvent
from projects_app.views import webhooks as views
from tests import factories

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "webhooks"


@pytest.fixture
def address(team: Team) -> str:
    token = secrets.token_urlsafe(32)
    factories.make_call(team, token=token, state="accepted")
    return f"/h/{token}"


def post(address: str, body: bytes = b"{}", client: Client | None = None) -> int:
    client = client or Client(enforce_csrf_checks=True)
    return client.post(address, body, content_type="application/json", REMOTE_ADDR="198.51.100.7").status_code


def test_it_is_stored_raw_and_answered_with_204(address: str) -> None:
    body = (FIXTURES / "clips_completed.json").read_bytes()
    assert post(address, body) == 204
    event = WebhookEvent.objects.get()
    assert bytes(event.body) == body
    assert event.source_ip == "198.51.100.7"
    assert event.headers["Content-Type"] == "application/json"
    assert event.next_look_at is not None


def test_it_waits_for_the_worker(address: str) -> None:
    assert post(address) == 204
    assert WebhookEvent.objects.get().verdict == "waiting"


def test_a_repeat_is_204_and_one_row(address: str) -> None:
    assert [post(address), post(address), post(address, b"{ }")] == [204, 204, 204]
    assert WebhookEvent.objects.count() == 2


@pytest.mark.parametrize(
    "body",
    [b"", b"\x00\xff", b"[" * 100_000, b'{"projectId": "\\u0000"}', b"NaN", b'{"a": 1e999}', b"\xed\xa0\x80"],
    ids=["empty", "bytes", "deep", "NUL", "NaN", "out of range", "surrogate"],
)
def test_any_body_under_a_good_token_is_204(address: str, body: bytes) -> None:
    assert post(address, body) == 204
    assert bytes(WebhookEvent.objects.get().body) == body


@pytest.mark.parametrize("token", ["x", "A" * 43, "A" * 5000, "%00", "é", "../h"])
def test_a_wrong_token_is_the_same_404(address: str, token: str) -> None:
    answers = [Client().post(f"/h/{each}", b"{}", content_type="application/json") for each in (token, "B" * 43)]
    assert {answer.status_code for answer in answers} == {404}
    assert not WebhookEvent.objects.exists()


def test_unknown_and_expired_tokens_have_the_same_body(team: Team) -> None:
    token = secrets.token_urlsafe(32)
    factories.make_call(team, token=token, state="rejected")
    gone = Client().post(f"/h/{token}", b"{}", content_type="application/json")
    unknown = Client().post(f"/h/{'A' * 43}", b"{}", content_type="application/json")
    assert (gone.status_code, gone.content) == (unknown.status_code, unknown.content) == (404, b"")


def test_closed_and_unknown_addresses_have_the_same_answer(team: Team, alice: User) -> None:
    token = secrets.token_urlsafe(32)
    factories.make_call(team, token=token, state="accepted")
    assert post(f"/h/{token}", b"before") == 204
    hook_addresses.close_all(team=team, by=alice)
    gone = Client().post(f"/h/{token}", b"{}", content_type="application/json")
    unknown = Client().post(f"/h/{'A' * 43}", b"{}", content_type="application/json")
    assert (gone.status_code, gone.content) == (unknown.status_code, unknown.content) == (404, b"")
    assert WebhookEvent.objects.count() == 1


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head"])
def test_only_post_and_no_telling_which_tokens_are_known(address: str, method: str) -> None:
    for each in (address, "/h/" + "A" * 43):
        assert getattr(Client(), method)(each).status_code == 405


def test_over_one_mebibyte_is_413_and_still_rings(team: Team) -> None:
    token = secrets.token_urlsafe(32)
    job = factories.make_project(team, state="processing")
    factories.make_call(team, token=token, state="accepted", target_id=job.pk)
    assert post(f"/h/{token}", b"x" * (hook_door.LARGEST + 1)) == 413
    assert not WebhookEvent.objects.exists()
    job.refresh_from_db()
    assert job.next_look_at is not None


def test_exactly_one_mebibyte_is_kept(address: str) -> None:
    assert post(address, b"x" * hook_door.LARGEST) == 204


def test_sixty_a_minute_then_429(address: str) -> None:
    # The count begins anew with each minute of the clock, so the clock stands still.
    with time_machine.travel(timezone.now(), tick=False):
        statuses = [post(address, str(number).encode()) for number in range(62)]
    assert statuses[:60] == [204] * 60
    assert statuses[60:] == [429, 429]


def test_another_calls_address_is_not_held_back_by_it(address: str, team: Team) -> None:
    token = secrets.token_urlsafe(32)
    factories.make_call(team, token=token, state="accepted")
    for number in range(61):
        post(address, str(number).encode())
    assert post(f"/h/{token}") == 204


def test_guessing_is_slowed_down(db: None) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        statuses = [post("/h/" + "A" * 43) for _ in range(301)]
    assert set(statuses[:300]) == {404}
    assert statuses[300] == 429


def test_guesses_never_make_the_real_sender_wait(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a proxy, or from a cloud, they come from one address."""
    monkeypatch.setattr(views, "guesses", Allowance(5, 5))
    with time_machine.travel(timezone.now(), tick=False):
        for _ in range(7):
            guess = post("/h/" + "A" * 43)
        assert guess == 429
        assert post(address) == 204


@pytest.mark.parametrize(("proxies", "kept"), [(0, "10.0.0.1"), (1, "198.51.100.9"), (2, "203.0.113.4")])
def test_the_sender_is_whom_our_own_proxies_saw(address: str, settings: Any, proxies: int, kept: str) -> None:
    settings.TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-For": "6.6.6.6, 203.0.113.4, 198.51.100.9"}
    Client().post(address, b"{}", content_type="application/json", REMOTE_ADDR="10.0.0.1", headers=headers)
    assert WebhookEvent.objects.get().source_ip == kept


def test_guesses_of_one_sender_behind_the_proxy_are_not_anothers(
    db: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TRUSTED_PROXIES = 1
    monkeypatch.setattr(views, "guesses", Allowance(5, 5))

    def guess(sender: str) -> int:
        headers = {"X-Forwarded-For": sender}
        return Client().post("/h/x", b"{}", content_type="application/json", headers=headers).status_code

    with time_machine.travel(timezone.now(), tick=False):
        assert {guess("6.6.6.6") for _ in range(6)} == {404, 429}
        assert guess("198.51.100.9") == 404


def test_a_flood_of_all_senders_together_is_429_before_anything_is_read(
    address: str, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(views, "brake", Brake(2, clock=lambda: 1.0))
    assert [post(address, body) for body in (b"1", b"2")] == [204, 204]
    with django_assert_num_queries(0):
        assert post(address, b"3") == 429
    assert WebhookEvent.objects.count() == 2


def test_so_many_a_second_are_served_as_the_design_says() -> None:
    assert views.brake.most == 500


def test_its_size_is_kept(address: str) -> None:
    assert post(address, b"x" * 12_345) == 204
    assert WebhookEvent.objects.get().size == 12_345


def test_what_could_not_be_stored_is_not_acknowledged(address: str) -> None:
    with mock.patch.object(hook_door, "keep", side_effect=OperationalError("locked")):
        assert post(address) == 503


def test_a_queue_that_is_away_is_no_error_for_the_sender(
    address: str, django_capture_on_commit_callbacks: object
) -> None:
    with (
        mock.patch.dict(waking._senders, webhooks=mock.Mock(side_effect=ConnectionError("queue"))),
        django_capture_on_commit_callbacks(execute=True),  # type: ignore[operator]
    ):
        assert post(address) == 204
    assert WebhookEvent.objects.get().next_look_at is not None


def test_a_database_that_is_away_is_503_not_404(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(cursor: object, tokens: object) -> None:
        raise OperationalError("the database is away")

    monkeypatch.setattr(hook_door, "_open", away)
    assert client.post(f"/h/{'x' * 43}", b"{}", content_type="application/json").status_code == 503


def test_it_passes_by_what_is_made_for_pages(address: str, django_assert_num_queries: Any) -> None:
    """No session, no person, no cookie: whose address it is, and one row."""
    client = Client()
    client.cookies["clipdesk_session"] = "x" * 32
    with django_assert_num_queries(2):
        answer = client.post(address, b"{}", content_type="application/json")
    assert answer.status_code == 204
    assert not answer.cookies
    assert {name.lower() for name in answer.headers} <= {"content-type", "content-length"}


@pytest.mark.django_db(transaction=True)
def test_messages_of_one_moment_are_stored_together_and_each_is_answered_for_itself(team: Team) -> None:
    """A removed call's message, an unknown address and a repeat in the same round change nothing for the others."""
    tokens = [secrets.token_urlsafe(32) for _ in range(6)]
    calls = [factories.make_call(team, token=token, state="accepted") for token in tokens]
    messages = [Message(token, b"body", {}, None) for token in tokens]
    unknown, repeat = Message("A" * 43, b"body", {}, None), messages[0]
    answers = hook_door._take([*messages, unknown, repeat])
    assert answers == [*[Answer.STORED] * 6, Answer.UNKNOWN, Answer.STORED]
    assert sorted(WebhookEvent.objects.values_list("call_id", flat=True)) == sorted(call.pk for call in calls)


def post_and_let_go(token: str) -> int:
    """From a thread of its own, with a connection of its own."""
    try:
        return post(f"/h/{token}")
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_removed_call_costs_no_other_its_message(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = [secrets.token_urlsafe(32) for _ in range(8)]
    calls = {token: factories.make_call(team, token=token, state="accepted") for token in tokens}
    find, rounds, removed = hook_door._open, [], []

    def then_removed(cursor: Cursor, some: Sequence[str]) -> dict[str, hook_door.Address]:
        rounds.append(len(some))
        addresses = find(cursor, some)
        if len(rounds) == 1:  # goes on when all others wait for the next round
            for _ in range(500):
                if len(hook_door._together._waiting) == len(tokens) - 1:
                    break
                time.sleep(0.01)
        elif len(rounds) == 2:
            removed.append(some[3])
            UpstreamCall.objects.filter(pk=calls[some[3]].pk).delete()
        return addresses

    monkeypatch.setattr(hook_door, "_open", then_removed)
    with ThreadPoolExecutor(8) as pool:
        statuses = dict(zip(tokens, pool.map(post_and_let_go, tokens), strict=True))
    assert rounds[:2] == [1, 7]
    assert statuses.pop(removed[0]) == 404
    assert set(statuses.values()) == {204}
    assert WebhookEvent.objects.count() == 7
