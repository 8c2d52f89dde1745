"""What the Submagic documents allow, in one table.

Where they contradict each other both numbers are here, the smaller first: start from `start`, learn from the rate
headers, and never refuse something on our side that only the smaller number forbids (contract rows 1 to 7).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from providers.limits import Rate as Rate

# Keys are the `Call.name`s of the client. "unstated": the documents name no number, so a careful one is used.
RATES: Final[dict[str, Rate]] = {
    "languages": Rate(100, 1000, source="001 Get Languages says 100 a minute, the table 1000 an hour"),
    "templates": Rate(1000, 1000, source="001 Get Templates"),
    "hook_title_templates": Rate(1000, 1000, source="001 Get Hook Title Templates"),
    "projects.get": Rate(100, 500, source="001 Get Project and the table 100, the introduction 500"),
    "projects.create": Rate(30, 500, source="001 the table 30, Create Project 500"),
    "projects.upload": Rate(30, 500, source="001 the table 30, Upload Project 500"),
    "magic_clips.create": Rate(30, 500, source="001 Create Magic Clips 500; careful like projects.create"),
    "magic_clips.upload": Rate(30, 500, source="000 Upload Magic Clips 500; careful like projects.upload"),
    "projects.update": Rate(100, 100, source="001 Update Project"),
    "projects.export": Rate(50, 50, source="001 the introduction; Export Project only says 'enhanced'"),
    "projects.publish": Rate(50, 100, source="unstated"),
    "projects.published": Rate(100, 100, source="unstated"),
    "user_media.list": Rate(100, 500, source="001 List User Media 500"),
    "user_media.create": Rate(30, 500, source="001 Create User Media 500"),
    "user_media.upload": Rate(30, 500, source="001 Upload User Media 500"),
}
UNSTATED: Final = Rate(100, 100, source="unstated")


def rate(endpoint: str) -> Rate:
    """The documented rate of an endpoint class; /health has none and is not counted by Submagic."""
    return RATES.get(endpoint, UNSTATED)


GIGABYTE: Final = 1024**3


@dataclass(frozen=True, slots=True)
class UploadLimit:
    """Bytes: over `warn` the documents disagree whether it is too large, over `block` they agree that it is."""

    warn: int
    block: int
    source: str


UPLOADS: Final[dict[str, UploadLimit]] = {
    "projects.upload": UploadLimit(2 * GIGABYTE, 10 * GIGABYTE, "001 Upload Project: 2 GB, its error text: 10 GB"),
    "magic_clips.upload": UploadLimit(10 * GIGABYTE, 10 * GIGABYTE, "000 Upload Magic Clips: 10 GB"),
}

# "2 hours" and "120 minutes" are the same; nothing is said about videos by URL, so check it where the length is known.
LONGEST_VIDEO: Final = 7200
FILE_TYPES: Final[dict[str, str]] = {".mp4": "video/mp4", ".mov": "video/quicktime"}

TITLE: Final = (1, 100)
LANGUAGE: Final = (2, 10)
TEMPLATE_NAME: Final = 50
CLIP_SECONDS: Final = (15, 300)
CLIP_SECONDS_DEFAULT: Final = (15, 60)
DICTIONARY_TERMS: Final = 100
DICTIONARY_TERM: Final = 50
HOOK_TEXT: Final = (1, 100)
HOOK_TOP: Final = (0, 80)
HOOK_SIZE: Final = (0, 80)
BROLLS_PERCENTAGE: Final = (0, 100)
MUSIC_VOLUME: Final = (1, 100)
AI_BROLL_SECONDS: Final = 12
AI_BROLL_PROMPT: Final = (1, 2500)
EXPORT_FPS: Final = (1, 60)
EXPORT_PIXELS: Final = (100, 4000)
YOUTUBE_TITLE: Final = 100
PAGE: Final = (1, 100)
PAGE_DEFAULT: Final = 25

DEFAULT_TEMPLATE: Final = "Sara"
AI_EDIT_TEMPLATES: Final = ("kelly", "karl", "ella")
SILENCE_PACES: Final = ("natural", "fast", "extra-fast")
PLATFORMS: Final = ("youtube", "tiktok", "instagram")
INSTAGRAM_FORMATS: Final = ("reel", "story")
LAYOUTS_VIDEO: Final = (
    "cover",
    "contain",
    "rounded",
    "square",
    "split-50-50",
    "split-35-65",
    "split-50-50-bordered",
    "split-35-65-bordered",
    "pip-top-right",
    "pip-bottom-right",
)
LAYOUTS_IMAGE: Final = ("cover", "contain", "rounded", "square")

# 001 Create Project: what may stand beside aiEditTemplate, and what may not stand beside presetId (API spelling).
BESIDE_AI_EDIT_TEMPLATE: Final = frozenset({"title", "language", "videoUrl", "file", "webhookUrl", "dictionary"})
NOT_BESIDE_PRESET: Final = frozenset(
    {
        "templateName",
        "userThemeId",
        "hookTitle",
        "music",
        "items",
        "magicZooms",
        "magicBrolls",
        "magicBrollsPercentage",
        "removeSilencePace",
        "removeBadTakes",
    }
)
