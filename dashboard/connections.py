"""Connections to the database: the threads of a process share a few."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import InterfaceError, OperationalError, connection

log = logging.getLogger(__name__)

# For what must not get lost: a database server is back after a restart, or a failover, by then.
OUTAGE_SECONDS: Final = 300.0
# How long SQLite waits for another writer before it gives up.
BUSY_MILLISECONDS: Final = 20_000
BUSY: Final = f"PRAGMA busy_timeout={BUSY_MILLISECONDS}"


def share(database: dict[str, Any], *, most: int) -> None:
    """Complete the settings of a PostgreSQL database: at most this many connections for all threads of a process.

    One for every thread would be more than a server gives (100 by default); and each is checked before it is used,
    because one that broke with a restart of the server would stay broken in a thread that lives on.
    """
    kept = {"min_size": 1, "max_size": most, "max_idle": 60, "timeout": 10}
    database |= {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}
    database["OPTIONS"] = database.get("OPTIONS", {}) | {"pool": kept}


def let_go() -> None:
    """Give the connection back before a wait that may take long; the next query takes another.

    Nothing happens inside a transaction, nor with SQLite: its connections are files, and nobody waits for one.
    """
    if not connection.in_atomic_block and connection.vendor != "sqlite":
        connection.close()


_turn = threading.Lock()


@contextmanager
def turn() -> Iterator[None]:
    """For short writes that many threads do at the same moment: with SQLite they go one after the other.

    Its own way of waiting is to look again ten times a second, and whoever looks at the right moment is next: with
    fifty uploads that end together the last one waited for two seconds.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with _turn:
        yield


def eagerly[T](write: Callable[[], T], *, seconds: float = 20.0) -> T:
    """Do a short write for which somebody outside waits, among many that are in no hurry.

    SQLite's own way of waiting looks again after up to a tenth of a second, and the six threads of a worker that do the
    same leave little for whoever sleeps longest; here it is looked again every millisecond. Raises OperationalError
    when it was not its turn for `seconds`. `write` is one statement.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return write()
    until = time.monotonic() + seconds
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 0")
        try:
            while True:
                try:
                    return write()
                except OperationalError as error:
                    if "locked" not in str(error) or time.monotonic() >= until:
                        raise
                time.sleep(0.001)
        finally:
            cursor.execute(BUSY)


def insist[T](write: Callable[[], T], *, seconds: float = OUTAGE_SECONDS) -> T:
    """Do a write again, on a fresh connection, for as long as the database is away or busy: once more at least, and
    until `seconds` are over; then the error is raised.

    `write` may be repeated: its acknowledgement may be what got lost. Inside a transaction of the caller it is done
    once, because that transaction is over with the first error.
    """
    until, pause = time.monotonic() + seconds, 0.0
    while True:
        try:
            return write()
        except (OperationalError, InterfaceError) as error:
            if connection.in_atomic_block or (pause and time.monotonic() >= until):
                raise
            log.warning("the database is away or busy, it is tried again: %s", error)
            connection.close()
            time.sleep(pause)
            pause = min(5.0, 2 * pause + 0.05)
