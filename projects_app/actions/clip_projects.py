"""A clip opened as a project: at the provider it is one already, by its own id (contract.md, section 2)."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import audit
from dashboard.models import User
from projects_app.actions import waking
from projects_app.actions.projects import NotNow
from projects_app.models import Clip, Kind, Project, ProjectState, Source

TITLE = 100


def of(clip: Clip) -> Project | None:
    return Project.objects.filter(clip=clip).select_related("team").first()


def open_clip(*, clip: Clip, by: User) -> Project:
    """The clip's own project; made the first time. Nothing is sent to the provider but a look.

    Raises NotNow with a sentence for the person.
    """
    if found := of(clip):
        return found
    if not clip.project.is_submagic:
        raise NotNow(_("Only what Submagic made can be changed and exported from here."))
    if not clip.is_playable:
        raise NotNow(_("Submagic is still making this clip. It can be changed and exported when it is done."))
    try:
        return _make(clip, by)
    except IntegrityError:
        # Somebody opened it at this very moment, or it is here already under its own id.
        found = of(clip) or _under_its_id(clip)
        if found is None:
            raise
        return found


@transaction.atomic
def _make(clip: Clip, by: User) -> Project:
    parent, now = clip.project, timezone.now()
    project = Project.objects.create(
        team=clip.team,
        api_key=parent.api_key,
        created_by=by,
        kind=Kind.CAPTIONS,
        source=Source.CLIP,
        title=clip.title[:TITLE],
        language=parent.language,
        clip=clip,
        # True until the first look, which is due at once, tells more: its words, size and options.
        state=ProjectState.READY,
        upstream_id=clip.upstream_id,
        upstream_status=clip.upstream_status,
        download_url=clip.download_url,
        direct_url=clip.video,
        preview_url=clip.preview_url,
        duration=clip.duration,
        seen_at=clip.seen_at,
        accepted_at=now,
        finished_at=now,
        next_look_at=now,
    )
    audit.record(team=clip.team, by=by, verb="project.opened_clip", target=project, title=project.title)
    waking.project(project.pk)
    return project


def _under_its_id(clip: Clip) -> Project | None:
    with transaction.atomic():
        rows = Project.objects.select_for_update().filter(api_key=clip.project.api_key, upstream_id=clip.upstream_id)
        found = rows.filter(clip=None).first()
        if found:
            found.clip = clip
            found.save(update_fields=["clip"])
        return found
