"""Counters in the cache that is used without Redis: the one in the database, which treats time-outs in its own way."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache.backends import db as database_cache
from django.core.management import call_command

from dashboard import counters

Move = Callable[[float], None]


@pytest.fixture
def move(settings: Any, db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Move]:
    """The cache in the database, and a clock that only this moves; it stands at the start of an hour."""
    before = settings.CACHES
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "test_counters_cache"}
    }
    call_command("createcachetable")
    start = 3600.0 * (time.time() // 3600)
    now = [start]
    monkeypatch.setattr(time, "time", lambda: now[0])
    monkeypatch.setattr(database_cache, "tz_now", lambda: dt.datetime.fromtimestamp(now[0], dt.UTC))

    def moved(seconds: float) -> None:
        now[0] += seconds

    yield moved
    settings.CACHES = before


def test_counts_within_a_window_and_starts_again_after_it(move: Move) -> None:
    assert [counters.add("knocks", 60) for _ in range(3)] == [1, 2, 3]
    move(61)
    assert counters.read("knocks", 60) == 0
    assert counters.add("knocks", 60) == 1


def test_an_hour_is_remembered_through_quiet_minutes(move: Move) -> None:
    counters.add("reads", 3600)
    counters.add("reads", 3600)
    move(40 * 60)
    assert counters.add("reads", 3600) == 3
