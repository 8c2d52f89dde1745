from __future__ import annotations

import bisect
import datetime as dt
import heapq
import itertools
import random
from typing import Any

import httpx
import pytest
import time_machine
from django.utils import timezone

from dashboard import budgets, rates, remote
from dashboard.budgets import Source
from dashboard.models import ApiKey, Environment, Provider, RateWindow, Team
from providers.errors import RateLimited
from providers.ratelimit import RateHeaders
from providers.submagic.limits import RATES
from tests import factories
from tests.dashboard.budget_help import NOON, headers, in_parallel, spend

READ = "projects.get"
CREATE = "projects.create"


@pytest.fixture
def key(team: Team) -> ApiKey:
    return factories.make_key(team, environment=Environment.LIVE)


def row(key: ApiKey, endpoint: str = READ) -> RateWindow:
    return RateWindow.objects.get(api_key=key, endpoint=endpoint)


# --- Before any header --------------------------------------------------------------------------------------------


@time_machine.travel(NOON, tick=False)
def test_the_documented_start_is_the_limit_and_the_rest_waits_for_the_next_window(key: ApiKey) -> None:
    assert spend(key, CREATE, click=True) == 30
    assert budgets.turn(key, CREATE, click=True) == 3600
    with time_machine.travel(NOON + dt.timedelta(minutes=59, seconds=59), tick=False):
        assert budgets.turn(key, CREATE, click=True) == 1
    with time_machine.travel(NOON + dt.timedelta(minutes=60), tick=False):
        assert budgets.turn(key, CREATE, click=True) == 0
        assert budgets.left(key, CREATE).remaining == 29


def test_without_a_header_no_hour_at_all_has_more_calls_than_the_limit(key: ApiKey) -> None:
    """Windows that follow one another would allow twice the limit around their border."""
    with time_machine.travel(NOON, tick=False) as clock:
        assert budgets.turn(key, CREATE, click=True) == 0
        clock.move_to(NOON + dt.timedelta(minutes=50, seconds=0.5))
        assert spend(key, CREATE, click=True) == 29
        clock.move_to(NOON + dt.timedelta(minutes=60))
        assert budgets.left(key, CREATE).remaining == 1
        assert spend(key, CREATE, click=True) == 1, "the one of noon counts no more"
        assert budgets.left(key, CREATE).remaining == 0
        assert budgets.left(key, CREATE).waits_until == NOON + dt.timedelta(minutes=110, seconds=1)
        assert budgets.turn(key, CREATE, click=True) == 50 * 60 + 1
        clock.move_to(NOON + dt.timedelta(minutes=110, seconds=1))
        assert spend(key, CREATE, click=True) == 29


def test_what_a_header_says_is_left_counts_for_more_than_the_last_hour(key: ApiKey) -> None:
    with time_machine.travel(NOON + dt.timedelta(minutes=50), tick=False) as clock:
        assert spend(key, CREATE, click=True) == 30
        budgets.learn(key, headers(CREATE, 30, 0, reset_in=600))
        clock.shift(602)
        assert spend(key, CREATE, click=True) == 30


@time_machine.travel(NOON, tick=False)
def test_looks_leave_a_fifth_to_people(key: ApiKey) -> None:
    assert spend(key, READ) == 80
    assert budgets.turn(key, READ) == 3600
    assert spend(key, READ, click=True) == 20
    assert budgets.turn(key, READ, click=True) == 3600


@pytest.mark.parametrize(("limit", "looks"), [(1, 1), (2, 1), (4, 3), (5, 4), (6, 4), (100, 80)])
@time_machine.travel(NOON, tick=False)
def test_at_least_one_call_is_kept_but_never_the_only_one(key: ApiKey, limit: int, looks: int) -> None:
    budgets.learn(key, headers(READ, limit, limit))
    assert spend(key, READ) == looks


def test_many_small_looks_get_their_share_evenly(key: ApiKey) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        assert spend(key, READ, evenly=True) == 5
        assert budgets.turn(key, READ, evenly=True) == pytest.approx(45, abs=0.1)
        clock.shift(45.1)
        assert spend(key, READ, evenly=True) == 1
        clock.move_to(NOON + dt.timedelta(minutes=30))
        assert spend(key, READ, evenly=True) == 39
        clock.move_to(NOON + dt.timedelta(minutes=59, seconds=59.9))
        assert spend(key, READ, evenly=True) == 39
        assert spend(key, READ, click=True) == 16
        clock.move_to(NOON + dt.timedelta(minutes=60))
        assert spend(key, READ, evenly=True) == 5


