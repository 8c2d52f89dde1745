from __future__ import annotations

import datetime as dt
from contextlib import suppress
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
import time_machine

from providers import submagic
from providers.clock import LARGEST, LONGEST_ROUND_TRIP, ClockReading, read_clock
from providers.errors import ProviderError
from providers.submagic import SubmagicClient
from tests.providers.submagic.support import KEY, answering

NOON = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)


def date(seconds: float) -> dict[str, str]:
    """The Date header of a provider whose clock shows so many seconds after noon."""
    return {"date": format_datetime(NOON + dt.timedelta(seconds=seconds), usegmt=True)}


def read(headers: dict[str, str], round_trip: float = 0.0) -> ClockReading | None:
    with time_machine.travel(NOON, tick=False):
        return read_clock(httpx.Headers(headers), round_trip=round_trip)


@pytest.mark.parametrize(("theirs", "ahead"), [(0, -0.5), (-60, 59.5), (60, -60.5)])
def test_it_tells_how_far_and_to_which_side(theirs: float, ahead: float) -> None:
    assert read(date(theirs)) == ClockReading(ahead, 0.5)


def test_half_the_round_trip_is_taken_off_and_all_of_it_is_doubt() -> None:
    """The answer left them four seconds ago at the latest, so most of these eight seconds are the way."""
    reading = read(date(-36), round_trip=8)
    assert reading == ClockReading(31.5, 4.5)
    assert reading.certain == 27
    assert ClockReading(-40, 4.5).certain == -35.5
    assert ClockReading(3, 4.5).certain == 0


@pytest.mark.parametrize("round_trip", [LONGEST_ROUND_TRIP + 0.1, 600, -1])
def test_a_call_that_took_long_tells_nothing(round_trip: float) -> None:
    assert read(date(-60), round_trip) is None
    assert read(date(-60), LONGEST_ROUND_TRIP) is not None


@pytest.mark.parametrize(("age", "tells"), [("0", True), ("", True), ("1", False), ("86400", False), ("old", False)])
def test_an_answer_from_a_cache_tells_nothing(age: str, tells: bool) -> None:
    assert (read(date(-60) | {"Age": age}) is not None) == tells


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "now", "0", "-1", "1782907200", "99999999999999999999", "Wed", "Wed, 99 Foo 2026 12:00:00 GMT"),
        *("Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT"),
        *("Wed, 01 Jul 2026 25:00:00 GMT", "Wed, 01 Jul 2026 12:00:00 +9999", "Wed, 01 Jul 20260 12:00:00 GMT"),
        *("Wed, 01 Jul 2020 12:00:00 GMT", "\u0661\u0662", "A" * 10_000),
    ],
)
def test_an_absurd_date_tells_nothing(text: str) -> None:
    with time_machine.travel(NOON, tick=False):
        assert read_clock({"date": text}, round_trip=0) is None
        assert read_clock({}, round_trip=0) is None


def test_a_whole_year_is_still_believed() -> None:
    assert read(date(-LARGEST + 60)) is not None
    assert read(date(-LARGEST - 60)) is None


def test_each_answer_of_a_client_tells_also_a_refusal() -> None:
    heard: list[ClockReading] = []
    with time_machine.travel(NOON, tick=False):
        for status, body in ((200, {"languages": []}), (429, {"error": "slow down"}), (500, {})):
            transport = answering(status, body, date(-60))
            with SubmagicClient(KEY, transport=transport, on_clock=heard.append) as client:
                try:
                    client.languages()
                except ProviderError:
                    assert status != 200
        submagic.health(transport=answering(200, {"status": "healthy"}, date(60)), on_clock=heard.append)
    assert [round(reading.ahead, 1) for reading in heard] == [59.5, 59.5, 59.5, -60.5]


def test_without_a_date_and_without_an_answer_nobody_is_told() -> None:
    heard: list[Any] = []

    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    for transport in (answering(200, {"languages": []}), httpx.MockTransport(broken)):
        with SubmagicClient(KEY, transport=transport, on_clock=heard.append) as client, suppress(ProviderError):
            client.languages()
    assert heard == []
