"""A node's folder of the archive and its rows are made to agree, once an hour. What might still be needed is only put
aside, and what is lost is fetched again while somebody has it."""

from __future__ import annotations

import datetime as dt
import itertools
import logging
import uuid
from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import audit, heartbeat
from projects_app import archive_files
from projects_app.actions import archive
from projects_app.models import ArchivedVideo, ArchiveState

log = logging.getLogger(__name__)

# From when it was found that nobody needs it: what people took out, and what no row knows (a database that is restored
# later may know it).
TAKEN_OUT_AFTER: Final = dt.timedelta(days=1)
STRANGE_AFTER: Final = dt.timedelta(days=30)
_GONE_SECONDS: Final = 24 * 3600
_SURE_SECONDS: Final = 1800


def tidy() -> int:
    """Returns how many files were deleted."""
    free_of_gone_nodes()
    if not archive.is_connected():
        log.error("%s has no mark of this node's archive: its disk is not connected?", settings.ARCHIVE_DIR)
        return 0
    gone = _put_in_order()
    _fetch_lost()
    return gone


def _put_in_order() -> int:
    files, now, gone = archive_files.stored(), timezone.now().timestamp(), 0
    states: dict[uuid.UUID, str] = {}
    for some in itertools.batched(sorted({file.pk for file in files}), 500):
        for pk, node, state in ArchivedVideo.objects.filter(pk__in=some).values_list("pk", "node", "state"):
            # Else it was taken out here and kept again elsewhere; of a node that is gone that cannot be told.
            if node in ("", settings.NODE) or heartbeat.is_gone(node):
                states[pk] = state
    for file in files:
        gone += _is_deleted(file, states.get(file.pk), now)
    return gone


def _is_deleted(file: archive_files.Stored, state: str | None, now: float) -> bool:
    """Whatever else becomes of a file can be taken back. `state`: of its row, None when there is none."""
    age = now - file.changed
    if file.ending == archive_files.PART:
        if state == ArchiveState.WAITING or age < TAKEN_OUT_AFTER.total_seconds():
            return False
        archive_files.remove_part(file.pk)
        return True
    if state in (ArchiveState.KEPT, ArchiveState.WAITING, ArchiveState.FAILED):
        if file.ending != archive_files.LEFT or archive_files.take_back(file.pk):
            return False
        if age > STRANGE_AFTER.total_seconds():
            archive_files.remove_left(file.pk)
            return True
        return False
    if file.ending != archive_files.LEFT:
        archive_files.put_aside(file.pk)
        return False
    if age < (STRANGE_AFTER if state is None else TAKEN_OUT_AFTER).total_seconds():
        return False
    archive_files.remove(file.pk)
    return True


def _fetch_lost() -> None:
    """What should be here and is not, or is not whole; and what was lost and is here again."""
    rows = ArchivedVideo.objects.filter(node=settings.NODE).exclude(sha256="").select_related("team")
    for row in rows.filter(state__in=(ArchiveState.KEPT, ArchiveState.FAILED)):
        is_here = archive_files.size_of(row.pk) == row.size
        if row.is_kept == is_here:
            continue
        if not is_here and not archive_files.is_mine():
            return  # its disk went away meanwhile
        problem = "" if is_here else _("It was no longer whole on the desk's disk and is fetched again.")
        # The copier looks at the file that is here before it fetches anything.
        values = {"state": ArchiveState.WAITING, "problem": problem, "received": 0, "looks": 0, "etag": ""}
        values |= {"renews": False}  # there is nothing left that would stay in use meanwhile
        with transaction.atomic():
            mine = ArchivedVideo.objects.filter(pk=row.pk, state=row.state, sha256=row.sha256)
            if mine.update(**values, next_look_at=timezone.now()) and not is_here:
                audit.record(team=row.team, by=None, verb="archive.lost", target=row, title=row.title)


def free_of_gone_nodes() -> None:
    """What a node began that is gone is begun anew by another; what it kept is safe there and waits for it."""
    now = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    begun = ArchivedVideo.objects.waiting().filter(free, created_at__lt=now - heartbeat.GONE_AFTER)
    begun = begun.exclude(node__in=("", settings.NODE)).filter(sha256="")
    for node in set(begun.values_list("node", flat=True)):
        # With an emptied cache every node looks gone; half an hour later those that live have been heard again.
        name = f"archive-gone:{node}"
        if not heartbeat.is_gone(node):
            cache.delete(name)
        elif (
            not cache.add(name, now.timestamp(), _GONE_SECONDS) and now.timestamp() - cache.get(name, 0) > _SURE_SECONDS
        ):
            begun.filter(node=node).update(node="", received=0, etag="", next_look_at=now)


def live_nodes() -> list[str]:
    """Whose folders hold something, and whose workers can be told so."""
    nodes = set(ArchivedVideo.objects.exclude(node="").values_list("node", flat=True).distinct())
    return sorted(node for node in nodes if not heartbeat.is_gone(node))
