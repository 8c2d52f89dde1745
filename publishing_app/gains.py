"""What came in during a period and during the one before it, from each post's measurements."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from publishing_app.models import Measurement, Post

METRICS: dict[str, str | Promise] = {
    "views": gettext_lazy("Views"),
    "likes": gettext_lazy("Likes"),
    "comments": gettext_lazy("Comments"),
    "shares": gettext_lazy("Shares"),
}


@dataclass(frozen=True, slots=True)
class Tile:
    """change: the ratio to the period before, None where it cannot be measured."""

    name: str
    label: str | Promise
    value: int | None
    change: float | None = None
    note: str = ""


def begun(post: Post) -> dt.datetime:
    return post.publication.published_at or post.created_at


class Gains:
    """What came in during the period and during the one before it, from each post's measurements."""

    def __init__(
        self, posts: Sequence[Post], ids: list[uuid.UUID], since: dt.datetime | None, now: dt.datetime
    ) -> None:
        self.posts, self.since = posts, since
        self.before = since - (now - since) if since else None
        fields = ("post_id", "at", *METRICS)
        first = list(Measurement.objects.first_ever(ids).values(*fields)) if ids else []
        self.first = {row["post_id"]: row for row in first}
        self.earliest = min((row["at"] for row in first), default=None)
        self.at_start = self._standing(ids, since)
        self.at_before = self._standing(ids, self.before)
        late = [
            row["at"]
            for post in posts
            if since and begun(post) < since and post.pk not in self.at_start and (row := self.first.get(post.pk))
        ]
        # Posts older than the period that we began to measure within it: what they gained before is not known.
        self.incomplete_since: dt.datetime | None = max(late, default=None)

    @staticmethod
    def _standing(ids: list[uuid.UUID], at: dt.datetime | None) -> dict[uuid.UUID, dict[str, int | None]]:
        if at is None or not ids:
            return {}
        rows = Measurement.objects.last_before(ids, at).values("post_id", *METRICS)
        return {row["post_id"]: row for row in rows}

    def tile(self, name: str) -> Tile:
        if self.since is None or self.before is None:
            known = [value for post in self.posts if (value := getattr(post, name)) is not None]
            return Tile(name, METRICS[name], sum(known) if known else None)
        gains = [gain for post in self.posts if (gain := self._now(post, name)) is not None]
        value = sum(gains) if gains else None
        return Tile(name, METRICS[name], value, self._change(name, value))

    def _now(self, post: Post, name: str) -> int | None:
        end: int | None = getattr(post, name)
        if end is None:
            return None
        if post.pk in self.at_start:
            begin = self.at_start[post.pk][name]
        elif self.since and begun(post) >= self.since:
            begin = 0
        else:
            begin = self.first[post.pk][name] if post.pk in self.first else None
        # A platform may correct a number downwards; that is no negative audience.
        return None if begin is None else max(0, end - begin)

    def _change(self, name: str, value: int | None) -> float | None:
        if value is None or self.incomplete_since or self.since is None or self.before is None:
            return None
        total = 0
        for post in self.posts:
            if begun(post) >= self.since:
                continue
            end = self.at_start.get(post.pk, {}).get(name)
            begin: int | None = 0
            if begun(post) < self.before:
                begin = self.at_before.get(post.pk, {}).get(name)
            if end is None or begin is None:
                return None
            total += max(0, end - begin)
        return (value - total) / total if total else None
