"""The jobs themselves: transcribe, choose, cut, export. Each may run again from its start after a crash."""

from __future__ import annotations

import secrets
import uuid
from pathlib import Path
from typing import Any

from sandbox.media import cut, pauses, ranges, sound, speech, titles, words
from sandbox.media.probe import Video, probe
from sandbox.submagic import edits, samples
from sandbox.submagic.context import Context
from sandbox.submagic.edits import Heard, MediaMissing, Plan
from sandbox.submagic.store import Job, Project

# The longest side of a first render; an export may ask for another size.
LONGEST_SIDE = 1920


class Failed(Exception):
    """The video cannot be worked on; the message becomes the project's failureReason."""


def create(here: Context, job: Job) -> None:
    """From a received file (or sample) to a transcript and rendered videos."""
    project = _need(here, job.project)
    if project.status in {"completed", "failed"}:
        return
    source = _source(here, project)
    video = probe(source)
    _set(here, project.id, status="transcribing", video=dict(video.as_dict()))
    heard, loudness = _listen(here, project, source, video)
    tokens = words.tokens(heard, video.duration)
    if not words.spoken(tokens):
        raise Failed("No speech was found in the video")
    told = titles.description(words.sentences(tokens))
    as_json = [dict(token.as_json()) for token in tokens]
    _set(here, project.id, status="processing", transcription="COMPLETED", words=as_json, description=told)
    all_heard = Heard(tokens, video.duration, pauses.quiet_spans(loudness))
    edits.keep(here, project.id, all_heard)
    if project.kind == "clips":
        _clips(here, project, source, video, all_heard, loudness)
        _finish(here, project.id)
        return
    film = _edited(here, _need(here, project.id), all_heard)
    _set(here, project.id, status="exporting")
    size = cut.fitted(video.width, video.height, LONGEST_SIDE)
    _render(here, _need(here, project.id), film, source, video, size=size, fps=min(60.0, video.fps))
    _finish(here, project.id)


def export(here: Context, job: Job) -> None:
    """Render a captions project or a clip once more with the asked-for numbers."""
    project = _need(here, job.project)
    if project.status != "exporting":
        return
    parent = _need(here, project.parent) if project.parent is not None else project
    source = _source(here, parent)
    video = probe(source)
    usual = cut.CLIP_SIZE if project.kind == "clip" else cut.fitted(video.width, video.height, 4000)
    given = job.payload
    size = _even(given.get("width", usual[0])), _even(given.get("height", usual[1]))
    heard = edits.kept(here, project)
    if heard is None:
        known = words.from_json(project.words or [])  # type: ignore[arg-type]
        heard = Heard(known, project.seconds if project.seconds is not None else video.duration, [])
    film = _edited(here, project, heard)
    fps = float(given.get("fps", min(60.0, video.fps)))
    _render(here, _need(here, project.id), film, source, video, size=size, fps=fps)
    _finish(here, project.id, webhook_url=given.get("webhookUrl"))


def update(here: Context, job: Job) -> None:
    """Changed options become words and a duration; the picture follows with the next export."""
    project = _need(here, job.project)
    if project.status != "processing":
        return
    retime(here, project.id)
    _finish(here, project.id)


def retime(here: Context, number: str) -> None:
    """Let a project's words and duration tell what its options make of the recording, without rendering it."""
    project = _need(here, number)
    heard = edits.kept(here, project)
    if heard is not None and project.kind != "clips":
        _edited(here, project, heard)


def fail(here: Context, project_id: str, reason: str) -> None:
    """Note a failure on the project (and its unfinished clips) and tell the webhook."""
    project = _need(here, project_id)
    values: dict[str, Any] = {"status": "failed", "failure": reason, "completed_at": here.now()}
    if project.words is None:
        values["transcription"] = "FAILED"
    with here.store.transaction() as db:
        here.store.update(db, project_id, updated_at=here.now(), **values)
        db.execute("UPDATE project SET status = 'failed' WHERE parent = ? AND status = 'processing'", (project_id,))
        if project.webhook_url:
            here.store.add_job(db, "webhook", project_id, here.now(), {"url": project.webhook_url})
    here.wake()


def _need(here: Context, number: str) -> Project:
    project = here.store.project(number)
    if project is None:
        raise LookupError(f"project {number} is gone")
    return project


def _set(here: Context, number: str, **values: Any) -> None:
    with here.store.transaction() as db:
        here.store.update(db, number, updated_at=here.now(), **values)


