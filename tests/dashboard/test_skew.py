from __future__ import annotations

import datetime as dt
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from dashboard import health, remote, skew
from dashboard.models import ApiKey, Environment
from providers.clock import ClockReading
from tests import factories

LIVE, SANDBOX = Environment.LIVE, Environment.SANDBOX


def hear(*ahead: float, environment: str = LIVE, doubt: float = 0.5) -> None:
    for seconds in ahead:
        skew.learn(environment, ClockReading(seconds, doubt))


def told() -> float | None:
    found = skew.shown()
    return found.seconds if found else None


def test_two_in_a_row_are_told_and_the_first_that_agrees_ends_it() -> None:
    hear(120)
    assert told() is None
    hear(121)
    assert told() == 121
    hear(119)
    assert told() == 119
    hear(1)
    assert told() is None
    hear(120)
    assert told() is None, "it begins anew"


@pytest.mark.parametrize("ahead", [(120, 2, 120), (120, -120), (-120, 120), (30.4, -30.4, 30.4), (29, 30, 30.5)])
def test_one_odd_answer_among_others_says_nothing(ahead: tuple[float, ...]) -> None:
    hear(*ahead)
    assert told() is None


def test_a_slow_answer_says_nothing_however_often_it_comes() -> None:
    hear(34, 34, 34, doubt=5)
    assert told() is None
    hear(36, 36, doubt=5)
    assert told() == 36


def test_half_a_minute_to_either_side_is_no_news() -> None:
    hear(-31, -31)
    assert told() == -31
    found = skew.of("test", LIVE)
    assert found and found.is_off and not found.is_fast


def test_each_environment_is_measured_by_itself() -> None:
    hear(120, 120)
    hear(0, 0, environment=SANDBOX)
    assert told() == 120
    assert {(each.environment, each.is_off) for each in skew.of_nodes(["test"])} == {(LIVE, True), (SANDBOX, False)}


def test_a_node_whose_clock_is_right_does_not_hide_another(settings: Any) -> None:
    """They call in turns, so without names two of one node would never come in a row."""
    for _ in range(2):
        settings.NODE = "north"
        hear(120)
        settings.NODE = "south"
        hear(0)
    found = skew.shown()
    assert found and found.node == "north"
    assert "“north”" in found.advice
    settings.NODE = "north"
    hear(0)
    assert told() is None


def test_what_nobody_measured_for_an_hour_is_forgotten() -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        hear(120, 120)
        clock.shift(dt.timedelta(minutes=59))
        assert told() == 120
        clock.shift(dt.timedelta(minutes=2))
        assert told() is None and skew.of("test", LIVE) is None


def test_agreeing_is_written_down_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    keep = cache.set
    monkeypatch.setattr(cache, "set", lambda key, *rest, **more: (written.append(key), keep(key, *rest, **more)))
    with time_machine.travel(timezone.now(), tick=False) as clock:
        hear(0, 0, 0, 1)
        assert len(written) == 1
        clock.shift(dt.timedelta(seconds=61))
        hear(0)
        assert len(written) == 2


def test_a_cache_that_is_away_takes_no_page_away(monkeypatch: pytest.MonkeyPatch) -> None:
    hear(120, 120)

    def away(*_: Any) -> None:
        raise ConnectionError("redis://user:secret@cache is away")

    monkeypatch.setattr(cache, "get", away)
    assert skew.shown() is None


def test_only_a_clock_that_is_fast_holds_something_back() -> None:
    assert skew.ahead(LIVE) == dt.timedelta()
    hear(120)
    assert skew.ahead(LIVE) == dt.timedelta(seconds=120), "after one answer already: waiting does no harm"
    hear(0)
    assert skew.ahead(LIVE) == dt.timedelta()
    hear(120, 120)
    assert skew.ahead(LIVE) == dt.timedelta(seconds=120)
    assert skew.ahead(SANDBOX) == dt.timedelta()
    hear(-120, -120)
    assert skew.ahead(LIVE) == dt.timedelta()


def test_whether_the_clocks_were_compared_is_known_after_one_that_agrees_or_two_that_do_not() -> None:
    assert not skew.is_known(LIVE)
    hear(-7200)
    assert not skew.is_known(LIVE)
    hear(-7200)
    assert skew.is_known(LIVE) and not skew.is_known(SANDBOX)
    hear(0)
    assert skew.is_known(LIVE)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (31, "31 s"),
        (-89, "89 s"),
        (90, "2 min"),
        (3600, "60 min"),
        (5400, "2 h"),
        (86_400, "24 h"),
        (180_000, "2 days"),
    ],
)
def test_amounts_as_one_reads_them_off_a_clock(seconds: float, text: str) -> None:
    assert skew.amount(seconds) == text


def test_the_words_say_which_way_what_is_safe_and_what_to_do() -> None:
    hear(120, 120)
    fast = skew.shown()
    assert fast
    assert fast.title == "This desk’s clock is 2 min fast"
    assert "Nothing goes out early" in fast.text and "2 min longer" in fast.text and "Submagic’s" in fast.text
    assert "time server" in fast.advice
    hear(-7200, -7200)
    slow = skew.shown()
    assert slow
    assert slow.title == "This desk’s clock is 2 h slow"
    assert "about 2 h late" in slow.text


def test_it_is_learnt_from_real_calls_with_and_without_a_key(
    monkeypatch: pytest.MonkeyPatch, db: None, settings: Any
) -> None:
    theirs = timezone.now() - dt.timedelta(minutes=10)

    def answer(request: httpx.Request) -> httpx.Response:
        body: Any = {"status": "healthy"} if request.url.path.endswith("/health") else {"languages": []}
        return httpx.Response(200, json=body, headers={"Date": format_datetime(theirs, usegmt=True)})

    monkeypatch.setattr(remote, "transport", httpx.MockTransport(answer))
    key = factories.make_key(factories.make_team(), environment=LIVE)
    assert isinstance(key, ApiKey)
    health.ask(LIVE)
    assert told() is None
    with remote.client_for(key) as client:
        client.languages()
    found = told()
    assert found is not None and 595 < found < 605
