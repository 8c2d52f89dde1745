"""Looks at projects share what a key may read in an hour (dashboard.budgets; design: reliability, "Budget per key")."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from dashboard import budgets
from projects_app.models import Project

# That of Submagic; each provider has its own (readers.Reader.endpoint).
READ: Final = "projects.get"

# From the age of a job in seconds to the seconds between looks at it.
Pace = Callable[[float], float]


def ahead(project: Project, endpoint: str, pace: Pace) -> int:
    """Looks that go before this one: at projects of the key that wait too, and were not looked at for longer. Else
    whoever comes back at the right moment is next, and one of many may miss its turn again and again.

    Who wants looks less often than there are for everybody goes before nobody.
    """
    each = budgets.spacing(project.api_key, endpoint)
    if not each:
        return 0
    now = timezone.now()
    # What was delivered a moment ago is on its way to a worker, and is due again only after this.
    soon = now + dt.timedelta(seconds=max(each, settings.REDELIVER_SECONDS))
    rows = list(_looked_at(project))
    paces = [pace(project_age(row, now)) for row in rows]
    often = max(pace(project_age(project, now)), budgets.cycle(project.api_key, endpoint, paces))
    waiting = [row for row, wanted in zip(rows, paces, strict=True) if wanted <= often and row.pk != project.pk]
    due = [row for row in waiting if row.next_look_at and row.next_look_at <= soon]
    return sum(_last_look(row) < _last_look(project) for row in due)


def _looked_at(project: Project) -> QuerySet[Project]:
    """The projects of its key that are looked at."""
    rows = Project.objects.filter(api_key=project.api_key_id, next_look_at__isnull=False).exclude(upstream_id="")
    return rows.only("accepted_at", "created_at", "upstream_updated_at", "next_look_at", "seen_at")


def _last_look(project: Project) -> dt.datetime:
    return project.seen_at or project.accepted_at or project.created_at


def later(project: Project, endpoint: str, wait: float) -> dt.datetime:
    """When a look that found no turn comes back; `wait` leaves those ahead of it their turns."""
    return timezone.now() + dt.timedelta(seconds=budgets.later(project.api_key, endpoint, wait, others=0))


def cycle(project: Project, endpoint: str, pace: Pace) -> float:
    """No project of the key is looked at more often than this, so that there are looks for all of them."""
    if not budgets.spacing(project.api_key, endpoint):
        return 0.0
    now = timezone.now()
    paces = [pace(project_age(row, now)) for row in _looked_at(project)]
    return budgets.cycle(project.api_key, endpoint, paces)


def project_age(project: Project, now: dt.datetime) -> float:
    """Seconds since the job began or last moved."""
    began = project.accepted_at or project.created_at
    return (now - max(began, project.upstream_updated_at or began)).total_seconds()