@time_machine.travel(NOON, tick=False)
def test_clicks_go_when_looks_must_wait(key: ApiKey) -> None:
    spend(key, READ, evenly=True)
    assert budgets.turn(key, READ, evenly=True) > 0
    assert spend(key, READ, click=True) == 95
    assert budgets.turn(key, READ, click=True) == 3600


@pytest.mark.parametrize("limit", [*range(1, 40), 100, 1000])
def test_a_look_that_comes_when_it_was_told_to_goes(key: ApiKey, limit: int) -> None:
    """Else looks would come back again and again, or never."""
    with time_machine.travel(NOON, tick=False) as clock:
        budgets.learn(key, headers(READ, limit, limit))
        for _number in range(8):
            spend(key, READ, evenly=True)
            wait = budgets.turn(key, READ, evenly=True)
            assert 0 < wait <= 3601
            clock.shift(wait + 0.001)
            assert budgets.turn(key, READ, evenly=True) == 0


def test_classes_and_keys_have_budgets_of_their_own(key: ApiKey, other_team: Team) -> None:
    other = factories.make_key(other_team, environment=Environment.LIVE)
    spend(key, CREATE, click=True)
    assert budgets.turn(key, "projects.upload", click=True) == 0
    assert budgets.turn(other, CREATE, click=True) == 0


def test_health_is_not_counted(key: ApiKey) -> None:
    assert budgets.turn(key, "health") == 0
    budgets.learn(key, headers("health", 1, 0))
    assert not RateWindow.objects.exists()


def test_asking_what_is_left_leaves_no_trace(key: ApiKey) -> None:
    assert budgets.wait(key, READ) == 0
    assert budgets.left(key, READ).remaining == 100
    assert len(budgets.shown(key)) == len(RATES)
    assert not RateWindow.objects.exists()


@time_machine.travel(NOON, tick=False)
def test_a_sandbox_key_has_no_limit_until_a_header_names_one(api_key: ApiKey) -> None:
    for _number in range(200):
        assert budgets.turn(api_key, CREATE) == 0
    assert budgets.left(api_key, CREATE) == budgets.Left(
        CREATE, None, None, NOON + dt.timedelta(hours=1), None, Source.NONE
    )
    assert budgets.spacing(api_key, CREATE) == 0
    budgets.learn(api_key, headers(CREATE, 500, 290))
    assert spend(api_key, CREATE, click=True) == 290


# --- Older work first ---------------------------------------------------------------------------------------------


@time_machine.travel(NOON, tick=False)
def test_who_waits_longer_has_its_calls_left_to_it(key: ApiKey) -> None:
    budgets.learn(key, headers(CREATE, 30, 3))
    assert budgets.turn(key, CREATE, click=True, ahead=3) > 0
    assert budgets.turn(key, CREATE, click=True, ahead=2) == 0
    assert budgets.turn(key, CREATE, click=True, ahead=2) > 0


@pytest.mark.parametrize(
    ("ahead", "hours"), [(0, 1), (29, 1), (30, 2), (59, 2), (60, 3)], ids=["first", "30th", "31st", "60th", "61st"]
)
@time_machine.travel(NOON, tick=False)
def test_the_time_shown_counts_those_who_go_first(key: ApiKey, ahead: int, hours: int) -> None:
    spend(key, CREATE, click=True)
    assert budgets.turn(key, CREATE, click=True, ahead=ahead) == hours * 3600


# --- Learning -----------------------------------------------------------------------------------------------------


@time_machine.travel(NOON, tick=False)
def test_row_01_the_header_raises_the_documented_start(key: ApiKey) -> None:
    assert budgets.turn(key, CREATE, click=True) == 0
    budgets.learn(key, headers(CREATE, 500, 499))
    left = budgets.left(key, CREATE)
    assert (left.limit, left.remaining, left.source) == (500, 499, Source.HEADER)
    assert spend(key, CREATE, click=True) == 499


