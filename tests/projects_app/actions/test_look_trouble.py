from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from dashboard import known, leases
from dashboard.models import ApiKey, AuditEvent, Environment, Team, User
from projects_app import media_csp
from projects_app.actions import look_results, looks, video_links
from projects_app.models import Clip, Project, ProjectState
from tests import factories
from tests.projects_app.looking import ID, PATH, look, make_job
from tests.projects_app.scripted import Scripted, no_project, project


@pytest.fixture
def job(team: Team, api_key: ApiKey) -> Project:
    return make_job(team, api_key)


# --- Trouble -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"id": "another", "status": "completed"}),
        httpx.Response(200, json={"id": ID, "status": 5}),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("no route"),
        httpx.Response(302, headers={"Location": "http://169.254.169.254/"}),
    ],
    ids=["500", "html", "another id", "wrong type", "time-out", "no connection", "redirect"],
)
def test_a_failed_look_keeps_the_last_good_data(
    provider: Scripted, job: Project, answer: httpx.Response | Exception
) -> None:
    Project.objects.update(state="transcribing", upstream_status="transcribing")
    provider.on("GET", PATH, answer)
    assert look(job).state == ProjectState.TRANSCRIBING
    assert job.look_problem
    assert job.next_look_at is not None
    assert timezone.now() < job.next_look_at <= timezone.now() + dt.timedelta(seconds=340)


def test_a_provider_in_trouble_is_asked_five_times_in_an_hour_at_most(
    provider: Scripted, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_job(team, factories.make_key(team, environment=Environment.LIVE))
    provider.on("GET", PATH, httpx.Response(500))
    asked, now = [], timezone.now()
    monkeypatch.setattr("random.uniform", lambda least, most: least)  # never sooner than this
    for _time in range(12):
        with time_machine.travel(now, tick=False):
            look(job)
        asked.append(now)
        assert job.next_look_at is not None and job.next_look_at > now
        now = job.next_look_at
    assert provider.count("GET", PATH) == 12
    # The first one is the look itself; what comes after it is tried again.
    for first in range(7):
        assert asked[first + 5] - asked[first] >= dt.timedelta(minutes=48)
    assert asked[6] - asked[0] >= dt.timedelta(hours=1)


def test_a_good_look_takes_the_problem_away(provider: Scripted, job: Project) -> None:
    provider.on("GET", PATH, httpx.Response(500), project(ID))
    look(job)
    assert look(job).look_problem == ""
    assert job.looks == 0


def test_after_a_429_nothing_is_asked_before_its_time(provider: Scripted, job: Project) -> None:
    provider.on("GET", PATH, httpx.Response(429, headers={"Retry-After": "900"}), project(ID))
    look(job)
    assert job.next_look_at is not None
    assert job.next_look_at >= timezone.now() + dt.timedelta(seconds=895)
    look(job)
    assert provider.count("GET", PATH) == 1
    with time_machine.travel(timezone.now() + dt.timedelta(seconds=905)):
        look(job)
    assert provider.count("GET", PATH) == 2


def test_a_401_marks_the_key_and_not_the_project(provider: Scripted, job: Project) -> None:
    refusal = httpx.Response(401, json={"error": "UNAUTHORIZED", "message": "Invalid key"})
    provider.on("GET", PATH, refusal)
    provider.on("GET", "/v1/languages", refusal)
    assert look(job).state == ProjectState.PROCESSING
    assert ApiKey.objects.get().state == ApiKey.State.INVALID
    look(job)
    assert provider.count("GET", PATH) == 1


def test_what_nobody_foresaw_is_told_and_asked_again_rarely(
    provider: Scripted, job: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError("nobody thought of this")

    provider.on("GET", PATH, project(ID))
    with monkeypatch.context() as patched:
        patched.setattr(look_results, "clips", fail)
        look(job)
    assert "cannot take over" in job.look_problem
    assert job.next_look_at is not None and job.next_look_at > timezone.now() + dt.timedelta(minutes=14)
    look(job)
    assert job.look_problem == ""


def test_one_404_is_no_deletion(provider: Scripted, job: Project) -> None:
    provider.on("GET", PATH, no_project(), project(ID))
    assert look(job).state == ProjectState.PROCESSING
    assert job.missing_since is not None
    assert look(job).missing_since is None


def test_404_twice_ten_minutes_apart_is_a_deletion_when_the_key_sees_others(
    provider: Scripted, job: Project, team: Team, api_key: ApiKey
) -> None:
    factories.make_project(team, api_key=api_key, upstream_id="other")
    provider.on("GET", PATH, no_project())
    provider.on("GET", "/v1/projects/other", project("other", "completed"))
    look(job)
    assert look(job).state == ProjectState.PROCESSING  # too soon
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=11)):
        look(job)
    assert job.state == ProjectState.NEEDS_YOU
    assert "deleted" in job.failure_reason
    assert job.next_look_at is None


def test_a_key_that_sees_nothing_is_another_account_and_no_deletion(
    provider: Scripted, job: Project, team: Team, api_key: ApiKey
) -> None:
    factories.make_project(team, api_key=api_key, upstream_id="other")
    provider.on("GET", PATH, no_project(), no_project(), project(ID))
    provider.on("GET", "/v1/projects/other", no_project())
    look(job)
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=11)):
        look(job)
    assert job.state == ProjectState.NEEDS_YOU
    assert "another account" in job.advice
    # It is the key's trouble, and told there once; the key that is the right one again looks for the project itself.
    api_key.refresh_from_db()
    assert api_key.state == ApiKey.State.VALID and "another account" in api_key.problem
    assert AuditEvent.objects.filter(verb="api_key.sees_nothing").count() == 1
    with transaction.atomic():
        known.look_again(api_key)
    assert job.next_look_at is None
    job.refresh_from_db()
    assert job.next_look_at and job.next_look_at <= timezone.now()
    assert look(job).state == ProjectState.PROCESSING
    api_key.refresh_from_db()
    assert api_key.problem == ""


