from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from dashboard.templatetags import timefmt

NOW = dt.datetime(2026, 11, 12, 13, 2, 30, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _in_berlin() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False), timezone.override(ZoneInfo("Europe/Berlin")):
        yield


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0:00.0"),
        (42.36, "0:42.4"),
        (59.96, "1:00.0"),
        (3723.4, "1:02:03.4"),
        (3599.99, "1:00:00.0"),
        ("61", "1:01.0"),
        (Decimal("7.25"), "0:07.3"),
        (dt.timedelta(minutes=90, milliseconds=500), "1:30:00.5"),
        (-5, "−0:05.0"),
        (None, "–"),
        ("", "–"),
        ("soon", "–"),
        (float("nan"), "–"),
    ],
)
def test_duration_is_written_like_a_clock(value: timefmt.Number | dt.timedelta | None, expected: str) -> None:
    assert timefmt.duration(value) == expected


def test_duration_without_tenths_rounds_to_the_second() -> None:
    assert timefmt.duration(59.5, 0) == "1:00"
    assert timefmt.duration(42.36, 0) == "0:42"


@given(st.integers(min_value=0, max_value=10**7))
def test_duration_says_the_same_number_of_tenths(tenths: int) -> None:
    text = timefmt.duration(tenths / 10)
    total = 0.0
    for part in text.split(":"):
        total = total * 60 + float(part)
    assert round(total * 10) == tenths
    assert all(float(part) < 60 for part in text.split(":")[-2:])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1234567, "1\u202f234\u202f567"),
        (999, "999"),
        (1234.56, "1\u202f234.6"),
        (-1200, "−1\u202f200"),
        (0, "0"),
        (None, "–"),
    ],
)
def test_thousands_are_parted_by_a_thin_space(value: timefmt.Number | None, expected: str) -> None:
    assert timefmt.thin(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (999, "999"),
        (1000, "1k"),
        (1234, "1.2k"),
        (999_949, "999.9k"),
        (999_950, "1M"),
        (5_600_000, "5.6M"),
        (None, "–"),
    ],
)
def test_compact_never_shows_a_thousand_of_a_size(value: timefmt.Number | None, expected: str) -> None:
    assert timefmt.compact(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0\u202fB"), (999, "999\u202fB"), (1500, "1.5\u202fkB"), (10**10, "10.0\u202fGB"), (None, "–")],
)
def test_file_sizes_are_decimal(value: timefmt.Number | None, expected: str) -> None:
    assert timefmt.filesize10(value) == expected


def test_percentages_are_of_a_ratio_and_changes_carry_their_sign() -> None:
    assert timefmt.percent(0.123) == "12%"
    assert timefmt.percent(0.1234, 1) == "12.3%"
    assert timefmt.percent(None) == "–"
    assert timefmt.signed_percent(0.184) == "+18%"
    assert timefmt.signed_percent(-0.031) == "−3%"
    assert timefmt.signed_percent(0.001) == "±0%"
    assert timefmt.signed_percent(None) == "–"


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (0, "today 14:02 CET"),
        (-24, "yesterday 14:02 CET"),
        (24, "tomorrow 14:02 CET"),
        (-24 * 5, "7 Nov 14:02 CET"),
        (-24 * 60, "13 Sep 15:02 CEST"),
        (-24 * 365, "12 Nov 2025 14:02 CET"),
    ],
)
def test_when_names_the_day_and_the_zone(hours: int, expected: str) -> None:
    assert f">{expected}</time>" in timefmt.when(NOW + dt.timedelta(hours=hours))


def test_when_counts_days_in_the_viewers_zone() -> None:
    late = dt.datetime(2026, 11, 12, 23, 30, tzinfo=dt.UTC)
    assert ">tomorrow 00:30 CET</time>" in timefmt.when(late)


def test_when_carries_the_exact_time() -> None:
    html = timefmt.when(NOW)
    assert 'datetime="2026-11-12T14:02:30+01:00"' in html
    assert 'title="Thu 12 Nov 2026 14:02:30 CET (UTC+0100)"' in html


def test_a_zone_without_letters_is_written_as_an_offset() -> None:
    with timezone.override(ZoneInfo("America/Sao_Paulo")):
        assert "today 10:02 UTC−03" in timefmt.when(NOW)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (5, "just now"),
        (-20, "just now"),
        (180, "3 min ago"),
        (3600, "1 h ago"),
        (-7200, "in 2 h"),
        (86400, "1 day ago"),
        (86400 * 3, "3 days ago"),
        (86400 * 90, "14 Aug 15:02 CEST"),
    ],
)
def test_ago_counts_in_the_largest_unit(seconds: int, expected: str) -> None:
    assert f">{expected}</time>" in timefmt.ago(NOW - dt.timedelta(seconds=seconds))


def test_as_of_is_short_today_and_dated_before() -> None:
    assert ">as of 14:02 CET</time>" in timefmt.as_of(NOW)
    assert ">as of yesterday 14:02 CET</time>" in timefmt.as_of(NOW - dt.timedelta(days=1))


def test_no_time_is_said_plainly() -> None:
    assert timefmt.when(None) == "–"
    assert timefmt.ago(None) == "–"
    assert timefmt.as_of(None) == "not read yet"
