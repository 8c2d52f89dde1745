"""The record of what was really applied: tests compare it with what they believe to have sent."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from sandbox.submagic.context import Context
from sandbox.submagic.multipart import Received


def add(
    here: Context,
    db: sqlite3.Connection,
    account: str,
    endpoint: str,
    project: str | None,
    fields: Mapping[str, Any],
    received: Received | None = None,
    *,
    media: str | None = None,
) -> None:
    """Note an accepted create, update, export, publish or new media in the transaction that applies it."""
    entry = _entry(here, endpoint, project, fields, received, body="complete")
    _insert(db, account, entry if media is None else entry | {"userMediaId": media})


def truncated(here: Context, account: str, endpoint: str, received: Received) -> None:
    """Note a body that ended early; nothing was applied."""
    with here.store.transaction() as db:
        _insert(db, account, _entry(here, endpoint, None, received.fields, received, body="truncated"))


def _entry(
    here: Context,
    endpoint: str,
    project: str | None,
    fields: Mapping[str, Any],
    received: Received | None,
    *,
    body: str,
) -> dict[str, Any]:
    file = None
    if received is not None and received.has_file:
        file = {"size": received.size, "sha256": received.sha256 or None}
    return {
        "at": here.now(),
        "endpoint": endpoint.removeprefix("/submagic"),
        "projectId": project,
        "fields": dict(fields),
        "webhookUrl": fields.get("webhookUrl"),
        "file": file,
        "body": body,
    }


def _insert(db: sqlite3.Connection, account: str, entry: Mapping[str, Any]) -> None:
    db.execute("INSERT INTO applied (account, entry) VALUES (?, ?)", (account, json.dumps(entry)))


def entries(here: Context, account: str) -> dict[str, Any]:
    """`{"account", "applied": […], "truncated": […]}`, oldest first."""
    with here.store.reading() as db:
        rows = db.execute("SELECT entry FROM applied WHERE account = ? ORDER BY number", (account,)).fetchall()
    found = [json.loads(row["entry"]) for row in rows]
    return {
        "account": account,
        "applied": [entry for entry in found if entry["body"] == "complete"],
        "truncated": [entry for entry in found if entry["body"] == "truncated"],
    }
