"""Answers in the shapes of the documents."""

from __future__ import annotations

import re
from typing import Any

from sandbox.media.slides import LOOKS
from sandbox.media.tunes import TUNES
from sandbox.picovico import fields
from sandbox.picovico.credits import PRICES
from sandbox.picovico.store import Photo, Video

STYLE_TEXTS = {
    "vanilla": ("Vanilla", "Standard", "Photos in a white frame on light paper.", "Albums, portraits, real estate."),
    "vanilla_frameless": (
        "Vanilla Frameless",
        "Standard",
        "Photos fill the picture and come slowly nearer.",
        "Travel.",
    ),
    "focus": ("Focus", "Premium", "The whole photo before a blurred copy of itself.", "Upright photos."),
    "party_default": ("Party", "Premium", "Bright colours, confetti and quick changes.", "Parties and birthdays."),
}


def owner(account: str) -> dict[str, str]:
    return {"profile_pic": "", "id": account[:6], "name": f"Sandbox {account[:6]}"}


def video(found: Video, base: str) -> dict[str, Any]:
    """003, the examples of POST /me/videos and GET /me/videos."""
    seconds = fields.length(found.assets)
    return {
        "status": found.status,
        "style": found.style,
        "name": found.name,
        "assets": found.assets,
        "duration": int(seconds) if seconds.is_integer() else seconds,
        "tags": [],
        "comment_count": 0,
        "owner": owner(found.account),
        "id": found.id,
        "credit": found.credit,
        "created_on": found.created_on,
        "video": None if found.files is None else films(found, found.files, base),
        "modified_on": found.modified_on,
        "view": 0,
        "quality": found.quality,
        "thumbnail": None
        if found.files is None
        else {height: f"{base}/v/{found.id}/{slug(found)}-{height}.jpg" for height in found.files},
    }


def films(found: Video, files: dict[str, int], base: str) -> dict[str, dict[str, Any]]:
    return {
        height: {"url": f"{base}/v/{found.id}/{slug(found)}-{height}.mp4", "size": size}
        for height, size in files.items()
    }


def slug(found: Video) -> str:
    """The name as a part of an address."""
    return re.sub(r"[^a-z0-9]+", "-", (found.name or "").lower()).strip("-")[:60] or "video"


def photo(found: Photo, base: str) -> dict[str, str]:
    return {
        "url": f"{base}/p/{found.file_name}",
        "thumbnail_url": f"{base}/p/{found.id}-small.jpg",
        "id": found.id,
    }


def styles(base: str) -> list[dict[str, Any]]:
    """api.blueprint, Styles."""
    return [
        {
            "category": STYLE_TEXTS[name][1],
            "is_featured": order == 1,
            "name": STYLE_TEXTS[name][0],
            "machine_name": name,
            "description": STYLE_TEXTS[name][2],
            "scope": STYLE_TEXTS[name][3],
            "limits": {
                "quality": [
                    {"res": height, "white_labeled": False, "coins": price} for height, price in PRICES.items()
                ],
                "title_length": fields.TITLE,
                "text_length": fields.TEXT,
            },
            "order": order,
            "sample_url": "",
            "thumbnail": f"{base}/styles/{name}.jpg",
            "type": STYLE_TEXTS[name][1].lower(),
            "youtube_url": "",
        }
        for order, name in enumerate(LOOKS, 1)
    ]


def musics(base: str) -> list[dict[str, Any]]:
    """api.blueprint, Musics."""
    return [
        {
            "category": tune.category,
            "is_featured": False,
            "artist": "The sandbox",
            "title": tune.title,
            "preview_url": f"{base}/musics/{number}.mp3",
            "duration": round(tune.seconds),
            "id": number,
        }
        for number, tune in TUNES.items()
    ]
