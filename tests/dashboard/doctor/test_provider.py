from __future__ import annotations

from typing import Any

import httpx
import pytest
from django.core.cache import cache

from dashboard import remote
from dashboard.doctor import Scope, State, provider
from dashboard.models import Environment, Team
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
