"""T13 of the design: a day of one key with many videos, no message of the provider, and its hard limits."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Min
from django.utils import timezone

from bench.model.clock import Clock
from bench.model.faults import LIMITS, Fault, Line
from bench.model.limits import Limits, busiest_hour
from bench.model.provider import READS, Provider
from bench.model.worker import Worker, next_due
from dashboard import remote
from dashboard.models import ApiKey, Environment, Role
from projects_app.actions import exports, projects
from projects_app.models import Export, Kind, Project, ProjectState, Source
from providers.submagic.limits import RATES
from tests import factories

WORKING = (ProjectState.QUEUED, ProjectState.PROCESSING, ProjectState.TRANSCRIBING, ProjectState.EXPORTING)
# Not before a minute of the cycle is over can two looks be a cycle apart.
SLACK = dt.timedelta(minutes=1)


@dataclass
class Day:
    """One key, `active` videos at work at any time. `share`: of requests that are refused with a 429 all the same."""

    clock: Clock
    active: int
    headers: bool
    share: float
    seen: dict[uuid.UUID, dt.timedelta] = field(default_factory=dict)
    looked: dict[uuid.UUID, list[dt.datetime]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = random.Random(self.active)
        random.seed(self.active)
        self.worker = Worker()
        limits = Limits({name: rate.start for name, rate in RATES.items()}, headers=self.headers)
        self.provider = Provider(limits)
        self.provider.takes = lambda: (self.random.uniform(600, 4 * 3600), self.random.random() < 0.05)
        self.line = Line(self.provider, draw=self._fault, die=self.worker.die)
        remote.transport = self.line
        self.team = factories.make_team("Harbour Films")
        self.bob = factories.make_member(self.team, Role.EDITOR, name="Bob")
        secret = factories.fresh_secret()
        self.provider.secrets[secret] = "account"
        self.key = factories.make_key(
            self.team, secret=secret, environment=Environment.LIVE, next_look_at=timezone.now()
        )

    def _fault(self, name: str) -> Fault | None:
        return self.random.choice(LIMITS) if name in READS and self.random.random() < self.share else None

    def run(self, hours: float) -> None:
        end = self.clock.now + dt.timedelta(hours=hours)
        for number in range(self.active):
            self._start(number)
        while (due := next_due()) and due < end:
            self.clock.move_to(due + dt.timedelta(milliseconds=1))
            self.worker.go()
            self._note()

    def _start(self, number: int) -> None:
        projects.create(
            team=self.team, by=self.bob, api_key=self.key, kind=Kind.CAPTIONS, source=Source.URL,
            source_url="https://media.example.com/a.mp4", title=f"video {number}", language="en", options={},
            form_token=uuid.uuid4(),
        )  # fmt: skip

    def _note(self) -> None:
        """Ends that were just seen: how long after they happened. Somebody asks for an export of every other one, and
        for each that is over another one begins."""
        ended = Project.objects.filter(state__in=(ProjectState.READY, ProjectState.FAILED))
        for project in ended.exclude(pk__in=self.seen).select_related("api_key", "team"):
            self._count(project.pk, project)
            if project.state == ProjectState.READY and self.random.random() < 0.5:
                exports.ask(project=project, by=self.bob, form_token=uuid.uuid4())
            else:
                self._start(len(self.seen))
        done = Export.objects.filter(state="done", call__isnull=False).exclude(pk__in=self.seen)
        for export in done.select_related("project"):
            self._count(export.pk, export.project)
            self._start(len(self.seen))

    def _count(self, pk: uuid.UUID, project: Project) -> None:
        self.seen[pk] = timezone.now() - self.provider.videos[project.upstream_id].ended_at()


@pytest.fixture
def clock(settings: Any, db: None) -> Iterator[Clock]:
    settings.PUBLIC_URL = "https://testserver"
    memory = Path("/dev/shm")
    settings.PULSE_FILE = (memory if memory.is_dir() else settings.PULSE_FILE.parent) / f"pulse-{uuid.uuid4().hex}"
    clock = Clock()
    yield clock
    clock.stop()
    remote.transport = None
    settings.PULSE_FILE.unlink(missing_ok=True)


LONG = (pytest.mark.slow, pytest.mark.once)  # PostgreSQL has the shorter ones
MANY, FEW = 37.5, 7.5  # minutes (design: reliability, "Budget per key")


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("active", "headers", "share", "within", "hours"),
    [
        pytest.param(50, False, 0.0, MANY, 2, id="50 videos", marks=pytest.mark.slow),
        pytest.param(10, True, 0.02, None, 2.5, id="10 videos, refused now and then", marks=pytest.mark.slow),
        pytest.param(50, True, 0.0, MANY, 24, id="a day of 50 videos", marks=LONG),
        pytest.param(50, False, 0.0, MANY, 24, id="a day of 50 videos, any hour counts", marks=pytest.mark.exhaustive),
        pytest.param(10, True, 0.0, FEW, 24, id="a day of 10 videos", marks=LONG),
        pytest.param(50, False, 0.02, None, 24, id="a day of refusals", marks=pytest.mark.exhaustive),
    ],
)
def test_no_limit_is_ever_met_and_every_end_is_seen_in_time(
    clock: Clock, active: int, headers: bool, share: float, within: float | None, hours: float
) -> None:
    day = Day(clock, active, headers, share)
    with day.worker.at_work():
        day.run(hours)
    limits = day.provider.limits
    assert limits is not None
    assert limits.own_refusals == 0, dict(limits.refused)
    for (_account, name), calls in limits.calls.items():
        assert busiest_hour(calls) <= RATES[name].start, name
    assert day.line.too_early == []
    assert len(day.seen) > active * hours / 8
    if within:
        latest = max(day.seen.values())
        assert latest <= dt.timedelta(minutes=within), f"an end was seen only {latest} after it"
        assert _unseen(day) <= dt.timedelta(minutes=within), "an end is not seen yet"
    _fair(day)


def _unseen(day: Day) -> dt.timedelta:
    """Of what has ended and is not known here: the longest time ago."""
    rows = Project.objects.filter(state__in=WORKING).exclude(upstream_id="")
    ends = [day.provider.videos[row.upstream_id].ended_at() for row in rows]
    return max([timezone.now() - end for end in ends if end < timezone.now()], default=dt.timedelta())


def _fair(day: Day) -> None:
    """None of the videos at work is looked at much less often than the others."""
    oldest = Project.objects.filter(state__in=WORKING).exclude(upstream_id="").aggregate(at=Min("seen_at"))["at"]
    share = dt.timedelta(seconds=45 * 1.1 * day.active) + SLACK
    least = max(share * 2, dt.timedelta(minutes=12))
    assert oldest is None or timezone.now() - oldest <= least, f"not looked at since {timezone.now() - oldest}"
    assert ApiKey.objects.get(pk=day.key.pk).feed_synced_at is not None
