from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from dashboard import skew
from dashboard.doctor import Scope, State, clocks
from dashboard.models import Environment
from providers.clock import ClockReading


@pytest.mark.django_db
def test_the_real_database_agrees() -> None:
    found = list(clocks.of_database(Scope()))
    assert len(found) == (connection.vendor == "postgresql")
    assert all(finding.state == State.OK for finding in found)


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no clock of its own")
@pytest.mark.parametrize(("hours", "text"), [(1, "60 min ahead of it"), (-1, "60 min behind it")])
def test_a_database_on_another_machine_whose_clock_is_off(hours: int, text: str) -> None:
    connection.ensure_connection()
    with time_machine.travel(timezone.now() + dt.timedelta(hours=hours)):
        (found,) = clocks.of_database(Scope())
    assert found.state == State.WARN and text in found.found and "NTP" in found.advice


@pytest.mark.parametrize(
    ("seconds", "state"), [(0, State.OK), (30, State.OK), (-30, State.OK), (31, State.WARN), (-31, State.WARN)]
)
def test_half_a_minute_is_agreed(seconds: float, state: State) -> None:
    assert clocks.compared_with_database(seconds).state == state


def learn(seconds: float) -> None:
    skew.learn(Environment.LIVE, ClockReading(seconds, 0.5))


def test_the_providers_clock_before_during_and_after(settings: Any) -> None:
    (found,) = clocks.of_providers(Scope())
    assert found.state == State.OK and "Not compared yet" in found.found
    learn(1)
    (found,) = clocks.of_providers(Scope())
    assert found.state == State.OK and "agrees with that of Submagic" in found.found
    learn(-90)
    (found,) = clocks.of_providers(Scope())
    assert found.state == State.OK and "The next one decides" in found.found
    learn(-90)
    (found,) = clocks.of_providers(Scope())
    assert found.state == State.WARN and "2 min slow" in found.found and "“test”" in found.advice
