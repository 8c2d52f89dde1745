"""What was put off by a clock that was fast comes earlier once it is set right."""

from __future__ import annotations

import datetime as dt
import time

import pytest
import time_machine
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
        return clock.stepped_back()

    assert after(15, step=0) == dt.timedelta()
    assert after(15, step=-59) == dt.timedelta()
    assert after(15, step=7200) == dt.timedelta()
    assert after(15, step=-7200) == dt.timedelta(hours=2)
    assert after(15, step=0) == dt.timedelta(), "it is told once"


@pytest.mark.django_db
def test_what_lies_ahead_comes_earlier_but_no_persons_own_time(team: Team) -> None:
    now = timezone.now().replace(microsecond=0)
    with time_machine.travel(now, tick=False):
        project = factories.make_project(team, next_look_at=now + 2 * HOUR, lease_until=now + 2 * HOUR)
        due = factories.make_project(team, next_look_at=now - HOUR)
        waiting = factories.make_call(team, not_before=now + 2 * HOUR, next_look_at=now + 2 * HOUR)
        post = factories.make_call(
            team, operation="publish", state=CallState.DRAFT, not_before=now + 5 * HOUR, next_look_at=now + 5 * HOUR
        )
        window = RateWindow.objects.create(
            api_key=waiting.api_key, endpoint="projects.get", window_started_at=now + 2 * HOUR,
            resets_at=now + 3 * HOUR, quiet_until=now + 2 * HOUR,
        )  # fmt: skip
        clock_steps.mend(dt.timedelta())
        project.refresh_from_db()
        assert project.next_look_at == now + 2 * HOUR
        clock_steps.mend(2 * HOUR)
    for row in (project, due, waiting, post, window):
        row.refresh_from_db()
    assert project.next_look_at == project.lease_until == now
    assert due.next_look_at == now - HOUR
    assert waiting.not_before == waiting.next_look_at == now
    assert post.not_before == now + 5 * HOUR, "a person's own time"
    assert (window.window_started_at, window.resets_at, window.quiet_until) == (now, now + HOUR, now)
