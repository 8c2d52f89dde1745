from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from dashboard import heartbeat
from dashboard.doctor import Finding, Scope, State, worker
from dashboard.models import CallState, Team
from tests import factories

pytestmark = pytest.mark.django_db


def look() -> dict[str, Finding]:
    return {finding.name: finding for finding in worker.look(Scope())}


def beat(settings: Any, *nodes: str) -> None:
    for settings.NODE in nodes:
        heartbeat.beat()


def test_nobody_was_ever_heard() -> None:
    found = look()["Work in the background"]
    assert found.state == State.BAD
    assert "Uploads are kept" in found.found and "script/worker" in found.advice


def test_every_node_by_its_name(settings: Any) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        beat(settings, "south", "north")
        clock.shift(dt.timedelta(seconds=20))
        assert list(heartbeat.nodes()) == ["north", "south"]
        found = look()
    assert list(found) == ["Work in the background", "Work that is due"]
    assert {each.state for each in found.values()} == {State.OK}
    assert "“north” 20 s ago, “south” 20 s ago" in found["Work in the background"].found


def test_one_of_two_fell_silent(settings: Any) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        beat(settings, "north", "south")
        clock.shift(dt.timedelta(minutes=10))
        beat(settings, "north")
        found = look()
    assert found["Work in the background"].state == State.OK
    silent = found["Worker of “south”"]
    assert silent.state == State.WARN and "10 min ago" in silent.found and silent.advice


def test_all_fell_silent(settings: Any) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        beat(settings, "north")
        clock.shift(dt.timedelta(minutes=2))
        found = look()
    assert list(found) == ["Work in the background", "Work that is due"]
    assert found["Work in the background"].state == State.BAD
    assert "The last one was “north”, 2 min ago." in found["Work in the background"].found


def test_a_node_without_a_worker_of_its_own(settings: Any) -> None:
    beat(settings, "south")
    settings.NODE = "north"
    assert look()["Worker of “north”"].state == State.WARN


def test_after_a_week_a_node_is_not_named_any_more(settings: Any) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        beat(settings, "south")
        clock.shift(dt.timedelta(days=8))
        beat(settings, "north")
        assert list(heartbeat.nodes()) == ["north"]
        assert heartbeat.cache.get("worker-nodes") == ["north"]


@pytest.mark.parametrize(
    ("minutes", "alive", "state"),
    [(2, True, State.OK), (4, True, State.WARN), (16, True, State.BAD), (4, False, State.BAD), (2, False, State.OK)],
)
def test_how_long_due_work_has_been_waiting(team: Team, settings: Any, minutes: int, alive: bool, state: State) -> None:
    now = timezone.now()
    due = now - dt.timedelta(minutes=minutes)
    factories.make_project(team, state="processing", next_look_at=due)
    factories.make_project(team, state="processing", next_look_at=now - dt.timedelta(seconds=10))
    with time_machine.travel(now, tick=False):
        if alive:
            beat(settings, "test")
        found = look()["Work that is due"]
    assert found.state == state
    assert (f"Looks at projects: {minutes} min" in found.found) == (state != State.OK)


def test_work_that_somebody_holds_or_that_is_of_another_node_does_not_wait(team: Team, settings: Any) -> None:
    beat(settings, "test")
    now = timezone.now()
    hour = dt.timedelta(hours=1)
    factories.make_project(team, next_look_at=now - hour, lease_until=now + hour)
    factories.make_project(team, next_look_at=now + hour)
    elsewhere = factories.make_upload(factories.make_project(team), node="elsewhere")
    type(elsewhere).objects.filter(pk=elsewhere.pk).update(next_look_at=now - hour, node="elsewhere")
    assert look()["Work that is due"].state == State.OK
    type(elsewhere).objects.filter(pk=elsewhere.pk).update(node="test")
    assert "Hand-overs of uploads: 60 min" in look()["Work that is due"].found
    factories.make_call(team, state=CallState.READY, next_look_at=now - hour)
    assert "Calls to Submagic: 60 min" in look()["Work that is due"].found