@time_machine.travel(NOON, tick=False)
def test_what_others_used_of_the_account_counts(key: ApiKey) -> None:
    assert budgets.turn(key, READ) == 0
    budgets.learn(key, headers(READ, 100, 3, 600))
    assert spend(key, READ, click=True) == 3
    assert budgets.turn(key, READ, click=True) == pytest.approx(600, abs=1)


@time_machine.travel(NOON, tick=False)
def test_calls_on_their_way_are_not_given_back(key: ApiKey) -> None:
    for _number in range(10):
        assert budgets.turn(key, READ, click=True) == 0
    budgets.learn(key, headers(READ, 100, 99))
    assert budgets.left(key, READ).remaining == 90
    budgets.learn(key, headers(READ, 100, 91))
    assert budgets.left(key, READ).remaining == 90


@time_machine.travel(NOON, tick=False)
def test_headers_that_come_late_or_out_of_order_raise_nothing(key: ApiKey) -> None:
    budgets.learn(key, headers(READ, 100, 10, 1800))
    for late in (headers(READ, 100, 55, 1800), headers(READ, 100, 99, 5), headers(READ, 100, 100, 3600)):
        budgets.learn(key, late)
        assert budgets.left(key, READ).remaining == 10
    assert row(key).resets_at == NOON + dt.timedelta(seconds=1801)


@time_machine.travel(NOON, tick=False)
def test_an_answer_from_the_last_window_does_not_empty_this_one(key: ApiKey) -> None:
    budgets.learn(key, headers(READ, 100, 99, 3600))
    budgets.learn(key, headers(READ, 100, 0, 1))
    assert budgets.left(key, READ).remaining == 99


@time_machine.travel(NOON, tick=False)
def test_a_reset_that_moves_along_with_each_call_ends_all_the_same(key: ApiKey) -> None:
    budgets.learn(key, headers(READ, 100, 1, 3600))
    with time_machine.travel(NOON + dt.timedelta(minutes=50), tick=False):
        budgets.learn(key, headers(READ, 100, 0, 3600))
        assert budgets.turn(key, READ, click=True) == pytest.approx(601)


@time_machine.travel(NOON, tick=False)
def test_a_new_window_begins_with_the_known_limit(key: ApiKey) -> None:
    budgets.learn(key, headers(READ, 40, 0, 900))
    assert budgets.turn(key, READ, click=True) == pytest.approx(901)
    with time_machine.travel(NOON + dt.timedelta(seconds=902), tick=False):
        assert spend(key, READ, click=True) == 40
        budgets.learn(key, headers(READ, 60, 20, 3590))
        assert spend(key, READ, click=True) == 20


@time_machine.travel(NOON, tick=False)
def test_a_lower_limit_counts_at_once(key: ApiKey) -> None:
    budgets.learn(key, headers(READ, 100, 90))
    budgets.learn(key, headers(READ, 50, 40))
    assert spend(key, READ, click=True) == 40


@time_machine.travel(NOON, tick=False)
def test_half_a_set_of_headers_is_used_as_far_as_it_goes(key: ApiKey) -> None:
    budgets.turn(key, READ)
    budgets.learn(key, RateHeaders(READ, 50, None, None, NOON.timestamp(), 200))
    assert budgets.left(key, READ).remaining == 49
    budgets.learn(key, RateHeaders(READ, None, 7, None, NOON.timestamp(), 200))
    assert budgets.left(key, READ).remaining == 7
    budgets.learn(key, RateHeaders(READ, 0, None, None, NOON.timestamp(), 200))
    budgets.learn(key, RateHeaders(READ, None, None, None, NOON.timestamp(), 200))
    assert budgets.left(key, READ).limit == 50


@time_machine.travel(NOON, tick=False)
def test_the_providers_clock_may_be_wrong(key: ApiKey) -> None:
    """The reset is in the provider's time: only its distance from the answer's Date counts."""
    theirs = NOON.timestamp() + 50_000
    budgets.learn(key, RateHeaders(READ, 100, 0, theirs + 600, theirs, 200))
    assert budgets.turn(key, READ, click=True) == pytest.approx(601)


