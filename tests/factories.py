"""Rows for tests: plain functions with sensible defaults, everything overridable."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import json
import secrets
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from dashboard import crypto, remote
from dashboard.models import ApiKey, CallState, Environment, Membership, Role, Team, UpstreamCall, User
from projects_app import archive_files
from projects_app.actions import hook_door
from projects_app.models import (
    ArchivedVideo,
    Clip,
    Export,
    ExportState,
    Kind,
    Media,
    MediaState,
    Preset,
    Project,
    ProjectState,
    Source,
    Transcript,
    Upload,
    WebhookEvent,
)
from publishing_app.models import Measurement, Post, Publication, PublicationState

_numbers = itertools.count(1)
PASSWORD = "correct horse battery staple"


def fresh_secret() -> str:
    """A key of the documented form; the sandbox takes any such key as a fresh account."""
    return f"sk-{secrets.token_hex(32)}"


def make_user(name: str = "", **fields: Any) -> User:
    name = name or f"person{next(_numbers)}"
    return User.objects.create_user(
        fields.pop("email", f"{name.lower()}@team.example"), fields.pop("password", PASSWORD), name=name, **fields
    )


def make_team(name: str = "", **fields: Any) -> Team:
    name = name or f"Team {next(_numbers)}"
    return Team.objects.create(name=name, slug=fields.pop("slug", name.lower().replace(" ", "-")), **fields)


def make_member(team: Team, role: Role, user: User | None = None, name: str = "") -> User:
    user = user or make_user(name)
    Membership.objects.create(team=team, user=user, role=role)
    return user


def make_key(team: Team, *, secret: str = "", environment: str = Environment.SANDBOX, **fields: Any) -> ApiKey:
    secret = secret or fresh_secret()
    key = ApiKey(team=team, environment=environment, label="Main", last4=secret[-4:], is_default=True)
    for name, value in fields.items():
        setattr(key, name, value)
    key.sealed = crypto.seal(secret, aad=remote.aad(key))
    key.save(force_insert=True)
    return key


def key_of(team: Team) -> ApiKey:
    return ApiKey.objects.filter(team=team).order_by("created_at").first() or make_key(team)


def make_call(team: Team, **fields: Any) -> UpstreamCall:
    api_key = fields.pop("api_key", None) or key_of(team)
    token = fields.pop("token", secrets.token_urlsafe(32))
    state = fields.pop("state", CallState.READY)
    call = UpstreamCall(
        team=team,
        api_key=api_key,
        key_version=api_key.version,
        operation=fields.pop("operation", "create_magic_clips"),
        target_id=fields.pop("target_id", None) or Project().pk,
        hook_hash=crypto.fingerprint(token),
        state=state,
        settled_at=timezone.now() if state in ("accepted", "rejected", "abandoned") else None,
        **fields,
    )
    call.hook_sealed = crypto.seal(token, aad=f"hook:{call.team_id}:{call.pk}")
    call.save(force_insert=True)
    return call


def make_project(team: Team, **fields: Any) -> Project:
    defaults: dict[str, Any] = {
        "kind": Kind.MAGIC_CLIPS,
        "source": Source.UPLOAD,
        "title": f"Project {next(_numbers)}",
        "language": "en",
        "state": ProjectState.READY,
        "upstream_id": secrets.token_hex(8),
        "upstream_status": "completed",
        "transcription_status": "COMPLETED",
        "duration": 61.5,
        "width": 1280,
        "height": 720,
    }
    api_key = fields.pop("api_key", None) or key_of(team)
    return Project.objects.create(team=team, api_key=api_key, **(defaults | fields))


def make_preset(team: Team, **fields: Any) -> Preset:
    defaults: dict[str, Any] = {
        "name": f"Preset {next(_numbers)}",
        "kind": Kind.CAPTIONS,
        "language": "en",
        "options": {"templateName": "Sara"},
    }
    return Preset.objects.create(team=team, **(defaults | fields))


def make_upload(project: Project, **fields: Any) -> Upload:
    defaults: dict[str, Any] = {
        "node": "test",
        "filename": "talk.mp4",
        "size": 1000,
        "expires_at": timezone.now() + dt.timedelta(days=1),
    }
    return Upload.objects.create(team=project.team, project=project, **(defaults | fields))


def make_clip(project: Project, **fields: Any) -> Clip:
    number = next(_numbers)
    parts = {"shareability": 20.0, "hook_strength": 21.0, "story_quality": 22.0, "emotional_impact": 19.0}
    defaults: dict[str, Any] = {
        "upstream_id": secrets.token_hex(8),
        "position": number,
        "title": f"Clip {number}",
        "duration": 24.8,
        "upstream_status": "completed",
        "virality_total": 82.0,
        **parts,
        "scores": {"total": 82, **parts},
        "video": "https://media.submagic.co/clip.mp4",
    }
    if fields.get("decision", "undecided") != "undecided":
        fields.setdefault("decided_at", timezone.now())
    return Clip.objects.create(team=project.team, project=project, **(defaults | fields))


def make_export(project: Project, **fields: Any) -> Export:
    """Done, as the provider renders by itself; with a call when somebody asked for it."""
    defaults: dict[str, Any] = {"state": ExportState.DONE, "direct_url": "https://media.submagic.co/export.mp4"}
    return Export.objects.create(project=project, **(defaults | fields))


def make_archived(thing: Clip | Export, content: bytes = b"film", **fields: Any) -> ArchivedVideo:
    """Kept, with its file on this node's disk."""
    values: dict[str, Any] = {
        "state": "kept",
        "node": settings.NODE,
        "size": len(content),
        "received": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "container": "mp4",
        "kept_at": timezone.now(),
    }
    which = {"clip": thing} if isinstance(thing, Clip) else {"export": thing}
    row = ArchivedVideo.objects.create(team=thing.project.team, **which, **(values | fields))
    where = archive_files.path(row.pk)
    where.parent.mkdir(parents=True, exist_ok=True)
    where.write_bytes(content)
    return row


