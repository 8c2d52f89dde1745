"""The stand-in's state in one SQLite file of its own."""

from __future__ import annotations

import json
import secrets
import sqlite3
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from sandbox.database import Database
from sandbox.magic_hour.schema import SCHEMA

# What may still become something else.
UNFINISHED = ("draft", "queued", "rendering")


@dataclass(frozen=True, slots=True)
class Project:
    """A row. Pixels, seconds, frames a second; `credits` is what it has cost so far."""

    id: str
    account: str
    name: str | None
    status: str
    type: str
    prompt: str
    width: int
    height: int
    end_seconds: float
    fps: float
    base_url: str
    created_at: str
    enabled: int = 1
    audio: int = 0
    credits: int = 0
    error_code: str | None = None
    error_message: str | None = None


COLUMNS = tuple(field.name for field in fields(Project))


@dataclass(frozen=True, slots=True)
class Job:
    number: int
    kind: str
    project: str
    payload: dict[str, Any]
    attempts: int


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    credits: int
    webhook_url: str | None
    webhook_secret: str | None


def new_id() -> str:
    """In the form of the ids that Magic Hour shows: a c and 24 small letters and digits."""
    return "c" + "".join(secrets.choice("0123456789abcdefghijklmnopqrstuvwxyz") for _ in range(24))


class Store(Database):
    def __init__(self, path: Path, *, credits: int) -> None:
        self.first_credits = credits
        super().__init__(path)

    def prepare(self, db: sqlite3.Connection) -> None:
        db.executescript(SCHEMA)

    # Accounts

    def account(self, db: sqlite3.Connection, number: str) -> Account:
        """The account, which begins with its credits when it is first seen."""
        db.execute("INSERT OR IGNORE INTO account (id, credits) VALUES (?, ?)", (number, self.first_credits))
        row = db.execute("SELECT * FROM account WHERE id = ?", (number,)).fetchone()
        return Account(row["id"], row["credits"], row["webhook_url"], row["webhook_secret"])

    def pay(self, db: sqlite3.Connection, account: str, credits: int) -> None:
        """Take credits, or give them back with a number below zero."""
        db.execute("UPDATE account SET credits = credits - ? WHERE id = ?", (credits, account))

    # Projects

    def add(self, db: sqlite3.Connection, project: Project) -> None:
        marks = ", ".join("?" * len(COLUMNS))
        values = [getattr(project, name) for name in COLUMNS]
        db.execute(f"INSERT INTO project ({', '.join(COLUMNS)}) VALUES ({marks})", values)

    def project(self, db: sqlite3.Connection, number: str, *, account: str | None = None) -> Project | None:
        """One project by id; with `account` only when it is theirs."""
        row = db.execute("SELECT * FROM project WHERE id = ?", (number,)).fetchone()
        if row is None or (account is not None and row["account"] != account):
            return None
        return Project(**{name: row[name] for name in COLUMNS})

    def projects(self, db: sqlite3.Connection, account: str) -> list[Project]:
        """All of an account, the newest first."""
        rows = db.execute("SELECT * FROM project WHERE account = ? ORDER BY number DESC", (account,)).fetchall()
        return [Project(**{name: row[name] for name in COLUMNS}) for row in rows]

    def change(self, db: sqlite3.Connection, number: str, *, of: tuple[str, ...], **values: Any) -> bool:
        """Set columns, if the project is not deleted and has one of the statuses `of`; whether it was so."""
        unknown = set(values) - set(COLUMNS)
        if unknown:
            raise ValueError(f"no such columns: {unknown}")
        pairs, marks = ", ".join(f"{name} = ?" for name in values), ", ".join("?" * len(of))
        done = db.execute(
            f"UPDATE project SET {pairs} WHERE id = ? AND enabled AND status IN ({marks})",
            [*values.values(), number, *of],
        )
        return done.rowcount == 1

    # Links

    def link(self, db: sqlite3.Connection, project: str, *, after: str, expires_at: str) -> tuple[str, str]:
        """Token and end of a link to the project's film: one that lives beyond `after`, else a new one."""
        row = db.execute(
            "SELECT token, expires_at FROM download WHERE project = ? AND expires_at > ? "
            "ORDER BY expires_at DESC LIMIT 1",
            (project, after),
        ).fetchone()
        if row is not None:
            return row["token"], row["expires_at"]
        token = secrets.token_hex(20)
        db.execute("INSERT INTO download (token, project, expires_at) VALUES (?, ?, ?)", (token, project, expires_at))
        return token, expires_at

    def linked(self, db: sqlite3.Connection, token: str) -> tuple[str, str] | None:
        """The project of a link and when it ends."""
        row = db.execute("SELECT project, expires_at FROM download WHERE token = ?", (token,)).fetchone()
        return None if row is None else (row["project"], row["expires_at"])

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

    def end_job(self, number: int, state: str = "done") -> None:
        with self.transaction() as db:
            db.execute("UPDATE job SET state = ? WHERE number = ?", (state, number))

    def postpone_job(self, number: int, due_at: str, payload: dict[str, Any]) -> None:
        with self.transaction() as db:
            db.execute(
                "UPDATE job SET state = 'waiting', due_at = ?, payload = ? WHERE number = ?",
                (due_at, json.dumps(payload), number),
            )

    def recover_jobs(self) -> None:
        """At the start nothing runs: what the last process left unfinished waits again."""
        with self.transaction() as db:
            db.execute("UPDATE job SET state = 'waiting' WHERE state = 'running'")
