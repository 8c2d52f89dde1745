"""An exported video at the sandbox, and the clip of ours that it is."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.utils import timezone

from dashboard import crypto, remote
from dashboard.models import ApiKey, Team, UpstreamCall, User
from projects_app.models import Clip
from publishing_app.actions import publications, publish_calls
from publishing_app.models import Publication
from sandbox.submagic import applied
from sandbox.submagic.context import Context
from sandbox.submagic.store import Project
from tests import factories
from tests.conftest import InProcessSandbox

YOUTUBE = {"youtube": {"title": "A talk"}}
BOTH = {"youtube": {"title": "A talk"}, "tiktok": {"content": "Look"}}


def secret_of(key: ApiKey) -> str:
    return crypto.unseal(key.sealed, aad=remote.aad(key))


def account_of(key: ApiKey) -> str:
    return hashlib.sha256(secret_of(key).encode()).hexdigest()[:24]


def context_of(sandbox: InProcessSandbox) -> Context:
    context: Context = sandbox.app.extensions["sandbox.submagic"]
    return context


def exported_clip(team: Team, key: ApiKey, sandbox: InProcessSandbox, **fields: Any) -> Clip:
    """A clip that the sandbox holds as finished, approved here. Its video file itself is not needed to publish it."""
    here = context_of(sandbox)
    number = str(uuid.uuid4())
    with here.store.transaction() as db:
        here.store.add_project(
            db,
            Project(
                id=number,
                account=account_of(key),
                kind="captions",
                title="A talk",
                language="en",
                status="completed",
                transcription="COMPLETED",
                options={},
                base_url="http://127.0.0.1:8999",
                source="upload",
                created_at=here.now(),
                updated_at=here.now(),
                file_token=uuid.uuid4().hex,
                scores={"total": 80},
            ),
        )
    project = factories.make_project(team, api_key=key)
    return factories.make_clip(project, **({"upstream_id": number, "decision": "approved", "title": "A talk"} | fields))


def applied_publishes(sandbox: InProcessSandbox, key: ApiKey) -> list[dict[str, Any]]:
    """What the provider really did."""
    entries = applied.entries(context_of(sandbox), account_of(key))["applied"]
    return [entry for entry in entries if entry["endpoint"].endswith("/publish")]


def ask(clip: Clip, by: User, platforms: dict[str, Any] | None = None, **fields: Any) -> Publication:
    publication, _fresh = publications.publish(
        team=clip.team,
        target=clip,
        platforms=platforms or YOUTUBE,
        by=by,
        **({"form_token": uuid.uuid4(), "again": True} | fields),
    )
    return publication


def drive(publication: Publication) -> Publication:
    publication.refresh_from_db()
    assert publication.call_id is not None
    publish_calls.drive(publication.call_id)
    return Publication.objects.get(pk=publication.pk)


def sent_long_ago(publication: Publication) -> None:
    """An hour ago, and the feed was read in vain since."""
    assert publication.call is not None
    now = timezone.now()
    UpstreamCall.objects.filter(pk=publication.call_id).update(
        sent_at=now - dt.timedelta(minutes=61), reply={"looked_at": now.isoformat()}
    )


class Cutting(httpx.BaseTransport):
    """Lets a request through and cuts the line before its answer arrives, for those that `when` picks."""

    def __init__(self, inner: httpx.BaseTransport, when: Callable[[httpx.Request], bool]) -> None:
        self.inner, self.when, self.cut = inner, when, 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self.inner.handle_request(request)
        if self.when(request):
            response.read()
            self.cut += 1
            raise httpx.ReadError("the line was cut")
        return response


class Answering(httpx.BaseTransport):
    """Gives a fixed answer to the requests that `when` picks, without asking the sandbox."""

    def __init__(
        self, inner: httpx.BaseTransport, when: Callable[[httpx.Request], bool], status: int, body: Any,
        headers: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.inner, self.when, self.status, self.body, self.headers = inner, when, status, body, headers or {}
        self.asked = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not self.when(request):
            return self.inner.handle_request(request)
        self.asked += 1
        content = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        return httpx.Response(self.status, content=content, headers=self.headers, request=request)


def is_publish(request: httpx.Request) -> bool:
    return request.method == "POST" and request.url.path.endswith("/publish")


def is_feed(request: httpx.Request) -> bool:
    return request.url.path.endswith("/published")


def put(monkeypatch: pytest.MonkeyPatch, transport: httpx.BaseTransport) -> None:
    monkeypatch.setattr(remote, "transport", transport)
