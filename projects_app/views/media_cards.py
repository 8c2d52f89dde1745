"""What an entry of the media library shows of itself, in the grid and on its page."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.models import Team
from projects_app import media_csp
from projects_app.models import Media, MediaState, MediaType
from projects_app.models.media import uses

ICONS = {MediaType.VIDEO: "film", MediaType.IMAGE: "image", MediaType.AUDIO: "audio-lines"}


@dataclass(frozen=True, slots=True)
class Card:
    """`src` is empty when there is nothing that may be shown or played. `is_shown`: it may be loaded without a click,
    which tells its host that somebody looks."""

    media: Media
    src: str
    is_shown: bool
    used: int

    @property
    def icon(self) -> str:
        return str(ICONS.get(MediaType(self.media.type), "file")) if self.media.type in MediaType.values else "file"

    @property
    def stamp(self) -> str:
        """Changes whenever the card looks different."""
        media = self.media
        parts = (media.state, media.sent, media.problem, media.is_slow, media.name, media.url, self.used)
        return f"{zlib.crc32(repr(parts).encode()):x}"


def cards(team: Team, rows: Iterable[Media], *, pictures: bool = False) -> list[Card]:
    """`pictures`: the person has asked to see pictures that lie at the provider."""
    media = list(rows)
    used = uses(team, [each.upstream_id for each in media])
    return [card(each, len(used.get(each.upstream_id, ())), pictures=pictures) for each in media]


def card(media: Media, used: int, *, pictures: bool = False) -> Card:
    src = media_csp.safe_media_url(media.url) if media.state == MediaState.READY else ""
    return Card(media, src, bool(src) and (pictures or bool(media_csp.frame_url(src))), used)
