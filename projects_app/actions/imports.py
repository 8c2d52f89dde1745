"""Projects that were made elsewhere, taken up by id: neither Submagic nor Magic Hour has a list of them (contract.md,
sections 1b and 2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import audit
from dashboard.models import ApiKey, CallState, Provider, Team, User
from projects_app.actions import claims, clip_projects, looks, lost_calls, readers, waking
from projects_app.actions.projects import NotNow
from projects_app.models import Clip, Project, ProjectState, Source
from providers.submagic import Project as Seen

TITLE: Final = 100
# Each costs one read, of which an hour has not many.
MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one line: its project (`fresh` when the team had it not), or why there is none."""

    text: str
    project: Project | None = None
    fresh: bool = False
    problem: str = ""


def take_up_all(*, team: Team, api_key: ApiKey, text: str, by: User) -> list[Taken]:
    """One for each id or link in `text`, in their order. A line that cannot be taken up keeps none of the others back.

    Raises NotNow when there are more than `MOST`: then nothing was read.
    """
    wanted = list(dict.fromkeys(re.split(r"[\s,;]+", text.strip())))
    if len(wanted) > MOST:
        raise NotNow(_("These are %(count)d. Add at most %(most)d at once.") % {"count": len(wanted), "most": MOST})
    found = []
    for each in wanted:
        try:
            project, fresh = take_up(team=team, api_key=api_key, text=each, by=by)
        except NotNow as reason:
            found.append(Taken(each, problem=str(reason)))
        else:
            found.append(Taken(each, project, fresh))
    return found


def take_up(*, team: Team, api_key: ApiKey, text: str, by: User) -> tuple[Project, bool]:
    """The project that `text` (an id, or a link that ends in one) names; False when the team has it already.

    Costs one read and nothing else. Raises NotNow with a sentence for the person.
    """
    upstream_id, provider = claims.id_in(text), Provider(api_key.provider)
    if not upstream_id:
        told = {"provider": provider.label}
        raise NotNow(_("This is neither an id nor a link of a project at %(provider)s.") % told)
    return take_up_id(team=team, api_key=api_key, upstream_id=upstream_id, by=by)


def take_up_id(*, team: Team, api_key: ApiKey, upstream_id: str, by: User) -> tuple[Project, bool]:
    """As `take_up`, of an id as the provider itself has named it: it is opaque (contract, row 17)."""
    if not upstream_id.isprintable() or not 0 < len(upstream_id) <= 255:
        raise NotNow(_("This is no id of a video. Load the page again and try once more."))
    found = _here(team, Provider(api_key.provider), upstream_id, by)
    if found and not _has_lost_its_key(found):
        return found, False
    return take_up_seen(team=team, api_key=api_key, seen=claims.read(api_key, upstream_id), by=by)


def take_up_seen(*, team: Team, api_key: ApiKey, seen: Any, by: User) -> tuple[Project, bool]:
    """As `take_up`, for what the key's provider has just answered."""
    provider = Provider(api_key.provider)
    if found := _here(team, provider, seen.id, by):
        if found.upstream_id == seen.id and _has_lost_its_key(found):
            _follow_with(api_key, project=found, by=by)
        return found, False
    if provider == Provider.SUBMAGIC and (found := _lost(team, seen, by)):
        return found, False
    try:
        return _make(team, api_key, seen, by), True
    except IntegrityError:
        # Somebody else took it up at this very moment.
        if found := _here(team, provider, seen.id, by):
            return found, False
        raise


def _here(team: Team, provider: Provider, upstream_id: str, by: User) -> Project | None:
    """Known to the team already, as a project or as a clip (which is one at Submagic)."""
    known = {"upstream_id": upstream_id}
    project = Project.objects.for_team(team).filter(api_key__provider=provider, **known).first()
    if project is None and provider == Provider.SUBMAGIC:
        clip = Clip.objects.for_team(team).filter(project__api_key__provider=provider, **known).first()
        project = clip_projects.open_clip(clip=clip, by=by) if clip else None
    return project


def _has_lost_its_key(project: Project) -> bool:
    return project.api_key.state == ApiKey.State.REVOKED


@transaction.atomic
def _follow_with(api_key: ApiKey, *, project: Project, by: User) -> None:
    """Its own key was removed, and this one has just read it: of the same account, entered anew."""
    found = Project.objects.filter(pk=project.pk, api_key__state=ApiKey.State.REVOKED)
    if not found.update(api_key=api_key, missing_since=None, look_problem=""):
        return  # somebody else did so at this very moment
    project.refresh_from_db()
    audit.record(
        team=project.team, by=by, verb="project.key_changed", target=project, title=project.title, key=api_key.label
    )
    looks.soon(project)
    waking.project(project.pk)


def _lost(team: Team, seen: Seen, by: User) -> Project | None:
    """The project of ours whose answer was lost, when it is that one: it echoes the call's secret address."""
    unknown = Project.objects.for_team(team).filter(call__state=CallState.UNKNOWN).select_related("call", "api_key")
    for project in unknown:
        if project.call is not None and lost_calls.echoes(project.call, seen.webhook_url):
            claims.claim(project=project, text=seen.id, by=by)
            return project
    return None


@transaction.atomic
def _make(team: Team, api_key: ApiKey, seen: Any, by: User) -> Project:
    now = timezone.now()
    values = readers.of(api_key).values(seen)
    project = Project.objects.create(
        team=team,
        api_key=api_key,
        created_by=by,
        source=Source.IMPORT,
        # True until the first look, which is due at once, tells more.
        state=ProjectState.PROCESSING,
        upstream_id=seen.id,
        accepted_at=values.pop("made_at", None) or now,
        next_look_at=now,
        **values | {"title": (values["title"] or _("Project %(id)s") % {"id": seen.id[:8]})[:TITLE]},
    )
    audit.record(
        team=team, by=by, verb="project.imported", target=project, title=project.title, upstream_id=project.upstream_id
    )
    waking.project(project.pk)
    return project
