"""Noticing that the database is an older copy than the one this node has worked with (design: reliability, I10).

The database holds a number that only goes up; beside its data each node keeps the highest one it has seen. A backup
that is restored brings a lower number back, or comes without the node's file, or with a file that is a copy itself.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone

from dashboard.models import Epoch, UpstreamCall

# The file is written and its times are set in the same moment; a copy of it is younger than what it says.
COPIED_AFTER = dt.timedelta(minutes=2)
# A node without the file is a new one where others are at work; where nobody was for this long, it may be a restore.
SILENT_FOR = dt.timedelta(minutes=10)
_in_this_process = threading.Lock()


@contextmanager
def _lock() -> Iterator[None]:
    """One writer on this node: a worker that takes over from another runs beside it for a moment."""
    path = Path(settings.PULSE_FILE)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _in_this_process, path.with_name(f"{path.name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Sign(StrEnum):
    """How a restored copy was noticed; SAID: an operator told us."""

    OLDER = "older"
    COPIED = "copied"
    MOVED = "moved"
    OTHER_SERVER = "other_server"
    SAID = "said"


class Mark(NamedTuple):
    """What this node saw last: the epoch's number and its pulse. `copied`: the file itself was copied or restored
    since it was written."""

    number: int
    pulse: int
    copied: bool

    def is_behind(self, row: Epoch) -> bool:
        return (self.number, self.pulse) <= (row.number, row.pulse)


UNREADABLE = Mark(-1, -1, copied=True)


def sign() -> Sign | None:
    """Has the database gone back since this node (or any) worked with it? None when it has not, and for a database in
    which nothing was ever to be sent."""
    # Before the row: what the file says was in the database when it was written.
    mark = _read()
    row = Epoch.objects.filter(pk=1).first()
    if row is None:
        row = Epoch()
    found = _compare(mark, row)
    return found if found and UpstreamCall.objects.exists() else None


def _compare(mark: Mark | None, row: Epoch) -> Sign | None:
    here, life = identity(), timeline()
    if row.identity and here and not _is_same(row.identity, here):
        return Sign.OTHER_SERVER
    if row.timeline and life and row.timeline != life:
        return Sign.OTHER_SERVER
    if mark is None:
        if row.pulsed_at is None:
            return None
        # A database in a file has no other nodes at work on it.
        alone = connection.vendor == "sqlite"
        return Sign.MOVED if alone or timezone.now() - row.pulsed_at > SILENT_FOR else None
    if mark is UNREADABLE:
        return Sign.COPIED
    if not mark.is_behind(row):
        return Sign.OLDER
    # With a higher number another node has dealt with a restore, and this one only follows.
    return Sign.COPIED if mark.copied and mark.number == row.number else None


def note() -> int:
    """Before a call goes out, and with each beat: one higher, in the database and then in this node's file."""
    with _lock():
        Epoch.current()
        Epoch.objects.filter(pk=1).update(
            pulse=F("pulse") + 1, pulsed_at=timezone.now(), identity=identity(), timeline=timeline()
        )
        row = Epoch.objects.get(pk=1)
        _write(row)
    return row.pulse


def raise_above(row: Epoch) -> None:
    """Give it a number and a pulse higher than the database's and than what this node has seen."""
    mark = _read() or Mark(0, 0, copied=False)
    row.number = max(row.number, mark.number) + 1
    row.pulse = max(row.pulse, mark.pulse) + 1


def identity() -> str:
    """Which server and which database of it: a dump that is loaded elsewhere, or under a new name, has another one."""
    if connection.vendor != "postgresql":
        return ""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT oid, has_function_privilege('pg_control_system()', 'execute') FROM pg_database"
            " WHERE datname = current_database()"
        )
        database, may_ask = cursor.fetchone()
        server = ""
        if may_ask:  # some hosts keep it to themselves
            cursor.execute("SELECT system_identifier FROM pg_control_system()")
            (server,) = cursor.fetchone()
    return f"{server}:{database}"


def timeline() -> str:
    """A base backup that was recovered to a moment, and a replica that was promoted, begin a new one: they may both
    lack the last that was sent. "" where that is not told."""
    if connection.vendor != "postgresql":
        return ""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_function_privilege('pg_walfile_name(pg_lsn)', 'execute')"
            " AND has_function_privilege('pg_current_wal_lsn()', 'execute')"
        )
        (may_ask,) = cursor.fetchone()
        if not may_ask:
            return ""
        cursor.execute("SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)")
        (life,) = cursor.fetchone()
    return str(life)


def _is_same(known: str, here: str) -> bool:
    """A host that keeps its server's number to itself from one day on says nothing by that; nor does what another
    release of ours may have written behind the two."""
    return all(a == b for a, b in zip(known.split(":"), here.split(":"), strict=False) if a and b)


# --- This node's file -----------------------------------------------------------------------------


def _read() -> Mark | None:
    path = Path(settings.PULSE_FILE)
    try:
        data = json.loads(path.read_text())
        number, pulse, at = int(data["number"]), int(data["pulse"]), float(data["at"])
        changed = path.stat().st_ctime
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError):
        # Half a file, or another's: it is no proof of anything, so a person is asked.
        return UNREADABLE
    # Nobody can set a file's change time: after a copy it is that of the copy.
    return Mark(number, pulse, copied=changed - at > COPIED_AFTER.total_seconds())


def _write(row: Epoch) -> None:
    path = Path(settings.PULSE_FILE)
    known = _read()
    if known and not known.copied and not known.is_behind(row):
        return
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("w") as file:
        file.write("\n")
        file.flush()
        # By the file system's own clock, which may be another machine's.
        json.dump({"number": row.number, "pulse": row.pulse, "at": os.fstat(file.fileno()).st_mtime}, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def write(row: Epoch) -> None:
    """After a restore was dealt with: from here on this copy is the one that counts."""
    with _lock():
        Path(settings.PULSE_FILE).unlink(missing_ok=True)
        _write(row)
