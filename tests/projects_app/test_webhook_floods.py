"""Floods of forged and replayed messages, and of guesses: what they can cause, counted at the provider.

(design: reliability, T14.) Time is virtual: a minute of the flood is a minute of the clock; nothing sleeps.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import time_machine
from django.utils import timezone

from dashboard import remote
from dashboard.models import ApiKey, Environment, Team, UpstreamCall
from projects_app.actions import hook_door, webhooks
from projects_app.brake import Allowance, Brake
from projects_app.models import Project, Verdict, WebhookEvent
from projects_app.views import webhooks as views
from projects_app.views.webhooks import guesses as guessing
from tests import factories
from tests.projects_app.hooks import ID, Address, Provider, known, open_address, post, work

# As many as the design asks for on every change; PostgreSQL has the quick ones.
SLOW = (pytest.mark.slow, pytest.mark.once)
PER_CALL, GUESSES = hook_door.per_call.at_once, guessing.at_once
START = dt.datetime(2026, 11, 27, 10, 0, 5, tzinfo=dt.UTC)
THEIRS = "9b2e61d0-0000-4000-8000-000000000001"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[time_machine.Traveller]:
    # What a process takes in a second of real time has a test of its own.
    monkeypatch.setattr(views, "brake", Brake(1_000_000))
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def provider(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Provider:
    settings.SUBMAGIC_URL = "http://127.0.0.1:8999"
    settings.PUBLIC_URL = "https://desk.harbour.example"
    made = Provider({ID, THEIRS})
    monkeypatch.setattr(remote, "transport", httpx.MockTransport(made))
    return made


@pytest.fixture
def theirs(clock: time_machine.Traveller, other_team: Team) -> Address:
    """Of another team, with a key of its own: nothing of what follows is its doing."""
    return open_address(other_team, factories.make_key(other_team, environment=Environment.LIVE), upstream_id=THEIRS)


@pytest.fixture
def ours(clock: time_machine.Traveller, team: Team) -> list[Address]:
    """Five good addresses of one team that leaked, all about the same project."""
    key = factories.make_key(team, environment=Environment.LIVE)
    first = open_address(team, key)
    found = [first]
    for _number in range(4):
        token = secrets.token_urlsafe(32)
        call = factories.make_call(
            team, api_key=key, token=token, state="accepted", target_id=first.project.pk, operation="export",
            sent_at=timezone.now(), upstream_id=ID,
        )  # fmt: skip
        found.append(Address(token, call, first.project))
    return found


def forged(number: int) -> bytes:
    """Each body once, then again: half of a flood is replayed."""
    return b'{"projectId": "%s", "status": "completed", "n": %d}' % (ID.encode(), number // 2)


def is_answered(theirs: Address, provider: Provider, number: int) -> None:
    """Another team's message is stored and looked into as if nothing else went on."""
    body = b'{"projectId": "%s", "status": "processing", "n": %d}' % (THEIRS.encode(), number)
    before = provider.reads(THEIRS)
    assert post(theirs, body).status_code == 204
    event = WebhookEvent.objects.get(call=theirs.call, body=body)
    webhooks.handle(event.pk)
    event.refresh_from_db()
    assert (event.verdict, provider.reads(THEIRS)) == (Verdict.CONFIRMED, before + 1)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("messages", [300, pytest.param(10_000, marks=SLOW)])
