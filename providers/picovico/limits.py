"""What the Picovico documents allow. Document 003 states neither rates nor sizes; what comes from elsewhere says so."""

from __future__ import annotations

from typing import Final

from providers.limits import Rate

# No page of the documentation names a rate for any call, so all have the same careful one.
UNSTATED: Final = Rate(100, 100, source="unstated")
_CALLS: Final = (
    *("videos.list", "videos.create", "videos.draft", "videos.get", "videos.update", "videos.delete"),
    *("videos.render", "videos.preview", "videos.duplicate", "styles", "musics", "me"),
    *("photos.list", "photos.upload", "photos.external", "photos.delete"),
)
RATES: Final[dict[str, Rate]] = dict.fromkeys(_CALLS, UNSTATED)


def rate(endpoint: str) -> Rate:
    """The rate of an endpoint class (`Call.name`)."""
    return RATES.get(endpoint, UNSTATED)


# Heights in pixels, and what a video of each costs in #Mohars (apidocs, docs/account/mohars.md). A style may have
# prices of its own: `Style.credits`.
CREDITS: Final[dict[int, int]] = {360: 40, 480: 50, 720: 70}
QUALITIES: Final = tuple(CREDITS)
# Characters of a text card's heading and of its text (apidocs, api.blueprint, Styles), unless the style says otherwise.
TITLE: Final = 50
TEXT: Final = 100
# apidocs, docs/photos/details.md: "JPG and PNG Format are only supported for uploads". No size is stated.
PHOTO_TYPES: Final[dict[str, str]] = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png"}
# 003, the example of GET /me/videos.
PAGE_DEFAULT: Final = 15
