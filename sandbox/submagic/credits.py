"""What a request costs, and whether the account can pay; without `--credits` everybody can."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.submagic.context import Context
from sandbox.submagic.errors import ApiError

API, CLIPS = "api", "clips"
AI_BROLL = 3


def minutes(seconds: float) -> int:
    """Started minutes; each costs one API credit."""
    return max(1, math.ceil(seconds / 60))


def ai_brolls(items: Iterable[Mapping[str, Any]]) -> int:
    return AI_BROLL * len([item for item in items if item["type"] == "ai-broll"])


def charge(here: Context, db: sqlite3.Connection, account: str, amount: int, error: ApiError, purse: str = API) -> None:
    """Take credits in the transaction that applies the request; raises `error` when there are too few."""
    owned = here.settings.clips_credits if purse == CLIPS else here.settings.credits
    row = db.execute("SELECT credits FROM spent WHERE account = ? AND purse = ?", (account, purse)).fetchone()
    spent = (0 if row is None else int(row["credits"])) + amount
    if owned is not None and spent > owned:
        raise error
    db.execute(
        "INSERT INTO spent (account, purse, credits) VALUES (?, ?, ?) "
        "ON CONFLICT (account, purse) DO UPDATE SET credits = excluded.credits",
        (account, purse, spent),
    )


def need_some(here: Context, db: sqlite3.Connection, account: str, error: ApiError) -> None:
    """For what costs nothing itself but asks for credits."""
    owned = here.settings.credits
    if owned is not None and spent(db, account)[API] >= owned:
        raise error


def spent(db: sqlite3.Connection, account: str) -> dict[str, int]:
    rows = db.execute("SELECT purse, credits FROM spent WHERE account = ?", (account,)).fetchall()
    return {API: 0, CLIPS: 0} | {row["purse"]: row["credits"] for row in rows}


def as_json(here: Context, account: str) -> dict[str, dict[str, int | None]]:
    """`{"api": {"owned", "spent"}, "clips": …}`; owned null: without end."""
    with here.store.reading() as db:
        gone = spent(db, account)
    return {
        API: {"owned": here.settings.credits, "spent": gone[API]},
        CLIPS: {"owned": here.settings.clips_credits, "spent": gone[CLIPS]},
    }
