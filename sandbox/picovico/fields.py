"""What a video may be made of: form fields read and checked. Unknown ones are refused: nothing is lost unseen."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.media.slides import LOOKS
from sandbox.media.tunes import TUNES
from sandbox.picovico import errors
from sandbox.picovico.credits import PRICES

# Characters: api.blueprint, Styles (title_length, text_length).
TITLE, TEXT = 50, 100
LONGEST = 600.0
MOST_ASSETS = 200
MOST_CREDITS = 50
NAME = 255


def read(form: Mapping[str, str], *, known_photo: Callable[[str], bool]) -> dict[str, Any]:
    """The clean values of an update under the names of the table's columns; raises ApiError."""
    unknown = [name for name in form if name not in READERS and name != "assets"]
    if unknown:
        raise errors.invalid(f"Unknown field: {', '.join(unknown)}")
    clean: dict[str, Any] = {}
    for name, text in form.items():
        if name == "assets":
            clean[name] = _assets(text, known_photo)
        else:
            column, reader = READERS[name]
            clean[column] = reader(text)
    return clean


def length(assets: list[dict[str, Any]]) -> float:
    """Seconds until the last photo or card has ended."""
    ends = [float(asset["end_time"]) for asset in assets if asset["name"] != "music"]
    return max(ends, default=0.0)


def _name(text: str) -> str:
    if len(text) > NAME:
        raise errors.invalid(f"name is longer than {NAME} characters")
    return text


def _style(text: str) -> str:
    if text not in LOOKS:
        raise errors.invalid(f"There is no style {text!r}. Known: {', '.join(LOOKS)}")
    return text


def _quality(text: str) -> int:
    # The official sample writes "360p" in one place.
    digits = text.removesuffix("p")
    if digits not in {str(height) for height in PRICES}:
        raise errors.invalid(f"quality must be one of: {', '.join(map(str, PRICES))}")
    return int(digits)


def _json_list(name: str, text: str) -> list[Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise errors.invalid(f"{name} is no JSON") from error
    if not isinstance(value, list):
        raise errors.invalid(f"{name} is no list")
    return value


def _credit(text: str) -> list[list[str]]:
    value = _json_list("credit", text)
    if len(value) > MOST_CREDITS:
        raise errors.invalid(f"credit has more than {MOST_CREDITS} entries")
    for pair in value:
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(part, str) for part in pair):
            raise errors.invalid('credit must be a list of pairs such as [["key1", "value1"]]')
        if any(len(part) > TEXT for part in pair):
            raise errors.invalid(f"credit: at most {TEXT} characters each")
    return value


# `credits` is the sample's name for what the document calls `credit`.
READERS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "name": ("name", _name),
    "style": ("style", _style),
    "quality": ("quality", _quality),
    "credit": ("credit", _credit),
    "credits": ("credit", _credit),
}


def _assets(text: str, known_photo: Callable[[str], bool]) -> list[dict[str, Any]]:
    value = _json_list("assets", text)
    if len(value) > MOST_ASSETS:
        raise errors.invalid(f"assets has more than {MOST_ASSETS} entries")
    return [_asset(f"assets[{index}]", asset, known_photo) for index, asset in enumerate(value)]


def _asset(where: str, asset: Any, known_photo: Callable[[str], bool]) -> dict[str, Any]:
    if not isinstance(asset, dict) or asset.get("name") not in ("image", "text", "music"):
        raise errors.invalid(f"{where}.name must be one of: image, text, music")
    kind = asset["name"]
    unknown = set(asset) - {"name", "asset_id", "start_time", "end_time", "data"}
    if unknown:
        raise errors.invalid(f"Unknown field: {where}.{min(unknown)}")
    start, end = _time(where, asset, "start_time"), _time(where, asset, "end_time")
    # Both 0 is "under the whole video", for music only.
    if not start < end and not (kind == "music" and start == end == 0):
        raise errors.invalid(f"{where}.end_time must be greater than start_time")
    _words(where, asset.get("data", {}), kind)
    number = asset.get("asset_id")
    if kind == "image" and not (isinstance(number, str) and known_photo(number)):
        raise errors.invalid(f"{where}.asset_id is no photo of this account")
    if kind == "music" and number not in TUNES:
        raise errors.invalid(f"{where}.asset_id is no music")
    return asset


def _time(where: str, asset: Mapping[str, Any], name: str) -> float:
    value = asset.get(name, 0 if asset["name"] == "music" else None)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise errors.invalid(f"{where}.{name} must be a number of seconds")
    if not 0 <= value <= LONGEST:
        raise errors.invalid(f"{where}.{name} must be between 0 and {LONGEST:g} (the sandbox's own limit)")
    return float(value)


def _words(where: str, data: Any, kind: str) -> None:
    if not isinstance(data, dict) or not all(isinstance(text, str) for text in data.values()):
        raise errors.invalid(f"{where}.data must be an object of texts")
    known = {"image": {"text": TEXT}, "text": {"title": TITLE, "text": TEXT}, "music": {}}[kind]
    for name, text in data.items():
        if name not in known:
            raise errors.invalid(f"Unknown field: {where}.data.{name}")
        if len(text) > known[name]:
            raise errors.invalid(f"{where}.data.{name} is longer than {known[name]} characters")
