from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any

from django.db import models
from django.db.models import F, Func, IntegerField, Max, Min, Q, Window
from django.db.models.functions import RowNumber

from dashboard.models import Team, TeamOwnedQuerySet
from publishing_app.models.numbers import Numbers
from publishing_app.models.post import Post


class Slot(Func):
    """The number of the slot of so many seconds that a time lies in. Django's Trunc functions call back into Python
    for every row on SQLite, which takes longer than everything else on the page."""

    output_field = IntegerField()

    def __init__(self, at: str, *, seconds: int) -> None:
        super().__init__(F(at), seconds=seconds)

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "CAST(strftime('%%%%s', %(expressions)s) AS INTEGER) / %(seconds)d"
        return self.as_sql(compiler, connection, template=template, **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "floor(extract(epoch from %(expressions)s) / %(seconds)d)"
        return self.as_sql(compiler, connection, template=template, **extra)


class MeasurementQuerySet(TeamOwnedQuerySet["Measurement"]):
    def for_team(self, team: Team) -> MeasurementQuerySet:
        return self.filter(team=team)

    def gained(self, team: Team, *, since: dt.datetime, until: dt.datetime) -> int | None:
        """Views that the team's posts gained in a span; None when nothing was measured in it.

        Views only grow, so a post's gain is its highest number in the span less the highest one before it, or less
        its first one in the span when it was never measured before (unless it was published inside the span).
        """
        inside = (
            self.for_team(team)
            .filter(at__gt=since, at__lte=until, views__isnull=False)
            .values("post_id", "post__publication__published_at")
            .annotate(top=Max("views"), first=Min("views"))
        )
        rows = list(inside)
        if not rows:
            return None
        before = dict(
            self.for_team(team)
            .filter(at__lte=since, views__isnull=False, post_id__in=[row["post_id"] for row in rows])
            .values_list("post_id")
            .annotate(Max("views"))
        )
        total = 0
        for row in rows:
            published = row["post__publication__published_at"]
            start = 0 if published and published > since else row["first"]
            total += row["top"] - before.get(row["post_id"], start)
        return total

    def last_before(self, posts: Collection[uuid.UUID], at: dt.datetime) -> MeasurementQuerySet:
        """Each post's newest measurement at or before that time."""
        return self._first_in(posts, Q(at__lte=at), [F("post_id")], F("at").desc())

    def first_ever(self, posts: Collection[uuid.UUID]) -> MeasurementQuerySet:
        return self._first_in(posts, Q(), [F("post_id")], F("at").asc())

    def thinned(
        self, posts: Collection[uuid.UUID], *, since: dt.datetime | None, span: dt.timedelta
    ) -> MeasurementQuerySet:
        """One per post and minute, hour or day (the last of each), so that a long curve has some hundred points."""
        seconds = 86400
        if span <= dt.timedelta(hours=6):
            seconds = 60
        elif span <= dt.timedelta(days=14):
            seconds = 3600
        within = Q(at__gt=since) if since else Q()
        return self._first_in(posts, within, [F("post_id"), Slot("at", seconds=seconds)], F("at").desc())

    def _first_in(
        self, posts: Collection[uuid.UUID], within: Q, partition: list[Any], order: Any
    ) -> MeasurementQuerySet:
        rows = self.filter(within, post_id__in=list(posts))
        return rows.annotate(place=Window(RowNumber(), partition_by=partition, order_by=order)).filter(place=1)


class Measurement(Numbers):
    """A post's numbers as one sync of the feed saw them; append-only, so totals become curves."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="measurements")
    post = models.ForeignKey(Post, models.CASCADE, related_name="measurements")
    at = models.DateTimeField()

    objects = MeasurementQuerySet.as_manager()

    class Meta:
        ordering = ["post", "at"]
        constraints = [models.UniqueConstraint(fields=["post", "at"], name="measurement_once_per_sync")]

    def __str__(self) -> str:
        return f"{self.post} {self.at:%F %T}"
