"""The scene of the random schedules: a team at work, another that must never be touched, and the provider."""

from __future__ import annotations

import itertools
import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from django.utils import timezone

from bench.model.clock import Clock
from bench.model.faults import Fault, Line
from bench.model.limits import Limits
from bench.model.provider import READS, Provider, named
from bench.model.rows import Video
from bench.model.worker import Worker
from dashboard import crypto, remote
from dashboard.actions import restores
from dashboard.models import ApiKey, CallState, Environment, Membership, Role, Team, UpstreamCall, User
from projects_app.models import Clip, Decision, Project
from providers.submagic.limits import RATES
from publishing_app.actions.schedules import LATE
from publishing_app.models import Keeper, Publication
from tests import factories

OPERATIONS = {
    "projects.create": "create_project",
    "magic_clips.create": "create_magic_clips",
    "projects.update": "update",
    "projects.export": "export",
    "projects.publish": "publish",
}


@dataclass
class Wish:
    """What a person asked to be posted. `allowed`: how often it may be posted (each "send again" is one more)."""

    mark: str
    token: uuid.UUID
    publication: uuid.UUID
    allowed: int = 1
    taken_back: bool = False


@dataclass
class World:
    clock: Clock
    worker: Worker
    provider: Provider = field(default_factory=lambda: Provider(Limits({n: rate.start for n, rate in RATES.items()})))
    wishes: list[Wish] = field(default_factory=list)
    # The forms that made a project or asked for an export, with what they made.
    forms: list[tuple[str, uuid.UUID, uuid.UUID]] = field(default_factory=list)
    # Calls that were on the wire and were not surely refused: nothing may send them again.
    closed: set[uuid.UUID] = field(default_factory=set)
    secrets: list[str] = field(default_factory=list)
    # A new secret that is just being tried.
    trying: str = ""
    faults: dict[str, Fault | None] = field(default_factory=dict)
    # What each project was last seen to be (I4).
    known: dict[uuid.UUID, Any] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    posted: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def __post_init__(self) -> None:
        self.line = Watched(self)
        self.team = factories.make_team("Harbour Films", slug="harbour")
        self.alice = factories.make_member(self.team, Role.OWNER, name="Alice")
        self.bob = factories.make_member(self.team, Role.EDITOR, name="Bob")
        self.key = self._key(self.team)
        self.clips = [self._clip(f"clip {number}") for number in (1, 2)]
        self._film()
        self._strangers()

    def _key(self, team: Team) -> ApiKey:
        secret = factories.fresh_secret()
        self.secrets.append(secret)
        self.provider.secrets[secret] = "account"
        return factories.make_key(
            team, secret=secret, environment=Environment.LIVE, next_look_at=timezone.now(), feed_synced_at=None
        )

    def _clip(self, title: str) -> Clip:
        video = self.provider.film("account", title)
        whole = self.provider.film("account", f"all of {title}")
        whole.is_magic, whole.clips = True, [video]
        project = factories.make_project(self.team, api_key=self.key, upstream_id=whole.id)
        return factories.make_clip(project, upstream_id=video.id, title=title, decision=Decision.APPROVED)

    def _film(self) -> None:
        """A finished captions project, as a look has seen it."""
        video = self.provider.film("account", "a film")
        shown = video.as_json(timezone.now())
        factories.make_project(
            self.team,
            api_key=self.key,
            kind="captions",
            source="url",
            source_url="https://media.example.com/talk.mp4",
            title="a film",
            upstream_id=video.id,
            download_url=shown["downloadUrl"],
            upstream_updated_at=video.updated_at(timezone.now()),
            seen_at=timezone.now(),
            accepted_at=video.created_at,
            finished_at=timezone.now(),
        )

    def _strangers(self) -> None:
        """Another team with a key of the very same account, and rows about the very same videos."""
        self.others = factories.make_team("Other Shore", slug="other")
        key = self._key(self.others)
        ApiKey.objects.filter(pk=key.pk).update(next_look_at=None)
        for mine in Project.objects.filter(team=self.team):
            theirs = factories.make_project(self.others, api_key=key, upstream_id=mine.upstream_id)
            for clip in mine.clips.all():
                factories.make_clip(theirs, upstream_id=clip.upstream_id)
                entry = self.provider.post(self.provider.videos[clip.upstream_id], ["youtube"], "the strangers'")
                factories.make_publication(
                    self.others, api_key=key, upstream_project_id=clip.upstream_id, upstream_id=entry.id, title="theirs"
                )
        self.strangers_before = self.strangers()

    def strangers(self) -> list[Any]:
        tables = (Project, Clip, Publication, UpstreamCall)
        return [list(table._base_manager.filter(team=self.others).order_by("pk").values()) for table in tables]

    # --- Short cuts -----------------------------------------------------------------------------------------------

    def person(self, name: str) -> User:
        return self.bob if name == "bob" else self.alice

    @property
    def api_key(self) -> ApiKey:
        return ApiKey.objects.get(pk=self.key.pk)

    def publication(self, wish: Wish) -> Publication:
        return Publication.objects.select_related("call", "team", "api_key").get(pk=wish.publication)

    def video(self, project: Project) -> Video | None:
        return self.provider.videos.get(project.upstream_id)

    def beat(self) -> None:
        """What a worker does every few seconds. The strangers' feed is nobody's business here."""
        restores.watch()
        ApiKey.objects.filter(team=self.others).update(next_look_at=None)

    def draw(self, name: str) -> Fault | None:
        if name == "languages":
            return None
        return self.faults.pop("read" if name in READS else "post", None)

    def wait(self, seconds: float) -> None:
        """While an answer is slow time passes, and another worker is at work."""
        self.clock.move(seconds)
        if seconds > 60 and not self.faults.get("nested"):
            kept, self.faults = self.faults, {"nested": Fault.SLOW}
            self.worker.go()
            self.faults = kept


