"""Routes that make a project: from a URL or from an uploaded file, captions or Magic Clips."""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.media.probe import NotAVideo, Video, probe
from sandbox.submagic import applied, credits, errors, fields, multipart, present, samples, urls
from sandbox.submagic.access import account, guarded
from sandbox.submagic.catalogue import DEFAULT_TEMPLATE
from sandbox.submagic.checks import Check
from sandbox.submagic.context import Context, context
from sandbox.submagic.store import Project

create = Blueprint("create", __name__)

REQUIRED = ("title", "language")


def json_body() -> dict[str, Any]:
    """The request's JSON object; an empty body is an empty object."""
    if request.content_length is not None and request.content_length > multipart.FIELDS_LIMIT:
        raise errors.too_large()
    if not request.get_data():
        return {}
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise errors.invalid("Request body must be a JSON object")
    return body


@create.post("/projects")
@guarded("create")
def project_from_url() -> ResponseReturnValue:
    clean = fields.read(json_body(), fields.CAPTIONS | fields.VIDEO_URL, required=(*REQUIRED, "videoUrl"), form=False)
    sample = urls.sample_of_video_url(clean["videoUrl"])
    assert sample is not None
    return _add("captions", clean, source=f"sample:{sample}", minutes=samples.SAMPLES[sample].minutes), 201


@create.post("/projects/magic-clips")
@guarded("clips")
def clips_from_url() -> ResponseReturnValue:
    clean = fields.read(json_body(), fields.CLIPS | fields.YOUTUBE_URL, required=(*REQUIRED, "youtubeUrl"), form=False)
    sample = urls.sample_of_youtube_url(clean["youtubeUrl"])
    return _add("clips", clean, source=f"sample:{sample}"), 202


@create.post("/projects/upload")
@guarded("create")
def project_from_file() -> ResponseReturnValue:
    return _upload("captions", fields.CAPTIONS, context().settings.captions_file_limit, 201)


@create.post("/projects/magic-clips/upload")
@guarded("clips")
def clips_from_file() -> ResponseReturnValue:
    return _upload("clips", fields.CLIPS, context().settings.clips_file_limit, 202)


def _upload(kind: str, spec: Mapping[str, tuple[str, Check]], limit: int, success: int) -> ResponseReturnValue:
    here = context()
    number = str(uuid.uuid4())
    arriving = here.data / "incoming" / f"{number}.part"
    required: Collection[str] = REQUIRED

    def early(given: Mapping[str, str]) -> None:
        fields.read(given, spec, required=required, form=True, partial=True)

    try:
        received = multipart.receive(arriving, multipart.Expected(limit, early))
    except multipart.Truncated as cut:
        applied.truncated(here, account(), request.path, cut.received)
        raise errors.invalid("The request body ended before its closing boundary") from cut
    try:
        clean = fields.read(received.fields, spec, required=required, form=True)
        video = _checked(arriving, received, here.settings.longest_video)
        source = here.folder(number) / "source.mp4"
        source.parent.mkdir(parents=True, exist_ok=True)
        arriving.replace(source)
    finally:
        arriving.unlink(missing_ok=True)
    try:
        minutes = credits.minutes(video.duration)
        return _add(kind, clean, source="file", minutes=minutes, number=number, video=video, received=received), success
    except errors.ApiError:
        shutil.rmtree(source.parent)
        raise


def _checked(path: Path, received: multipart.Received, longest: float) -> Video:
    if not received.has_file:
        raise errors.file_invalid("File is required")
    if received.size == 0:
        raise errors.file_invalid("File is empty")
    try:
        video = probe(path)
    except NotAVideo as error:
        raise errors.unsupported() from error
    if video.duration > longest:
        raise errors.file_invalid(f"Video duration exceeds {longest / 60:g} minutes")
    return video


def _add(
    kind: str,
    clean: Mapping[str, Any],
    *,
    source: str,
    minutes: int = 1,
    number: str | None = None,
    video: Video | None = None,
    received: multipart.Received | None = None,
) -> Response:
    here = context()
    now = here.now()
    options = {name: value for name, value in clean.items() if name not in {"title", "language", "webhookUrl"}}
    if not options.keys() & {"templateName", "userThemeId", "presetId", "aiEditTemplate"}:
        options["templateName"] = DEFAULT_TEMPLATE
    project = Project(
        id=number or str(uuid.uuid4()),
        account=account(),
        kind=kind,
        title=clean["title"],
        language=clean["language"],
        status="processing",
        transcription="PROCESSING",
        options=options,
        base_url=urls.base_url(),
        source=source,
        created_at=now,
        updated_at=now,
        webhook_url=clean.get("webhookUrl"),
        video=dict(video.as_dict()) if video is not None else None,
    )
    with here.store.transaction() as db:
        _charge(here, db, kind, clean, minutes)
        here.store.add_project(db, project)
        here.store.add_job(db, "create", project.id, now)
        applied.add(here, db, account(), request.path, project.id, clean, received)
    here.wake()
    return jsonify(present.created(project))


def _charge(here: Context, db: sqlite3.Connection, kind: str, clean: Mapping[str, Any], minutes: int) -> None:
    """A credit of its own purse for Magic Clips; else one for each started minute, and those of AI B-roll."""
    if kind == "clips":
        credits.charge(here, db, account(), 1, errors.no_clips_credits(), credits.CLIPS)
        return
    credits.charge(here, db, account(), minutes, errors.no_credits("create project"))
    credits.charge(here, db, account(), credits.ai_brolls(clean.get("items", ())), errors.no_ai_credits())
