"""Jobs that stand still, and what we know of them growing old: two troubles that no state of a provider tells."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThan
from django.utils import timezone

if TYPE_CHECKING:
    from projects_app.models.project import Project, ProjectQuerySet

# The longest video that Submagic takes has two hours and is done within one; nobody is worried before that.
STALLED_AFTER: Final = dt.timedelta(hours=3)
# With fifty jobs of one key at work each is still read within 38 minutes (design: reliability, 2.3, budget).
STALE_AFTER: Final = dt.timedelta(hours=1)
# What may still come after the end: the words of clips, a refund.
LATE_NEWS: Final = dt.timedelta(hours=1)
# A time of a provider that lies further ahead than this (of another calendar, by a wrong clock) must not make every
# later answer an older one.
AHEAD: Final = dt.timedelta(days=1)
# Ours for what a provider is at work on.
AT_WORK: Final = ("queued", "processing", "transcribing", "exporting")
# Of the provider's words: it waits for a person there.
WAITS_THERE: Final = "draft"


def stalled(projects: ProjectQuerySet) -> ProjectQuerySet:
    """Those whose provider has shown no step for STALLED_AFTER, the one that stands longest first."""
    before = timezone.now() - STALLED_AFTER
    found = projects.filter(state__in=AT_WORK).exclude(upstream_id="").exclude(upstream_status__iexact=WAITS_THERE)
    began = Coalesce("accepted_at", "created_at")
    still = Q(moved_at=None) | Q(moved_at__lt=before)
    found = found.filter(still, Q(upstream_updated_at=None) | Q(upstream_updated_at__lt=before))
    return found.filter(LessThan(began, before)).order_by(began)


def stalled_since(project: Project) -> dt.datetime | None:
    """Of its last step; None when it moves, or nobody is at work on it."""
    if not _is_at_work(project) or project.upstream_status.lower() == WAITS_THERE:
        return None
    began = project.accepted_at or project.created_at
    moved = max(filter(None, (began, project.upstream_updated_at, project.moved_at)))
    return moved if timezone.now() - moved > STALLED_AFTER else None


def stale_since(project: Project) -> dt.datetime | None:
    """When it was read last, where that is so long ago that it may look quite different now."""
    read = project.seen_at or project.accepted_at or project.created_at
    return read if _is_at_work(project) and timezone.now() - read > STALE_AFTER else None


def _is_at_work(project: Project) -> bool:
    return project.state in AT_WORK and bool(project.upstream_id)


def last_told(project: Project, now: dt.datetime) -> dt.datetime | None:
    """The provider's own time of what we know, to compare an answer's with; None where it is not told, or wrong."""
    known = project.upstream_updated_at
    return known if known and known <= now + AHEAD else None
