"""Calls and looks wait for their turn: nothing goes out that the key has no budget for (reliability, R9)."""

from __future__ import annotations

import bisect
import datetime as dt
import random
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from dashboard import budgets, remote
from dashboard.actions import upstream_calls
from dashboard.models import ApiKey, CallState, Environment, RateWindow, Team, UpstreamCall, User
from dashboard.models.rate_window import ROUNDING
from projects_app import catalogue
from projects_app.actions import claims, exports, look_turns, looks, lost_calls, project_calls, projects, video_links
from projects_app.models import Kind, Project, ProjectState, Source
from sandbox.submagic import applied
from tests import factories
from tests.conftest import InProcessSandbox
from tests.dashboard.budget_help import NOON, headers, spend
from tests.projects_app.json_calls import CREATE, call_of, created, send
from tests.projects_app.looking import ID, PATH, clip, look, make_job
from tests.projects_app.scripted import Scripted, project
from tests.publishing_app.support import account_of, context_of

READ = look_turns.READ
ENDPOINT = "magic_clips.create"
OTHER = "8c1d7f60-52ab-4c1e-8f0e-3a9b5d2e4f10"


def make_waiting(team: Team, by: User, key: ApiKey) -> Project:
    made, _upload = projects.create(
        team=team,
        by=by,
        api_key=key,
        kind=Kind.MAGIC_CLIPS,
        source=Source.YOUTUBE,
        source_url="https://www.youtube.com/watch?v=sandbox0002",
        title="A talk",
        language="en",
        options={},
        form_token=uuid.uuid4(),
    )
    return made


# --- A call ---------------------------------------------------------------------------------------------------------


def test_a_call_without_a_turn_waits_with_its_time(provider: Scripted, waiting: Project, api_key: ApiKey) -> None:
    provider.on("POST", CREATE, created())
    budgets.learn(api_key, headers(ENDPOINT, 30, 0, 1800))
    call = send(waiting)
    assert call.state == CallState.READY
    assert call.not_before is not None and call.next_look_at == call.not_before
    assert 1799 <= (call.not_before - timezone.now()).total_seconds() <= 1802 + upstream_calls.MOST_JITTER
    assert call.attempts == 0
    assert waiting.state == ProjectState.QUEUED
    assert waiting.look_problem == "Waits its turn: Submagic takes 30 of these an hour."
    assert provider.calls == []


def test_woken_early_it_goes_on_waiting_and_then_goes_once(
    provider: Scripted, waiting: Project, api_key: ApiKey
) -> None:
    provider.on("POST", CREATE, created())
    budgets.learn(api_key, headers(ENDPOINT, 30, 0, 1800))
    until = send(waiting).not_before
    assert until is not None
    for before in (dt.timedelta(hours=1), dt.timedelta(seconds=1)):
        with time_machine.travel(until - before, tick=False):
            assert send(waiting).not_before == until
    assert provider.calls == []
    with time_machine.travel(until):
        assert send(waiting).state == CallState.ACCEPTED
        send(waiting)
    assert provider.count("POST", CREATE) == 1
    assert waiting.look_problem == ""
    assert call_of(waiting).problem == ""


def test_the_project_page_says_when_it_goes(
    provider: Scripted, waiting: Project, api_key: ApiKey, bob: User, client_of: Callable[[User], Client]
) -> None:
    budgets.learn(api_key, headers(ENDPOINT, 30, 0, 1800))
    until = send(waiting).not_before
    assert until is not None
    html = client_of(bob).get(waiting.get_absolute_url()).content.decode()
    assert "Waits its turn: Submagic takes 30 of these an hour." in html
    assert f'<time datetime="{until.isoformat()}"' in html


def test_row_01_our_guess_queues_and_never_refuses(provider: Scripted, team: Team, bob: User) -> None:
    """Thirty go out by the documented start; the 31st waits, and goes as soon as a header names a higher limit."""
    key = factories.make_key(team, environment=Environment.LIVE)
    for _number in range(30):
        assert budgets.turn(key, ENDPOINT, click=True) == 0
    late = make_waiting(team, bob, key)
    call = send(late)
    assert (call.state, late.state) == (CallState.READY, ProjectState.QUEUED)
    budgets.learn(key, headers(ENDPOINT, 500, 470))
    provider.on("POST", CREATE, created())
    assert call.not_before is not None
    with time_machine.travel(call.not_before):
        assert send(late).state == CallState.ACCEPTED


