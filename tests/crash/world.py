"""What a desk and its provider hold before a flow begins, made anew for each life: a team, its people, one key."""

from __future__ import annotations

import datetime as dt
import json
import secrets
import urllib.request
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.utils import timezone

from dashboard import crypto, remote
from dashboard.models import ApiKey, CallState, Membership, Provider, Role, Team, User
from projects_app.models import Kind, Project, ProjectState, Source
from tests import factories
from tests.crash.provider import NOW, RUN

SLUG = "harbour"


def prepare() -> dict[str, str]:
    """In the database that all lives begin with. Returns what they need to know of it."""
    team = factories.make_team("Harbour Films", slug=SLUG)
    alice = factories.make_member(team, Role.OWNER, name="Alice")
    bob = factories.make_member(team, Role.EDITOR, name="Bob")
    now = timezone.now()
    # Its feed is nobody's business for the next days, unless a flow is about it.
    factories.make_key(team, feed_synced_at=now, next_look_at=now + dt.timedelta(days=9))
    return {"alice": _session(alice), "bob": _session(bob)}


def _session(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "dashboard.backends.PersonBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


@dataclass
class World:
    """One life's surroundings. `token` is the form's, the same in each life of a run; `facts` go from life to life."""

    secret: str
    token: str
    sessions: dict[str, str]
    facts: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def new(cls, sessions: dict[str, str]) -> World:
        return cls(secret=factories.fresh_secret(), token=str(uuid.uuid4()), sessions=sessions)

    @property
    def team(self) -> Team:
        return Team.objects.get(slug=SLUG)

    @property
    def key(self) -> ApiKey:
        return ApiKey.objects.get(team__slug=SLUG, provider=Provider.SUBMAGIC)

    @property
    def bob(self) -> User:
        return Membership.objects.select_related("user").get(team__slug=SLUG, role=Role.EDITOR).user

    @property
    def alice(self) -> User:
        return Membership.objects.select_related("user").get(team__slug=SLUG, role=Role.OWNER).user

    def take_key(self) -> None:
        """A fresh key is a fresh account at the provider."""
        key = self.key
        key.sealed = crypto.seal(self.secret, aad=remote.aad(key))
        key.last4 = self.secret[-4:]
        key.save(update_fields=["sealed", "last4"])

    def browser(self, who: str = "bob") -> Client:
        client = Client(raise_request_exception=False, SERVER_NAME="127.0.0.1")
        client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[who]
        return client

    # --- At the provider ---------------------------------------------------------------------------------------------

    def control(self, method: str, path: str, **body: Any) -> Any:
        """Past the points, and past the API."""
        data = json.dumps(body).encode() if method == "POST" else None
        headers = {NOW: timezone.now().isoformat(), RUN: self.secret, "Content-Type": "application/json"}
        headers |= {"X-Test-Pair": self.facts["pair"]} if self.facts.get("pair") else {}
        asked = urllib.request.Request(f"{settings.SANDBOX_URL}/_control/{path}", data, headers, method=method)
        with urllib.request.urlopen(asked, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def finished(self, **fields: Any) -> Project:
        """A captions project that the provider has done, and this desk knows it."""
        number = self.control("POST", "projects", key=self.secret, base=settings.SANDBOX_URL)["id"]
        link = f"{settings.SANDBOX_URL}/submagic/files/before/video.mp4"
        return factories.make_project(
            self.team, kind=Kind.CAPTIONS, upstream_id=number, direct_url=link, api_key=self.key,
            created_by=self.bob, seen_at=timezone.now(), upstream_updated_at=timezone.now(), **fields,
        )  # fmt: skip

    def slideshow(self) -> Project:
        """The draft of a Picovico account, which lacks nothing, and which this desk knows."""
        pair = (secrets.token_hex(16), secrets.token_hex(16))
        self.facts["pair"] = " ".join(pair)
        number = self.control("POST", "slideshow", pair=pair)["id"]
        key = factories.make_key(self.team, secret=remote.pair(*pair), provider=Provider.PICOVICO, is_default=False)
        return factories.make_project(
            self.team, kind=Kind.SLIDESHOW, source=Source.IMPORT, upstream_id=number, state=ProjectState.DRAFT,
            upstream_status="initial", api_key=key, created_by=self.bob, title="A day out", duration=3,
        )  # fmt: skip

    def in_progress(self) -> Project:
        return self._in_progress(secrets.token_urlsafe(32))

    def in_progress_at(self) -> str:
        """The same; the path to which the provider will send its message."""
        secret = secrets.token_urlsafe(32)
        self._in_progress(secret)
        return f"/h/{secret}"

    def _in_progress(self, secret: str) -> Project:
        """Accepted a moment ago; the provider works on it and will say when it is done."""
        now = timezone.now()
        hook = f"{settings.PUBLIC_URL}/h/{secret}"
        number = self.control("POST", "projects", key=self.secret, base=settings.SANDBOX_URL, hook=hook)["id"]
        project = factories.make_project(
            self.team, kind=Kind.CAPTIONS, source=Source.URL, upstream_id=number, state=ProjectState.PROCESSING,
            upstream_status="processing", transcription_status="PROCESSING", api_key=self.key,
            accepted_at=now, next_look_at=now + dt.timedelta(minutes=5), duration=None,
        )  # fmt: skip
        project.call = factories.make_call(
            self.team, operation="create_project", target_id=project.pk, state=CallState.ACCEPTED, sent_at=now,
            upstream_id=number, token=secret, actor=self.bob,
        )  # fmt: skip
        project.save(update_fields=["call"])
        return project
