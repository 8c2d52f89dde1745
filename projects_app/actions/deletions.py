"""A video is deleted at its provider because a person asked for it. It cannot be undone there.

Asking twice deletes nothing more, so no answer is waited for in the background: where the answer was lost, the next
look tells whether the video is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import audit, budgets, crypto, remote
from dashboard.actions import api_keys, upstream_calls
from dashboard.models import AuditEvent, Provider, UpstreamCall, User
from projects_app.actions import call_decisions, gone, looks, readers, slideshows, waking, whole_videos
from projects_app.actions.projects import NotNow
from projects_app.models import Project, ProjectState
from providers.errors import NotFound, ProviderError, RouteNotFound, Unauthorised, UnknownOutcome


class Deletes(NamedTuple):
    """`endpoint`: the class of the call (providers/<name>/limits.py)."""

    endpoint: str
    client: Callable[..., Any]
    call: Callable[[Any, str], object]


DELETES: Final[Mapping[Provider, Deletes]] = {
    Provider.MAGIC_HOUR: Deletes(
        "video_projects.delete", remote.magic_hour, lambda client, number: client.delete_video_project(number)
    ),
    Provider.PICOVICO: Deletes("videos.delete", remote.picovico, lambda client, number: client.delete_video(number)),
}


def may_be_asked(project: Project) -> bool:
    """Submagic has no way to delete; what is deleted is deleted."""
    return project.api_key.provider in DELETES and bool(project.upstream_id) and project.state != ProjectState.DELETED


def ask(*, project: Project, by: User) -> bool:
    """True when it is gone; False when the answer was lost and the next look tells. Raises NotNow with a sentence for
    the person when nothing was deleted."""
    if not may_be_asked(project):
        raise NotNow(_("This video cannot be deleted from here."))
    slideshows.changes(project.api_key)
    asked_before = False
    told, how = {"provider": project.provider_name}, DELETES[Provider(project.api_key.provider)]
    try:
        with how.client(project.api_key, timeouts=remote.WHILE_SOMEBODY_WAITS) as client:
            if seconds := budgets.turn(project.api_key, how.endpoint, click=True):
                text = _("%(provider)s's limit is used up. Nothing was deleted; try again in %(minutes)d min.")
                raise NotNow(text % (told | {"minutes": max(1, round(seconds / 60))}))
            asked_before = _was_asked(project)
            audit.record(team=project.team, by=by, verb="project.delete_asked", target=project, title=project.title)
            how.call(client, project.upstream_id)
    except UnknownOutcome:
        told_by = {"key": str(project.api_key.pk), "key_version": project.api_key.version}
        audit.record(team=project.team, by=by, verb="project.delete_unanswered", target=project, **told_by)
        looks.soon(project)
        waking.project(project.pk)
        return False
    except (ProviderError, remote.NoUsableKey, crypto.CannotOpen) as error:
        if isinstance(error, Unauthorised):
            api_keys.doubt(key=project.api_key, problem=error.message)
        if not isinstance(error, NotFound) or isinstance(error, RouteNotFound):
            reason = error.message if isinstance(error, ProviderError) else str(error)
            raise NotNow(_("Nothing was deleted. %(reason)s") % {"reason": reason}) from None
        if not (asked_before or _sees_others(project)):
            # R15: the key may be of another account by now, and the video untouched in its own.
            looks.soon(project)
            waking.project(project.pk)
            text = _("Nothing was deleted. %(reason)s It is looked up now; this page tells what became of it.")
            raise NotNow(text % {"reason": error.message}) from None
    _gone(project, by)
    return True


def _sees_others(project: Project) -> bool:
    """Whether the key finds anything else that we know of: only then is what it does not find deleted."""
    if budgets.turn(project.api_key, readers.of(project.api_key).endpoint, click=True):
        return False
    return gone.finds_any(gone.others(project), timeouts=remote.WHILE_SOMEBODY_WAITS) is True


def _was_asked(project: Project) -> bool:
    """With this very secret, which has seen it before, and the answer was lost: then it is gone since."""
    key, events = project.api_key, AuditEvent.objects.for_team(project.team)
    entered = events.filter(verb__in=("api_key.added", "api_key.replaced"), target_id=str(key.pk))
    since = entered.order_by("-at").values_list("at", flat=True).first()
    if project.seen_at is None or (since and project.seen_at < since):
        return False
    lost = events.filter(verb="project.delete_unanswered", target_id=str(project.pk))
    return lost.filter(data__key=str(key.pk), data__key_version=key.version).exists()


@transaction.atomic
def _gone(project: Project, by: User) -> None:
    call_decisions.lock(project)
    now = timezone.now()
    reason, advice = whole_videos.words_of_deletion(project.provider_name)
    values = {
        "state": ProjectState.DELETED,
        "failure_reason": reason,
        "advice": advice,
        "direct_url": "",
        "download_url": "",
        "finished_at": project.finished_at or now,
        "next_look_at": None,
        "details": {name: value for name, value in project.details.items() if name != "downloads"},
    }
    for call in UpstreamCall.objects.live().for_target(project.pk).select_related("team"):
        # Its film was asked for, and is nobody's business any more. What is on the wire ends by itself.
        upstream_calls.abandon(call=call, by=by)
    Project.objects.filter(pk=project.pk).update(**values)
    whole_videos.forget(project, now)
    audit.record(team=project.team, by=by, verb="project.deleted", target=project, title=project.title)
