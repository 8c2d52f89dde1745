"""The stand-in's state in one SQLite file."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, fields
from typing import Any

from sandbox.database import Database
from sandbox.submagic import schema

JSON_COLUMNS = {"options", "video", "words", "scores"}


@dataclass(slots=True)
class Project:
    """A row: a captions project, a Magic Clips project, or one clip of it (kind clip, with a parent)."""

    id: str
    account: str
    kind: str
    title: str
    language: str
    status: str
    transcription: str
    options: dict[str, Any]
    base_url: str
    source: str
    created_at: str
    updated_at: str
    parent: str | None = None
    position: int = 0
    description: str = ""
    failure: str | None = None
    webhook_url: str | None = None
    video: dict[str, Any] | None = None
    words: list[dict[str, Any]] | None = None
    start: float = 0.0
    seconds: float | None = None
    scores: dict[str, int] | None = None
    file_token: str | None = None
    completed_at: str | None = None


COLUMNS = tuple(field.name for field in fields(Project))


@dataclass(frozen=True, slots=True)
class Job:
    number: int
    kind: str
    project: str
    payload: dict[str, Any]
    attempts: int


def _encode(name: str, value: Any) -> Any:
    return json.dumps(value) if name in JSON_COLUMNS and value is not None else value


def _project(row: sqlite3.Row) -> Project:
    values = {
        name: json.loads(row[name]) if name in JSON_COLUMNS and row[name] is not None else row[name] for name in COLUMNS
    }
    return Project(**values)


class Store(Database):
    def prepare(self, db: sqlite3.Connection) -> None:
        schema.prepare(db)

    # Projects

    def add_project(self, db: sqlite3.Connection, project: Project) -> None:
        marks = ", ".join("?" * len(COLUMNS))
        values = [_encode(name, getattr(project, name)) for name in COLUMNS]
        db.execute(f"INSERT INTO project ({', '.join(COLUMNS)}) VALUES ({marks})", values)

    def project(self, number: str, *, account: str | None = None) -> Project | None:
        """One project by id; with `account` only when it is theirs."""
        with self.reading() as db:
            row = db.execute("SELECT * FROM project WHERE id = ?", (number,)).fetchone()
        if row is None or (account is not None and row["account"] != account):
            return None
        return _project(row)

    def clips(self, parent: str) -> list[Project]:
        with self.reading() as db:
            rows = db.execute("SELECT * FROM project WHERE parent = ? ORDER BY position", (parent,)).fetchall()
        return [_project(row) for row in rows]

    def update(self, db: sqlite3.Connection, number: str, **values: Any) -> None:
        """Set columns of a project; the names are checked against the table."""
        unknown = set(values) - set(COLUMNS)
        if unknown:
            raise ValueError(f"no such columns: {unknown}")
        pairs = ", ".join(f"{name} = ?" for name in values)
        db.execute(f"UPDATE project SET {pairs} WHERE id = ?", [*(_encode(k, v) for k, v in values.items()), number])

    def delete_clips(self, db: sqlite3.Connection, parent: str) -> None:
        """Forget half-made clips of a project whose work starts again."""
        db.execute("DELETE FROM file WHERE project IN (SELECT id FROM project WHERE parent = ?)", (parent,))
        db.execute("DELETE FROM project WHERE parent = ?", (parent,))

    # Files

    def add_file(self, db: sqlite3.Connection, token: str, project: str, path: str) -> None:
        db.execute("INSERT INTO file (token, project, path) VALUES (?, ?, ?)", (token, project, path))

    def file(self, token: str) -> str | None:
        """Path of a served file, relative to the data folder."""
        with self.reading() as db:
            row = db.execute("SELECT path FROM file WHERE token = ?", (token,)).fetchone()
        return None if row is None else str(row["path"])

    # Jobs

    def add_job(
        self, db: sqlite3.Connection, kind: str, project: str, due_at: str, payload: dict[str, Any] | None = None
    ) -> None:
        db.execute(
            "INSERT INTO job (kind, project, payload, due_at) VALUES (?, ?, ?, ?)",
            (kind, project, json.dumps(payload or {}), due_at),
        )

    def claim_job(self, kinds: tuple[str, ...], now: str) -> Job | None:
        """The oldest due job of these kinds, marked as running."""
        marks = ", ".join("?" * len(kinds))
        with self.transaction() as db:
            row = db.execute(
                f"SELECT * FROM job WHERE state = 'waiting' AND kind IN ({marks}) AND due_at <= ? "
                "ORDER BY number LIMIT 1",
                (*kinds, now),
            ).fetchone()
            if row is None:
                return None
            db.execute("UPDATE job SET state = 'running', attempts = attempts + 1 WHERE number = ?", (row["number"],))
        return Job(row["number"], row["kind"], row["project"], json.loads(row["payload"]), row["attempts"] + 1)

    def end_job(self, db: sqlite3.Connection, number: int, state: str = "done") -> None:
        db.execute("UPDATE job SET state = ? WHERE number = ?", (state, number))

    def postpone_job(self, number: int, due_at: str) -> None:
        with self.transaction() as db:
            db.execute("UPDATE job SET state = 'waiting', due_at = ? WHERE number = ?", (due_at, number))

    def recover_jobs(self) -> None:
        """At the start nothing runs: what the last process left unfinished waits again."""
        with self.transaction() as db:
            db.execute("UPDATE job SET state = 'waiting' WHERE state = 'running'")
