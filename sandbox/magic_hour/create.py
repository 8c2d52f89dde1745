"""POST /v1/text-to-video (official client, text_to_video.create), and projects in any state for tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.magic_hour import errors
from sandbox.magic_hour.access import account, guarded
from sandbox.magic_hour.context import Context, context
from sandbox.magic_hour.store import Project, new_id

create = Blueprint("create", __name__)

FIELDS = frozenset(
    {"aspect_ratio", "audio", "end_seconds", "model", "name", "orientation", "references", "resolution", "style"}
)
# The shorter side, and credits a second at the 30 pictures of the estimate. The prices are ours.
RESOLUTIONS: Mapping[str, tuple[int, int]] = {
    "360p": (360, 15),
    "480p": (480, 24),
    "720p": (720, 60),
    "1080p": (1080, 120),
}
RATIOS: Mapping[str, tuple[int, int]] = {"16:9": (16, 9), "9:16": (9, 16), "1:1": (1, 1)}
ORIENTATIONS: Mapping[str, str] = {"landscape": "16:9", "portrait": "9:16", "square": "1:1"}
# Longest of all models (ltx-2.5: 60); the limits of the single models are not kept.
SECONDS = (1, 60)
ESTIMATED_FPS = 30


def json_body() -> dict[str, Any]:
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise errors.no_body()
    return body


def base_url() -> str:
    """`https://host` of the current request, or what --public-url says; without a slash at the end."""
    return (context().settings.public_url or request.host_url).rstrip("/")


def size(ratio: str, resolution: str) -> tuple[int, int]:
    """Pixels, both even: 720p is 1280×720, 720×1280 or 720×720."""
    shorter = RESOLUTIONS[resolution][0]
    wide, high = RATIOS[ratio]
    scale = shorter / min(wide, high)
    return round(wide * scale / 2) * 2, round(high * scale / 2) * 2


@create.post("/text-to-video")
@guarded
def text_to_video() -> ResponseReturnValue:
    here = context()
    project = _read(here, json_body())
    with here.store.transaction() as db:
        if here.store.account(db, account()).credits < project.credits:
            raise errors.payment_required()
        here.store.pay(db, account(), project.credits)
        here.store.add(db, project)
        here.store.add_job(db, "start", project.id, here.later(here.settings.magic_hour_delay))
    here.wake()
    return jsonify({"id": project.id, "estimated_frame_cost": project.credits, "credits_charged": project.credits})


def _read(here: Context, body: Mapping[str, Any]) -> Project:
    """The project that the body asks for; 422 for what is wrong, unknown fields included."""
    unknown = sorted(set(body) - FIELDS)
    if unknown:
        raise errors.invalid(f"Unknown field: {unknown[0]}")
    style = body.get("style")
    prompt = style.get("prompt") if isinstance(style, dict) else None
    if not isinstance(prompt, str) or not prompt.strip():
        raise errors.invalid("style.prompt is required")
    seconds = body.get("end_seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not SECONDS[0] <= seconds <= SECONDS[1]:
        raise errors.invalid(f"end_seconds must be a number from {SECONDS[0]} to {SECONDS[1]}")
    orientation = _one_of(body, "orientation", ORIENTATIONS, "landscape")
    ratio = _one_of(body, "aspect_ratio", RATIOS, ORIENTATIONS[orientation])
    resolution = _one_of(body, "resolution", RESOLUTIONS, "720p")
    name = body.get("name")
    if name is not None and not isinstance(name, str):
        raise errors.invalid("name must be a text")
    width, height = size(ratio, resolution)
    return Project(
        id=new_id(),
        account=account(),
        name=name,
        status="queued",
        type="TEXT_TO_VIDEO",
        prompt=prompt,
        width=width,
        height=height,
        end_seconds=seconds,
        fps=ESTIMATED_FPS,
        audio=int(body.get("audio") is True),
        credits=round(seconds * RESOLUTIONS[resolution][1]),
        base_url=base_url(),
        created_at=here.now(),
    )


def _one_of(body: Mapping[str, Any], name: str, allowed: Mapping[str, object], default: str) -> str:
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, str) or value not in allowed:
        raise errors.invalid(f"{name} must be one of {', '.join(allowed)}")
    return value
