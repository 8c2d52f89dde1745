from __future__ import annotations

import datetime as dt
import logging
import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dashboard import access, counters
from dashboard.models import ApiKey, Provider, Role
from dashboard.requests import TeamRequest
from publishing_app import reports, tasks
from publishing_app.csv_rows import as_csv
from publishing_app.curves import Chart, Line
from publishing_app.gains import METRICS
from publishing_app.models import Measurement, Platform, Post

log = logging.getLogger(__name__)

PER_PAGE = 50
TABLE_ROWS = 200
SYNCS_A_MINUTE = 4
CSV_HEAD = [
    *("title", "platform", "link", "published_at", "views", "likes", "comments", "shares", "impressions", "reach"),
    *("clicks", "engagement", "views_a_day", "predicted_score", "as_of", "sync_status", "publish_status"),
]


@require_safe
@access.team_view(need=Role.VIEWER)
def analytics(request: TeamRequest) -> HttpResponse:
    keys = list(ApiKey.objects.for_team(request.team).of(Provider.SUBMAGIC).kept().order_by("created_at"))
    filters = _filters(request, keys)
    report = reports.build(request.team, filters)
    shown = [key for key in keys if filters.key_id in (None, key.pk)]
    page = Paginator(report.rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "nav": "analytics",
        "report": report,
        "filters": filters,
        "page": page,
        "query": _query(request),
        "periods": reports.PERIOD_NAMES.items(),
        "period_name": reports.PERIOD_NAMES[filters.period],
        "platforms": Platform.choices,
        "keys": keys,
        "sorts": [("age", _("Age")), ("views", _("Views")), ("likes", _("Likes")), ("score", _("Score"))],
        **_feed_state(shown),
    }
    return render(request, "publishing/analytics.html", context)


@require_safe
@access.team_view(need=Role.VIEWER)
def analytics_csv(request: TeamRequest) -> HttpResponse:
    keys = list(ApiKey.objects.for_team(request.team).of(Provider.SUBMAGIC))
    report = reports.build(request.team, _filters(request, keys))
    rows = (
        (
            post.publication.title,
            post.platform_name,
            post.url,
            row.published_at,
            post.views,
            post.likes,
            post.comments,
            post.shares,
            post.impressions,
            post.reach,
            post.clicks,
            _rounded(post.engagement),
            _rounded(row.views_a_day),
            row.score,
            post.measured_at,
            post.sync_status,
            post.publish_status,
        )
        for row in report.rows
        for post in [row.post]
    )
    response = HttpResponse(as_csv(CSV_HEAD, rows), content_type="text/csv; charset=utf-8")
    name = f"posts-{request.team.slug}-{timezone.localdate():%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
@access.team_view(need=Role.VIEWER)
def post_detail(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    post = access.get_or_404(Post.objects.for_analytics(request.team), request.team, pk)
    publication = post.publication
    measurements = Measurement.objects.for_team(request.team).filter(post=post).order_by("-at")
    count = measurements.count()
    first = measurements.last()
    span = timezone.now() - first.at if first else dt.timedelta()
    # A short history is drawn as it was measured, a long one with its last number of each hour or day.
    drawn = measurements if count <= 500 else Measurement.objects.thinned([post.pk], since=None, span=span)
    lines = []
    for name in ("views", "likes"):
        points = [(at, value) for at, value in drawn.order_by("at").values_list("at", name) if value is not None]
        if points:
            lines.append(Line(str(METRICS[name]), points))
    context = {
        "nav": "analytics",
        "post": post,
        "publication": publication,
        "row": reports.PostRow(post, []),
        # Views alone set the scale: one curve, as the page says. Likes stand in the table.
        "chart": Chart(lines[:1]),
        "measurements": measurements[:TABLE_ROWS],
        "count": count,
        "table_rows": TABLE_ROWS,
        "sandbox": publication.api_key.is_sandbox,
    }
    return render(request, "publishing/post_detail.html", context)


@require_POST
@access.team_view(need=Role.VIEWER)
def feed_sync(request: TeamRequest) -> HttpResponse:
    """Read the feeds of the team's keys now; what comes in shows on the next look at the page."""
    if counters.add(f"feed-sync:{request.team.pk}", 60) > SYNCS_A_MINUTE:
        messages.warning(request, _("Submagic's list of posts was read just now. Wait a minute before you ask again."))
    else:
        for key_id in ApiKey.objects.for_team(request.team).usable().values_list("pk", flat=True):
            try:
                tasks.deliver_feed(key_id, full=True)
            except Exception:
                # With the queue away the usual sync brings the numbers; nobody gets an error page for it.
                log.exception("could not wake a worker for the feed of key %s", key_id)
        messages.success(request, _("Submagic's list of posts is being read. New numbers show here in a moment."))
    target = redirect("publishing:analytics", team=request.team.slug)
    query = _query(request)
    if query:
        target["Location"] = f"{target['Location']}?{query}"
    return target


def _filters(request: TeamRequest, keys: list[ApiKey]) -> reports.Filters:
    period, platform = request.GET.get("period", ""), request.GET.get("platform", "")
    sort, key = request.GET.get("sort", ""), request.GET.get("key", "")
    return reports.Filters(
        period=period if period in reports.PERIODS else "28",
        platform=platform if platform in Platform.values else "",
        key_id=next((row.pk for row in keys if str(row.pk) == key), None),
        sort=sort if sort in reports.SORTS else "age",
    )


def _query(request: TeamRequest) -> str:
    """The filters of this address, for links that keep them; the page number starts anew."""
    params = request.GET.copy()
    for name in list(params):
        if name not in ("period", "platform", "key", "sort"):
            del params[name]
    return params.urlencode()


def _feed_state(keys: list[ApiKey]) -> dict[str, Any]:
    """How old the numbers are: as old as the feed that was read the longest ago."""
    times = [key.feed_synced_at for key in keys]
    return {
        "synced_at": None if not times or None in times else min(time for time in times if time),
        "problems": [key for key in keys if key.feed_problem],
        "refused": [key for key in keys if key.state == ApiKey.State.INVALID],
        "sandbox": any(key.is_sandbox for key in keys),
        "can_sync": any(key.state == ApiKey.State.VALID for key in keys),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