def test_the_newest_click_does_not_overtake_older_ones(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey
) -> None:
    numbers = iter(range(100))
    provider.on("POST", CREATE, lambda request: created(id=f"id-{next(numbers)}-of-a-new-project"))
    budgets.learn(api_key, headers(ENDPOINT, 3, 0, 600))
    old = [make_waiting(team, bob, api_key) for _number in range(4)]
    assert all(send(each).state == CallState.READY for each in old)
    with time_machine.travel(timezone.now() + dt.timedelta(hours=1)):
        new = make_waiting(team, bob, api_key)
        states = [send(each).state for each in (new, *reversed(old))]
        # Three go in this hour: the three oldest, in whatever order workers come to them.
        assert states == [CallState.READY, CallState.READY, *[CallState.ACCEPTED] * 3]
        next_ones = [call_of(old[3]).not_before, call_of(new).not_before]
        assert None not in next_ones


def test_one_teams_work_does_not_wait_for_another_teams(
    provider: Scripted, team: Team, other_team: Team, bob: User, charlie: User, api_key: ApiKey
) -> None:
    provider.on("POST", CREATE, created())
    budgets.learn(api_key, headers(ENDPOINT, 3, 0, 600))
    assert send(make_waiting(team, bob, api_key)).state == CallState.READY
    theirs = factories.make_key(other_team)
    assert send(make_waiting(other_team, charlie, theirs)).state == CallState.ACCEPTED


def test_an_export_waits_as_well_and_its_page_says_until_when(
    provider: Scripted, team: Team, bob: User, api_key: ApiKey, client_of: Callable[[User], Client]
) -> None:
    done = factories.make_project(team, kind=Kind.CAPTIONS, upstream_id=ID, created_by=bob)
    budgets.learn(api_key, headers("projects.export", 50, 0, 600))
    exports.ask(project=done, by=bob, form_token=uuid.uuid4())
    export = done.exports.get()
    project_calls.deliver(export.call.pk)
    export.refresh_from_db()
    until = UpstreamCall.objects.get(pk=export.call.pk).waits_until
    assert until is not None
    assert "Submagic takes 50 of these an hour" in export.problem
    html = client_of(bob).get(f"{done.get_absolute_url()}exports/").content.decode()
    assert f'<time datetime="{until.isoformat()}"' in html
    assert provider.calls == []


# --- After a 429, against the sandbox -------------------------------------------------------------------------------


class Counting(httpx.BaseTransport):
    """The sandbox, and when it was asked for what."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner
        self.asked: list[tuple[dt.datetime, str, str]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((timezone.now(), request.method, request.url.path))
        return self.inner.handle_request(request)


@pytest.mark.parametrize("form", ["documented", "seconds", "date", "body", "reset", "none"])
def test_row_05_no_call_goes_out_before_the_time_a_429_names(
    sandbox: InProcessSandbox, waiting: Project, api_key: ApiKey, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = Counting(sandbox.transport)
    monkeypatch.setattr(remote, "transport", wire)
    here = context_of(sandbox)
    order = {"on": {"method": "POST", "path": "/v1/projects/magic-clips"}, "do": {"kind": "limit", "form": form}}
    if form != "none":
        order["do"] |= {"retryAfter": 600}
    here.faults.order(account_of(api_key), order)
    start = timezone.now()
    call = send(waiting)
    seconds = 60 if form == "none" else 600
    assert call.not_before is not None
    assert seconds - 2 <= (call.not_before - start).total_seconds() <= 1.1 * seconds + 2
    # Whoever wakes it, and other work of the same class: nothing goes out.
    for part in (0.1, 0.5, 0.99):
        with time_machine.travel(start + dt.timedelta(seconds=part * (seconds - 2))):
            UpstreamCall.objects.update(next_look_at=timezone.now())
            send(waiting)
            assert budgets.turn(api_key, ENDPOINT, click=True) > 0
    assert len(wire.asked) == 1
    assert applied.entries(here, account_of(api_key))["applied"] == []
    # A reset that a header rounds up to whole seconds may lie a little behind the time that is stated.
    with time_machine.travel(call.not_before + ROUNDING):
        assert send(waiting).state == CallState.ACCEPTED
    assert len(wire.asked) == 2
    assert len(applied.entries(here, account_of(api_key))["applied"]) == 1


def test_work_stays_within_the_sandboxs_own_limit(
    sandbox: InProcessSandbox, team: Team, bob: User, api_key: ApiKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is learnt from the first answer, so that none of the others is refused."""
    wire = Counting(sandbox.transport)
    monkeypatch.setattr(remote, "transport", wire)
    limits: Any = context_of(sandbox).settings.limits
    limits["clips"] = 4
    states = [send(make_waiting(team, bob, api_key)).state for _number in range(7)]
    assert states == [*[CallState.ACCEPTED] * 4, *[CallState.READY] * 3]
    assert len(wire.asked) == 4
    assert not RateWindow.objects.exclude(quiet_until=None).exists()


