"""Whether the archive finds its place, and its files are where they were put: for the doctor."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard import bounded
from dashboard.doctor import Finding, Scope, State, disk
from dashboard.templatetags.timefmt import filesize10
from projects_app import archive_files
from projects_app.models import ArchivedVideo

SECONDS: Final = 3.0
# Files are looked for one by one.
MOST_LOOKED_FOR: Final = 500


class Place(NamedTuple):
    """`free`: bytes that copies may still take. `missing` of `known`: the newest files that should be here.
    `whose`: the node that the folder is marked for, None where there is no mark."""

    free: int
    writable: bool
    missing: int
    known: int
    whose: str | None


def measure(here: Sequence[tuple[uuid.UUID, int | None]]) -> Place:
    free = archive_files.free_bytes()  # makes the folder where there is none
    missing = sum(archive_files.size_of(pk) != size for pk, size in here)
    return Place(free, disk.is_writable(Path(settings.ARCHIVE_DIR)), missing, len(here), archive_files.marked_for())


def look(scope: Scope) -> Iterator[Finding]:
    name = _("Archive")
    mine = ArchivedVideo.objects.kept().filter(node=settings.NODE).order_by("-kept_at")
    here = list(mine.values_list("pk", "size")[:MOST_LOOKED_FOR])
    try:
        found = bounded.ask("archive", lambda: measure(here), seconds=SECONDS)
    except bounded.NoAnswer:
        text = _("The disk of the archive gives no answer within %(seconds)d seconds.") % {"seconds": SECONDS}
        yield Finding(name, State.BAD, text, _("See that the disk is still connected."))
        return
    except OSError as error:
        text = _("The folder of the archive cannot be used: %(error)s.") % {"error": os.strerror(error.errno or 0)}
        yield Finding(name, State.BAD, text, _("See that ARCHIVE_DIR exists and belongs to the desk's user."))
        return
    yield _said(name, found)


def _said(name: str, found: Place) -> Finding:
    told = {"missing": found.missing, "known": found.known, "free": filesize10(max(0, found.free))}
    if found.whose not in (None, settings.NODE):
        text = _("The folder is the archive of the node “%(whose)s”, and this one is “%(mine)s”.")
        advice = _("Give each node a folder of its own (ARCHIVE_DIR), or this one its old name again (NODE).")
        return Finding(name, State.BAD, text % {"whose": found.whose, "mine": settings.NODE}, advice)
    if found.known and found.whose is None:
        text = _("The folder has lost its mark: most likely its disk is not connected.")
        advice = _("See that the disk of ARCHIVE_DIR is connected. Nothing is copied or fetched again before that.")
        return Finding(name, State.BAD, text, advice)
    if not found.writable:
        text = _("Nothing can be written there. New copies wait; what is kept is safe.")
        advice = _("See that ARCHIVE_DIR belongs to the desk's user, on a disk with room.")
        return Finding(name, State.BAD, text, advice)
    if found.free <= 0:
        text = _("Full: new copies wait; what is kept is safe.")
        advice = _("Make room on the disk of ARCHIVE_DIR; they then go on by themselves.")
        return Finding(name, State.WARN, text, advice)
    if found.missing:
        text = ngettext(
            "%(missing)d kept video is not whole on the disk.",
            "%(missing)d kept videos are not whole on the disk.",
            found.missing,
        )
        advice = _("They are fetched again within the hour, while their providers have them.")
        return Finding(name, State.WARN, text % told, advice)
    return Finding(name, State.OK, _("Room for %(free)s of kept videos.") % told)
