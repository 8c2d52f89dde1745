"""What a video is made of, in time (003, POST /me/videos/<video-id>, the table of parameters and "Defining music").

All times are seconds of the finished video. 003 lost most lines of its example; the shape is that of the page it is
a copy of, written down in contract section 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from providers import reading


@dataclass(frozen=True, slots=True)
class ImageAsset:
    """A photo of the account from `start` to `end`; `text` is its caption, "" for none. `more`: fields that no document
    names, which go back as they came; so with the others."""

    asset_id: str
    start: float
    end: float
    text: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        data: dict[str, Any] = {"text": self.text} if self.text else {}
        named = {"name": "image", "asset_id": self.asset_id, "start_time": self.start, "end_time": self.end}
        return _with_more(named, data, self.more)


@dataclass(frozen=True, slots=True)
class TextAsset:
    """A card with a heading and a text under it; either may be ""."""

    start: float
    end: float
    title: str = ""
    text: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        data = {"title": self.title, "text": self.text}
        return _with_more({"name": "text", "start_time": self.start, "end_time": self.end}, data, self.more)


@dataclass(frozen=True, slots=True)
class MusicAsset:
    """Music under the video. Both times 0, as in the document's example, is "under all of it"."""

    asset_id: str
    start: float = 0.0
    end: float = 0.0
    more: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        named = {"name": "music", "asset_id": self.asset_id, "start_time": self.start, "end_time": self.end}
        return _with_more(named, {}, self.more)


@dataclass(frozen=True, slots=True)
class OtherAsset:
    """A kind that is not known here, or a known one without its id or times; goes back as it came."""

    raw: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return dict(self.raw)


Asset = ImageAsset | TextAsset | MusicAsset | OtherAsset


_NAMED = {"name", "asset_id", "start_time", "end_time", "data"}
_IN_DATA = {"image": {"text"}, "text": {"title", "text"}, "music": set[str]()}


def _with_more(named: dict[str, Any], data: dict[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    inner = {**more.get("data", {}), **data}
    return {**{name: value for name, value in more.items() if name != "data"}, **named} | (
        {"data": inner} if inner else {}
    )


def more_of(data: reading.JSON, kind: str) -> dict[str, Any]:
    """What no document names, shaped as in the asset itself."""
    found = {name: value for name, value in data.items() if name not in _NAMED}
    inner = reading.mapping(data, "data") or {}
    if strange := {name: value for name, value in inner.items() if name not in _IN_DATA[kind]}:
        found["data"] = strange
    return found


def read_asset(data: reading.JSON) -> Asset:
    """One entry of `assets`. What cannot be read as what it says it is becomes an `OtherAsset`, so that nothing that
    somebody put into a video is lost when the list is sent back."""
    inner = reading.mapping(data, "data") or {}
    start, end = reading.number(data, "start_time"), reading.number(data, "end_time")
    number = reading.text(data, "asset_id")
    words, heading = reading.text(inner, "text") or "", reading.text(inner, "title") or ""
    match data.get("name"):
        case "image" if number and start is not None and end is not None:
            return ImageAsset(number, start, end, words, more_of(data, "image"))
        case "text" if start is not None and end is not None:
            return TextAsset(start, end, heading, words, more_of(data, "text"))
        case "music" if number:
            return MusicAsset(number, start or 0.0, end or 0.0, more_of(data, "music"))
    return OtherAsset(dict(data))