# --- Looks ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def live_job(team: Team) -> Project:
    return make_job(team, factories.make_key(team, environment=Environment.LIVE))


def test_a_look_waits_when_its_share_is_used_up(provider: Scripted, live_job: Project) -> None:
    spend(live_job.api_key, READ)
    look(live_job)
    assert provider.calls == []
    assert live_job.next_look_at is not None
    assert live_job.next_look_at > timezone.now() + dt.timedelta(minutes=56)
    assert live_job.look_problem == ""  # nobody asked


def test_a_look_that_somebody_asked_for_goes_all_the_same(provider: Scripted, live_job: Project) -> None:
    provider.on("GET", PATH, project(ID))
    spend(live_job.api_key, READ)
    assert looks.look(live_job.pk, force=True)


def test_who_asked_for_a_look_is_told_that_it_waits(
    provider: Scripted, live_job: Project, vera: User, client_of: Callable[[User], Client]
) -> None:
    provider.on("GET", PATH, project(ID))
    spend(live_job.api_key, READ, click=True)
    assert not looks.look(live_job.pk, force=True)
    live_job.refresh_from_db()
    assert live_job.look_problem == "Looking again waits its turn: Submagic takes 100 of these an hour."
    html = client_of(vera).get(live_job.get_absolute_url()).content.decode()
    assert live_job.next_look_at is not None
    assert f'<time datetime="{live_job.next_look_at.isoformat()}"' in html
    with time_machine.travel(live_job.next_look_at):
        assert look(live_job).look_problem == ""


def test_the_words_of_clips_are_reads_too(provider: Scripted, live_job: Project) -> None:
    provider.on("GET", PATH, project(ID, "completed", magicClips=[clip("one"), clip("two"), clip("three")]))
    for name in ("one", "two", "three"):
        provider.on("GET", f"/v1/projects/{name}", project(name, "completed"))
    budgets.learn(live_job.api_key, headers(READ, 10, 5, 5))
    look(live_job)
    # The project itself and two clips; the rest is kept for people.
    assert len(provider.calls) == 3


def test_an_old_link_is_played_as_it_is_when_no_reads_are_left(provider: Scripted, live_job: Project) -> None:
    spend(live_job.api_key, READ, click=True)
    old = factories.make_clip(live_job, upstream_id="one", seen_at=timezone.now() - dt.timedelta(hours=1))
    assert not video_links.refresh(old)
    assert provider.calls == []


def test_a_project_is_not_called_gone_while_nothing_can_be_read(provider: Scripted, live_job: Project) -> None:
    Project.objects.update(missing_since=timezone.now() - dt.timedelta(minutes=20))
    factories.make_project(live_job.team, api_key=live_job.api_key, upstream_id="other")
    gone = httpx.Response(404, json={"error": "NOT_FOUND", "message": "Project doesn't exist"})
    provider.on("GET", PATH, gone)
    budgets.learn(live_job.api_key, headers(READ, 100, 21))
    assert look(live_job).state == ProjectState.PROCESSING
    assert provider.count("GET", "/v1/projects/other") == 0


def test_a_claim_says_when_it_can_be_checked(provider: Scripted, waiting: Project, bob: User, api_key: ApiKey) -> None:
    UpstreamCall.objects.update(state=CallState.UNKNOWN)
    Project.objects.update(state=ProjectState.UNKNOWN)
    waiting.refresh_from_db()
    budgets.quiet(api_key, READ, 600)
    with pytest.raises(projects.NotNow, match="try again in 10 min"):
        claims.claim(project=waiting, text=ID, by=bob)
    assert provider.calls == []


def test_evidence_is_not_looked_for_without_a_turn(provider: Scripted, waiting: Project, api_key: ApiKey) -> None:
    call = call_of(waiting)
    budgets.quiet(api_key, READ, 600)
    assert lost_calls.made_by(call, ID) is lost_calls.Finding.CANNOT_TELL
    assert provider.calls == []


# --- Lists ----------------------------------------------------------------------------------------------------------


