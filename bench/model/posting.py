"""A team's afternoon of posting through the real protocol, with faults, and what a naive client would have done.

One account at a time, inside a transaction that is rolled back at its end. See bench/publish.py for the figures.
"""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
import random
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from bench.model.clock import Clock
from bench.model.faults import AMBIGUOUS, APPLIED, LIMITS, Fault, Line
from bench.model.limits import Limits
from bench.model.provider import READS, Provider
from bench.model.shares import BAD, BAD_READS, COLLEAGUES, KILLED, LAG, MINUTES, REFUSED, VIDEOS, WISHES
from bench.model.worker import Worker, after_commit, next_due
from dashboard import crypto, remote
from dashboard.models import ApiKey, CallState, Environment, Membership, Role, Team, UpstreamCall, User
from projects_app.models import Clip, Decision, Kind, Project, ProjectState, Source
from providers.submagic.limits import RATES
from publishing_app.actions import publications, schedules
from publishing_app.models import Keeper, Publication, PublicationState, Schedule

NAIVE_TRIES: Final = 4
ASKED_WITHIN = dt.timedelta(minutes=60, seconds=1)
_REFUSALS = (Fault.NOT_CONNECTED, Fault.NO_CREDITS, Fault.NO_WAY, *LIMITS)
_LIVE = (CallState.READY, CallState.SENDING, CallState.COMMITTING, CallState.UNKNOWN, CallState.DRAFT)


@dataclass
class Wish:
    mark: str
    publication: uuid.UUID
    allowed: int = 1
    asked: bool = False
    missed: bool = False


def fault_of_a_post(chance: random.Random) -> Fault | None:
    drawn = chance.random()
    if drawn < BAD:
        return chance.choice(AMBIGUOUS)
    if drawn < BAD + KILLED:
        return Fault.DIES_AFTER
    return chance.choice(_REFUSALS) if drawn < BAD + KILLED + REFUSED else None


def naive(first: Fault | None, chance: random.Random) -> int:
    """Duplicates that a client makes which tries up to four times until it is told that it worked."""
    posted = 0
    for number in range(NAIVE_TRIES):
        fault = fault_of_a_post(chance) if number else first
        posted += fault is None or fault in APPLIED
        if fault is None or fault in (Fault.NOT_CONNECTED, Fault.NO_CREDITS):
            break
    return max(0, posted - 1)


