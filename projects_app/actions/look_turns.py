"""Looks at projects share what a key may read in an hour (dashboard.budgets; design: reliability, "Budget per key")."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

from django.utils import timezone

from dashboard import budgets
from projects_app.models import Project

READ: Final = "projects.get"

# From the age of a job in seconds to the seconds between looks at it.
Pace = Callable[[float], float]


def later(project: Project, wait: float) -> dt.datetime:
    """When a look that found no turn comes back."""
    now = timezone.now()
    until = now + dt.timedelta(seconds=wait)
    others = Project.objects.filter(api_key=project.api_key_id, next_look_at__lte=until).exclude(pk=project.pk)
    return now + dt.timedelta(seconds=budgets.later(project.api_key, READ, wait, others=others.count()))


def cycle(project: Project, pace: Pace) -> float:
    """No project of the key is looked at more often than this, so that there are looks for all of them."""
    if not budgets.spacing(project.api_key, READ):
        return 0.0
    rows = Project.objects.filter(api_key=project.api_key_id, next_look_at__isnull=False).exclude(upstream_id="")
    now = timezone.now()
    paces = [pace(project_age(row, now)) for row in rows.only("accepted_at", "created_at", "upstream_updated_at")]
    return budgets.cycle(project.api_key, READ, paces)


def project_age(project: Project, now: dt.datetime) -> float:
    """Seconds since the job began or last moved."""
    began = project.accepted_at or project.created_at
    return (now - max(began, project.upstream_updated_at or began)).total_seconds()
