"""The stand-in's state in an SQLite file of its own. Times are unix seconds, as in the documents."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, fields
from typing import Any

from sandbox.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS video (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('initial', 'processing', 'published', 'failed')),
    name TEXT,
    style TEXT,
    quality INTEGER NOT NULL,
    assets TEXT NOT NULL,
    credit TEXT NOT NULL,
    created_on INTEGER NOT NULL,
    modified_on INTEGER NOT NULL,
    paid INTEGER NOT NULL DEFAULT 0,
    paid_on TEXT NOT NULL DEFAULT '',
    files TEXT,
    preview TEXT
);
-- One open draft for each account.
CREATE UNIQUE INDEX IF NOT EXISTS video_draft ON video (account) WHERE status = 'initial';
-- The list is paged by time, so no two videos of an account share one.
CREATE UNIQUE INDEX IF NOT EXISTS video_list ON video (account, created_on);
CREATE TABLE IF NOT EXISTS photo (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    album TEXT NOT NULL,
    suffix TEXT NOT NULL,
    added_on INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS photo_account ON photo (account, added_on);
CREATE TABLE IF NOT EXISTS job (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    video TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done')),
    attempts INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS spent (
    account TEXT NOT NULL,
    day TEXT NOT NULL,
    mohars INTEGER NOT NULL,
    PRIMARY KEY (account, day)
);
CREATE TABLE IF NOT EXISTS applied (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    entry TEXT NOT NULL
);
"""
JSON_COLUMNS = {"assets", "credit", "files", "preview"}


@dataclass(frozen=True, slots=True)
class Video:
    """A row. `paid` #Mohars on the day `paid_on`; `files` and `preview`: bytes of the film by its height as a text."""

    id: str
    account: str
    status: str
    name: str | None
    style: str | None
    quality: int
    assets: list[dict[str, Any]]
    credit: list[list[str]]
    created_on: int
    modified_on: int
    paid: int = 0
    paid_on: str = ""
    files: dict[str, int] | None = None
    preview: dict[str, int] | None = None


COLUMNS = tuple(field.name for field in fields(Video))


@dataclass(frozen=True, slots=True)
class Photo:
    id: str
    account: str
    album: str
    suffix: str
    added_on: int

    @property
    def file_name(self) -> str:
        return self.id + self.suffix


def _encode(name: str, value: Any) -> Any:
    return json.dumps(value) if name in JSON_COLUMNS and value is not None else value


def _video(row: sqlite3.Row) -> Video:
    return Video(
        **{
            name: json.loads(row[name]) if name in JSON_COLUMNS and row[name] is not None else row[name]
            for name in COLUMNS
        }
    )


class Store(Database):
    def prepare(self, db: sqlite3.Connection) -> None:
        db.executescript(SCHEMA)

    # Videos

    def add(self, db: sqlite3.Connection, video: Video) -> None:
        marks = ", ".join("?" * len(COLUMNS))
        values = [_encode(name, getattr(video, name)) for name in COLUMNS]
        db.execute(f"INSERT INTO video ({', '.join(COLUMNS)}) VALUES ({marks})", values)

    def video(self, number: str, *, account: str | None = None, db: sqlite3.Connection | None = None) -> Video | None:
        """One video by id; with `account` only when it is theirs."""
        found = self._rows(
            "SELECT * FROM video WHERE id = ? AND account = coalesce(?, account)", number, account, db=db
        )
        return found[0] if found else None

    def draft(self, account: str, *, db: sqlite3.Connection | None = None) -> Video | None:
        found = self._rows("SELECT * FROM video WHERE account = ? AND status = 'initial'", account, db=db)
        return found[0] if found else None

    def page(self, account: str, *, count: int, since: int | None, until: int | None) -> list[Video]:
        """Videos that are no drafts, newest first: from `until` back, or those next after `since`."""
        which = "account = ? AND status <> 'initial'"
        if since is not None:
            query = f"SELECT * FROM video WHERE {which} AND created_on > ? ORDER BY created_on LIMIT ?"
            return self._rows(query, account, since, count)[::-1]
        query = f"SELECT * FROM video WHERE {which} AND created_on <= ? ORDER BY created_on DESC LIMIT ?"
        return self._rows(query, account, until if until is not None else 1 << 60, count)

    def _rows(self, query: str, *values: Any, db: sqlite3.Connection | None = None) -> list[Video]:
        if db is not None:
            return [_video(row) for row in db.execute(query, values)]
        with self.reading() as own:
            return [_video(row) for row in own.execute(query, values)]

    def change(self, db: sqlite3.Connection, number: str, **values: Any) -> None:
        """Set columns of a video; the names are checked against the table."""
        unknown = set(values) - set(COLUMNS)
        if unknown:
            raise ValueError(f"no such columns: {unknown}")
        pairs = ", ".join(f"{name} = ?" for name in values)
        db.execute(f"UPDATE video SET {pairs} WHERE id = ?", [*(_encode(k, v) for k, v in values.items()), number])

    # Photos

    def add_photo(self, db: sqlite3.Connection, photo: Photo) -> None:
        values = (photo.id, photo.account, photo.album, photo.suffix, photo.added_on)
        db.execute("INSERT INTO photo (id, account, album, suffix, added_on) VALUES (?, ?, ?, ?, ?)", values)

    def photos(self, account: str) -> list[Photo]:
        with self.reading() as db:
            rows = db.execute("SELECT * FROM photo WHERE account = ? ORDER BY added_on, rowid", (account,)).fetchall()
        return [Photo(**dict(row)) for row in rows]

    def photo(self, number: str, *, account: str | None = None) -> Photo | None:
        with self.reading() as db:
            row = db.execute(
                "SELECT * FROM photo WHERE id = ? AND account = coalesce(?, account)", (number, account)
            ).fetchone()
        return None if row is None else Photo(**dict(row))

    # Jobs

    def claim_job(self) -> tuple[int, str, int] | None:
        """The oldest waiting job, marked as running: its number, its video, how often it has been begun."""
        with self.transaction() as db:
            row = db.execute("SELECT * FROM job WHERE state = 'waiting' ORDER BY number LIMIT 1").fetchone()
            if row is None:
                return None
            db.execute("UPDATE job SET state = 'running', attempts = attempts + 1 WHERE number = ?", (row["number"],))
        return row["number"], row["video"], row["attempts"] + 1

    def end_job(self, number: int) -> None:
        with self.transaction() as db:
            db.execute("UPDATE job SET state = 'done' WHERE number = ?", (number,))

    def recover_jobs(self) -> None:
        """At the start nothing runs: what the last process left unfinished waits again."""
        with self.transaction() as db:
            db.execute("UPDATE job SET state = 'waiting' WHERE state = 'running'")
