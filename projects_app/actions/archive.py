"""What is kept in a team's archive: asked for by people, or by itself as the team wishes. The copying is done by
archive_copies.py; nothing here spends or changes anything at a provider."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from typing import Any, Final

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import audit, heartbeat
from dashboard.models import Team, User
from projects_app import archive_files, archive_links
from projects_app.actions import waking
from projects_app.actions.projects import NotNow
from projects_app.models import ArchivedVideo, ArchivePolicy, ArchiveState, Clip, Decision, Export, Keep

# So many wait at once of what nobody asked for: a team that begins with thousands of clips must not hold up the others.
MOST_WAITING: Final = 20
# Each minute only what is new is looked for; all of it once an hour, and while there is more than was taken.
LATELY: Final = dt.timedelta(hours=2)
ALL_SECONDS: Final = 3600
# After so long it is tried whether a full archive has room again.
FULL_SECONDS: Final = 3600
_THROUGH: Final = "archive:looked-through"


# --- What people ask for ------------------------------------------------------------------------------------------


@transaction.atomic
def keep(*, thing: Clip | Export, by: User | None) -> ArchivedVideo:
    """It is copied in the background. Asking for what is kept, or on its way, changes nothing; of a clip that shows
    another video now, that one takes the place of the old. `by`: None when it is the team's standing wish. Raises
    NotNow when there is no video."""
    which = {"clip": thing} if isinstance(thing, Clip) else {"export": thing}
    team, now = thing.project.team, timezone.now()
    made, is_new = ArchivedVideo.objects.get_or_create(
        **which, defaults={"team": team, "asked_by": by, "next_look_at": now}
    )
    row = made if is_new else ArchivedVideo.objects.select_for_update(of=("self",)).get(pk=made.pk)
    if not is_new and not _again(row, by):
        return row
    if not archive_links.of(thing).url and not row.sha256:
        raise NotNow(_("There is no video to keep: its provider shows none."))
    if by:
        audit.record(team=team, by=by, verb="archive.asked", target=row, title=row.title)
    waking.archive(row.pk)
    return row


def _again(row: ArchivedVideo, by: User | None) -> bool:
    """Whether the wish changes what was known of it already."""
    now = timezone.now()
    fresh = {"problem": "", "looks": 0, "next_look_at": now, "asked_by": by}
    if row.state == ArchiveState.WAITING:
        if row.asked_by_id or by is None:
            return False
        # It was to be kept by itself: now somebody counts on it.
        values: dict[str, Any] = {"asked_by": by}
    elif row.is_kept:
        if row.renews or archive_links.is_current(row):
            return False
        values = fresh | {"renews": True, "received": 0, "etag": ""}
    elif row.sha256 and not heartbeat.is_gone(row.node):
        # It was here, and its disk may come back: its sum and its node stay known.
        values = fresh | {"state": ArchiveState.WAITING, "received": 0, "etag": ""}
    else:
        values = fresh | {"state": ArchiveState.WAITING, "received": 0, "etag": "", "size": None, "node": ""}
        values |= {"source": "", "sha256": "", "created_at": now}
    ArchivedVideo.objects.filter(pk=row.pk).update(**values)
    row.refresh_from_db()
    return True


@transaction.atomic
def remove(*, archived: ArchivedVideo, by: User) -> bool:
    """The copy is deleted, or the copying ended. The row stays, so that it does not come back by itself."""
    row = ArchivedVideo.objects.select_for_update(of=("self",)).get(pk=archived.pk)
    if row.state == ArchiveState.REMOVED:
        return False
    values = {"state": ArchiveState.REMOVED, "received": 0, "next_look_at": None, "problem": "", "sha256": ""}
    ArchivedVideo.objects.filter(pk=row.pk).update(**values, renews=False)
    audit.record(team=row.team, by=by, verb="archive.removed", target=row, title=row.title, size=row.size or 0)
    # There is room again, for what is old too.
    cache.delete_many([_full_name(row.team_id), _THROUGH])
    if row.node in ("", settings.NODE):
        # Elsewhere that node's next sweep does it.
        transaction.on_commit(lambda: archive_files.remove(row.pk))
    archived.refresh_from_db()
    return True


@transaction.atomic
def wish(*, team: Team, keep: Keep, by: User) -> bool:
    """What goes into the archive by itself from now on; what lies there stays. True when that changed it."""
    Team.locked(team.pk)
    if (before := ArchivePolicy.of(team)) == keep:
        return False
    ArchivePolicy.objects.update_or_create(team=team, defaults={"keep": keep})
    audit.record(team=team, by=by, verb="archive.wish_changed", target=team, before=str(before), after=str(keep))
    if keep == Keep.NOTHING:
        untouched = ArchivedVideo.objects.for_team(team).waiting().filter(asked_by=None, received=0, sha256="")
        untouched.filter(lease_until=None).delete()
    transaction.on_commit(lambda: cache.delete(_THROUGH))
    return True


# --- What happens by itself ---------------------------------------------------------------------------------------


def keep_by_itself(*, most: int = MOST_WAITING) -> int:
    """What the teams wish and nobody asked for yet. Safe to call at any time; returns how many were begun."""
    room = most - ArchivedVideo.objects.waiting().filter(asked_by=None).count()
    if room <= 0:
        return 0
    chosen = _fairly(_wished(timezone.now() - LATELY), room)
    if len(chosen) < room and not cache.get(_THROUGH):
        known = {thing.pk for thing in chosen}
        older = [thing for thing in _wished(None) if thing.pk not in known]
        added = _fairly(older, room - len(chosen))
        if len(added) < room - len(chosen):
            cache.set(_THROUGH, 1, ALL_SECONDS)
        chosen += added
    for thing in chosen:
        keep(thing=thing, by=None)
    return len(chosen)


def _wished(since: dt.datetime | None) -> list[Clip | Export]:
    """Of each team a few more than may wait at once, oldest first."""
    wishes = dict(ArchivePolicy.objects.values_list("team", "keep"))
    found: list[Clip | Export] = []
    for team in Team.objects.exclude(archive_policy__keep=Keep.NOTHING):
        if is_full(team.pk):
            continue
        clips = Clip.objects.for_team(team).filter(archived=None).exclude(video="", download_url="")
        exports = Export.objects.for_team(team).done().filter(archived=None).exclude(direct_url="", download_url="")
        if wishes.get(team.pk) != Keep.ALL:
            clips, exports = clips.filter(decision=Decision.APPROVED), exports.none()
            clips = clips.filter(decided_at__gte=since) if since else clips
        elif since:
            # Nobody asked for what the provider rendered by itself, so its end was not waited for.
            lately = Q(finished_at__gte=since) | Q(finished_at=None, created_at__gte=since)
            clips, exports = clips.filter(created_at__gte=since), exports.filter(lately)
        both: list[Clip | Export] = [*clips.select_related("project__team").order_by("created_at")[:MOST_WAITING]]
        both += exports.select_related("project__team").order_by("created_at")[:MOST_WAITING]
        found += sorted(both, key=lambda thing: thing.created_at)[:MOST_WAITING]
    return found


def _fairly(things: list[Clip | Export], room: int) -> list[Clip | Export]:
    """One of each team, then the next of each, as long as there is room."""
    of_teams: dict[uuid.UUID, list[Clip | Export]] = {}
    for thing in things:
        of_teams.setdefault(thing.project.team_id, []).append(thing)
    rounds = itertools.zip_longest(*of_teams.values())
    return [thing for each in rounds for thing in each if thing is not None][:room]


def found_full(team: Team) -> None:
    """Nothing more is begun by itself until somebody takes something out, or for an hour."""
    cache.set(_full_name(team.pk), 1, FULL_SECONDS)


def is_full(team_pk: uuid.UUID) -> bool:
    return bool(cache.get(_full_name(team_pk)))


def _full_name(team_pk: uuid.UUID) -> str:
    return f"archive-full:{team_pk}"


def is_connected() -> bool:
    """The folder is this node's archive, and not the empty place at which its disk should be, nor another node's. A
    first folder is marked."""
    if (whose := archive_files.marked_for()) is not None:
        return whose == settings.NODE
    if ArchivedVideo.objects.filter(node=settings.NODE).exclude(sha256="").exists():
        return False
    archive_files.mark()
    return True
