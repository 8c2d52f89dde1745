from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from publishing_app.forms import WhenForm
from publishing_app.forms.when import moments
from publishing_app.models import Keeper, Schedule

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")


@pytest.fixture(autouse=True)
def november() -> Any:
    with time_machine.travel(dt.datetime(2026, 11, 26, 12, 0, tzinfo=dt.UTC), tick=False):
        yield


def filled(at: str, **fields: str) -> WhenForm:
    data = {"when": "later", "at": at, "zone": "Europe/Berlin", "keeper": "desk"} | fields
    return WhenForm(data)


def test_at_once_has_no_schedule_whatever_else_is_filled_in() -> None:
    form = filled("nonsense", when="now", zone="Nowhere/Land")
    assert form.is_valid()
    assert form.schedule() is None


def test_a_time_is_meant_in_the_zone_that_was_chosen() -> None:
    berlin, kolkata = filled("2026-11-27T14:00"), filled("2026-11-27T14:00", zone="Asia/Kolkata")
    assert berlin.is_valid() and kolkata.is_valid()
    assert berlin.schedule() == Schedule(dt.datetime(2026, 11, 27, 13, 0, tzinfo=dt.UTC), "Europe/Berlin", Keeper.DESK)
    assert kolkata.schedule() == Schedule(dt.datetime(2026, 11, 27, 8, 30, tzinfo=dt.UTC), "Asia/Kolkata", Keeper.DESK)


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"at": ""}, "at", "Choose when it goes out"),
        ({"at": "tomorrow"}, "at", "Write date and time like"),
        ({"at": "2026-11-27T14:00:00+02:00"}, "at", "Write date and time like"),
        ({"at": "2026-11-26T13:00"}, "at", "This time is over"),  # 12:00 UTC is now
        ({"at": "2027-11-28T14:00"}, "at", "more than a year away"),
        ({"at": "2026-11-26T13:01", "keeper": "provider"}, "at", "at least two minutes"),
        ({"at": "2027-03-28T02:30"}, "at", "put forward over this time"),
        ({"at": "2026-11-27T14:00", "zone": "Europe/Nowhere"}, "zone", "not one of the available choices"),
        ({"at": "2026-11-27T14:00", "zone": ""}, "zone", "Choose the zone"),
        ({"at": "2026-11-27T14:00", "keeper": "nobody"}, "keeper", "not one of the available choices"),
        ({"at": "2026-11-27T14:00", "keeper": ""}, "keeper", "Choose who keeps it"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(fields: dict[str, str], field: str, words: str) -> None:
    form = filled(**fields)
    assert not form.is_valid()
    assert list(form.errors) == [field]
    assert words in form.errors[field][0]
    assert form.schedule() is None


@pytest.mark.parametrize(("fold", "hour"), [("0", 0), ("1", 1)])
def test_a_time_that_comes_twice_is_asked_for_and_then_the_one_that_is_meant(fold: str, hour: int) -> None:
    asking = filled("2027-10-31T02:30")
    assert not asking.is_valid()
    assert asking.comes_twice and "comes twice" in asking.errors["fold"][0]
    told = filled("2027-10-31T02:30", fold=fold)
    assert told.is_valid()
    schedule = told.schedule()
    assert schedule is not None and schedule.at == dt.datetime(2027, 10, 31, hour, 30, tzinfo=dt.UTC)


def test_it_starts_in_the_persons_zone_and_with_a_kept_one_in_that_ones() -> None:
    with timezone.override(BERLIN):
        assert WhenForm()["zone"].value() == "Europe/Berlin"
    kept = Schedule(dt.datetime(2026, 12, 1, 3, 15, tzinfo=dt.UTC), "Asia/Kolkata", Keeper.DESK)
    form = WhenForm(kept=kept)
    assert (form["when"].value(), form["zone"].value()) == ("later", "Asia/Kolkata")
    assert 'value="2026-12-01T08:45"' in str(form["at"])


def test_every_minute_of_two_years_in_odd_zones_is_found_once_never_or_twice() -> None:
    """Against the other direction: each UTC quarter hour must be among the moments of its own local time."""
    for name in ("Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca", "Pacific/Apia"):
        zone = zoneinfo.ZoneInfo(name)
        moment = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        while moment.year < 2028:
            local = moment.astimezone(zone).replace(tzinfo=None, fold=0)
            assert moment in moments(local, zone), (name, moment)
            moment += dt.timedelta(minutes=15)
