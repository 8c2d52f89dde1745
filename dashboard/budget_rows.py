"""A key's budgets in words, for Settings → API keys."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboard import budgets
from dashboard.budgets import Left, Source
from dashboard.models import ApiKey

NAMES: dict[str, str | Promise] = {
    "languages": _("List of languages"),
    "templates": _("List of templates"),
    "hook_title_templates": _("List of hook titles"),
    "projects.get": _("Looks at projects"),
    "projects.create": _("Captions from a link"),
    "projects.upload": _("Captions from a file"),
    "magic_clips.create": _("Magic Clips from YouTube"),
    "magic_clips.upload": _("Magic Clips from a file"),
    "projects.update": _("Changes to projects"),
    "projects.export": _("Exports"),
    "projects.publish": _("Posts"),
    "projects.published": _("Looks at posts"),
    "user_media.list": _("Looks at the media library"),
    "user_media.create": _("Media from a link"),
    "user_media.upload": _("Media from a file"),
    "video_projects.get": _("Looks at videos"),
    "video_projects.delete": _("Deleting videos"),
    "account.get": _("Looks at the account"),
    "me": _("Looks at the account"),
    "styles": _("List of styles"),
    "musics": _("List of music"),
    "videos.list": _("List of videos"),
    "videos.get": _("Looks at videos"),
    "videos.draft": _("Looks at the draft"),
    "videos.create": _("New videos"),
    "videos.update": _("Changes to videos"),
    "videos.render": _("Rendering"),
    "videos.preview": _("Previews"),
    "videos.duplicate": _("Copies"),
    "videos.delete": _("Deleting videos"),
    "photos.list": _("List of photos"),
    "photos.upload": _("Photos from files"),
    "photos.external": _("Photos from links"),
    "photos.delete": _("Deleting photos"),
}
SOURCES: dict[Source, str | Promise] = {
    Source.HEADER: _("the provider’s header"),
    Source.DOCUMENTED: _("documented"),
    Source.GUESS: _("our careful guess"),
    Source.NONE: _("no limit named yet"),
}


class Row(NamedTuple):
    """One class of calls. `percent` of the limit is left; None where there is no limit."""

    name: str | Promise
    left: Left
    source: str | Promise
    percent: int | None
    is_used: bool

    @property
    def tone(self) -> str:
        """Of the bar: "bad" when nothing may go out just now."""
        return "bad" if self.waits_until else ""

    @property
    def waits_until(self) -> dt.datetime | None:
        return self.left.waits_until


def rows(key: ApiKey) -> list[Row]:
    return rows_of([key])[0]


def rows_of(keys: Sequence[ApiKey]) -> list[list[Row]]:
    """For each key: classes that were called in this window come first, else in the order of the table."""
    return [sorted(map(_row, lefts), key=lambda row: not row.is_used) for lefts in budgets.shown_of(keys)]


def _row(left: Left) -> Row:
    percent = None
    if left.limit is not None and left.remaining is not None:
        percent = min(100, left.remaining * 100 // left.limit)
    return Row(
        name=NAMES.get(left.endpoint, left.endpoint),
        left=left,
        source=SOURCES[left.source],
        percent=percent,
        is_used=bool(left.resets_at or left.quiet_until),
    )
