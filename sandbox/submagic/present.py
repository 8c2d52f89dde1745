"""Projects as JSON, with the documents' keys and no others."""

from __future__ import annotations

from typing import Any

from sandbox.submagic import urls
from sandbox.submagic.context import Context
from sandbox.submagic.store import Project


def created(project: Project) -> dict[str, Any]:
    """The answer of the create endpoints (documents: Create Project, Create Magic Clips)."""
    options = project.options
    body: dict[str, Any] = {
        "id": project.id,
        "title": project.title,
        "language": project.language,
        "status": project.status,
    }
    if project.webhook_url is not None or project.kind == "clips":
        body["webhookUrl"] = project.webhook_url
    if project.kind == "clips":
        body["templateName"] = options.get("templateName")
        body["userThemeId"] = options.get("userThemeId")
        return body | {"createdAt": project.created_at}
    return body | _captions_options(project) | {"createdAt": project.created_at, "updatedAt": project.updated_at}


def _look(project: Project) -> dict[str, Any]:
    names = ("templateName", "userThemeId", "presetId", "aiEditTemplate")
    return {name: project.options[name] for name in names if project.options.get(name) is not None}


def _captions_options(project: Project) -> dict[str, Any]:
    options = project.options
    body = _look(project) | {
        "magicZooms": options.get("magicZooms", False),
        "magicBrolls": options.get("magicBrolls", False),
        "magicBrollsPercentage": options.get("magicBrollsPercentage", 50),
        "removeSilencePace": options.get("removeSilencePace"),
        "removeBadTakes": options.get("removeBadTakes", False),
    }
    if "cleanAudio" in options:
        body["cleanAudio"] = options["cleanAudio"]
    return body


def links(project: Project, base: str) -> dict[str, str]:
    """previewUrl, downloadUrl and directUrl once there is a rendered file."""
    if project.file_token is None:
        return {}
    return {
        "previewUrl": urls.preview_url(base, project.id),
        "downloadUrl": urls.download_url(base, project.file_token, project.id, project.title),
        "directUrl": urls.direct_url(base, project.file_token),
    }


def clip(project: Project, base: str) -> dict[str, Any]:
    """An element of `magicClips`; scores and links only when the clip is completed."""
    # A clip that was edited later is shorter than the part of the video that it is made of.
    seconds = (project.video or {}).get("duration", project.seconds)
    body: dict[str, Any] = {"id": project.id, "title": project.title, "duration": seconds}
    if project.file_token is not None:
        body["viralityScores"] = project.scores
    return body | {"status": project.status} | links(project, base)


def full(here: Context, project: Project, base: str) -> dict[str, Any]:
    """The answer of Get Project."""
    body: dict[str, Any] = {"id": project.id, "title": project.title}
    if project.description:
        body["description"] = project.description
    body |= {"language": project.language, "status": project.status}
    if project.webhook_url is not None:
        body["webhookUrl"] = project.webhook_url
    if project.kind == "captions":
        body |= _captions_options(project)
        # Get Project lists no cleanAudio, though create answers with it.
        body.pop("cleanAudio", None)
    else:
        body |= _look(project)
    if project.kind == "clips":
        if project.status == "completed":
            body["previewUrl"] = urls.preview_url(base, project.id)
    else:
        body |= links(project, base)
    body["transcriptionStatus"] = project.transcription
    if project.failure is not None:
        body["failureReason"] = project.failure
    if project.video is not None:
        body["videoMetaData"] = {name: project.video[name] for name in ("width", "height", "duration", "fps")}
    if project.words is not None:
        body["words"] = project.words
    if project.kind == "clips":
        body["magicClips"] = [clip(part, base) for part in here.store.clips(project.id)]
    return body | {"createdAt": project.created_at, "updatedAt": project.updated_at}


def webhook(here: Context, project: Project, base: str) -> dict[str, Any]:
    """What is posted to webhookUrl. The documents print both completed shapes; the failed ones are their likeness."""
    if project.kind == "clips":
        body: dict[str, Any] = {"projectId": project.id, "status": project.status, "title": project.title}
        if project.video is not None:
            body["duration"] = project.video["duration"]
        body["completedAt"] = project.completed_at
        body["magicClips"] = [clip(part, base) for part in here.store.clips(project.id)]
    else:
        body = {"projectId": project.id, "status": project.status}
        found = links(project, base)
        body |= {name: found[name] for name in ("downloadUrl", "directUrl") if name in found}
        body["timestamp"] = here.now()
    if project.failure is not None:
        body["failureReason"] = project.failure
    return body
