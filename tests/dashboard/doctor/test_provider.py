from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import pytest
from django.core.cache import cache
from django.utils import timezone

from dashboard import remote
from dashboard.doctor import Scope, State, provider
from dashboard.models import ApiKey, Environment, Provider, Team
from tests import factories
from tests.conftest import InProcessSandbox

pytestmark = pytest.mark.django_db


def test_it_is_not_asked_without_a_key(team: Team, other_team: Team) -> None:
    factories.make_key(other_team)
    (found,) = provider.look(Scope(team=team))
    assert found.state == State.OK and "once there is a key" in found.found


def test_the_real_sandbox_is_well(team: Team, sandbox: InProcessSandbox) -> None:
    factories.make_key(team)
    (found,) = provider.look(Scope(team=team))
    assert (found.name, found.state) == ("The local sandbox", State.OK)
    assert "says that it is well. (Asked 0 s ago.)" in found.found


@pytest.mark.parametrize(
    ("answer", "state", "advice"),
    [
        (httpx.Response(200, json={"status": "degraded"}), State.WARN, "wait"),
        (httpx.Response(503, json={"status": "unhealthy"}), State.BAD, "wait"),
        (httpx.Response(200, json={"status": "sleepy"}), State.WARN, "wait"),
        (httpx.ConnectError("refused"), State.BAD, "firewall"),
    ],
)
def test_trouble(team: Team, monkeypatch: pytest.MonkeyPatch, answer: Any, state: State, advice: str) -> None:
    def give(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(remote, "transport", httpx.MockTransport(give))
    factories.make_key(team, environment=Environment.LIVE)
    (found,) = provider.look(Scope(team=team))
    assert found.state == state and advice in found.advice


def test_a_sandbox_that_is_off(team: Team, settings: Any) -> None:
    settings.SANDBOX_URL = ""
    factories.make_key(team)
    (found,) = provider.look(Scope(team=team))
    assert found.state == State.BAD and "script/server" in found.advice


def test_while_somebody_else_asks(team: Team) -> None:
    factories.make_key(team, environment=Environment.LIVE)
    cache.add("health:live:asking", 1, 15)
    (found,) = provider.look(Scope(team=team))
    assert found.state == State.WARN and "again in a few seconds" in found.advice


def test_of_the_others_it_is_said_when_they_were_called(team: Team) -> None:
    factories.make_key(team, provider=Provider.MAGIC_HOUR, environment=Environment.LIVE, is_default=False)
    at = timezone.now() - dt.timedelta(minutes=5)
    picovico = factories.make_key(team, provider=Provider.PICOVICO, environment=Environment.LIVE, is_default=False)
    ApiKey.objects.filter(pk=picovico.pk).update(last_used_at=at)
    found = {each.name: each for each in provider.look(Scope(team=team))}
    assert set(found) == {"Submagic", "Magic Hour", "Picovico"}
    assert "once there is a key" in found["Submagic"].found, "neither of these keys is one of Submagic's"
    assert found["Magic Hour"].state == State.OK and "none of its keys was used yet" in found["Magic Hour"].found
    assert "last called 5 min ago" in found["Picovico"].found and found["Picovico"].state == State.WARN
