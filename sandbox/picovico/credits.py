"""#Mohars: what a video costs, and the daily top-up. A new day (UTC) begins with a full purse, whatever was left."""

from __future__ import annotations

import sqlite3
from typing import Any

from sandbox.picovico.context import Context

PRICES = {360: 40, 480: 50, 720: 70}


def left(here: Context, account: str, *, db: sqlite3.Connection | None = None) -> int:
    query = "SELECT mohars FROM spent WHERE account = ? AND day = ?"
    if db is None:
        with here.store.reading() as own:
            row = own.execute(query, (account, here.today())).fetchone()
    else:
        row = db.execute(query, (account, here.today())).fetchone()
    return here.settings.mohars - (0 if row is None else int(row["mohars"]))


def charge(here: Context, db: sqlite3.Connection, account: str, quality: int) -> int | None:
    """Take a video's price in the transaction that applies the request; None when there is too little."""
    price = PRICES[quality]
    if left(here, account, db=db) < price:
        return None
    _add(db, account, here.today(), price)
    return price


def give_back(db: sqlite3.Connection, account: str, day: str, paid: int) -> None:
    """For a video that could not be made. On a later day the purse is full anyway."""
    _add(db, account, day, -paid)


def _add(db: sqlite3.Connection, account: str, day: str, amount: int) -> None:
    db.execute(
        "INSERT INTO spent (account, day, mohars) VALUES (?, ?, ?) "
        "ON CONFLICT (account, day) DO UPDATE SET mohars = mohars + excluded.mohars",
        (account, day, amount),
    )


def as_json(here: Context, account: str) -> dict[str, Any]:
    remaining = left(here, account)
    return {"mohars": {"daily": here.settings.mohars, "spent": here.settings.mohars - remaining, "left": remaining}}