@time_machine.travel(NOON, tick=False)
def test_a_nonsensical_reset_keeps_nothing_closed_for_longer_than_a_window(key: ApiKey) -> None:
    budgets.learn(key, headers(READ, 100, 5, 50_000))
    assert budgets.left(key, READ).resets_at == NOON + dt.timedelta(seconds=3601)


# --- After a 429 --------------------------------------------------------------------------------------------------


@time_machine.travel(NOON, tick=False)
def test_after_a_429_the_class_is_silent_for_clicks_too(key: ApiKey) -> None:
    budgets.quiet(key, READ, 900)
    assert budgets.turn(key, READ, click=True) == 900
    assert budgets.turn(key, CREATE, click=True) == 0
    assert budgets.left(key, READ).quiet_until == NOON + dt.timedelta(seconds=900)
    with time_machine.travel(NOON + dt.timedelta(seconds=899.9), tick=False):
        assert budgets.turn(key, READ, click=True) > 0
    with time_machine.travel(NOON + dt.timedelta(seconds=900), tick=False):
        assert budgets.turn(key, READ) == 0


@time_machine.travel(NOON, tick=False)
def test_a_shorter_wait_never_ends_a_longer_one(key: ApiKey) -> None:
    budgets.quiet(key, READ, 900)
    budgets.quiet(key, READ, 30)
    budgets.learn(key, headers(READ, 100, 99))
    assert budgets.turn(key, READ, click=True) == 900


def test_row_05_without_a_stated_time_the_wait_doubles_until_an_answer_is_good(key: ApiKey) -> None:
    waits, now = [], NOON
    for _number in range(8):
        with time_machine.travel(now, tick=False):
            budgets.learn(key, RateHeaders(READ, None, None, None, now.timestamp(), 429))
            budgets.quiet(key, READ, 60, stated=False)
            waits.append(budgets.turn(key, READ))
        now += dt.timedelta(seconds=waits[-1])
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    with time_machine.travel(now, tick=False):
        budgets.learn(key, RateHeaders(READ, None, None, None, now.timestamp(), 200))
    with time_machine.travel(now + dt.timedelta(seconds=1), tick=False):
        budgets.quiet(key, READ, 60, stated=False)
        assert budgets.turn(key, READ) == 60


@pytest.mark.parametrize(("seconds", "stated"), [(5, True), (5, False)], ids=["Retry-After: 3", "Retry-After: 0"])
def test_row_05_hardly_any_wait_is_not_asked_again_without_end(key: ApiKey, seconds: float, stated: bool) -> None:
    now, refusals = NOON, 0
    while now < NOON + dt.timedelta(hours=1):
        with time_machine.travel(now, tick=False):
            assert budgets.turn(key, READ, click=True) == 0
            budgets.quiet(key, READ, seconds, stated=stated)
            refusals += 1
            now += dt.timedelta(seconds=budgets.turn(key, READ, click=True))
    assert refusals == 10  # 5, 10, 20 … seconds apart


@time_machine.travel(NOON, tick=False)
def test_row_05_a_stated_wait_does_not_count_as_the_end_of_the_hour_for_later(key: ApiKey) -> None:
    """The window that the headers told of ends with the wait; the next answer's headers count again."""
    budgets.learn(key, headers(READ, 100, 0, 3000, status=429))
    budgets.quiet(key, READ, 30)
    with time_machine.travel(NOON + dt.timedelta(seconds=31), tick=False):
        assert budgets.turn(key, READ, click=True) == 0
        budgets.learn(key, headers(READ, 100, 0, 2969))
        assert budgets.turn(key, READ, click=True) == pytest.approx(2970)


@time_machine.travel(NOON, tick=False)
def test_an_unstated_wait_leaves_the_window_as_it_is(key: ApiKey) -> None:
    budgets.learn(key, headers(READ, 100, 0, 3000, status=429))
    budgets.quiet(key, READ, 60, stated=False)
    assert row(key).resets_at == NOON + dt.timedelta(seconds=3001)


# --- Classes that are counted together ----------------------------------------------------------------------------