def make_media(team: Team, **fields: Any) -> Media:
    """Ready in the library; with a call and a file only when those are given."""
    defaults: dict[str, Any] = {
        "name": f"broll {next(_numbers)}.mp4",
        "type": "VIDEO",
        "state": MediaState.READY,
        "upstream_id": secrets.token_hex(8) if fields.get("state", "ready") in ("ready", "waiting", "gone") else "",
        "url": "https://cdn.submagic.co/media/broll.mp4",
        "size": 1_500_000,
        "seen_at": timezone.now(),
    }
    api_key = fields.pop("api_key", None) or key_of(team)
    return Media.objects.create(team=team, api_key=api_key, **(defaults | fields))


def make_webhook_event(project: Project, **fields: Any) -> WebhookEvent:
    """A message that was handled, under the address of the project's own call."""
    body = fields.pop("body", json.dumps({"projectId": project.upstream_id, "n": next(_numbers)}).encode())
    call = fields.pop("call", None) or project.call
    if call is None:
        call = project.call = make_call(project.team, state="accepted", target_id=project.pk, api_key=project.api_key)
        project.save(update_fields=["call"])
    received_at = fields.pop("received_at", None)
    defaults: dict[str, Any] = {
        "verdict": "confirmed",
        "headers": {"Content-Type": "application/json", "User-Agent": "submagic-webhook/1.0"},
        "source_ip": "203.0.113.7",
        "size": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
        "handled_at": timezone.now(),
    }
    event = WebhookEvent.objects.create(team=project.team, call=call, body=body, **(defaults | fields))
    if received_at:
        WebhookEvent.objects.filter(pk=event.pk).update(received_at=received_at)
        event.refresh_from_db()
    return event


def store_hook(
    *, call: UpstreamCall, body: bytes, headers: dict[str, str] | None = None, source_ip: str | None = None
) -> bool:
    """A message as the door takes it in, whatever the state of its call; False when it was here already."""
    before = WebhookEvent.objects.count()
    message = hook_door.Message("", body, headers or {}, source_ip)
    with connection.cursor() as cursor:
        hook_door.keep(cursor, [(hook_door.Address(call.pk, call.team_id), message)])
    return WebhookEvent.objects.count() > before


def make_words(text: str, *, start: float = 0.0, step: float = 0.4) -> list[dict[str, Any]]:
    """Evenly spoken words; a final . ? or ! becomes an element of its own, as the API sends it."""
    words: list[dict[str, Any]] = []
    at = start
    for number, word in enumerate(text.split()):
        bare = word.rstrip(".,?!")
        end = round(at + step, 3)
        words.append({"id": f"w{number}", "text": bare, "type": "word", "start": at, "end": end})
        if bare != word:
            words.append({"id": f"p{number}", "text": word[-1], "type": "punctuation", "start": end, "end": end})
        at = end
    return words


def make_transcript(
    project: Project, text: str = "Do you mind if we do something?", clip: Clip | None = None, **fields: Any
) -> Transcript:
    words = make_words(text)
    return Transcript.objects.create(
        team=project.team,
        project=project,
        clip=clip,
        language="en",
        words=words,
        text=text,
        word_count=sum(word["type"] == "word" for word in words),
        digest=hashlib.sha256(json.dumps(words).encode()).hexdigest(),
        **fields,
    )


def make_publication(team: Team, *, clip: Clip | None = None, **fields: Any) -> Publication:
    api_key = fields.pop("api_key", None) or (clip.project.api_key if clip else key_of(team))
    defaults: dict[str, Any] = {
        "upstream_project_id": clip.upstream_id if clip else secrets.token_hex(8),
        "upstream_id": f"pub_{secrets.token_hex(6)}",
        "title": clip.title if clip else "A post",
        "state": PublicationState.PUBLISHED,
        "upstream_status": "published",
        "published_at": timezone.now(),
    }
    return Publication.objects.create(team=team, api_key=api_key, clip=clip, **(defaults | fields))


def make_post(publication: Publication, platform: str = "youtube", **fields: Any) -> Post:
    defaults: dict[str, Any] = {
        "platform_post_id": secrets.token_hex(5),
        "url": "https://youtube.com/watch?v=abc",
        "publish_status": "published",
        "sync_status": "synced",
        "views": 1234,
        "likes": 56,
        "comments": 7,
        "shares": 2,
        "measured_at": timezone.now(),
    }
    return Post.objects.create(team=publication.team, publication=publication, platform=platform, **(defaults | fields))


def make_measurement(post: Post, *, at: dt.datetime, views: int, **fields: Any) -> Measurement:
    return Measurement.objects.create(team=post.team, post=post, at=at, views=views, **fields)
