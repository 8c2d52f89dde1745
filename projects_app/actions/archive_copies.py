"""Copying a finished video to the archive, in a worker: fetched, checked, made durable, and only then called kept.

A copy that breaks off, or whose worker is killed, goes on where it was when the host still has the same version.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import random
import threading
import uuid
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import audit, budgets, leases
from dashboard.templatetags.timefmt import filesize10
from projects_app import archive_files, durable
from projects_app.actions import archive, waking
from projects_app.actions.archive_downloads import Ended, Full, Gone, Try, fetch, write
from projects_app.models import ArchivedVideo, ArchiveState
from providers.files import FileTrouble, NotAllowed

log = logging.getLogger(__name__)

# Tries without a new byte, some seconds and in the end most of an hour apart.
MOST_TRIES: Final = 6
FIRST_WAIT, LONGEST_WAIT = 10.0, 3600.0
# Until somebody has made room, or connected a disk.
NO_ROOM_WAIT: Final = 900.0
# So many at once in a worker, whose other threads stay free for what people wait for.
AT_ONCE: Final = 2
LINE_WAIT: Final = 600.0
_lines: Final = threading.BoundedSemaphore(AT_ONCE)


def copy(pk: uuid.UUID) -> None:
    """One try. What it leaves undone is due again by the row's own time."""
    row = ArchivedVideo.objects.for_page().to_copy().filter(pk=pk).first()
    if row is None or row.node not in ("", settings.NODE):
        return
    if not _lines.acquire(blocking=False):
        # Whoever is through with one wakes the next.
        ArchivedVideo.objects.to_copy().filter(pk=pk).update(next_look_at=_in(LINE_WAIT))
        return
    try:
        _take(row)
    finally:
        _lines.release()
    if following := ArchivedVideo.objects.next_for(settings.NODE, after=pk):
        waking.archive(following)


def _take(row: ArchivedVideo) -> None:
    with leases.held(row, heartbeat=True) as hold:
        if hold is None or not row.is_under_way or row.node not in ("", settings.NODE):
            return
        try:
            _told(hold, row)
        except (Ended, leases.LeaseLost):
            _clear_if_removed(row)


def _told(hold: leases.Held, row: ArchivedVideo) -> None:
    """Tries, and writes down why it did not work."""
    grew = False
    try:
        if not archive.is_connected():
            problem = _("The disk of the archive is not connected. It goes on by itself when it is back.")
            write(hold, problem=problem, next_look_at=_in(NO_ROOM_WAIT))
            return
        with archive_files.part(row.pk) as part:
            # After the file's lock: who had stalled before it may have lost the row meanwhile.
            write(hold, node=settings.NODE)
            began = part.size
            try:
                _copy(Try(hold, row, part))
            finally:
                grew = part.size > began
    except archive_files.Busy:
        write(hold, problem=_("Another worker is still at it."), next_look_at=_in(FIRST_WAIT))
    except archive_files.NoRoom:
        problem = _("There is no room on the desk's disk. It goes on by itself when an admin has made some.")
        write(hold, problem=problem, next_look_at=_in(NO_ROOM_WAIT))
    except Full:
        _full(hold, row)
    except FileTrouble as trouble:
        _try_again(hold, row, trouble, grew=grew)
    except budgets.NoTurn as wait:
        problem = _("Its link has run out; a new one waits its turn.")
        write(hold, problem=problem, next_look_at=_in(max(FIRST_WAIT, wait.seconds)))
    except OSError as error:
        log.exception("archived video %s could not be written", row.pk)
        problem = _("The disk of the archive cannot be used: %(error)s. It goes on by itself when it can.")
        text = problem % {"error": os.strerror(error.errno or 0)}
        write(hold, problem=text, next_look_at=_in(NO_ROOM_WAIT))


def _copy(this: Try) -> None:
    row, part = this.row, this.part
    if row.sha256 and not row.renews and (found := archive_files.look(row.pk)) is not None:
        # Its worker was killed before it could say so, or its disk was away for a while.
        if found.sha256 == row.sha256:
            archive_files.settle(row.pk)
            _keep(this, size=found.size, kept_at=row.kept_at or timezone.now())
            archive_files.remove_part(row.pk)
            return
        # Another file than the one that was kept: it stays until there is a better one, and is not looked at again.
        this.write(sha256="", size=None)
    if part.size and not (row.boot and row.boot == durable.boot()):
        part.restart()  # written before the machine went down: nobody knows what of it is on the disk
    kind, seconds = fetch(this)
    facts = {"size": part.size, "sha256": part.digest(), "container": kind, "duration": seconds}
    if not row.renews:
        # By these a file that has its name already is known again.
        this.write(**facts, received=part.size)
    try:
        part.finish()
    except FileNotFoundError:
        raise Ended from None  # taken out in this moment
    _keep(this, **facts, source=this.source, kept_at=timezone.now())


def _keep(this: Try, **facts: Any) -> None:
    row, size = this.row, facts["size"]
    known = {"state": ArchiveState.KEPT, "node": settings.NODE, "received": size, "renews": False}
    with transaction.atomic():
        this.write(**known, **facts, problem="", next_look_at=None, looks=0)
        audit.record(team=row.team, by=row.asked_by, verb="archive.kept", target=row, title=row.title, size=size)


# --- Ends ---------------------------------------------------------------------------------------------------------


def _in(seconds: float) -> dt.datetime:
    return timezone.now() + dt.timedelta(seconds=seconds * random.uniform(1.0, 1.1))


def _try_again(hold: leases.Held, row: ArchivedVideo, trouble: FileTrouble, *, grew: bool) -> None:
    # New bytes are progress: only tries in a row without any count.
    tries = 1 if grew else row.looks + 1
    if isinstance(trouble, NotAllowed | Gone) or tries >= MOST_TRIES:
        _failed(hold, row, str(trouble))
        return
    wait = min(LONGEST_WAIT, FIRST_WAIT * 4 ** (tries - 1))
    write(hold, problem=_("%(what)s It is tried again.") % {"what": trouble}, looks=tries, next_look_at=_in(wait))


def _full(hold: leases.Held, row: ArchivedVideo) -> None:
    if row.asked_by_id is None and not row.sha256:
        # Nobody asked for this one: it comes again by itself when there is room.
        archive.found_full(row.team)
        with transaction.atomic():
            write(hold, received=0)
            gone, _each = ArchivedVideo.objects.waiting().filter(pk=row.pk, asked_by=None).delete()
        archive_files.remove_part(row.pk)
        if gone:
            return
    most = filesize10(settings.ARCHIVE_BYTES_PER_TEAM)
    text = _("Your team's archive is full: it takes %(most)s. Take something out, then keep this again.")
    _failed(hold, row, text % {"most": most})


def _failed(hold: leases.Held, row: ArchivedVideo, problem: str) -> None:
    """A file that has its name stays: of a lost one, whose disk may come back, it is the last copy; and what was to be
    renewed is kept as it is."""
    values: dict[str, Any] = {"problem": problem[:500], "next_look_at": None, "etag": "", "received": 0}
    if not row.renews:
        values |= {"state": ArchiveState.FAILED, "size": row.size if row.sha256 else None}
    with transaction.atomic():
        write(hold, **values, renews=False)
        audit.record(team=row.team, by=row.asked_by, verb="archive.failed", target=row, title=row.title)
    archive_files.remove_part(row.pk)


def _clear_if_removed(row: ArchivedVideo) -> None:
    if ArchivedVideo.objects.filter(pk=row.pk, state=ArchiveState.REMOVED).exists():
        archive_files.remove(row.pk)
