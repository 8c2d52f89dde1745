"""The steps that send something as JSON: a wish of a person, the task that sends it, and what the provider did."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from dashboard import crypto, remote, senders
from dashboard.actions import hook_addresses
from dashboard.models import ApiKey, Team, UpstreamCall, User
from projects_app.actions import exports, imports, looks, projects, slideshow_renders, webhooks
from projects_app.models import Clip, Export, Kind, Project, Source, Verdict, WebhookEvent
from publishing_app.models import Keeper, Publication, Schedule
from sandbox.picovico import applied as picovico_applied
from sandbox.picovico.access import account_of as account_at_picovico
from sandbox.submagic import applied
from tests.conftest import InProcessSandbox
from tests.matrix.wire import Wire
from tests.projects_app.picovico import Account
from tests.publishing_app.support import account_of, ask, context_of, exported_clip

CREATE, EXPORT, FILM, NOW, LATER = "create by URL", "export", "slideshow film", "publish now", "scheduled publish"
ALL = (CREATE, EXPORT, FILM, NOW, LATER)
# The endpoint of each, as its path ends.
ENDINGS = {
    CREATE: "/projects/magic-clips",
    EXPORT: "/export",
    FILM: "/render",
    NOW: "/publish",
    LATER: "/publish",
}
DELAY = dt.timedelta(hours=1)


@dataclass
class Step:
    """One step of one team. `wish` writes the intent; `deliver` is what a worker does with it."""

    name: str
    team: Team
    key: ApiKey
    by: User
    sandbox: InProcessSandbox
    wire: Wire
    clock: time_machine.Traveller = field(repr=False)
    call_id: uuid.UUID = field(default_factory=uuid.uuid4)
    about: Clip | Project | None = None

    def wish(self) -> UpstreamCall:
        """Only written: whatever would wake a worker for it is lost."""
        with mock.patch("django.db.transaction.on_commit"):
            self.call_id = self._wish()
        if self.name == LATER:
            self.pass_time(DELAY)
        return self.call

    def _wish(self) -> uuid.UUID:
        if self.name == CREATE:
            made, _upload = projects.create(
                team=self.team,
                by=self.by,
                api_key=self.key,
                kind=Kind.MAGIC_CLIPS,
                source=Source.YOUTUBE,
                source_url="https://www.youtube.com/watch?v=sandbox0002",
                title="A talk",
                language="en",
                options={},
                form_token=uuid.uuid4(),
            )
            self.about, call = made, made.call
        elif self.name == EXPORT:
            self.about = self.finished_project()
            call = exports.ask(project=self.about, by=self.by, form_token=uuid.uuid4()).call
        elif self.name == FILM:
            self.about = self.draft()
            call = slideshow_renders.ask(project=self.about, by=self.by, form_token=uuid.uuid4(), version="")
        else:
            self.about = exported_clip(self.team, self.key, self.sandbox, video="https://v.submagic.co/a.mp4")
            at = Schedule(timezone.now() + DELAY, "UTC", Keeper.DESK) if self.name == LATER else None
            call = ask(self.about, self.by, schedule=at).call
        assert call is not None
        return call.pk

    def draft(self) -> Project:
        """A draft at Picovico that lacks nothing, and that was looked at; its account's key is the step's."""
        account = Account(self.sandbox, self.team, is_default=False)
        self.key = account.key
        video = account.complete()
        made, _is_new = imports.take_up(team=self.team, api_key=self.key, text=video.id, by=self.by)
        looks.look(made.pk)
        self.pass_time(dt.timedelta(seconds=5))
        made.refresh_from_db()
        self.wire.sent.clear()
        return made

    def finished_project(self) -> Project:
        """A captions project that the sandbox holds as finished, with its video, and that was looked at."""
        clip = exported_clip(self.team, self.key, self.sandbox)
        with context_of(self.sandbox).store.transaction() as db:
            db.execute("UPDATE project SET words = ? WHERE id = ?", (json.dumps([]), clip.upstream_id))
        project = clip.project
        Project.objects.filter(pk=project.pk).update(
            kind=Kind.CAPTIONS, upstream_id=clip.upstream_id, direct_url="https://v.submagic.co/a.mp4"
        )
        clip.delete()
        looks.look(project.pk)
        self.pass_time(dt.timedelta(seconds=5))  # what comes now is newer than that
        project.refresh_from_db()
        return project

    def deliver(self) -> UpstreamCall:
        senders.deliver(self.call_id)
        return self.call

    @property
    def call(self) -> UpstreamCall:
        return UpstreamCall.objects.select_related("team", "api_key").get(pk=self.call_id)

    @property
    def hook(self) -> str:
        """The path of the call's secret address; ask while it is not accepted."""
        url = hook_addresses.url(self.call)
        assert url is not None
        return f"/h/{url.rpartition('/')[2]}"

    def hear(self, project: str, status: str = "completed", *, path: str = "") -> list[str]:
        """A message comes and a worker handles what waits; the verdicts so far."""
        body = {"projectId": project, "status": status}
        assert Client().post(path or self.hook, body, content_type="application/json").status_code == 204
        for event in WebhookEvent.objects.filter(verdict=Verdict.WAITING):
            webhooks.handle(event.pk)
        return list(WebhookEvent.objects.order_by("received_at").values_list("verdict", flat=True))

    @property
    def done_there(self) -> list[dict[str, Any]]:
        """The oracle: what the provider really did of this kind."""
        if self.name == FILM:
            pair = remote.pair_in(crypto.unseal(self.key.sealed, aad=remote.aad(self.key)))
            slides = self.sandbox.app.extensions["sandbox.picovico"]
            films = picovico_applied.entries(slides, account_at_picovico(*pair) or "")["applied"]
            return [each | {"projectId": each["videoId"]} for each in films if each["endpoint"].endswith("/render")]
        found = applied.entries(context_of(self.sandbox), account_of(self.key))["applied"]
        return [entry for entry in found if entry["endpoint"].endswith(ENDINGS[self.name])]

    @property
    def told(self) -> str:
        """The words that a person finds about it."""
        if self.name in (NOW, LATER):
            row = Publication.objects.get(call=self.call_id)
            return f"{row.state}: {row.problem} {row.advice}"
        if self.name == FILM:
            return f"{self.call.state}: {self.call.problem} {self.call.advice}"
        project = Project.objects.get(pk=self.about.pk) if self.about else None
        export = Export.objects.filter(call=self.call_id).first()
        words = f"{project.state}: {project.failure_reason} {project.advice} {project.look_problem}" if project else ""
        return f"{words} {export.state}: {export.problem}" if export else words

    def pass_time(self, delta: dt.timedelta) -> None:
        """For both sides alike."""
        self.clock.shift(delta)
        self.sandbox.clock.now += delta

    def look(self) -> None:
        """Whatever evidence the desk looks for by itself, once it is due."""
        self.pass_time(dt.timedelta(seconds=150))
        if self.name in (EXPORT, FILM) and self.about:
            looks.look(self.about.pk)
        self.deliver()


MakeStep = Callable[[str], Step]


@pytest.fixture
def step_of(team: Team, api_key: ApiKey, bob: User, sandbox: InProcessSandbox, wire: Wire, clock: Any) -> MakeStep:
    return lambda name: Step(name, team, api_key, bob, sandbox, wire, clock)
