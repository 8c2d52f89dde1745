"""The links of videos, which run out: read anew before something is played or fetched."""

from __future__ import annotations

import datetime as dt

from django.core.cache import cache
from django.utils import timezone

from dashboard import budgets, crypto, remote
from projects_app import media_csp
from projects_app.actions import looks, readers, waking
from projects_app.models import Clip, Project
from providers.errors import ProjectNotFound, ProviderError

# Where the provider tells no time.
GO_STALE = dt.timedelta(minutes=30)


def refresh(thing: Clip | Project) -> bool:
    """Before a video is played or fetched: read its links anew when they may be stale. True when they are fresh now."""
    project = thing.project if isinstance(thing, Clip) else thing
    if are_fresh(thing):
        return True
    # One try a minute for each: a page that is loaded again and again must not use up the limit.
    if not thing.upstream_id or not cache.add(f"links:{thing.pk}", 1, 60):
        return False
    reader = readers.of(project.api_key)
    try:
        with reader.client(project.api_key, timeouts=remote.WHILE_SOMEBODY_WAITS) as client:
            if budgets.turn(project.api_key, reader.endpoint, click=True):
                return False
            found = reader.read(client, thing.upstream_id)
            reader.links(thing, found)
    except ProjectNotFound:
        if isinstance(thing, Project):
            _look(project)
        return False
    except (ProviderError, remote.NoUsableKey, crypto.CannotOpen):
        return False
    media_csp.remember(project.team_id, reader.addresses(found))
    if are_fresh(thing):
        return True
    # It gave no link that works: what became of the video is written down by a whole look.
    _look(project)
    return False


def _look(project: Project) -> None:
    looks.soon(project)
    waking.project(project.pk)


def are_over(thing: Clip | Project) -> bool:
    """Whether the stored link cannot work any more, by the time that the provider told."""
    project = thing.project if isinstance(thing, Clip) else thing
    until = readers.of(project.api_key).links_until(project)
    return until is not None and until <= timezone.now()


def are_fresh(thing: Clip | Project) -> bool:
    """Until the time that the provider tells; where it tells none for half an hour, and the sandbox's for ever."""
    project = thing.project if isinstance(thing, Clip) else thing
    if until := readers.of(project.api_key).links_until(project):
        return timezone.now() < until
    return project.api_key.is_sandbox or (thing.seen_at is not None and timezone.now() - thing.seen_at < GO_STALE)
