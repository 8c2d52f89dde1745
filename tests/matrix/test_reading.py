"""reconcile poll, feed sync, analytics: reads, which may be repeated and must never be half applied."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import time_machine
from django.db import OperationalError
from django.utils import timezone

from dashboard import remote
from dashboard.actions import api_keys
from dashboard.models import ApiKey, Membership, Team, User
from projects_app.actions import looks
from projects_app.models import Project, ProjectState
from publishing_app.actions import feed
from publishing_app.models import Measurement, Post, Publication
from tests import factories
from tests.matrix.failing import DISK_FULL, LOCKED, refusing
from tests.matrix.table import cell
from tests.matrix.wire import Killed

pytestmark = pytest.mark.django_db
POLL, FEED, NUMBERS = "reconcile poll", "feed sync", "analytics"
ALL = (POLL, FEED, NUMBERS)
FEEDS = (FEED, NUMBERS)
AT = "2026-11-27T10:00:00.000Z"


def entry(number: int, views: int) -> dict[str, Any]:
    post = {"platform": "youtube", "platformPostId": f"v{number}", "publishStatus": "published", "error": None}
    post |= {"platformPostUrl": f"https://youtube.com/watch?v={number}", "syncStatus": "synced"}
    return {
        "id": f"pub_{number}",
        "projectId": f"p{number}",
        "status": "published",
        "publishedAt": AT,
        "posts": [post | {"analytics": {"views": views, "likes": 1, "comments": 0, "shares": 0}}],
    }


class Provider(httpx.BaseTransport):
    """Two pages of posts and one project; `views` and `status` move, `faults` meet the next requests."""

    def __init__(self) -> None:
        self.views, self.status, self.updated = 10, "processing", "2026-11-27T09:00:00.000Z"
        self.faults: list[Callable[[httpx.Request], httpx.Response]] = []
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if request.url.path.endswith("/languages"):
            return httpx.Response(401, json={"error": "UNAUTHORIZED", "message": "Invalid key"}, request=request)
        if self.faults:
            return self.faults.pop(0)(request)
        if not request.url.path.endswith("/published"):
            number = request.url.path.rpartition("/")[2]
            said = {"id": number, "title": "A talk", "language": "en", "createdAt": AT, "updatedAt": self.updated}
            done = {"transcriptionStatus": "COMPLETED", "directUrl": "https://v.submagic.co/a.mp4"}
            more = done if self.status == "completed" else {}
            return httpx.Response(200, json=said | more | {"status": self.status}, request=request)
        second = request.url.params.get("cursor") == "2"
        page = [entry(2, self.views)] if second else [entry(1, self.views)]
        body = {"data": page, "pagination": {"nextCursor": None if second else "2"}}
        return httpx.Response(200, json=body, request=request)


@dataclass
class Reading:
    name: str
    provider: Provider
    key: ApiKey
    project: Project

    def read(self) -> bool:
        if self.name == POLL:
            return looks.look(self.project.pk, force=True)
        return feed.sync(self.key.pk, full=True)

    def move(self) -> None:
        """Something new to be read."""
        self.provider.views += 5
        self.provider.status, self.provider.updated = "completed", "2026-11-27T11:00:00.000Z"

    @property
    def known(self) -> object:
        """What the desk's pages show of it."""
        if self.name == POLL:
            row = Project.objects.get(pk=self.project.pk)
            return (row.state, row.upstream_status, row.direct_url)
        if self.name == FEED:
            return sorted(Publication.objects.values_list("upstream_id", "state"))
        return sorted(Measurement.objects.values_list("post__platform_post_id", "views"))

    @property
    def problem(self) -> str:
        self.key.refresh_from_db()
        self.project.refresh_from_db()
        return self.project.look_problem if self.name == POLL else self.key.feed_problem

    @property
    def due(self) -> dt.datetime | None:
        self.key.refresh_from_db()
        self.project.refresh_from_db()
        return self.project.next_look_at if self.name == POLL else self.key.next_look_at


FRESH: dict[str, object] = {
    POLL: (ProjectState.READY, "completed", "https://v.submagic.co/a.mp4"),
    FEED: [("pub_1", "published"), ("pub_2", "published")],
    NUMBERS: [("v1", 10), ("v1", 15), ("v2", 10), ("v2", 15)],
}
Make = Callable[[str], Reading]


