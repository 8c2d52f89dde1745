"""Secret addresses and what arrives under them, for the tests that send a great many messages."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import httpx
from django.test import Client
from django.utils import timezone
from hypothesis import strategies as st

from dashboard.models import ApiKey, Team, UpstreamCall
from projects_app.actions import webhooks
from projects_app.models import Clip, Export, Project, Transcript, Verdict, WebhookEvent
from tests import factories
from tests.odd_json import TEXTS, odd_bytes
from tests.rows import WORK, Rows, rows

ID = "3f1c9a52-7a64-4d5b-9d40-2f6f6d1c8a01"
# What a message may change of a project: when it was last looked at, and what came of asking.
LOOKED_AT = WORK | {"seen_at", "look_problem", "missing_since", "last_used_at"}
LIE = {
    "projectId": ID,
    "id": ID,
    "status": "completed",
    "title": "Forged",
    "downloadUrl": "https://evil.example/a.mp4",
    "directUrl": "https://d1.cloudfront.net/evil.mp4",
    "transcriptionStatus": "COMPLETED",
    "updatedAt": "2099-01-01T00:00:00Z",
    "failureReason": "Forged",
    "videoMetaData": {"width": 1, "height": 1, "duration": 1},
    "words": [{"id": "a", "text": "forged", "type": "word", "startTime": 0, "endTime": 1}],
    "magicClips": [{"id": "forged", "title": "Forged", "status": "completed", "duration": 3, "viralityScores": {}}],
}


def rings() -> st.SearchStrategy[bytes]:
    """Bodies that name the right project and lie about it; ids and statuses of every other kind; and no JSON at all."""
    ids = (ID, ID.upper(), True, 1, None, [ID], {"id": ID}, *TEXTS)
    statuses = ("completed", "failed", True, 5, None, *TEXTS)
    names = ("projectId", "id", "project_id")
    named = st.tuples(st.sampled_from(names), st.sampled_from(ids), st.sampled_from(statuses))
    return st.one_of(odd_bytes(LIE), named.map(lambda said: json.dumps({said[0]: said[1], "status": said[2]}).encode()))


@dataclass
class Address:
    """One secret address, and the project that its call is about."""

    token: str
    call: UpstreamCall
    project: Project

    @property
    def path(self) -> str:
        return f"/h/{self.token}"


def open_address(team: Team, key: ApiKey, *, upstream_id: str = ID, state: str = "accepted") -> Address:
    """Of a project that is being worked on; `state="unknown"`: of a call whose answer was lost."""
    token = secrets.token_urlsafe(32)
    lost = state == "unknown"
    project = factories.make_project(
        team,
        api_key=key,
        kind="captions",
        state="unknown" if lost else "processing",
        upstream_id="" if lost else upstream_id,
        upstream_status="" if lost else "processing",
        transcription_status="",
    )
    call = factories.make_call(
        team, api_key=key, token=token, state=state, target_id=project.pk, sent_at=timezone.now(),
        operation="create_project", upstream_id=project.upstream_id,
    )  # fmt: skip
    project.call = call
    project.save(update_fields=["call"])
    return Address(token, call, project)


def post(address: Address | str, body: bytes = b"{}", *, source: str = "198.51.100.7", **more: Any) -> httpx.Response:
    """Through every middleware and the view."""
    path = address if isinstance(address, str) else address.path
    client = Client(enforce_csrf_checks=True, raise_request_exception=True)
    made = client.generic(
        more.pop("method", "POST"), path, body, more.pop("kind", "application/json"), REMOTE_ADDR=source, **more
    )
    return httpx.Response(made.status_code, content=made.content, headers=dict(made.headers.items()))


def due(limit: int = 200) -> list[WebhookEvent]:
    """What the sweeper would deliver now, in its order."""
    waiting = WebhookEvent.objects.filter(verdict=Verdict.WAITING, next_look_at__lte=timezone.now())
    return list(waiting.order_by("next_look_at")[:limit])


def work(limit: int = 200) -> int:
    """What the worker does with it."""
    found = due(limit)
    for event in found:
        webhooks.handle(event.pk)
    return len(found)


def known() -> Rows:
    """All that a message must not change."""
    return rows(Project, Clip, Transcript, Export, without=LOOKED_AT) | rows(UpstreamCall)


@dataclass
class Provider:
    """Knows these projects, all of them still being worked on, and nothing else."""

    ids: set[str] = field(default_factory=lambda: {ID})
    calls: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(request)
        upstream_id = request.url.path.rpartition("/")[2]
        if request.method != "GET" or upstream_id.lower() not in self.ids:
            text = "Project doesn't exist or doesn't belong to user"
            return httpx.Response(404, json={"error": "NOT_FOUND", "message": text})
        return httpx.Response(200, json={"id": upstream_id, "status": "processing"})

    def reads(self, upstream_id: str) -> int:
        return sum(call.url.path.endswith(f"/v1/projects/{upstream_id}") for call in self.calls)
