"""The disk with the desk's own files: the embedded database and queue, secrets, static files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from dashboard import bounded
from dashboard.doctor.findings import Finding, Scope, State
from dashboard.templatetags.timefmt import filesize10

SECONDS: Final = 3.0
LOW: Final = 1_000_000_000
TOO_LOW: Final = 100_000_000


class Space(NamedTuple):
    free: int
    writable: bool


def measure(folder: Path) -> Space:
    """Written for real: a mount that became read-only still tells how much is free."""
    space = os.statvfs(folder)
    return Space(space.f_bavail * space.f_frsize, is_writable(folder))


def is_writable(folder: Path) -> bool:
    try:
        # Without a name where the system can, so that nothing is left behind.
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"1")
            probe.flush()
    except OSError:
        return False
    return True


def look(scope: Scope) -> Iterator[Finding]:
    name, folder = _("Data folder"), Path(settings.DATA_DIR)
    try:
        space = bounded.ask("data folder", lambda: measure(folder), seconds=SECONDS)
    except bounded.NoAnswer:
        text = _("The disk of DATA_DIR gives no answer within %(seconds)d seconds.") % {"seconds": SECONDS}
        yield Finding(name, State.BAD, text, _("See that the disk is still connected."))
        return
    except OSError as error:
        text = _("DATA_DIR cannot be read: %(error)s.") % {"error": os.strerror(error.errno or 0)}
        yield Finding(name, State.BAD, text, _("See that the folder exists and belongs to the desk's user."))
        return
    told = {"free": filesize10(space.free)}
    if not space.writable:
        text = _("Nothing can be written into DATA_DIR (%(free)s free).") % told
        yield Finding(name, State.BAD, text, _("See that the disk is not full or read-only, and whose the folder is."))
    elif space.free < LOW:
        state = State.BAD if space.free < TOO_LOW else State.WARN
        text = _("Only %(free)s are free where the desk keeps its own files.") % told
        yield Finding(name, state, text, _("Make room; a full disk stops the embedded database."))
    else:
        yield Finding(name, State.OK, _("%(free)s free, and it can be written to.") % told)