def one_count(key: ApiKey, *, reads: int = 60, creates: int = 10) -> None:
    """The provider counts both classes in one window, and each class hears of the other's calls."""
    for endpoint, calls in ((READ, reads), (CREATE, creates)):
        for _number in range(calls):
            assert budgets.turn(key, endpoint, click=True) == 0
            budgets.learn(key, headers(endpoint, 1000, 1000, 3000))
    budgets.learn(key, headers(CREATE, 1000, 1000 - reads - creates, 3000))


@time_machine.travel(NOON, tick=False)
def test_a_429_silences_the_classes_that_are_counted_with_it(key: ApiKey) -> None:
    one_count(key)
    budgets.learn(key, headers(READ, 1000, 0, 2999, status=429))
    budgets.quiet(key, READ, 900)
    assert budgets.turn(key, CREATE, click=True) == 900
    assert budgets.turn(key, "projects.export", click=True) == 0


@pytest.mark.parametrize(
    ("limit", "remaining", "reset_in"),
    [(500, 400, 3000), (1000, 900, 2400), (1000, 990, 3000)],
    ids=["another limit", "another end", "only its own calls"],
)
@time_machine.travel(NOON, tick=False)
def test_a_429_leaves_alone_what_has_a_count_of_its_own(
    key: ApiKey, limit: int, remaining: int, reset_in: float
) -> None:
    for _number in range(10):
        budgets.turn(key, CREATE, click=True)
    budgets.learn(key, headers(CREATE, limit, remaining, reset_in))
    budgets.learn(key, headers(READ, 1000, 0, 3000, status=429))
    budgets.quiet(key, READ, 900)
    assert budgets.turn(key, CREATE, click=True) == 0


@time_machine.travel(NOON, tick=False)
def test_the_classes_of_another_key_are_not_silenced(key: ApiKey, other_team: Team) -> None:
    other = factories.make_key(other_team, environment=Environment.LIVE)
    one_count(other)
    budgets.learn(key, headers(READ, 1000, 0, 3000, status=429))
    budgets.quiet(key, READ, 900)
    assert budgets.turn(other, CREATE, click=True) == 0


# --- On the wire --------------------------------------------------------------------------------------------------

FORMS = {
    "seconds": ({"Retry-After": "120"}, {}, 120),
    "date": ({"Retry-After": "Wed, 01 Jul 2026 12:05:00 GMT", "Date": "Wed, 01 Jul 2026 12:00:00 GMT"}, {}, 300),
    "body": ({}, {"retryAfter": 45}, 45),
    "reset": ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOON.timestamp()) + 700)}, {}, 700),
    "all": (
        {"Retry-After": "30", "X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "0"}
        | {"X-RateLimit-Reset": str(int(NOON.timestamp()) + 200)},
        {"retryAfter": 60},
        30,
    ),
    "body beside a reset": (
        {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "0"}
        | {"X-RateLimit-Reset": str(int(NOON.timestamp()) + 3000)},
        {"retryAfter": 60},
        60,
    ),
    "reset as seconds": ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "700"}, {}, 700),
    "nothing": ({}, {}, 60),
    "zero": ({"Retry-After": "0"}, {"retryAfter": 0}, 5),
}


