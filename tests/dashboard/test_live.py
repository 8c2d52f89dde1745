from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from dashboard import heartbeat, live
from dashboard.models import Team, User
from tests.polling import HTMX, again_of

ClientOf = Callable[[User], Client]
PAGE = "/t/harbour/"


@pytest.mark.parametrize(("minutes", "seconds"), [(0, 2), (1.9, 2), (3, 5), (20, 15), (90, 60), (-5, 2)])
@time_machine.travel(dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC), tick=False)
def test_the_older_the_calmer(minutes: float, seconds: int) -> None:
    assert live.pace(timezone.now() - dt.timedelta(minutes=minutes)) == seconds


def test_a_part_is_sent_only_when_it_looks_different(team: Team, alice: User, client_of: ClientOf) -> None:
    client = client_of(alice)
    again = again_of(client.get(PAGE))
    first = client.get(again, headers=HTMX)
    assert (first.status_code, first.content) == (204, b"")
    heartbeat.beat()
    second = client.get(again, headers=HTMX)
    assert second.status_code == 200
    assert "Nothing waits for you" in second.content.decode()
    assert "<html" not in second.content.decode()
    fresh = again_of(second)
    assert fresh != again
    assert client.get(fresh, headers=HTMX).status_code == 204


def test_an_invented_stamp_is_only_wrong(team: Team, alice: User, client_of: ClientOf) -> None:
    answer = client_of(alice).get(PAGE, {"stamp": '"><script>'}, headers=HTMX)
    assert answer.status_code == 200
    assert "<script" not in answer.content.decode()
