"""Whether the database answers, how fast, and whether it is the one this code expects. Works while it is away."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.db import DatabaseError, InterfaceError, connection
from django.utils.translation import gettext as _

from dashboard import bounded, tables
from dashboard.doctor.findings import Finding, Scope, State
from providers.http import scrub

SECONDS: Final = 3.0
SLOW_MS: Final = 250
NAMES: Final = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True, slots=True)
class Measured:
    """`journal` and `synchronous` only of SQLite."""

    milliseconds: float
    behind: list[str]
    journal: str = ""
    synchronous: int = 2


def measure() -> Measured:
    """In a thread of its own (dashboard.bounded): a connection may hang where no time-out reaches."""
    journal, synchronous = "", 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")  # the connection is there now, so that it is not counted below
        begun = time.perf_counter()
        cursor.execute("SELECT 1")
        cursor.fetchone()
        milliseconds = (time.perf_counter() - begun) * 1000
        if connection.vendor == "sqlite":
            journal = str(cursor.execute("PRAGMA journal_mode").fetchone()[0])
            synchronous = int(cursor.execute("PRAGMA synchronous").fetchone()[0])
    return Measured(milliseconds, tables.behind(), journal, synchronous)


def answers() -> bool:
    try:
        bounded.ask("database", measure, seconds=SECONDS)
    except (bounded.NoAnswer, DatabaseError, InterfaceError):
        return False
    return True


def look(scope: Scope) -> Iterator[Finding]:
    name = _("Database")
    told: dict[str, object] = {"name": NAMES.get(connection.vendor, connection.vendor), "seconds": SECONDS}
    advice = _("See that the database runs and that DATABASE_URL leads to it. What was confirmed is safe in it.")
    try:
        measured = bounded.ask("database", measure, seconds=SECONDS)
    except bounded.NoAnswer:
        text = _("%(name)s gives no answer within %(seconds)d seconds.") % told
        yield Finding(name, State.BAD, text, advice)
        return
    except (DatabaseError, InterfaceError) as error:
        text = _("%(name)s cannot be used: %(error)s") % {**told, "error": _plain(error)}
        yield Finding(name, State.BAD, text, advice)
        return
    yield _pace(measured, told)
    if connection.vendor == "sqlite":
        yield _safety(measured)
    yield _tables(measured)


def _pace(measured: Measured, told: dict[str, object]) -> Finding:
    told = told | {"ms": max(1, round(measured.milliseconds))}
    if measured.milliseconds > SLOW_MS:
        text = _("%(name)s answers, but a trivial question takes %(ms)d ms.") % told
        return Finding(_("Database"), State.WARN, text, _("Look for what else keeps its machine or disk busy."))
    return Finding(_("Database"), State.OK, _("%(name)s answers a trivial question within %(ms)d ms.") % told)


def _safety(measured: Measured) -> Finding:
    """WAL, or readers wait for writers; FULL, or a power cut takes back what was promised (reliability, I1)."""
    name = _("Safe from a power cut")
    if measured.journal == "wal" and measured.synchronous >= 2:
        return Finding(name, State.OK, _("What is confirmed is on disk first (WAL, synchronous FULL)."))
    told = {"journal": measured.journal, "level": measured.synchronous}
    text = _("A power cut may take back what was confirmed: journal %(journal)s, synchronous %(level)d.") % told
    return Finding(name, State.WARN, text, _("Put DATA_DIR on a local disk; network disks cannot do it (WAL)."))


def _tables(measured: Measured) -> Finding:
    if not measured.behind:
        return Finding(_("Tables"), State.OK, _("Up to date with this release."))
    text = _("Not up to date with this release: %(apps)s.") % {"apps": ", ".join(measured.behind)}
    return Finding(_("Tables"), State.BAD, text, _("Run manage.py migrate, then start the desk again."))


def _plain(error: Exception) -> str:
    """The first line, without the password should a driver ever repeat it."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return scrub(lines[0], *filter(None, [str(connection.settings_dict.get("PASSWORD") or "")]))[:300]