@pytest.fixture
def reading_of(
    team: Team, api_key: ApiKey, settings: Any, monkeypatch: pytest.MonkeyPatch, clock: time_machine.Traveller
) -> Make:
    """Read once already, so that there is something to be lost."""

    def make(name: str) -> Reading:
        settings.SANDBOX_URL = "http://127.0.0.1:8999"
        provider = Provider()
        monkeypatch.setattr(remote, "transport", provider)
        project = factories.make_project(
            team, kind="captions", upstream_id="p1", upstream_status="processing", state="processing"
        )
        it = Reading(name, provider, api_key, project)
        assert it.read()
        clock.shift(dt.timedelta(minutes=20))
        it.move()
        provider.asked.clear()
        return it

    return make


def as_before_and_then_fresh(it: Reading, before: object, clock: time_machine.Traveller) -> None:
    assert it.known == before
    assert it.due is not None
    clock.shift(dt.timedelta(minutes=20))
    assert it.read()
    assert it.known == FRESH[it.name] and it.problem == ""


def fails(it: Reading, clock: time_machine.Traveller, fault: Callable[[httpx.Request], httpx.Response]) -> None:
    """One fault: the last good data stays, it says why, and it is asked again soon (R6)."""
    before = it.known
    it.provider.faults = [fault]
    assert not it.read()
    assert it.problem
    assert it.due is not None and timezone.now() < it.due <= timezone.now() + dt.timedelta(minutes=20)
    as_before_and_then_fresh(it, before, clock)


def raising(error: Exception | BaseException) -> Callable[[httpx.Request], httpx.Response]:
    def fault(request: httpx.Request) -> httpx.Response:
        raise error

    return fault


def saying(status: int, body: Any, **headers: str) -> Callable[[httpx.Request], httpx.Response]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda request: httpx.Response(status, content=content, headers=headers, request=request)


@cell(ALL, "kill -9")
def test_killed_in_the_middle_it_is_read_again(step: str, reading_of: Make, clock: time_machine.Traveller) -> None:
    it = reading_of(step)
    before = it.known
    it.provider.faults = [raising(Killed())]
    with pytest.raises(Killed):
        it.read()
    as_before_and_then_fresh(it, before, clock)


@cell(ALL, "disk full")
@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_written_is_written_whole_later(
    step: str, reading_of: Make, clock: time_machine.Traveller
) -> None:
    it = reading_of(step)
    before = it.known
    table = {POLL: "projects_app_project", FEED: "publishing_app_post", NUMBERS: "publishing_app_measurement"}[step]
    with refusing(DISK_FULL, writes=_table(table)) as refused:
        _tried(it)
    assert refused
    as_before_and_then_fresh(it, before, clock)


@cell(ALL, "DB locked")
@pytest.mark.django_db(transaction=True)
def test_a_lock_costs_one_reading(step: str, reading_of: Make, clock: time_machine.Traveller) -> None:
    it = reading_of(step)
    before = it.known
    model = Project if step == POLL else Post if step == FEED else Measurement
    with refusing(LOCKED, writes=model._meta.db_table) as refused:
        _tried(it)
    assert refused
    as_before_and_then_fresh(it, before, clock)


def _table(name: str) -> str:
    models = {"projects_app_project": Project, "publishing_app_post": Post, "publishing_app_measurement": Measurement}
    return models[name]._meta.db_table


def _tried(it: Reading) -> None:
    """It may tell its failure or pass it on: the row is due again by itself either way."""
    with contextlib.suppress(OperationalError):
        assert not it.read()


@cell(ALL, "net cut")
def test_a_cut_line_is_asked_again(step: str, reading_of: Make, clock: time_machine.Traveller) -> None:
    fails(reading_of(step), clock, raising(httpx.ReadError("cut")))


@cell(ALL, "time-out")
def test_a_time_out_is_asked_again(step: str, reading_of: Make, clock: time_machine.Traveller) -> None:
    fails(reading_of(step), clock, raising(httpx.ReadTimeout("slow")))


@cell(ALL, "5xx")
def test_a_fault_of_the_provider_is_asked_again(step: str, reading_of: Make, clock: time_machine.Traveller) -> None:
    fails(reading_of(step), clock, saying(503, {"error": "INTERNAL", "message": "oops"}))


@cell(ALL, "bad JSON")
def test_what_cannot_be_read_is_not_half_applied(step: str, reading_of: Make, clock: time_machine.Traveller) -> None:
    fails(reading_of(step), clock, saying(200, b'{"data": [{"id": "pub_1", "posts": [{"platform":'))


@cell(ALL, "4xx")
def test_an_unexpected_refusal_changes_nothing(step: str, reading_of: Make, clock: time_machine.Traveller) -> None:
    """A project's plain 404 is told apart from its deletion; a list's is a fault like any other."""
    refusal = {"error": "NOT_FOUND", "message": "Project doesn't exist or doesn't belong to user"}
    it = reading_of(step)
    before = it.known
    it.provider.faults = [saying(404, refusal) if step == POLL else saying(400, {"error": "INVALID", "message": "m"})]
    it.read()
    assert it.problem
    as_before_and_then_fresh(it, before, clock)


