"""Projects that were made elsewhere, taken up by id: Submagic has no list of projects (contract.md, section 2)."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import audit
from dashboard.models import ApiKey, CallState, Team, User
from projects_app.actions import claims, clip_projects, lost_calls, waking
from projects_app.actions.projects import NotNow
from projects_app.models import Clip, Kind, Project, ProjectState, Source
from providers.submagic import Project as Seen

TITLE = 100


def take_up(*, team: Team, api_key: ApiKey, text: str, by: User) -> tuple[Project, bool]:
    """The project that `text` (an id, or a link that ends in one) names; False when the team has it already.

    Costs one read and nothing else. Raises NotNow with a sentence for the person.
    """
    upstream_id = claims.id_in(text)
    if not upstream_id:
        raise NotNow(_("This is neither an id nor a link of a Submagic project."))
    if found := _here(team, upstream_id, by):
        return found, False
    seen = claims.read(api_key, upstream_id)
    if found := _here(team, seen.id, by) or _lost(team, seen, by):
        return found, False
    try:
        return _make(team, api_key, seen, by), True
    except IntegrityError:
        # Somebody else took it up at this very moment.
        if found := _here(team, seen.id, by):
            return found, False
        raise


def _here(team: Team, upstream_id: str, by: User) -> Project | None:
    """Known to the team already, as a project or as a clip (which is one at Submagic)."""
    project = Project.objects.for_team(team).filter(upstream_id=upstream_id).first()
    if project is None and (clip := Clip.objects.for_team(team).filter(upstream_id=upstream_id).first()):
        project = clip_projects.open_clip(clip=clip, by=by)
    return project


def _lost(team: Team, seen: Seen, by: User) -> Project | None:
    """The project of ours whose answer was lost, when it is that one: it echoes the call's secret address."""
    unknown = Project.objects.for_team(team).filter(call__state=CallState.UNKNOWN).select_related("call", "api_key")
    for project in unknown:
        if project.call is not None and lost_calls.echoes(project.call, seen.webhook_url):
            claims.claim(project=project, text=seen.id, by=by)
            return project
    return None


@transaction.atomic
def _make(team: Team, api_key: ApiKey, seen: Seen, by: User) -> Project:
    now = timezone.now()
    project = Project.objects.create(
        team=team,
        api_key=api_key,
        created_by=by,
        kind=Kind.MAGIC_CLIPS if seen.has_clips else Kind.CAPTIONS,
        source=Source.IMPORT,
        title=(seen.title or _("Project %(id)s") % {"id": seen.id[:8]})[:TITLE],
        language=(seen.language or "en")[:10],
        options=options_of(seen),
        # True until the first look, which is due at once, tells more.
        state=ProjectState.PROCESSING,
        upstream_id=seen.id,
        accepted_at=seen.created_at or now,
        next_look_at=now,
    )
    audit.record(
        team=team, by=by, verb="project.imported", target=project, title=project.title, upstream_id=project.upstream_id
    )
    waking.project(project.pk)
    return project


def options_of(seen: Seen) -> dict[str, Any]:
    """What the answer tells of its options, in the API's spelling; much of it is not echoed (row 28)."""
    told = {
        "templateName": seen.template_name,
        "userThemeId": seen.user_theme_id,
        "presetId": seen.preset_id,
        "aiEditTemplate": seen.ai_edit_template,
        "magicZooms": seen.magic_zooms,
        "magicBrolls": seen.magic_brolls,
        "magicBrollsPercentage": seen.magic_brolls_percentage,
        "removeSilencePace": seen.remove_silence_pace,
        "removeBadTakes": seen.remove_bad_takes,
    }
    return {name: value for name, value in told.items() if value}