def test_a_list_without_a_turn_is_the_last_one_and_says_so(provider: Scripted, api_key: ApiKey) -> None:
    provider.on("GET", "/v1/templates", httpx.Response(200, json={"templates": ["Sara"]}))
    assert catalogue.templates(api_key).values == ["Sara"]
    cache.delete(f"catalogue:{api_key.pk}:{api_key.version}:templates")  # a day later
    budgets.quiet(api_key, "templates", 600)
    listing = catalogue.templates(api_key)
    assert listing.values == ["Sara"]
    assert "used up" in listing.problem and "last answer" in listing.problem
    assert provider.count("GET", "/v1/templates") == 1


def test_a_list_that_was_never_read_says_that_it_will_come(provider: Scripted, api_key: ApiKey) -> None:
    budgets.quiet(api_key, "languages", 600)
    listing = catalogue.languages(api_key)
    assert (listing.values, provider.calls) == ([], [])
    assert "comes back by itself" in listing.problem


# --- Many projects --------------------------------------------------------------------------------------------------


def test_many_projects_slow_each_other_down(provider: Scripted, team: Team, live_job: Project) -> None:
    provider.on("GET", PATH, project(ID))
    look(live_job)
    assert live_job.next_look_at is not None
    assert (live_job.next_look_at - timezone.now()).total_seconds() <= 50
    for _number in range(39):
        factories.make_project(
            team, api_key=live_job.api_key, state="processing", next_look_at=timezone.now(), accepted_at=timezone.now()
        )
    look(live_job)
    seconds = (live_job.next_look_at - timezone.now()).total_seconds()
    assert 0.95 * 40 * 45 - 1 <= seconds <= 40 * 45


def test_who_was_not_looked_at_for_longest_is_next(provider: Scripted, team: Team, live_job: Project) -> None:
    """Of many that wait, and whoever of them asks first."""
    provider.on("GET", PATH, project(ID))
    key, now = live_job.api_key, timezone.now()
    waits = {"state": "processing", "api_key": key, "accepted_at": now, "next_look_at": now}
    older = factories.make_project(team, seen_at=now - dt.timedelta(minutes=2), upstream_id=OTHER, **waits)
    Project.objects.filter(pk=live_job.pk).update(seen_at=now - dt.timedelta(minutes=1))
    spend(key, READ, evenly=True)
    with time_machine.travel(now + dt.timedelta(seconds=50), tick=False):
        assert not looks.look(live_job.pk), "the one call that has come free is left to the other"
        provider.on("GET", f"/v1/projects/{OTHER}", project(OTHER))
        assert looks.look(older.pk)
    live_job.refresh_from_db()
    assert live_job.next_look_at is not None
    with time_machine.travel(live_job.next_look_at, tick=False):
        assert looks.look(live_job.pk)


def test_projects_that_are_looked_at_rarely_slow_nobody_down(provider: Scripted, team: Team, live_job: Project) -> None:
    provider.on("GET", PATH, project(ID))
    for _number in range(39):
        factories.make_project(
            team,
            api_key=live_job.api_key,
            state="processing",
            next_look_at=timezone.now(),
            accepted_at=timezone.now() - dt.timedelta(days=30),
        )
    look(live_job)
    assert live_job.next_look_at is not None
    assert (live_job.next_look_at - timezone.now()).total_seconds() <= 60


@pytest.mark.slow
def test_hours_of_real_looks_stay_within_the_limit(provider: Scripted, team: Team, live_job: Project) -> None:
    """The action itself, in virtual time: 30 jobs that never end, no webhooks, no headers."""
    random.seed(7)
    asked: list[float] = []
    key = live_job.api_key
    live_job.delete()
    jobs = [
        factories.make_project(
            team, api_key=key, state="processing", upstream_status="processing", accepted_at=NOON, next_look_at=NOON
        )
        for _number in range(30)
    ]

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((timezone.now() - NOON).total_seconds())
        return project(request.url.path.rpartition("/")[2], "processing", createdAt=NOON.isoformat())

    for each in jobs:
        provider.on("GET", f"/v1/projects/{each.upstream_id}", answer)
    with time_machine.travel(NOON, tick=False) as clock:
        while True:
            due = Project.objects.order_by("next_look_at").first()
            assert due is not None and due.next_look_at is not None
            if due.next_look_at > NOON + dt.timedelta(hours=4):
                break
            clock.move_to(max(due.next_look_at, timezone.now()))
            looks.look(due.pk)
    busiest = max(bisect.bisect_left(asked, first + 3600) - place for place, first in enumerate(asked))
    assert busiest <= 100
    assert len(asked) >= 4 * 60
    oldest = Project.objects.order_by("seen_at").values_list("seen_at", flat=True).first()
    assert oldest is not None
    assert NOON + dt.timedelta(hours=4) - oldest <= dt.timedelta(seconds=2 * 30 * 45)
