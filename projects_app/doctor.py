"""Whether uploads find their place: for the doctor and for /readyz."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from dashboard import bounded
from dashboard.doctor import Finding, Scope, State, disk
from dashboard.templatetags.timefmt import filesize10
from projects_app import spool

SECONDS: Final = 3.0
# So much more than the floor is a comfortable place for a day.
ROOMY: Final = 20_000_000_000


class Spool(NamedTuple):
    """`free`: what uploads may still take. `beside_database`: on the disk of an embedded one."""

    free: int
    writable: bool
    beside_database: bool


def measure() -> Spool:
    free = spool.free_bytes()  # makes the folder where there is none
    folder = Path(settings.SPOOL_DIR)
    return Spool(free, disk.is_writable(folder), _is_beside_database(folder))


def _is_beside_database(folder: Path) -> bool:
    if connection.vendor != "sqlite":
        return False
    try:
        return folder.stat().st_dev == Path(str(connection.settings_dict["NAME"])).stat().st_dev
    except OSError:
        return False


def ready() -> str:
    """For strangers: no path, no size."""
    found = measure()
    if not found.writable:
        return _("cannot be written to")
    return "" if found.free > 0 else _("has no space left for uploads")


def look(scope: Scope) -> Iterator[Finding]:
    name = _("Place for uploads")
    try:
        found = bounded.ask("spool", measure, seconds=SECONDS)
    except bounded.NoAnswer:
        text = _("The disk for uploads gives no answer within %(seconds)d seconds.") % {"seconds": SECONDS}
        yield Finding(name, State.BAD, text, _("See that the disk is still connected."))
        return
    except OSError as error:
        text = _("The folder for uploads cannot be used: %(error)s.") % {"error": os.strerror(error.errno or 0)}
        yield Finding(name, State.BAD, text, _("See that SPOOL_DIR exists and belongs to the desk's user."))
        return
    yield _space(found)
    if found.beside_database:
        text = _("Uploads lie on the same disk as the database. SPOOL_FLOOR_BYTES (%(floor)s) stay free for it.")
        advice = _("With large uploads give them a disk of their own (SPOOL_DIR), so that neither stops the other.")
        told = {"floor": filesize10(settings.SPOOL_FLOOR_BYTES)}
        yield Finding(_("Disk of the uploads"), State.WARN, text % told, advice)


def _space(found: Spool) -> Finding:
    name = _("Place for uploads")
    told = {"free": filesize10(max(0, found.free)), "floor": filesize10(settings.SPOOL_FLOOR_BYTES)}
    if not found.writable:
        text = _("Nothing can be written there. New uploads are refused; what has come is safe.")
        advice = _("See that the disk is not full or read-only, and that SPOOL_DIR belongs to the desk's user.")
        return Finding(name, State.BAD, text, advice)
    if found.free <= 0:
        text = _("Full: %(floor)s stay free, and less is left. New uploads are refused; what has come is safe.")
        return Finding(name, State.BAD, text % told, _("Make room on the disk of SPOOL_DIR; uploads then go on."))
    if found.free < ROOMY:
        text = _("Room for %(free)s of uploads, with %(floor)s kept free.")
        advice = _("One recording may have 10 GB. Make room before it is needed.")
        return Finding(name, State.WARN, text % told, advice)
    return Finding(name, State.OK, _("Room for %(free)s of uploads, with %(floor)s kept free.") % told)
