"""Audit rows about one project, in words."""

from __future__ import annotations

from django.db.models import Q

from dashboard.activity import Line, line
from dashboard.models import AuditEvent, UpstreamCall
from projects_app.models import ArchivedVideo, Project

MOST = 100


def of(project: Project) -> list[Line]:
    """Newest first, at most 100: the project, its uploads, its calls, its clips and what is kept of it."""
    calls = UpstreamCall.objects.for_team(project.team).filter(target_id=project.pk).values_list("pk", flat=True)
    upload = getattr(project, "upload", None)
    about = Q(target_type="project", target_id=str(project.pk))
    about |= Q(target_type="upstreamcall", target_id__in=[str(pk) for pk in calls])
    about |= Q(target_type="clip", target_id__in=[str(pk) for pk in project.clips.values_list("pk", flat=True)])
    kept = ArchivedVideo.objects.for_team(project.team).filter(Q(clip__project=project) | Q(export__project=project))
    about |= Q(target_type="archivedvideo", target_id__in=[str(pk) for pk in kept.values_list("pk", flat=True)])
    if project.clip_id:
        about |= Q(target_type="clip", target_id=str(project.clip_id))
    if upload:
        about |= Q(target_type="upload", target_id=str(upload.pk))
    rows = AuditEvent.objects.for_team(project.team).filter(about).select_related("actor").order_by("-at", "-id")
    return [line(row) for row in rows[:MOST]]
