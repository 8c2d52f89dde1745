"""Keys and rate limits: every documented key is an account of its own."""

from __future__ import annotations

import functools
import hashlib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec

from flask import Response, g, request
from flask.typing import ResponseReturnValue

from sandbox.submagic import errors
from sandbox.submagic.context import context

KEY = re.compile(r"sk-[0-9a-f]{64}")
WINDOW = 3600.0

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Window:
    limit: int
    remaining: int
    resets_at: int


def account() -> str:
    """The account of the request's key; the key itself is never stored."""
    found: str = g.account
    return found


def guarded(
    limit_class: str | None,
) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Ask for a key and count the request in the account's hourly window of this class (None: not counted)."""

    def decorate(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @functools.wraps(view)
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            g.account = authenticate()
            if limit_class is not None:
                g.rate = _count(g.account, limit_class)
            return view(*args, **kwargs)

        return wrapped

    return decorate


def authenticate() -> str:
    """The account of the request's key, or the documented 401."""
    found = account_of(request.headers.get("x-api-key", ""))
    if found is None:
        raise errors.unauthorized()
    return found


def account_of(key: str) -> str | None:
    return hashlib.sha256(key.encode()).hexdigest()[:24] if KEY.fullmatch(key) else None


def _count(who: str, limit_class: str) -> Window:
    here = context()
    limit = here.settings.limit(limit_class)
    now = here.clock().timestamp()
    with here.store.transaction() as db:
        row = db.execute(
            "SELECT resets_at, count FROM hits WHERE account = ? AND class = ?", (who, limit_class)
        ).fetchone()
        # A clock moved back must not lock an account out for longer than a window.
        fresh = row is None or not now < row["resets_at"] <= now + WINDOW
        resets_at = now + WINDOW if fresh else float(row["resets_at"])
        count = 1 if fresh else min(int(row["count"]) + 1, limit + 1)
        db.execute(
            "INSERT INTO hits (account, class, resets_at, count) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (account, class) DO UPDATE SET resets_at = excluded.resets_at, count = excluded.count",
            (who, limit_class, resets_at, count),
        )
    window = Window(limit, max(0, limit - count), math.ceil(resets_at))
    if count > limit:
        g.rate = window
        raise errors.too_many(max(1, math.ceil(resets_at - now)))
    return window


def add_rate_headers(answer: Response) -> Response:
    window: Window | None = g.get("rate")
    if window is not None:
        answer.headers["X-RateLimit-Limit"] = str(window.limit)
        answer.headers["X-RateLimit-Remaining"] = str(window.remaining)
        answer.headers["X-RateLimit-Reset"] = str(window.resets_at)
    return answer