def test_webhook_in_with_forged_and_replayed_messages_changes_nothing_and_costs_few_reads(
    clock: time_machine.Traveller, provider: Provider, ours: list[Address], theirs: Address, messages: int
) -> None:
    before = known()
    reads_by_minute: list[int] = []
    sent = minute = 0
    while sent < messages:
        seen = provider.reads(ID)
        for _number in range(50):
            assert post(ours[sent // 2 % len(ours)], forged(sent)).status_code == 204
            sent += 1
        work(limit=60)
        if minute % 5 == 0:
            is_answered(theirs, provider, minute)
        reads_by_minute.append(provider.reads(ID) - seen)
        clock.shift(60)
        minute += 1
    assert known() == before
    # One for each address and minute at most, and twenty for the team and hour of the clock.
    assert sum(reads_by_minute) > 0
    assert max(reads_by_minute) <= len(ours)
    for hour in range(0, minute, 60):
        assert sum(reads_by_minute[hour : hour + 60]) <= webhooks.MOST_AN_HOUR["live"]
    assert WebhookEvent.objects.filter(call__team=ours[0].project.team).count() == (sent + 1) // 2


def test_webhook_in_with_forged_messages_reads_once_a_minute_for_one_address(
    clock: time_machine.Traveller, provider: Provider, ours: list[Address]
) -> None:
    """Sixty a minute for six minutes: never two reads within sixty seconds, wherever these begin."""
    at: list[dt.datetime] = []
    for second in range(6 * 60):
        post(ours[0], forged(2 * second))
        seen = provider.reads(ID)
        work(limit=2)
        at += [timezone.now()] * (provider.reads(ID) - seen)
        clock.shift(1)
    assert 5 <= len(at) <= 6
    assert all((later - earlier).total_seconds() >= 60 for earlier, later in zip(at, at[1:], strict=False))


def test_webhook_in_with_more_than_its_own_429_leaves_every_other_address_alone(
    clock: time_machine.Traveller, provider: Provider, ours: list[Address], theirs: Address
) -> None:
    statuses = Counter(post(ours[0], forged(2 * number)).status_code for number in range(3 * PER_CALL))
    assert statuses == {204: PER_CALL, 429: 2 * PER_CALL}
    # Of the same team and from the same network address, as a provider's are.
    assert post(ours[1], forged(1)).status_code == 204
    is_answered(theirs, provider, 1)
    clock.shift(60)
    assert post(ours[0], forged(2 * 3 * PER_CALL)).status_code == 204


@pytest.mark.parametrize("guesses", [700, pytest.param(10_000, marks=SLOW)])
def test_webhook_in_with_guessed_tokens_finds_nothing_and_holds_nobody_back(
    clock: time_machine.Traveller, provider: Provider, ours: list[Address], theirs: Address, guesses: int
) -> None:
    before = known()
    sources = ["203.0.113.7", "198.51.100.7"]  # the second one is the real sender's too
    statuses: Counter[int] = Counter()
    for number in range(guesses):
        answer = post(f"/h/{secrets.token_urlsafe(32)}", forged(number), source=sources[number % 2])
        assert answer.content == b""
        statuses[answer.status_code] += 1
        if number % 350 == 349:
            is_answered(theirs, provider, number)
            clock.shift(190)  # so that the other team stays below its own twenty an hour
    assert set(statuses) <= {404, 429}
    assert known() == before
    assert provider.reads(ID) == 0
    assert not WebhookEvent.objects.filter(call__in=[address.call for address in ours]).exists()


def test_webhook_in_with_guessed_tokens_is_429_after_three_hundred_a_minute(
    clock: time_machine.Traveller, db: None
) -> None:
    statuses = [post(f"/h/{secrets.token_urlsafe(32)}").status_code for _ in range(GUESSES + 20)]
    assert statuses == [404] * GUESSES + [429] * 20
    assert post("/h/" + "A" * 43, source="203.0.113.9").status_code == 404
    clock.shift(60)
    assert post("/h/" + "A" * 43).status_code == 404


def expired(address: Address) -> str:
    UpstreamCall.objects.filter(pk=address.call.pk).update(created_at=timezone.now() - dt.timedelta(days=31))
    return address.path


def refused(address: Address) -> str:
    UpstreamCall.objects.filter(pk=address.call.pk).update(state="rejected", settled_at=timezone.now())
    return address.path


def ended(address: Address) -> str:
    long_ago = timezone.now() - dt.timedelta(hours=25)
    UpstreamCall.objects.filter(pk=address.call.pk).update(settled_at=long_ago)
    Project.objects.filter(pk=address.project.pk).update(finished_at=long_ago)
    return address.path


BAD_TOKENS = {
    "unknown": lambda address: "/h/" + "A" * 43,
    "one letter off": lambda address: address.path[:-1] + ("A" if address.path[-1] != "A" else "B"),
    "too short": lambda address: address.path[:-1],
    "too long": lambda address: address.path + "A",
    "a hash": lambda address: f"/h/{address.call.hook_hash}",
    "no letters": lambda address: "/h/%00%ff",
    "expired": expired,
    "of a refused call": refused,
    "a day after the end": ended,
}


@pytest.mark.parametrize("make", BAD_TOKENS.values(), ids=BAD_TOKENS.keys())
def test_bad_tokens_of_every_kind_are_answered_alike(
    clock: time_machine.Traveller, team: Team, api_key: ApiKey, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = 5
    monkeypatch.setattr(views, "guesses", Allowance(few, few))
    address = open_address(team, api_key)
    path = make(address)
    unknown = post("/h/" + "B" * 43, b"{}", source="203.0.113.1")
    answer = post(path, b"{}", source="203.0.113.2")
    assert answer.status_code == 404
    assert (answer.content, answer.headers) == (unknown.content, unknown.headers)
    # And the same where guessing is slowed down.
    for _number in range(few):
        post("/h/" + "B" * 43, b"{}", source="203.0.113.2")
    assert post(path, b"{}", source="203.0.113.2").status_code == 429