@dataclass
class Afternoon:
    """`seed` decides everything that happens."""

    seed: int
    clock: Clock
    worker: Worker
    count: Counter[str] = field(default_factory=Counter)
    wishes: list[Wish] = field(default_factory=list)
    # When a person was first asked about a call.
    asked_at: dict[uuid.UUID, dt.datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.naive_chance = random.Random(-1 - self.seed)
        random.seed(self.seed)
        self.events: list[tuple[dt.datetime, int, Callable[[], object]]] = []
        self.order = itertools.count()
        self.provider = Provider(Limits({name: rate.start for name, rate in RATES.items()}))
        self.line = Line(self.provider, draw=self._fault, die=self.worker.die, wait=self.clock.move)

    # --- The scene ------------------------------------------------------------------------------------------------

    def run(self) -> Counter[str]:
        remote.transport = self.line
        self.worker.queue.clear()
        with transaction.atomic():
            self._set_the_scene()
            self._go_through()
            self._count_up()
            transaction.set_rollback(True)
        return self.count

    def _set_the_scene(self) -> None:
        name = f"{self.seed}"
        self.team = Team.objects.create(name=name, slug=f"t{name}")
        self.bob = User.objects.create(email=f"bob{name}@team.example", name="Bob")
        Membership.objects.create(team=self.team, user=self.bob, role=Role.EDITOR)
        secret = f"sk-{self.chance.randbytes(32).hex()}"
        self.provider.secrets[secret] = "account"
        now = timezone.now()
        self.key = ApiKey(
            team=self.team, environment=Environment.LIVE, label="Main", last4=secret[-4:], is_default=True
        )
        self.key.sealed = crypto.seal(secret, aad=remote.aad(self.key))
        self.key.next_look_at = now
        self.key.save(force_insert=True)
        self.clips = [self._clip(number, now) for number in range(VIDEOS)]
        for wish in range(WISHES):
            at = now + dt.timedelta(seconds=self.chance.uniform(60, MINUTES * 60))
            self._at(at, partial(self._ask, f"wish {wish}", self.chance.choice(self.clips)))

    def _clip(self, number: int, now: dt.datetime) -> Clip:
        video = self.provider.film("account", f"video {number}")
        project = Project.objects.create(
            team=self.team, api_key=self.key, kind=Kind.MAGIC_CLIPS, source=Source.YOUTUBE, title=video.title,
            language="en", state=ProjectState.READY, upstream_id=f"p{number}", upstream_status="completed",
        )  # fmt: skip
        return Clip.objects.create(
            team=self.team, project=project, upstream_id=video.id, title=video.title, upstream_status="completed",
            video=f"https://media.submagic.co/{video.id}.mp4", decision=Decision.APPROVED, decided_at=now,
        )  # fmt: skip

    def _at(self, moment: dt.datetime, action: Callable[[], object]) -> None:
        heapq.heappush(self.events, (moment, next(self.order), action))

    def _fault(self, name: str) -> Fault | None:
        self.provider.lag = self.chance.uniform(0, LAG)
        if name in READS:
            bad = name != "languages" and self.chance.random() < BAD_READS
            return self.chance.choice((*AMBIGUOUS, *LIMITS)) if bad else None
        fault = fault_of_a_post(self.chance)
        self.count["naive_duplicates"] += naive(fault, self.naive_chance)
        return fault

    # --- What people do -------------------------------------------------------------------------------------------

    def _ask(self, mark: str, clip: Clip, tries: int = 0) -> None:
        platforms = self._platforms(mark)
        keeper = self.chance.choice([None, None, None, None, Keeper.DESK, Keeper.PROVIDER])
        at = timezone.now() + dt.timedelta(minutes=self.chance.uniform(3, 60))
        try:
            made, _fresh = publications.publish(
                team=self.team, target=clip, platforms=platforms, by=self.bob, form_token=uuid.uuid4(), again=True,
                schedule=Schedule(at, "UTC", keeper) if keeper else None,
            )  # fmt: skip
        except publications.AlreadyPublishing:
            # Told so, the person comes back later.
            if tries < 20:
                again = timezone.now() + dt.timedelta(minutes=10)
                self._at(again, partial(self._ask, mark, clip, tries + 1))
            else:
                self.count["never_asked"] += 1
            return
        self.wishes.append(Wish(mark, made.pk))
        if self.chance.random() < COLLEAGUES:
            about = timezone.now() + dt.timedelta(seconds=self.chance.uniform(0, 600))
            video, listed = self.provider.videos[clip.upstream_id], sorted(platforms)
            same = listed if self.chance.random() < 0.5 else ["instagram"]
            self._at(about, partial(self.provider.post, video, same, "a colleague's"))

    def _platforms(self, mark: str) -> dict[str, Any]:
        found: dict[str, Any] = {"youtube": {"title": mark}, "tiktok": {"content": mark}}
        return {name: found[name] for name in self.chance.choice([["youtube"], ["tiktok"], ["youtube", "tiktok"]])}

    def _answer_questions(self) -> None:
        """A person looks at Submagic's own pages, and says what is true."""
        asking = Publication.objects.filter(state__in=(PublicationState.UNKNOWN, PublicationState.MISSED))
        for pk in asking.values_list("pk", flat=True):
            row = Publication.objects.select_related("call", "team", "api_key").get(pk=pk)
            if row.state != PublicationState.MISSED and not row.person_decides:
                continue
            if row.call_id:
                self.asked_at.setdefault(row.call_id, timezone.now())
            (wish,) = [wish for wish in self.wishes if wish.publication == row.pk]
            # While another post of the video is on its way they are told so, and come back.
            with suppress(publications.AlreadyPublishing):
                if row.state == PublicationState.MISSED:
                    wish.missed = True
                    # Each wish is a post of its own: who is asked whether it is to go out beside a newer one says so.
                    both = bool(publications.doubled_by(row))
                    schedules.send_now(publication=row, by=self.bob, again=both)
                else:
                    self._decide(wish, row)
            after_commit()

    def _decide(self, wish: Wish, row: Publication) -> None:
        assert row.call is not None and row.call.sent_at is not None
        wish.asked = True
        there = {entry.id for entry in self.provider.of_mark(wish.mark)}
        for found in publications.candidates(row):
            if found.upstream_id in there:
                publications.link(publication=row, found=found, by=self.bob)
                return
        if there or self.chance.random() < 0.5:
            publications.leave(publication=row, by=self.bob)
        else:
            publications.send_again(publication=row, by=self.bob, form_token=uuid.uuid4())
            wish.allowed += 1

    def _took_long(self, call: UpstreamCall) -> bool:
        """Longer than an hour until it was settled or a person was asked. Who is asked may have to wait before they can
        answer: while another post of the same video is on its way."""
        assert call.sent_at is not None
        known = [at for at in (call.settled_at, self.asked_at.get(call.pk)) if at]
        return min(known, default=timezone.now()) - call.sent_at > ASKED_WITHIN

    # --- Time -----------------------------------------------------------------------------------------------------

    def _go_through(self) -> None:
        end = timezone.now() + dt.timedelta(hours=30)
        while (now := timezone.now()) < end:
            due = next_due()
            if self.events and (due is None or self.events[0][0] <= due):
                at, _order, action = heapq.heappop(self.events)
                self.clock.move_to(at)
                action()
                after_commit()
            elif due is None or not (self.events or UpstreamCall.objects.filter(state__in=_LIVE).exists()):
                return
            else:
                self.clock.move_to(max(due, now) + dt.timedelta(milliseconds=1))
                self.worker.sweep()
            self.worker.run_all()
            self._answer_questions()

    def _count_up(self) -> None:
        for wish in self.wishes:
            call = Publication.objects.select_related("call").get(pk=wish.publication).call
            posted = self.provider.of_mark(wish.mark)
            self.count["intents"] += 1
            self.count["automatic_duplicates"] += max(0, len(posted) - wish.allowed)
            self.count["to_a_person"] += wish.asked
            self.count["missed"] += wish.missed
            assert call is not None
            self.count["unsettled"] += call.state in _LIVE
            if call.reply.get("matched") == "feed":
                self.count["matched"] += 1
                self.count["matched_wrongly"] += call.upstream_id not in {entry.id for entry in posted}
        sent = list(UpstreamCall.objects.exclude(sent_at=None))
        self.count["calls"] += len(sent)
        self.count["late"] += sum(map(self._took_long, sent))
        limits = self.provider.limits
        self.count["own_429"] += limits.own_refusals if limits else 0
        self.count["too_early"] += len(self.line.too_early)
        self.count["deaths"] += self.worker.deaths
        self.worker.deaths = 0
