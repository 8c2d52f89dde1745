"""The numbers of the analytics page, from posts and their measurements.

Honest by rule: a missing number is None (shown as a dash) and stays out of sums and medians; a change is given only
when both periods were measured from their beginning; a post that was not synced yet counts nowhere.
"""

from __future__ import annotations

import datetime as dt
import statistics
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard.models import Team
from publishing_app.curves import Chart, Line, add_up
from publishing_app.gains import METRICS, Gains, Tile, begun
from publishing_app.models import Measurement, Post, platform_name

PERIODS = {"7": 7, "28": 28, "90": 90, "all": None}
PERIOD_NAMES: dict[str, str | Promise] = {
    "7": gettext_lazy("7 days"),
    "28": gettext_lazy("28 days"),
    "90": gettext_lazy("90 days"),
    "all": gettext_lazy("All time"),
}
SORTS = ("age", "views", "likes", "score")
SPARK_POINTS = 24


@dataclass(frozen=True, slots=True)
class Filters:
    period: str = "28"
    platform: str = ""
    key_id: uuid.UUID | None = None
    sort: str = "age"


@dataclass(frozen=True, slots=True)
class PlatformRow:
    platform: str
    posts: int
    views: int | None
    likes: int | None
    comments: int | None
    shares: int | None
    median_views: float | None
    engagement: float | None

    @property
    def name(self) -> str:
        return platform_name(self.platform)


@dataclass(frozen=True, slots=True)
class PostRow:
    post: Post
    spark: list[float | None]

    @property
    def published_at(self) -> dt.datetime | None:
        return self.post.publication.published_at

    @property
    def score(self) -> float | None:
        clip = self.post.publication.clip
        return clip.virality_total if clip else None

    @property
    def views_a_day(self) -> float | None:
        """Over the time from publishing to measuring; younger than a day it would be a guess."""
        post, begun = self.post, self.published_at
        if post.views is None or post.measured_at is None or begun is None:
            return None
        days = (post.measured_at - begun).total_seconds() / 86400
        return post.views / days if days >= 1 else None


@dataclass(slots=True)
class Report:
    tiles: list[Tile] = field(default_factory=list)
    platforms: list[PlatformRow] = field(default_factory=list)
    chart: Chart = field(default_factory=lambda: Chart([]))
    rows: list[PostRow] = field(default_factory=list)
    since_first_look: dt.datetime | None = None
    is_empty: bool = True
    waiting: int = 0


def build(team: Team, filters: Filters, *, now: dt.datetime | None = None) -> Report:
    now = now or timezone.now()
    days = PERIODS[filters.period]
    since = now - dt.timedelta(days=days) if days else None
    posts = _posts(team, filters)
    report = Report(is_empty=not posts)
    if not posts:
        return report
    measured = [post for post in posts if post.is_measured]
    report.waiting = sum(1 for post in posts if not post.is_measured and post.publish_status.lower() != "failed")
    ids = [post.pk for post in measured]
    gains = Gains(measured, ids, since, now)
    report.tiles = [_posts_tile(posts, since, days, now), *(gains.tile(name) for name in METRICS)]
    report.since_first_look = gains.incomplete_since
    inside = [post for post in posts if since is None or (begun(post) >= since)]
    report.platforms = _by_platform(inside)
    curves = _curves(ids, since, now, gains.earliest)
    start = {pk: row["views"] or 0 for pk, row in gains.at_start.items() if row["views"] is not None}
    report.chart = _chart(measured, curves, start, single=bool(filters.platform))
    report.rows = _sorted([PostRow(post, _spark(curves.get(post.pk, []))) for post in inside], filters.sort)
    return report


def _posts(team: Team, filters: Filters) -> list[Post]:
    # Only what the rows show: reading JSON and two more models for each post took longer than the sums.
    rows = Post.objects.for_team(team).select_related("publication__clip")
    rows = rows.defer("publication__clip__scores", "publication__platforms")
    if filters.platform:
        rows = rows.filter(platform=filters.platform)
    if filters.key_id:
        rows = rows.filter(publication__api_key=filters.key_id)
    return list(rows)


