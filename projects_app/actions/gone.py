"""A project that its provider finds no more: deleted there, or the key sees another account now (reliability, R15)."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import budgets, crypto, remote, senders
from dashboard.actions import held_calls
from dashboard.models import ApiKey, UpstreamCall
from projects_app.actions import readers
from projects_app.models import Project, ProjectState
from providers.errors import ProjectNotFound, ProviderError
from providers.http import Timeouts


def nothing_more(project: Project) -> None:
    """What still waits to be sent about it can never go out (R15): it ends here, told instead of refused later."""
    problem = _("Not sent: the project was deleted at %(provider)s.") % {"provider": project.provider_name}
    about = [project.pk, *project.clips.values_list("pk", flat=True)]
    waiting = UpstreamCall.objects.for_team(project.team).filter(target_id__in=about, state__in=held_calls.UNSENT)
    for call in waiting.select_related("team"):
        if held_calls.cannot(call, problem=problem, advice=_("Nothing was posted or spent. Make a new project of it.")):
            # Told where it was asked for; should that message get lost, the minute's mending tells it.
            transaction.on_commit(partial(senders.deliver, call.pk), robust=True)


def others(project: Project) -> list[Project]:
    """A few that the same key has found, the last one first (reliability, R15). One that is done may have been deleted
    there since, so one alone says little."""
    others = Project.objects.filter(api_key=project.api_key, missing_since=None).exclude(upstream_id="")
    others = others.exclude(pk=project.pk).exclude(state=ProjectState.DELETED).select_related("api_key")
    return list(others.order_by(F("seen_at").desc(nulls_last=True))[:3])


def finds_any(others: list[Project], *, timeouts: Timeouts | None = None) -> bool | None:
    """Whether their key still finds one of them; None when that could not be asked."""
    for number, each in enumerate(others):
        reader = readers.of(each.api_key)
        # The first one's turn was taken before.
        if number and budgets.turn(each.api_key, reader.endpoint):
            return None
        try:
            with reader.client(each.api_key, timeouts=timeouts) as client:
                reader.read(client, each.upstream_id)
        except ProjectNotFound:
            continue
        except (ProviderError, remote.NoUsableKey, crypto.CannotOpen):
            return None
        return True
    return False


def look_again_for_the_missing(key: ApiKey) -> None:
    """What the key did not find any more is looked for at once: it may be another secret now."""
    Project.objects.filter(api_key=key, missing_since__isnull=False).exclude(state=ProjectState.DELETED).update(
        next_look_at=timezone.now()
    )
