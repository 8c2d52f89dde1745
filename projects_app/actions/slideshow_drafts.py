"""The one draft of a Picovico account: beginning it, reading it, changing it (document 003, POST /me/videos …).

The draft lies at Picovico; nothing of it is kept here but what looks read. Saving sends whole values, so saving the
same a second time changes nothing, and no answer has to be waited for in the background.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Final

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import audit
from dashboard.models import ApiKey, Team, User
from projects_app.actions import (
    call_decisions,
    imports,
    looks,
    picovico,
    slideshow_evidence,
    slideshows,
    waking,
)
from projects_app.actions.projects import NotNow
from projects_app.actions.slideshows import asking
from projects_app.models import Project, ProjectState, Source
from providers.errors import UnknownOutcome
from providers.picovico import UpdateVideo, Video

# Seconds; longer than the two calls of a save may take.
LONGEST_SAVE: Final = 60


class Changed(Exception):
    """The draft is not any more what the person saw; `seen` is what it is now. Nothing was saved."""

    def __init__(self, seen: Video) -> None:
        super().__init__(seen.id)
        self.seen = seen


def begin(*, team: Team, api_key: ApiKey, name: str, by: User) -> tuple[Project, bool]:
    """The account's one draft as a project of the team, and whether it is a new one. Where one is open already, it is
    that one, with whatever is in it (POST /me/videos returns it too). Raises NotNow."""
    with asking(api_key, "videos.draft") as client:
        found = client.draft()
        fresh = found is None
        if found is None:
            slideshows.changes(api_key)
            slideshows.need(api_key, "videos.create")
            try:
                found = client.create_video(name)
            except UnknownOutcome:
                # There is at most one draft, so whatever became of the call, this is it.
                slideshows.need(api_key, "videos.draft")
                found = client.draft()
                if found is None:
                    text = _("Picovico's answer was lost, and there is no draft. Nothing is doubled by trying again.")
                    raise NotNow(text) from None
            # Somebody else may have begun one since it was asked for: then this is theirs.
            fresh = (found.name or name).strip() == name.strip() and not found.assets
    project = _taken_up(team, api_key, found, by)
    if fresh:
        Project.objects.filter(pk=project.pk).update(source=Source.BEGUN)
        project.source = Source.BEGUN
        audit.record(team=team, by=by, verb="slideshow.started", target=project, title=project.title)
    return project, fresh


def open_draft(*, team: Team, api_key: ApiKey, upstream_id: str, by: User) -> Project:
    """The open draft, when it is still this one. Raises NotNow; nothing is begun."""
    found = slideshows.draft(api_key)
    if found is None or found.id != upstream_id:
        raise NotNow(_("This is not the open draft any more: its film was asked for, or it was deleted."))
    return _taken_up(team, api_key, found, by)


def _taken_up(team: Team, api_key: ApiKey, found: Video, by: User) -> Project:
    project, _is_new = imports.take_up_seen(team=team, api_key=api_key, seen=found, by=by)
    take_over(project, found)
    return project


def read(project: Project) -> Video:
    """The draft as it is now. Raises NotNow."""
    with asking(project.api_key, "videos.get") as client:
        seen = client.get_video(project.upstream_id)
    take_over(project, seen)
    return seen


def save(*, project: Project, by: User, changes: UpdateVideo, known: str, page: str = "") -> Video:
    """Put these values into the draft; `known` is the version that the person saw (slideshow_evidence), "" to save
    whatever is there. Entries of its credits that are no pairs of texts stay. `page`: what is pressed again on the same
    page waits for nobody.

    Raises Changed, and NotNow with a sentence for the person; then nothing was saved, or it says that it may have been.
    """
    # Of the draft itself: another team may have a key of the same account. What a process that died while saving has
    # left keeps nobody waiting for longer than LONGEST_SAVE, and whoever presses again on that page not at all.
    one_at_a_time = f"slideshow-save:{project.api_key.environment}:{project.upstream_id}"
    mine = page or uuid.uuid4().hex
    if not cache.add(one_at_a_time, mine, LONGEST_SAVE) and cache.get(one_at_a_time) != mine:
        raise NotNow(_("It is being saved at this very moment, so nothing was saved now. Save again in a moment."))
    try:
        return _save(project, by, changes, known)
    except UnknownOutcome:
        audit.record(team=project.team, by=by, verb="slideshow.save_lost", target=project, title=project.title)
        raise NotNow(
            _("Picovico's answer was lost: it may be saved, or not. Save it again; the same twice changes nothing.")
        ) from None
    finally:
        if cache.get(one_at_a_time) == mine:
            cache.delete(one_at_a_time)


def _save(project: Project, by: User, changes: UpdateVideo, known: str) -> Video:
    slideshows.changes(project.api_key)
    with asking(project.api_key, "videos.get", "videos.update") as client:
        seen = client.get_video(project.upstream_id)
        if not seen.is_draft:
            take_over(project, seen)
            raise NotNow(_("It is no draft any more: its film was asked for. Nothing was saved."))
        if call_decisions.live(project, slideshow_evidence.OPERATION):
            raise NotNow(_("Its film was asked for just now, so nothing was saved: it is made of what was there."))
        changes = replace(changes, odd_credit=seen.odd_credit)
        if has(seen, changes):
            take_over(project, seen)
            return seen
        if known and slideshow_evidence.version(seen) != known:
            raise Changed(seen)
        seen = client.update_video(project.upstream_id, changes)
    take_over(project, seen)
    fields = sorted(changes.to_json())
    title = seen.name or project.title
    audit.record(team=project.team, by=by, verb="slideshow.saved", target=project, title=title, fields=fields)
    return seen


def has(seen: Video, changes: UpdateVideo) -> bool:
    """Whether the draft is just like that already."""
    pairs = (
        (changes.name, seen.name),
        (changes.style, seen.style),
        (changes.quality, seen.quality),
        (changes.credit, seen.credit),
        (changes.assets, seen.assets),
    )
    return all(wanted is None or wanted == there for wanted, there in pairs)


def take_over(project: Project, seen: Video) -> None:
    """What somebody has just read of a draft. What is none any more is left to a look, which comes at once."""
    if seen.is_draft:
        _write(project, seen)
    else:
        looks.soon(project)
        waking.project(project.pk)


@transaction.atomic
def _write(project: Project, seen: Video) -> None:
    call_decisions.lock(project)
    if project.state != ProjectState.DRAFT and project.seen_at is not None:
        return  # a look knows better
    now = timezone.now()
    values = picovico.fields(project, seen, now) | {"seen_at": now, "look_problem": "", "missing_since": None}
    if "state" not in values:
        return  # an older answer than the one we know
    for name, value in values.items():
        setattr(project, name, value)
    project.save(update_fields=list(values))