@cell(ALL, "429")
def test_nothing_is_asked_before_the_time_it_says(step: str, reading_of: Make, clock: time_machine.Traveller) -> None:
    it = reading_of(step)
    before = it.known
    it.provider.faults = [saying(429, {"error": "R", "message": "m", "retryAfter": 600}, **{"Retry-After": "600"})]
    assert not it.read()
    assert it.due is not None and it.due >= timezone.now() + dt.timedelta(seconds=600)
    asked = len(it.provider.asked)
    clock.shift(dt.timedelta(seconds=590))
    it.read()
    assert len(it.provider.asked) == asked
    as_before_and_then_fresh(it, before, clock)


@cell(POLL, "dup or late hook")
def test_an_older_answer_changes_nothing(step: str, reading_of: Make, clock: time_machine.Traveller) -> None:
    """State goes forward only (I4): what the provider said before it was done comes last."""
    it = reading_of(step)
    assert it.read()
    it.provider.status, it.provider.updated = "processing", "2026-11-27T09:00:00.000Z"
    assert it.read()
    assert it.known == FRESH[POLL]


@cell(ALL, "clock")
def test_a_clock_that_jumps_doubles_nothing(step: str, reading_of: Make, clock: time_machine.Traveller) -> None:
    it = reading_of(step)
    for days in (0, -1, 2):
        clock.shift(dt.timedelta(days=days))
        assert it.read()
        if step == NUMBERS:  # a new day is a new point of the curve, also of one that lies flat
            assert set(it.known) == set(FRESH[step])  # type: ignore[call-overload]
            assert Measurement.objects.values("post", "at").distinct().count() == Measurement.objects.count()
        else:
            assert it.known == FRESH[step]


@cell(ALL, "accepted, reply lost")
def test_a_reading_may_be_repeated(step: str, reading_of: Make, clock: time_machine.Traveller) -> None:
    it = reading_of(step)
    for _ in range(3):
        assert it.read()
        assert it.known == FRESH[step]


@cell(POLL, "project deleted")
def test_twice_missing_is_deleted_only_while_another_is_seen(
    step: str, reading_of: Make, clock: time_machine.Traveller, team: Team
) -> None:
    it = reading_of(step)
    factories.make_project(team, upstream_id="p2", seen_at=timezone.now())
    gone = saying(404, {"error": "NOT_FOUND", "message": "Project doesn't exist or doesn't belong to user"})
    for _ in range(2):
        it.provider.faults = [gone]
        it.read()
        clock.shift(dt.timedelta(minutes=11))
    row = Project.objects.get(pk=it.project.pk)
    assert row.state == ProjectState.NEEDS_YOU and "deleted" in row.failure_reason
    assert row.title == it.project.title  # its history stays


@cell(FEEDS, "project deleted")
def test_posts_of_a_deleted_project_stay(
    step: str, reading_of: Make, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are public all the same; what a list does not show any more is not taken off by one reading of it."""
    it = reading_of(step)
    assert it.read()
    empty = {"data": [], "pagination": {"nextCursor": None}}
    it.provider.faults = [saying(200, empty)]
    assert it.read()
    assert it.known == FRESH[step]


@cell(ALL, "key revoked")
def test_a_removed_key_is_asked_no_more(
    step: str, reading_of: Make, clock: time_machine.Traveller, alice: User
) -> None:
    it = reading_of(step)
    before = it.known
    api_keys.remove(key=it.key, by=alice, confirmed=True)
    assert not it.read()
    assert it.provider.asked == [] and it.known == before


@cell(ALL, "key revoked")
def test_a_refused_key_stops_after_one_more_question(
    step: str, reading_of: Make, clock: time_machine.Traveller
) -> None:
    it = reading_of(step)
    before = it.known
    it.provider.faults = [saying(401, {"error": "UNAUTHORIZED", "message": "Invalid key"})]
    assert not it.read()
    assert ApiKey.objects.get(pk=it.key.pk).state == ApiKey.State.INVALID
    asked = len(it.provider.asked)
    assert asked == 2  # the reading, and the question whether that was a slip
    assert not it.read()
    assert len(it.provider.asked) == asked and it.known == before


@cell(ALL, "member removed")
def test_reading_goes_on_for_the_team(step: str, reading_of: Make, clock: time_machine.Traveller, bob: User) -> None:
    it = reading_of(step)
    Project.objects.update(created_by=bob)
    Membership.objects.filter(user=bob).delete()
    assert it.read()
    assert it.known == FRESH[step]