@pytest.mark.parametrize(
    "answer", [httpx.Response(503, json={}), httpx.ReadTimeout("slow"), httpx.Response(401, json={})]
)
def test_where_the_other_project_cannot_be_read_nothing_is_concluded(
    provider: Scripted, job: Project, team: Team, api_key: ApiKey, answer: Any
) -> None:
    factories.make_project(team, api_key=api_key, upstream_id="other")
    provider.on("GET", PATH, no_project())
    provider.on("GET", "/v1/projects/other", answer)
    look(job)
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=11)):
        look(job)
        assert job.state == ProjectState.PROCESSING and job.next_look_at and job.next_look_at > timezone.now()
        api_key.refresh_from_db()
        assert api_key.problem == "" and "could not be asked" in job.look_problem


def test_one_other_that_is_gone_too_says_nothing_about_the_key(
    provider: Scripted, job: Project, team: Team, api_key: ApiKey
) -> None:
    for number, name in enumerate(("still there", "deleted there", "deleted by us")):
        state = "deleted" if name == "deleted by us" else "ready"
        seen = timezone.now() - dt.timedelta(minutes=10 - number)
        factories.make_project(team, api_key=api_key, upstream_id=name.replace(" ", "-"), seen_at=seen, state=state)
    provider.on("GET", PATH, no_project())
    provider.on("GET", "/v1/projects/deleted-there", no_project())
    provider.on("GET", "/v1/projects/still-there", project("still-there", "completed"))
    provider.on("GET", "/v1/projects/deleted-by-us", no_project())
    look(job)
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=11)):
        look(job)
    api_key.refresh_from_db()
    assert "deleted there" in job.failure_reason and api_key.problem == ""
    names = ("deleted-there", "still-there", "deleted-by-us")
    assert [provider.count("GET", f"/v1/projects/{name}") for name in names] == [1, 1, 0]


def test_the_only_project_of_a_key_says_nothing_about_the_key(
    provider: Scripted, job: Project, api_key: ApiKey
) -> None:
    provider.on("GET", PATH, no_project())
    look(job)
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=11)):
        look(job)
    api_key.refresh_from_db()
    assert job.state == ProjectState.NEEDS_YOU and api_key.problem == ""


def test_a_wrong_address_of_the_api_is_no_missing_project(provider: Scripted, job: Project) -> None:
    provider.on("GET", PATH, httpx.Response(404, text="nginx"))
    assert look(job).missing_since is None
    assert job.look_problem


def test_who_holds_the_row_looks_alone(provider: Scripted, job: Project) -> None:
    provider.on("GET", PATH, project(ID))
    with leases.held(job) as hold:
        assert hold is not None
        assert looks.look(job.pk) is False
    assert provider.calls == []


# --- How often -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "age", "seconds"),
    [
        (Environment.LIVE, 10, 30),
        (Environment.LIVE, 600, 60),
        (Environment.LIVE, 3000, 120),
        (Environment.LIVE, 5000, 300),
        (Environment.LIVE, 30 * 86_400, looks.RARELY),
        (Environment.SANDBOX, 10, 2),
        (Environment.SANDBOX, 300, 5),
        (Environment.SANDBOX, 3600, 30),
    ],
)
def test_looks_slow_down_with_age(job: Project, environment: str, age: int, seconds: float) -> None:
    job.api_key.environment = environment
    job.accepted_at = timezone.now() - dt.timedelta(seconds=age)
    assert looks.pace(job) == seconds


def test_check_now_is_limited(provider: Scripted, job: Project, bob: User) -> None:
    provider.on("GET", PATH, project(ID))
    assert looks.check_now(project=job, by=bob)
    assert not looks.check_now(project=job, by=bob)


# --- Links ---------------------------------------------------------------------------------------------------------


def live_clip(team: Team, age: int) -> Clip:
    key = factories.make_key(team, environment=Environment.LIVE)
    owner = factories.make_project(team, api_key=key)
    return factories.make_clip(
        owner, upstream_id="one", seen_at=timezone.now() - dt.timedelta(minutes=age), video="https://old.submagic.co/a"
    )


def test_old_links_are_read_anew_before_playing(provider: Scripted, team: Team) -> None:
    old = live_clip(team, 31)
    provider.on("GET", "/v1/projects/one", project("one", "completed", directUrl="https://new.cloudfront.net/a.mp4"))
    assert video_links.refresh(old)
    old.refresh_from_db()
    assert old.video == "https://new.cloudfront.net/a.mp4"
    assert media_csp.remembered(team.pk) == ["https://new.cloudfront.net"]


def test_young_links_are_used_as_they_are(provider: Scripted, team: Team) -> None:
    assert video_links.refresh(live_clip(team, 29))
    assert provider.calls == []


def test_links_that_cannot_be_read_stay(provider: Scripted, team: Team) -> None:
    old = live_clip(team, 31)
    provider.on("GET", "/v1/projects/one", httpx.Response(503))
    assert not video_links.refresh(old)
    assert not video_links.refresh(old)
    old.refresh_from_db()
    assert old.video == "https://old.submagic.co/a"
    assert len(provider.calls) == 1
