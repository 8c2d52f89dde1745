"""The one SQLite file that a stand-in keeps its state in."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Database:
    """Opens a connection for each piece of work, so any thread may call it; `prepare` makes the tables."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self.transaction() as db:
            self.prepare(db)

    def prepare(self, db: sqlite3.Connection) -> None:
        raise NotImplementedError

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: committed at the end, rolled back on an exception."""
        with self.reading() as db:
            db.execute("BEGIN IMMEDIATE")
            yield db
            # A script of several statements has committed by itself.
            if db.in_transaction:
                db.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        try:
            db.row_factory = sqlite3.Row
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=NORMAL")
            db.execute("PRAGMA foreign_keys=ON")
            yield db
        finally:
            # Closing without COMMIT rolls back.
            db.close()
