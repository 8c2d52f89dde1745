from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from dashboard import health, remote
from dashboard.models import Environment
from tests.dashboard.budget_help import NOON

LIVE = Environment.LIVE


class Provider:
    """Answers with `status`, and counts who asks where."""

    def __init__(self) -> None:
        self.status = "healthy"
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return httpx.Response(200, json={"status": self.status})


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    found = Provider()
    monkeypatch.setattr(remote, "transport", httpx.MockTransport(found))
    return found


def test_it_is_asked_once_a_minute_for_everybody(provider: Provider) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        first = health.ask(LIVE)
        assert first == health.Pulse(LIVE, "healthy", NOON)
        provider.status = "degraded"
        clock.shift(dt.timedelta(seconds=59))
        assert health.ask(LIVE) == first == health.known(LIVE)
        clock.shift(dt.timedelta(seconds=2))
        assert health.known(LIVE) is None
        later = health.ask(LIVE)
    assert later is not None and (later.state, later.at) == ("degraded", NOON + dt.timedelta(seconds=61))
    assert len(provider.asked) == 2


def test_each_environment_is_asked_at_its_own_address_without_a_key(provider: Provider, settings: Any) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    for environment in Environment.values:
        assert health.ask(environment) is not None
    assert [str(request.url) for request in provider.asked] == [
        f"{settings.SUBMAGIC_URL}/health",
        "http://127.0.0.1:8999/submagic/health",
    ]
    assert not any("x-api-key" in request.headers for request in provider.asked)


def test_nobody_waits_with_the_one_who_asks(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[health.Pulse | None] = []

    def meanwhile(request: httpx.Request) -> httpx.Response:
        heard.append(health.ask(LIVE))
        return provider(request)

    monkeypatch.setattr(remote, "transport", httpx.MockTransport(meanwhile))
    assert health.ask(LIVE) is not None
    assert heard == [None]
    assert len(provider.asked) == 1


def test_one_who_died_while_asking_does_not_end_it(provider: Provider) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        cache.add("health:live:asking", 1, health.ASKING_SECONDS)
        assert health.ask(LIVE) is None
        clock.shift(dt.timedelta(seconds=health.ASKING_SECONDS + 1))
        assert health.ask(LIVE) is not None


def test_a_sandbox_that_is_not_running_is_unreachable(settings: Any) -> None:
    settings.SANDBOX_URL = ""
    pulse = health.ask(Environment.SANDBOX)
    assert pulse is not None and pulse.state == "unreachable"
    assert pulse.text.startswith("The local sandbox does not answer.")


def test_a_word_that_the_documents_do_not_know_is_told_as_such() -> None:
    assert "do not know" in health.Pulse(LIVE, "sleepy", NOON).text
