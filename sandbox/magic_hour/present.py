"""A project as GET answers it, and as a webhook tells it (002 Get Video Project)."""

from __future__ import annotations

import sqlite3
from typing import Any

from sandbox.magic_hour.context import Context
from sandbox.magic_hour.samples import shown_id
from sandbox.magic_hour.store import Project

# A link that ends sooner is not given out again.
LEAST_SECONDS = 60


def project(here: Context, db: sqlite3.Connection, row: Project, base_url: str) -> dict[str, Any]:
    """In the document's order of keys, the deprecated ones included, because the official client requires them."""
    downloads = _downloads(here, db, row, base_url)
    failed = row.status == "error"
    return {
        "id": shown_id(row.id),
        "name": row.name,
        "status": row.status,
        "type": row.type,
        "created_at": row.created_at,
        "width": row.width,
        "height": row.height,
        "enabled": bool(row.enabled),
        "start_seconds": 0,
        "end_seconds": row.end_seconds,
        "total_frame_cost": row.credits,
        "credits_charged": row.credits,
        "fps": row.fps,
        "error": {"code": row.error_code or "unknown", "message": row.error_message or ""} if failed else None,
        "downloads": downloads,
        "download": downloads[0] if downloads else None,
    }


def _downloads(here: Context, db: sqlite3.Connection, row: Project, base_url: str) -> list[dict[str, str]]:
    if row.status != "complete" or not row.enabled:
        return []
    seconds = here.settings.magic_hour_link_seconds
    token, expires_at = here.store.link(
        db, row.id, after=here.later(min(LEAST_SECONDS, seconds / 2)), expires_at=here.later(seconds)
    )
    return [{"url": f"{base_url}/magic-hour/files/{token}/output.mp4", "expires_at": expires_at}]
