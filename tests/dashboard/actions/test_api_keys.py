"""A 401 is asked about once more, and a key is stored once only."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from dashboard.actions import api_keys
from dashboard.models import ApiKey, AuditEvent, Environment, Team, User
from tests import factories
from tests.projects_app.scripted import Scripted, provider

__all__ = ["provider"]

LANGUAGES = "/v1/languages"
REFUSED = httpx.Response(401, json={"error": "UNAUTHORIZED", "message": "Invalid API key"})
WORKS = httpx.Response(200, json={"languages": [{"name": "English", "code": "en"}]})


def doubt(key: ApiKey) -> str:
    api_keys.doubt(key=key, problem="Submagic does not accept this API key.")
    return ApiKey.objects.get(pk=key.pk).state


def test_refused_twice_it_stops(provider: Scripted, api_key: ApiKey) -> None:
    provider.on("GET", LANGUAGES, REFUSED)
    assert doubt(api_key) == "invalid"
    assert AuditEvent.objects.filter(verb="api_key.refused").count() == 1


@pytest.mark.parametrize(
    "answer",
    [WORKS, httpx.Response(503), httpx.ConnectError("no route"), httpx.Response(429, headers={"Retry-After": "9"})],
    ids=["it works", "away", "no route", "too often"],
)
def test_refused_once_it_goes_on(provider: Scripted, api_key: ApiKey, answer: Any) -> None:
    provider.on("GET", LANGUAGES, answer)
    assert doubt(api_key) == "valid"


def test_of_many_calls_that_meet_the_refusal_one_asks(provider: Scripted, api_key: ApiKey) -> None:
    provider.on("GET", LANGUAGES, REFUSED)
    assert [doubt(api_key) for _ in range(3)] == ["invalid"] * 3
    assert provider.count("GET", LANGUAGES) == 1


def test_a_late_refusal_of_a_replaced_secret_asks_nothing(provider: Scripted, api_key: ApiKey) -> None:
    ApiKey.objects.update(version=2)
    assert doubt(api_key) == "valid"
    assert provider.calls == []


# --- Twice the same ------------------------------------------------------------------------------------------------


@pytest.fixture
def secret(provider: Scripted) -> str:
    provider.on("GET", LANGUAGES, WORKS)
    return factories.fresh_secret()


def add(team: Team, by: User, secret: str, environment: str = Environment.SANDBOX) -> ApiKey:
    return api_keys.add(team=team, label="A", secret=secret, environment=environment, by=by)


def test_the_same_key_is_stored_once(provider: Scripted, team: Team, alice: User, secret: str) -> None:
    first = add(team, alice, secret)
    with pytest.raises(api_keys.KeyNotAccepted, match="has this very key already") as error:
        add(team, alice, secret)
    assert str(first) in str(error.value) and secret not in str(error.value)
    assert ApiKey.objects.count() == 1
    assert provider.count("GET", LANGUAGES) == 1


def test_one_that_came_in_the_same_moment_is_seen_too(team: Team, alice: User, secret: str) -> None:
    api_keys.store(team=team, label="A", secret=secret, environment="sandbox", by=alice, tested=True)
    with pytest.raises(api_keys.KeyNotAccepted):
        api_keys.store(team=team, label="B", secret=secret, environment="sandbox", by=alice, tested=True)


def test_no_key_is_replaced_by_another_of_the_team(team: Team, alice: User, secret: str) -> None:
    add(team, alice, secret)
    other = add(team, alice, factories.fresh_secret())
    with pytest.raises(api_keys.KeyNotAccepted, match="has this very key already"):
        api_keys.replace(key=other, secret=secret, by=alice)
    other.refresh_from_db()
    assert other.version == 1


def test_a_key_may_be_entered_anew_in_its_own_place_or_after_it_was_removed(
    team: Team, alice: User, secret: str
) -> None:
    key = add(team, alice, secret)
    assert api_keys.replace(key=key, secret=secret, by=alice).version == 2
    api_keys.remove(key=key, by=alice)
    assert add(team, alice, secret).state == ApiKey.State.VALID


def test_another_team_may_have_it_too(team: Team, other_team: Team, alice: User, secret: str) -> None:
    add(team, alice, secret)
    assert add(other_team, alice, secret).team == other_team


def test_a_key_that_cannot_be_opened_keeps_nobody_from_adding_one(team: Team, alice: User, secret: str) -> None:
    broken = factories.make_key(team)
    ApiKey.objects.filter(pk=broken.pk).update(sealed="v1.gone.AAAA")
    assert add(team, alice, secret).pk != broken.pk