class Watched(Line):
    """Sees every request, and knows what none of them may be."""

    def __init__(self, world: World) -> None:
        super().__init__(world.provider, draw=world.draw, die=world.worker.die, wait=world.wait)
        self.world = world

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        name, target = named(request)
        secret = request.headers["x-api-key"]
        self._key_is_good(secret, name)
        if name in READS:
            return super().handle_request(request)
        call = self._call_of(name, target)
        self.world.closed.add(call.pk)
        try:
            answer = super().handle_request(request)
        except httpx.ConnectError:
            self.world.closed.discard(call.pk)
            raise
        if 400 <= answer.status_code < 500 and answer.status_code not in (408, 409):
            self.world.closed.discard(call.pk)
        return answer

    def _key_is_good(self, secret: str, name: str) -> None:
        """I6. What is only being tried belongs to nobody yet; a refused key may be tried once more."""
        if secret == self.world.trying or name == "languages":
            return
        key = self.world.api_key
        assert key.state == ApiKey.State.VALID, f"{name} with a key that is {key.state}"
        assert crypto.unseal(key.sealed, aad=remote.aad(key)) == secret, f"{name} with an old secret"

    def _call_of(self, name: str, target: str) -> UpstreamCall:
        """The one call that was begun at this moment; it may go out."""
        (call,) = UpstreamCall.objects.filter(
            team=self.world.team, state=CallState.SENDING, operation=OPERATIONS[name], sent_at=timezone.now()
        )
        assert call.pk not in self.world.closed, f"I2: {call.operation} is on the wire a second time"
        assert call.key_version == self.world.api_key.version, "I6: with another version of the key than is written"
        team = Team.objects.get(pk=self.world.team.pk)
        assert team.held_since is None, "I10: sent while the team is held"
        member = Membership.objects.filter(team=team, user=call.actor_id).first()
        assert member and member.may_edit, "R17: sent for somebody who may not"
        if name == "projects.publish":
            self._in_time(Publication.objects.select_related("clip").get(call=call), target)
        return call

    def _in_time(self, row: Publication, target: str) -> None:
        assert row.upstream_project_id == target
        assert row.clip is None or row.clip.decision == Decision.APPROVED, "posted without approval"
        if row.scheduled_for is None:
            return
        late = timezone.now() - row.scheduled_for
        assert late <= LATE, f"R18: {late} late without a person"
        if row.keeper == Keeper.DESK:
            assert late.total_seconds() >= 0, f"R18: {-late} early"
