"""Checks of what is put into a video: B-roll items and music, and whether the media they name may be used."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sandbox.submagic import library
from sandbox.submagic.access import account
from sandbox.submagic.checks import Check, Wrong, flag, number, one_of, text
from sandbox.submagic.context import context

LAYOUTS_IMAGE = ("cover", "contain", "rounded", "square")
LAYOUTS = (
    *LAYOUTS_IMAGE,
    *("split-50-50", "split-35-65", "split-50-50-bordered", "split-35-65-bordered", "pip-top-right"),
    "pip-bottom-right",
)
LONGEST_AI_BROLL = 12

PLACE: Mapping[str, Check] = {
    "type": one_of(("user-media", "ai-broll")),
    "startTime": number(0, 7200),
    "endTime": number(0, 7200),
    "layout": one_of(LAYOUTS),
}
ITEMS: Mapping[str, Mapping[str, Check]] = {
    "user-media": {**PLACE, "userMediaId": lambda value: media_id(value)},
    "ai-broll": {**PLACE, "prompt": text(1, 2500)},
}
MUSIC: Mapping[str, Check] = {
    "userMediaId": lambda value: media_id(value),
    "volume": number(1, 100),
    "startFromTime": number(0, 7200),
    "fade": flag,
}


def media_id(value: Any) -> str:
    try:
        return str(uuid.UUID(value))
    except (ValueError, AttributeError, TypeError) as error:
        raise Wrong("Invalid UUID format for userMediaId", whole=True) from error


def items(value: Any) -> list[dict[str, Any]]:
    """B-roll items in the order given; they may touch but not overlap."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise Wrong("Must be an array of objects")
    clean = [_item(item) for item in value]
    spans = sorted((item["startTime"], item["endTime"]) for item in clean)
    if any(later[0] < earlier[1] for earlier, later in zip(spans, spans[1:], strict=False)):
        raise Wrong("Items cannot overlap with each other in time")
    for item in clean:
        if item["type"] == "user-media":
            media = usable(item["userMediaId"], ("VIDEO", "IMAGE"))
            if media.kind == "IMAGE" and item.get("layout", "cover") not in LAYOUTS_IMAGE:
                raise Wrong(f"layout of an image must be one of: {', '.join(LAYOUTS_IMAGE)}")
    return clean


def at_least_one_item(value: Any) -> list[dict[str, Any]]:
    clean = items(value)
    if not clean:
        raise Wrong("Must hold at least one item")
    return clean


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    kind = PLACE["type"](item.get("type"))
    own = "prompt" if kind == "ai-broll" else "userMediaId"
    clean = _object(item, ITEMS[kind], required=("type", "startTime", "endTime", own))
    if clean["endTime"] <= clean["startTime"]:
        raise Wrong("endTime must be greater than startTime", whole=True)
    if kind == "ai-broll" and clean["endTime"] - clean["startTime"] > LONGEST_AI_BROLL:
        raise Wrong(f"An AI B-roll must not be longer than {LONGEST_AI_BROLL} seconds")
    return clean


def music(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Wrong("Must be an object")
    clean = _object(value, MUSIC, required=("userMediaId",))
    media = usable(clean["userMediaId"], ("AUDIO",))
    if media.duration is not None and clean.get("startFromTime", 0) >= media.duration:
        raise Wrong("startFromTime must lie within the audio file")
    return clean


def _object(value: Mapping[str, Any], spec: Mapping[str, Check], *, required: tuple[str, ...]) -> dict[str, Any]:
    for name in value:
        if name not in spec:
            raise Wrong(f"Unknown field: {name}")
    for name in required:
        if name not in value:
            raise Wrong(f"{name} is required")
    clean: dict[str, Any] = {}
    for name, given in value.items():
        try:
            clean[name] = spec[name](given)
        except Wrong as wrong:
            raise Wrong(wrong.message if wrong.whole else f"{name}: {wrong.message}", whole=wrong.whole) from wrong
    return clean


def usable(number: str, kinds: tuple[str, ...]) -> library.Media:
    """The account's ready media of one of these kinds, or Wrong as an answer of its own."""
    here = context()
    media = library.find(here, number, account=account())
    if media is None:
        raise Wrong(f"User media not found: {number}", whole=True)
    if not library.is_ready(here, media):
        raise Wrong(
            f"The following media is not ready yet: {number}. Please wait for the upload to complete.", whole=True
        )
    if media.kind not in kinds:
        raise Wrong(f"User media {number} is of type {media.kind}, not {' or '.join(kinds)}", whole=True)
    return media
