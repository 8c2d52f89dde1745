"""Entries of a media library: on their way, lost, and as the provider lists them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import httpx
from django.utils import timezone

from dashboard.models import ApiKey, Team, UpstreamCall, User
from projects_app import spool
from projects_app.actions import media, media_calls, media_relay
from projects_app.media_spool import KINDS, Arrived
from projects_app.models import Media
from tests.projects_app import movies

CREATE = "/v1/user-media"
UPLOAD = "/v1/user-media/upload"
ID = "88a08eec-712a-45d0-8d0b-3b631700cb3a"
URL = "https://files.harbour.example.com/broll/waves.mp4"


def created(upstream_id: str = ID) -> httpx.Response:
    return httpx.Response(201, json={"userMediaId": upstream_id})


def entry(upstream_id: str = ID, **more: Any) -> dict[str, Any]:
    return {
        "id": upstream_id,
        "type": "VIDEO",
        "fileName": "waves.mp4",
        "url": f"https://cdn.submagic.co/media/{upstream_id}.mp4",
        "metadata": {"width": 1920, "height": 1080, "duration": 12.3, "fileSize": 15_000_000},
        "createdAt": timezone.now().isoformat(),
    } | more


def listed(*entries: dict[str, Any], cursor: str = "") -> httpx.Response:
    more: dict[str, Any] = {"hasMore": bool(cursor)} | ({"nextCursor": cursor} if cursor else {})
    return httpx.Response(200, json={"items": list(entries)} | more)


def add_link(team: Team, by: User, api_key: ApiKey, url: str = URL) -> Media:
    return media.add_by_url(team=team, by=by, api_key=api_key, url=url, form_token=uuid.uuid4())


def add_file(team: Team, by: User, api_key: ApiKey, data: bytes | None = None, name: str = "waves.mp4") -> Media:
    data = movies.mp4(3000) if data is None else data
    file = Arrived(uuid.uuid4(), name, size=len(data), kind=KINDS[name.rpartition(".")[2]])
    spool.create(file.id, len(data))
    with spool.writing(file.id) as writer:
        writer.write(memoryview(data), 0)
    return media.add_file(team=team, by=by, api_key=api_key, file=file, form_token=uuid.uuid4())


def call_of(row: Media) -> UpstreamCall:
    row.refresh_from_db()
    assert row.call_id
    return UpstreamCall.objects.get(pk=row.call_id)


def deliver(row: Media) -> UpstreamCall:
    """As a worker would, whichever way the entry goes."""
    if row.is_file and call_of(row).state != "unknown":
        media_relay.hand_over(row.pk)
    else:
        media_calls.deliver(call_of(row).pk)
    row.refresh_from_db()
    return call_of(row)


def has_file(row: Media) -> bool:
    return spool.path(row.pk).exists()


def later(**delta: float) -> dt.datetime:
    return timezone.now() + dt.timedelta(**delta)
