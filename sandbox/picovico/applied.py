"""The record of what was really applied: tests compare it with what they believe to have sent."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from sandbox.picovico.context import Context


def add(
    here: Context,
    db: sqlite3.Connection,
    account: str,
    endpoint: str,
    video: str | None,
    fields: Mapping[str, Any],
    file: Mapping[str, Any] | None = None,
    *,
    photo: str | None = None,
) -> None:
    """Note what a request did, in the transaction that does it."""
    entry: dict[str, Any] = {
        "at": here.clock().isoformat(),
        "endpoint": endpoint,
        "videoId": video,
        "fields": dict(fields),
        "file": None if file is None else dict(file),
    }
    if photo is not None:
        entry["photoId"] = photo
    db.execute("INSERT INTO applied (account, entry) VALUES (?, ?)", (account, json.dumps(entry)))


def entries(here: Context, account: str) -> dict[str, Any]:
    """`{"account", "applied": […]}`, oldest first."""
    with here.store.reading() as db:
        rows = db.execute("SELECT entry FROM applied WHERE account = ? ORDER BY number", (account,)).fetchall()
    return {"account": account, "applied": [json.loads(row["entry"]) for row in rows]}
