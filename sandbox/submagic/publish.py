"""Routes for posts: publish or schedule a project, list what was published."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.submagic import applied, checks, credits, errors, feed
from sandbox.submagic.access import account, guarded
from sandbox.submagic.catalogue import PLATFORMS
from sandbox.submagic.checks import Check, Wrong
from sandbox.submagic.context import context, iso, parse_iso
from sandbox.submagic.create import json_body
from sandbox.submagic.errors import ApiError, Detail
from sandbox.submagic.projects import own_project

publish = Blueprint("publish", __name__)


def _tags(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Wrong("Must be an array of strings")
    return value


# The documents name the lengths of a title only; the others are bounded so that nobody stores novels here.
OPTIONS: Mapping[str, Mapping[str, Check]] = {
    "youtube": {
        "title": checks.text(1, 100),
        "description": checks.text(0, 5000),
        "tags": _tags,
        "firstComment": checks.text(0, 5000),
    },
    "tiktok": {"content": checks.text(0, 5000)},
    "instagram": {
        "format": checks.one_of(("reel", "story")),
        "content": checks.text(0, 5000),
        "firstComment": checks.text(0, 5000),
    },
}


@publish.post("/projects/<number>/publish")
@guarded("publish")
def publish_project(number: str) -> ResponseReturnValue:
    here = context()
    project = own_project(number)
    body = json_body()
    platforms, at = _checked(body, here.clock())
    if project.file_token is None:
        raise errors.bad_request("Project must be exported before it can be published")
    publication = f"pub_{uuid.uuid4()}"
    publish_at = iso(at or here.clock())
    with here.store.transaction() as db:
        credits.need_some(here, db, account(), errors.no_credits("publish"))
        db.execute(
            "INSERT INTO publication (id, account, project, scheduled, publish_at, platforms) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (publication, account(), number, int(at is not None), publish_at, json.dumps(platforms)),
        )
        applied.add(here, db, account(), f"/v1/projects/{number}/publish", number, body)
    answer = {
        "id": publication,
        "projectId": number,
        "scheduled": at is not None,
        "publishedAt": publish_at,
        "status": "published" if at is None else "scheduled",
        "platforms": list(platforms),
    }
    return jsonify(answer), 200 if at is None else 202


def _checked(body: Mapping[str, Any], now: datetime) -> tuple[dict[str, Any], datetime | None]:
    """The platforms with their options and the time of a scheduled publication; raises ApiError 400."""
    problems = [] if "platforms" in body else ["platforms is required"]
    problems += [f"Unknown field: {name}" for name in body if name not in {"platforms", "scheduledFor"}]
    if problems:
        raise errors.invalid("Validation failed: " + ", ".join(problems))
    platforms = body["platforms"]
    if not isinstance(platforms, dict) or not platforms:
        raise errors.field_invalid("platforms", "At least one platform must be provided", platforms)
    details: list[Detail] = []
    for name, options in platforms.items():
        details += _platform_problems(name, options)
    at: datetime | None = None
    if "scheduledFor" in body:
        try:
            at = parse_iso(body["scheduledFor"])
        except (TypeError, ValueError):
            details.append(_detail("scheduledFor", "Must be an ISO 8601 timestamp", body["scheduledFor"]))
        else:
            if at <= now:
                details.append(_detail("scheduledFor", "Must be in the future", body["scheduledFor"]))
    if details:
        raise ApiError(400, "VALIDATION_ERROR", "Request validation failed", details=details)
    return platforms, at


def _detail(field: str, message: str, value: Any) -> Detail:
    return {"field": field, "message": message, "value": value}


def _platform_problems(name: str, options: Any) -> list[Detail]:
    if name not in OPTIONS:
        return [_detail(f"platforms.{name}", f"Must be one of: {', '.join(PLATFORMS)}", name)]
    if not isinstance(options, dict):
        return [_detail(f"platforms.{name}", "Must be an object", options)]
    found: list[Detail] = []
    for field, value in options.items():
        check = OPTIONS[name].get(field)
        try:
            if check is None:
                raise Wrong("Unknown field")
            check(value)
        except Wrong as wrong:
            found.append(_detail(f"platforms.{name}.{field}", wrong.message, value))
    if name == "instagram" and "format" not in options:
        found.append(_detail("platforms.instagram.format", "Must be one of: reel, story", None))
    if name == "instagram" and options.get("format") == "reel" and not options.get("content"):
        found.append(_detail("platforms.instagram.content", "Content is required when format is reel", None))
    return found


@publish.get("/projects/published")
@guarded("feed")
def list_published() -> ResponseReturnValue:
    platform = request.args.get("platform")
    if platform is not None and platform not in PLATFORMS:
        raise errors.field_invalid("platform", f"Must be one of: {', '.join(PLATFORMS)}", platform)
    given = request.args.get("limit", "25")
    if not given.isdigit() or not 1 <= int(given) <= 100:
        raise errors.field_invalid("limit", "Must be a number between 1 and 100", given)
    cursor = request.args.get("cursor")
    after = _decode(cursor) if cursor else None
    items, following = feed.page(context(), account(), platform=platform, limit=int(given), after=after)
    return jsonify({"data": items, "pagination": {"nextCursor": _encode(following) if following else None}})


def _encode(publication: str) -> str:
    return base64.urlsafe_b64encode(json.dumps({"id": publication}, separators=(",", ":")).encode()).decode()


def _decode(cursor: str) -> str:
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor.encode()))["id"]
    except (ValueError, KeyError, TypeError) as error:
        raise errors.field_invalid("cursor", "Invalid cursor", cursor) from error
    if not isinstance(found, str) or not feed.exists(context(), account(), found):
        raise errors.field_invalid("cursor", "Invalid cursor", cursor)
    return found
