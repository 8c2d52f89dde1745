"""Keys: every key of the documented form is an account of its own."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable

from flask import g, request
from flask.typing import ResponseReturnValue

from sandbox.magic_hour import errors

# The OpenAPI's example is "Bearer mhk_live_apikey"; the length is not documented.
BEARER = re.compile(r"Bearer (mhk_(?:live|test)_[A-Za-z0-9]{16,200})", re.IGNORECASE)


def account() -> str:
    """The account of the request's key; the key itself is never stored."""
    found: str = g.magic_hour_account
    return found


def account_of(header: str) -> str | None:
    """The account that an Authorization header names, None for a key that nobody can have."""
    found = BEARER.fullmatch(header)
    return hashlib.sha256(found[1].encode()).hexdigest()[:24] if found else None


def authenticate() -> str:
    """The account of the request's key, or the documented 401."""
    found = account_of(request.headers.get("Authorization", ""))
    if found is None:
        raise errors.unauthorized()
    return found


def guarded[**P](view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Ask for a key."""

    @functools.wraps(view)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        g.magic_hour_account = authenticate()
        return view(*args, **kwargs)

    return wrapped
