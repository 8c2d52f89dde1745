"""What was put off by a clock that was fast comes earlier once it is set right."""

from __future__ import annotations

import datetime as dt
import time

import pytest
import time_machine
from django.db import OperationalError
from django.utils import timezone

from dashboard import clock_steps
from dashboard.models import CallState, RateWindow, Team
from tests import factories

HOUR = dt.timedelta(hours=1)


def test_only_a_step_back_of_a_minute_and_more_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    wall, counted = [1_000_000.0], [50.0]
    monkeypatch.setattr(time, "time", lambda: wall[0])
    monkeypatch.setattr(time, "monotonic", lambda: counted[0])
    clock = clock_steps.Clock()

    def after(seconds: float, *, step: float) -> dt.timedelta:
        counted[0] += seconds
        wall[0] += seconds + step
        found = clock.stepped_back()
        clock.go_on()
        return found

    assert after(15, step=0) == dt.timedelta()
    assert after(15, step=-59) == dt.timedelta()
    assert after(15, step=7200) == dt.timedelta()
    assert after(15, step=-7200) == dt.timedelta(hours=2)
    assert after(15, step=0) == dt.timedelta(), "it is told once"


class Stepped(clock_steps.Clock):
    def __init__(self, step: dt.timedelta) -> None:
        super().__init__()
        self.step = step

    def stepped_back(self) -> dt.timedelta:
        return self.step

    def go_on(self) -> None:
        self.step = dt.timedelta()


@pytest.mark.django_db
def test_what_lies_ahead_comes_earlier_but_no_persons_own_time(team: Team) -> None:
    now = timezone.now().replace(microsecond=0)
    minute = dt.timedelta(minutes=1)
    with time_machine.travel(now, tick=False):
        project = factories.make_project(team, next_look_at=now + 2 * HOUR, lease_until=now + 2 * HOUR)
        due = factories.make_project(team, next_look_at=now - HOUR)
        held = factories.make_project(team, lease_owner="another node", lease_until=now + minute)
        waiting = factories.make_call(team, not_before=now + 2 * HOUR, next_look_at=now + 2 * HOUR)
        asked = factories.make_call(team, not_before=now + 50 * minute, next_look_at=now + 50 * minute)
        post = factories.make_call(
            team, operation="publish", state=CallState.DRAFT, not_before=now + 5 * HOUR, next_look_at=now + 5 * HOUR
        )
        window = RateWindow.objects.create(
            api_key=waiting.api_key, endpoint="projects.get", window_started_at=now + 2 * HOUR,
            resets_at=now + 3 * HOUR, quiet_until=now + 2 * HOUR,
        )  # fmt: skip
        quiet = RateWindow.objects.create(
            api_key=waiting.api_key, endpoint="projects.export", quiet_until=now + 50 * minute
        )
        clock_steps.mend(Stepped(dt.timedelta()))
        project.refresh_from_db()
        assert project.next_look_at == now + 2 * HOUR
        clock = Stepped(2 * HOUR)
        clock_steps.mend(clock)
        clock_steps.mend(clock)  # told once
    for row in (project, due, held, waiting, asked, post, window, quiet):
        row.refresh_from_db()
    assert project.next_look_at == project.lease_until == now
    assert due.next_look_at == now - HOUR
    assert held.lease_until == now + minute, "whoever holds it does so by a right clock"
    assert waiting.not_before == waiting.next_look_at == now
    assert asked.not_before == quiet.quiet_until == now + 50 * minute, "a provider may have asked for that"
    assert post.not_before == now + 5 * HOUR, "a person's own time"
    assert (window.window_started_at, window.resets_at, window.quiet_until) == (now, now + HOUR, now)


@pytest.mark.django_db
def test_a_step_that_could_not_be_mended_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_step: dt.timedelta) -> None:
        raise OperationalError("the database is away")

    clock = Stepped(HOUR)
    monkeypatch.setattr(clock_steps, "_shift", away)
    with pytest.raises(OperationalError):
        clock_steps.mend(clock)
    assert clock.stepped_back() == HOUR
