"""The published feed: everything in it follows from the time that has passed, so it survives a restart."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from datetime import datetime
from typing import Any

from sandbox.submagic.context import Context, parse_iso
from sandbox.submagic.numbers import analytics, share

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def exists(here: Context, account: str, publication: str) -> bool:
    with here.store.reading() as db:
        row = db.execute("SELECT 1 FROM publication WHERE account = ? AND id = ?", (account, publication)).fetchone()
    return row is not None


def page(
    here: Context, account: str, *, platform: str | None, limit: int, after: str | None
) -> tuple[list[dict[str, Any]], str | None]:
    """Up to `limit` publications, newest first, after the one with id `after`; and where the next page begins."""
    where, values = ["p.account = ?"], [account]
    if platform is not None:
        where.append("EXISTS (SELECT 1 FROM json_each(p.platforms) WHERE key = ?)")
        values.append(platform)
    if after is not None:
        where.append("(p.publish_at, p.number) < (SELECT q.publish_at, q.number FROM publication q WHERE q.id = ?)")
        values.append(after)
    with here.store.reading() as db:
        rows = db.execute(
            "SELECT p.*, project.title AS title, project.scores AS scores FROM publication p "
            f"JOIN project ON project.id = p.project WHERE {' AND '.join(where)} "
            "ORDER BY p.publish_at DESC, p.number DESC LIMIT ?",
            (*values, limit + 1),
        ).fetchall()
    shown = rows[:limit]
    following = str(shown[-1]["id"]) if len(rows) > limit else None
    now = here.clock()
    return [_publication(here, row, now) for row in shown], following


def _publication(here: Context, row: sqlite3.Row, now: datetime) -> dict[str, Any]:
    begun = parse_iso(row["publish_at"])
    total = int(json.loads(row["scores"])["total"]) if row["scores"] else 50
    posts = [
        _post(here.settings.seed, str(row["id"]), name, (now - begun).total_seconds(), total)
        for name in json.loads(row["platforms"])
    ]
    states = {post["publishStatus"] for post in posts}
    status = next(state for state in ("scheduled", "processing", "published") if state in states)
    return {
        "id": row["id"],
        "projectId": row["project"],
        "publishedAt": row["publish_at"],
        "scheduled": bool(row["scheduled"]),
        "status": status,
        "project": {"id": row["project"], "title": row["title"]},
        "posts": posts,
    }


def _post(seed: int, publication: str, platform: str, age: float, virality: int) -> dict[str, Any]:
    """One platform's post `age` seconds after the publication's moment (negative: not yet)."""
    name = f"{seed}:{publication}:{platform}"
    # A platform takes 2 to 4 seconds to put a post up, and 4 to 6 more until its numbers are read.
    up_after = 2 + 2 * share(name, "up")
    synced_after = up_after + 4 + 2 * share(name, "sync")
    if age < up_after:
        status = "scheduled" if age < 0 else "processing"
        return _state(platform, status, "pending", None, None, None)
    number, url = _address(name, platform)
    if age < synced_after:
        return _state(platform, "published", "pending", number, url, None)
    return _state(platform, "published", "synced", number, url, analytics(name, platform, age - up_after, virality))


def _state(
    platform: str, status: str, sync: str, number: str | None, url: str | None, numbers: dict[str, Any] | None
) -> dict[str, Any]:
    return {
        "platform": platform,
        "platformPostId": number,
        "platformPostUrl": url,
        "publishStatus": status,
        "syncStatus": sync,
        "error": None,
        "analytics": numbers,
    }


def _address(name: str, platform: str) -> tuple[str, str]:
    """Id and URL of the form that the platform uses; they lead nowhere, because nothing was really posted."""
    digest = hashlib.sha256(name.encode()).digest()
    letters = "".join(_ALPHABET[byte % 64] for byte in digest[:11])
    if platform == "youtube":
        return letters, f"https://youtube.com/watch?v={letters}"
    if platform == "tiktok":
        number = str(7 * 10**18 + int.from_bytes(digest[:7], "big") % 10**18)
        return number, f"https://www.tiktok.com/@sandbox/video/{number}"
    return letters, f"https://www.instagram.com/reel/{letters}/"
