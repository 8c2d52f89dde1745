"""Styles, music, photos and the account. 003 only names them; the shapes are those of the pages beside it in
picovico/apidocs (api.blueprint, docs/styles.md, docs/musics, docs/photos, docs/account/mohars.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from providers import reading
from providers.picovico import limits
from providers.picovico.video import height


def _listed(data: reading.JSON, *names: str) -> list[reading.JSON]:
    for name in names:
        if data.get(name) is not None:
            return reading.items(data, name, lambda item: item)
    reading.refuse(f"the list of {names[0]} is missing")


@dataclass(frozen=True, slots=True)
class Style:
    """A look. `machine_name` is what a video names; lengths in characters, `credits` #Mohars by height in pixels."""

    machine_name: str
    name: str | None = None
    description: str | None = None
    category: str | None = None
    thumbnail: str | None = None
    sample_url: str | None = None
    title_length: int = limits.TITLE
    text_length: int = limits.TEXT
    credits: Mapping[int, int] = field(default_factory=lambda: dict(limits.CREDITS))
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        allowed = reading.mapping(data, "limits") or {}
        return cls(
            machine_name=reading.identity(data, "machine_name"),
            name=reading.text(data, "name"),
            description=reading.text(data, "description"),
            category=reading.text(data, "category"),
            thumbnail=reading.text(data, "thumbnail"),
            sample_url=reading.text(data, "sample_url"),
            title_length=reading.count(allowed, "title_length") or limits.TITLE,
            text_length=reading.count(allowed, "text_length") or limits.TEXT,
            credits=_prices(allowed),
            raw=dict(data),
        )


def _prices(allowed: reading.JSON) -> dict[int, int]:
    """The style's own prices (`coins` or `credits`, the blueprint has both names), else the general ones."""
    found: dict[int, int] = {}
    given = allowed.get("quality")
    for each in given if isinstance(given, list) else []:
        if not isinstance(each, dict):
            continue
        pixels, price = height(each.get("res")), reading.count(each, "credits")
        price = reading.count(each, "coins") if price is None else price
        if pixels is not None and price is not None:
            found[pixels] = price
    return found or dict(limits.CREDITS)


@dataclass(frozen=True, slots=True)
class Music:
    """A tune; `id` is the `asset_id` of a `MusicAsset`. `duration` in seconds."""

    id: str
    title: str | None = None
    artist: str | None = None
    category: str | None = None
    duration: float | None = None
    preview_url: str | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        return cls(
            id=reading.identity(data, "id"),
            title=reading.text(data, "title"),
            artist=reading.text(data, "artist"),
            category=reading.text(data, "category"),
            duration=reading.number(data, "duration"),
            preview_url=reading.text(data, "preview_url") or reading.text(data, "url"),
            raw=dict(data),
        )


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo of the account; `id` is the `asset_id` of an `ImageAsset`."""

    id: str
    url: str | None = None
    thumbnail_url: str | None = None
    album: str | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_json(cls, data: reading.JSON, album: str | None = None) -> Self:
        return cls(
            id=reading.identity(data, "id"),
            url=reading.text(data, "url"),
            thumbnail_url=reading.text(data, "thumbnail_url"),
            album=album,
            raw=dict(data),
        )


@dataclass(frozen=True, slots=True)
class Account:
    """Who the key belongs to, and its balance.

    mohars          credits that are left, None when the answer does not tell
    daily_mohars    what the daily top-up brings them to, None when the answer does not tell
    """

    id: str
    name: str | None = None
    email: str | None = None
    mohars: int | None = None
    daily_mohars: int | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        # docs/account/mohars.md says that GET /me tells the balance, and not under which name.
        found = (reading.count(data, name) for name in ("mohars", "mohar", "credits", "coins"))
        return cls(
            id=reading.identity(data, "id"),
            name=reading.text(data, "name"),
            email=reading.text(data, "email"),
            mohars=next((balance for balance in found if balance is not None), None),
            daily_mohars=reading.count(data, "daily_mohars"),
            raw=dict(data),
        )


def styles_from_json(data: reading.JSON) -> list[Style]:
    return [Style.from_json(item) for item in _listed(data, "styles", "data")]


def musics_from_json(data: reading.JSON) -> list[Music]:
    return [Music.from_json(item) for item in _listed(data, "musics", "data")]


def photos_from_json(data: reading.JSON) -> list[Photo]:
    """Albums with their photos (docs/photos/details.md), or a list of photos."""
    if data.get("albums") is None:
        return [Photo.from_json(item) for item in _listed(data, "photos", "data")]
    found: list[Photo] = []
    for album in reading.items(data, "albums", lambda item: item):
        name = reading.text(album, "album_name")
        found += [Photo.from_json(item, name) for item in reading.items(album, "photos", lambda item: item)]
    return found