def _posts_tile(posts: Sequence[Post], since: dt.datetime | None, days: int | None, now: dt.datetime) -> Tile:
    shown = [post for post in posts if post.is_measured or post.publish_status.lower() == "published"]
    if since is None or days is None:
        return Tile("posts", _("Posts"), len(shown))
    before = since - dt.timedelta(days=days)
    count = sum(1 for post in shown if since <= begun(post) <= now)
    earlier = sum(1 for post in shown if before <= begun(post) < since)
    return Tile("posts", _("Posts"), count, (count - earlier) / earlier if earlier else None)


def _total(posts: Sequence[Post], name: str) -> int | None:
    known = [value for post in posts if (value := getattr(post, name)) is not None]
    return sum(known) if known else None


def _by_platform(posts: Sequence[Post]) -> list[PlatformRow]:
    groups: dict[str, list[Post]] = {}
    for post in posts:
        if post.is_measured or post.publish_status.lower() == "published":
            groups.setdefault(post.platform, []).append(post)
    rows = []
    for platform, members in groups.items():
        views = [post.views for post in members if post.views is not None]
        # Only posts that have both numbers, else the rate would mix audiences.
        rated = [post for post in members if post.engagement is not None]
        seen = sum(post.views or 0 for post in rated)
        acts = sum((post.engagement or 0) * (post.views or 0) for post in rated)
        rows.append(
            PlatformRow(
                platform=platform,
                posts=len(members),
                views=_total(members, "views"),
                likes=_total(members, "likes"),
                comments=_total(members, "comments"),
                shares=_total(members, "shares"),
                median_views=statistics.median(views) if views else None,
                engagement=acts / seen if seen else None,
            )
        )
    return sorted(rows, key=lambda row: (-(row.views or 0), row.platform))


Points = list[tuple[dt.datetime, int]]


def _curves(
    ids: list[uuid.UUID], since: dt.datetime | None, now: dt.datetime, earliest: dt.datetime | None
) -> dict[uuid.UUID, Points]:
    if not ids or earliest is None:
        return {}
    span = now - max(since or earliest, earliest)
    rows = Measurement.objects.thinned(ids, since=since, span=span).order_by("at")
    curves: dict[uuid.UUID, Points] = {}
    for post_id, at, views in rows.values_list("post_id", "at", "views"):
        if views is None:
            continue
        curves.setdefault(post_id, []).append((at, views))
    return curves


def _chart(
    posts: Sequence[Post], curves: Mapping[uuid.UUID, Points], start: Mapping[uuid.UUID, int], *, single: bool
) -> Chart:
    groups: dict[str, list[uuid.UUID]] = {}
    for post in posts:
        groups.setdefault(post.platform, []).append(post.pk)
    total = add_up({pk: curves.get(pk, []) for ids in groups.values() for pk in ids}, start)
    if single or len(groups) < 2:
        return Chart([Line(_("Views"), total)])
    lines = [Line(_("All platforms"), total)]
    for platform, ids in sorted(groups.items()):
        points = add_up({pk: curves.get(pk, []) for pk in ids}, {pk: start[pk] for pk in ids if pk in start})
        lines.append(Line(platform_name(platform), points))
    return Chart(lines)


def _spark(points: Points) -> list[float | None]:
    if len(points) <= SPARK_POINTS:
        return [float(value) for _at, value in points]
    step = (len(points) - 1) / (SPARK_POINTS - 1)
    return [float(points[round(index * step)][1]) for index in range(SPARK_POINTS)]


def _sorted(rows: list[PostRow], sort: str) -> list[PostRow]:
    def value(row: PostRow) -> float | None:
        match sort:
            case "views" | "likes":
                return getattr(row.post, sort)  # type: ignore[no-any-return]
            case "score":
                return row.score
        return begun(row.post).timestamp()

    # The largest first; what has no number comes last, never as if it were a zero.
    return sorted(rows, key=lambda row: (value(row) is None, -(value(row) or 0), str(row.post.pk)))
