"""The media library of an account: what is in it, and when it may be used.

A file has its id at once, but it is ready, and in the list, only after a while by the sandbox's clock.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from sandbox.submagic.context import Context


@dataclass(frozen=True, slots=True)
class Media:
    """A row; `path` is relative to the data folder, `kind` is VIDEO, IMAGE or AUDIO."""

    id: str
    account: str
    kind: str
    file_name: str
    token: str
    path: str
    width: int | None
    height: int | None
    duration: float | None
    size: int
    base_url: str
    created_at: str
    ready_at: str

    @property
    def address(self) -> str:
        """Path of the URL that serves the file; it is secret, so it needs no key."""
        return f"/submagic/media/{self.token}{Path(self.path).suffix}"


COLUMNS = tuple(field.name for field in fields(Media))


def _media(row: sqlite3.Row) -> Media:
    return Media(**{name: row[name] for name in COLUMNS})


def add(db: sqlite3.Connection, media: Media) -> None:
    marks = ", ".join("?" * len(COLUMNS))
    values = [getattr(media, name) for name in COLUMNS]
    db.execute(f"INSERT INTO media ({', '.join(COLUMNS)}) VALUES ({marks})", values)


def find(here: Context, number: str, *, account: str | None = None) -> Media | None:
    """One entry by id, ready or not; with `account` only when it is theirs."""
    with here.store.reading() as db:
        row = db.execute("SELECT * FROM media WHERE id = ?", (number,)).fetchone()
    if row is None or (account is not None and row["account"] != account):
        return None
    return _media(row)


def served(here: Context, token: str) -> Media | None:
    with here.store.reading() as db:
        row = db.execute("SELECT * FROM media WHERE token = ?", (token,)).fetchone()
    return None if row is None else _media(row)


def is_ready(here: Context, media: Media) -> bool:
    return media.ready_at <= here.now()


def file(here: Context, number: str) -> Path:
    """The file of a media id that a project names; raises LookupError when there is none."""
    media = find(here, number)
    if media is None or not (here.data / media.path).is_file():
        raise LookupError(f"media {number} is gone")
    return here.data / media.path


def page(
    here: Context, account: str, *, kind: str | None, limit: int, first: str | None
) -> tuple[list[Media], str | None]:
    """Up to `limit` ready entries, newest first, from the one with id `first` on; and the next page's first id."""
    where, values = ["account = ?", "ready_at <= ?"], [account, here.now()]
    if kind is not None:
        where.append("kind = ?")
        values.append(kind)
    if first is not None:
        where.append("number <= (SELECT m.number FROM media m WHERE m.id = ?)")
        values.append(first)
    with here.store.reading() as db:
        rows = db.execute(
            f"SELECT * FROM media WHERE {' AND '.join(where)} ORDER BY number DESC LIMIT ?", (*values, limit + 1)
        ).fetchall()
    following = str(rows[limit]["id"]) if len(rows) > limit else None
    return [_media(row) for row in rows[:limit]], following


def present(media: Media, base: str) -> dict[str, Any]:
    """An element of `items` as the documents print it."""
    metadata = {"width": media.width, "height": media.height, "duration": media.duration, "fileSize": media.size}
    return {
        "id": media.id,
        "type": media.kind,
        "fileName": media.file_name,
        "url": base + media.address,
        "metadata": {name: value for name, value in metadata.items() if value is not None},
        "createdAt": media.created_at,
    }
