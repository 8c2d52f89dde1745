"""What a worker says of itself: its loop, and its threads."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from dashboard import heartbeat, tasks
from dashboard.doctor import Scope, State, worker
from dashboard.models import Team
from dashboard.queues import default_queue, post_queue, relay_queue

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


def test_a_beat_from_the_future_says_nothing_about_now() -> None:
    now = timezone.now()
    with time_machine.travel(now + 120 * MINUTE):
        heartbeat.beat()
    assert not heartbeat.worker_is_alive()
    heartbeat.beat()
    assert heartbeat.worker_is_alive()


def test_threads_that_take_nothing_up_are_noticed(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(tasks, "say_worked", sent.append)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        heartbeat.worked(settings.NODE)
        for _ in range(40):  # ten minutes of beats
            heartbeat.beat()
            tasks.ask()
            clock.shift(heartbeat.EVERY)
        assert 1 <= len(sent) <= 6, "what nobody takes does not pile up"
        heartbeat.beat()
        clock.shift(dt.timedelta(seconds=1))
        found = {each.name: each for each in worker.look(Scope())}
        hanging = found[f"Threads of “{settings.NODE}”"]
        assert hanging.state == State.WARN and "none of its threads" in hanging.found and "restart" in hanging.advice
        heartbeat.worked(settings.NODE)
        assert f"Threads of “{settings.NODE}”" not in {each.name for each in worker.look(Scope())}
        assert heartbeat.to_ask() == settings.NODE, "asked again at once"


def test_a_held_team_is_told_by_the_doctor(team: Team, other_team: Team) -> None:
    Team.objects.filter(pk=team.pk).update(held_since=timezone.now())
    (held,) = [each for each in worker.look(Scope()) if each.name == "Sending is held"]
    assert held.state == State.BAD and team.name in held.found and other_team.name not in held.found
    assert [each.name for each in worker.look(Scope(team=other_team))].count("Sending is held") == 0


def test_what_is_sent_has_a_queue_of_its_own() -> None:
    names = {queue.name for queue in (default_queue(), post_queue(), relay_queue())}
    assert len(names) == 3
    assert post_queue() is post_queue()