@pytest.mark.parametrize("form", FORMS)
def test_row_05_each_form_of_a_429_is_waited_out(
    key: ApiKey, form: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, body, seconds = FORMS[form]
    answer = httpx.Response(429, headers=sent, json={"error": "RATE_LIMIT_EXCEEDED", "message": "Slow"} | body)
    monkeypatch.setattr(remote, "transport", httpx.MockTransport(lambda request: answer))
    with time_machine.travel(NOON, tick=False):
        with remote.client_for(key) as client, pytest.raises(RateLimited):
            client.get_project("one")
        assert seconds <= budgets.turn(key, READ, click=True) <= seconds + 1
    with time_machine.travel(NOON + dt.timedelta(seconds=seconds - 0.1), tick=False):
        assert budgets.turn(key, READ, click=True) > 0
    with time_machine.travel(NOON + dt.timedelta(seconds=seconds + 1.1), tick=False):
        assert budgets.turn(key, READ, click=True) == 0


def test_the_budget_is_learnt_from_every_answer(api_key: ApiKey, sandbox: Any) -> None:
    with remote.client_for(api_key) as client:
        client.languages()
    left = budgets.left(api_key, "languages")
    assert (left.limit, left.remaining, left.source) == (1000, 999, Source.HEADER)


def test_an_emptied_cache_forgets_nothing(key: ApiKey) -> None:
    from django.core.cache import cache

    budgets.quiet(key, READ, 900)
    cache.clear()
    assert budgets.turn(key, READ, click=True) > 890


# --- Many at once -------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("limit", [None, 37], ids=["documented", "from headers"])
def test_many_threads_never_take_more_than_there_is(limit: int | None) -> None:
    key = factories.make_key(factories.make_team("Harbour Films"), environment=Environment.LIVE)
    if limit:
        budgets.learn(key, headers(CREATE, limit, limit))
    taken = in_parallel(10, lambda: sum(budgets.turn(key, CREATE, click=True) == 0 for _number in range(8)))
    assert sum(taken) == (limit or RATES[CREATE].start)


@pytest.mark.django_db(transaction=True)
def test_threads_that_open_a_window_together_open_one() -> None:
    key = factories.make_key(factories.make_team("Harbour Films"), environment=Environment.LIVE)
    with time_machine.travel(timezone.now() - dt.timedelta(hours=2)):
        spend(key, CREATE, click=True)
    taken = in_parallel(10, lambda: sum(budgets.turn(key, CREATE, click=True) == 0 for _number in range(6)))
    assert sum(taken) == 30


@pytest.mark.django_db(transaction=True)
def test_answers_that_come_together_never_give_calls_back() -> None:
    """Eight senders, each of which learns the provider's true count at that moment, late."""
    key = factories.make_key(factories.make_team("Harbour Films"), environment=Environment.LIVE)
    budgets.learn(key, headers(READ, 60, 60))
    served: list[int] = []

    def work() -> int:
        mine = 0
        for _number in range(12):
            if budgets.turn(key, READ, click=True) == 0:
                mine += 1
                served.append(1)
                budgets.learn(key, headers(READ, 60, 60 - len(served)))
        return mine

    assert sum(in_parallel(8, work)) == 60


# --- A day --------------------------------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize(
    "projects", [10, pytest.param(50, marks=pytest.mark.slow), pytest.param(200, marks=pytest.mark.slow)]
)
def test_a_day_of_looks_stays_within_the_limit(key: ApiKey, projects: int) -> None:
    """Virtual time, no headers, and a provider that may count any sliding hour. Projects are made as fast as their own
    limit allows, none ever ends, each wants a look every 30 s and comes back as projects_app.actions.looks has it."""
    random.seed(projects)
    calls: list[float] = []
    looks: list[list[float]] = [[] for _number in range(projects)]
    due = [(number * 120.0, number) for number in range(projects)]
    with time_machine.travel(NOON, tick=False) as clock:
        spacing = budgets.spacing(key, READ)
        while due[0][0] < 86_400:
            at, number = heapq.heappop(due)
            clock.move_to(NOON + dt.timedelta(seconds=at))
            last = (looks[number] or [0.0])[-1]
            ahead = sum((looks[other] or [0.0])[-1] < last for then, other in due if then <= at + spacing)
            if wait := budgets.turn(key, READ, evenly=True, ahead=ahead):
                again = budgets.later(key, READ, wait, others=0)
            else:
                calls.append(at)
                looks[number].append(at)
                among = sum(1 for each in looks if each)
                cycle = among * spacing
                again = 30.0 * random.uniform(1.0, 1.1) if cycle <= 30 else cycle * random.uniform(0.95, 1.0)
            heapq.heappush(due, (at + again, number))
    busiest = max(bisect.bisect_left(calls, first + 3600) - place for place, first in enumerate(calls))
    assert busiest <= 100
    cycle = 1.1 * projects * spacing
    gaps = [(before, after) for each in looks for before, after in itertools.pairwise([*each, 86_400.0])]
    assert all(looks)
    assert max(after - before for before, after in gaps) <= 2 * cycle
    assert max(after - before for before, after in gaps if before > 240 * projects) <= 1.2 * cycle


@pytest.mark.parametrize("provider", Provider.values)
def test_what_we_guessed_is_in_the_table(provider: str) -> None:
    assert set(rates.rates(provider)) >= rates.GUESSED[provider]