def _edited(here: Context, project: Project, heard: Heard) -> Plan:
    """Plan the film; the project's words and duration become the film's."""
    try:
        film = edits.plan(here, project, heard)
    except MediaMissing as error:
        raise Failed(str(error)) from error
    duration = round(film.seconds, 2) if project.kind == "clip" else film.seconds
    _set(here, project.id, words=film.words(), video=(project.video or {}) | {"duration": duration})
    return film


def _even(value: float) -> int:
    return int(value) // 2 * 2


def _source(here: Context, project: Project) -> Path:
    kind, _, name = project.source.partition(":")
    if kind == "sample":
        return samples.ensure(here.data, name)
    return here.folder(project.id) / "source.mp4"


def _listen(here: Context, project: Project, source: Path, video: Video) -> tuple[list[words.Heard], sound.Floats]:
    if video.audio_codec is None:
        raise Failed("The video has no sound")
    raw = here.folder(project.id) / "sound.raw"
    raw.parent.mkdir(parents=True, exist_ok=True)
    try:
        heard = sound.extract(source, raw)
        found = speech.transcribe(
            heard,
            language=project.language,
            hints=project.options.get("dictionary", []),
            cache=here.settings.cache,
        )
        return found, heard.loudness()
    finally:
        raw.unlink(missing_ok=True)


def _clips(here: Context, project: Project, source: Path, video: Video, heard: Heard, loudness: sound.Floats) -> None:
    options, tokens = project.options, heard.tokens
    parts = ranges.choose(
        tokens,
        duration=video.duration,
        shortest=float(options.get("minClipLength", 15)),
        longest=float(options.get("maxClipLength", 60)),
        loudness=loudness,
    )
    now = here.now()
    made: list[Project] = []
    for position, part in enumerate(parts):
        made.append(
            Project(
                id=str(uuid.uuid4()),
                account=project.account,
                kind="clip",
                parent=project.id,
                position=position,
                title=titles.title(part.sentences, tokens, fallback=project.title),
                description=titles.description(part.sentences),
                language=project.language,
                status="processing",
                transcription="COMPLETED",
                options=options,
                base_url=project.base_url,
                source=project.source,
                created_at=now,
                updated_at=now,
                video={"width": cut.CLIP_SIZE[0], "height": cut.CLIP_SIZE[1], "duration": part.seconds}
                | {"fps": min(60.0, video.fps)},
                words=[dict(token.as_json()) for token in ranges.words_of(tokens, part)],
                start=part.start,
                seconds=part.seconds,
                scores=dict(part.scores.as_json()),  # type: ignore[arg-type]
            )
        )
    with here.store.transaction() as db:
        here.store.delete_clips(db, project.id)
        for clip in made:
            here.store.add_project(db, clip)
    for clip, part in zip(made, parts, strict=True):
        own = heard.part(words.from_json(clip.words or []), part.start, part.seconds)  # type: ignore[arg-type]
        edits.keep(here, clip.id, own)
        film = _edited(here, clip, own)
        _render(here, _need(here, clip.id), film, source, video, size=cut.CLIP_SIZE, fps=min(60.0, video.fps))
        _set(here, clip.id, status="completed", completed_at=here.now())


def _render(
    here: Context, project: Project, film: Plan, source: Path, video: Video, *, size: tuple[int, int], fps: float
) -> None:
    """Render into a new secret address; the old file stays, because somebody may be watching it."""
    token = secrets.token_hex(20)
    to = here.folder(project.id) / f"{token}.mp4"
    try:
        look = edits.look(here, project, film)
    except MediaMissing as error:
        raise Failed(str(error)) from error
    cut.render(
        source,
        video,
        to,
        words=film.tokens,
        look=look,
        size=size,
        fps=fps,
        start=project.start,
        seconds=project.seconds,
        follow_face=project.kind == "clip" and bool(project.options.get("faceTracking", True)),
        edit=film.edit,
    )
    with here.store.transaction() as db:
        here.store.add_file(db, token, project.id, str(to.relative_to(here.data)))
        here.store.update(db, project.id, file_token=token, updated_at=here.now())


def _finish(here: Context, number: str, *, webhook_url: str | None = None) -> None:
    project = _need(here, number)
    url = webhook_url or project.webhook_url
    with here.store.transaction() as db:
        here.store.update(db, number, status="completed", updated_at=here.now(), completed_at=here.now())
        if url:
            here.store.add_job(db, "webhook", number, here.now(), {"url": url})
    here.wake()
