"""The two headers: every pair of the documents' form is an account of its own."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import g, request
from flask.typing import ResponseReturnValue

from sandbox.picovico import errors

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# "a0sdfaosdfaksdflaksdfa0sdfasd" is the example of api.blueprint, Login: letters and digits, as long as a hash.
WORD = re.compile(r"[A-Za-z0-9]{16,64}")


def account() -> str:
    """The account of the request's pair; neither value is ever stored."""
    found: str = g.account
    return found


def guarded[**P](view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Ask for the pair."""

    @functools.wraps(view)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        g.account = authenticate()
        return view(*args, **kwargs)

    return wrapped


def authenticate() -> str:
    """The account of the request's pair, or a 401."""
    found = account_of(request.headers.get("X-Access-Key", ""), request.headers.get("X-Access-Token", ""))
    if found is None:
        raise errors.unauthorized()
    return found


def account_of(key: str, token: str) -> str | None:
    if not (WORD.fullmatch(key) and WORD.fullmatch(token)):
        return None
    return hashlib.sha256(f"{key} {token}".encode()).hexdigest()[:24]


def account_in(environ: WSGIEnvironment) -> str | None:
    return account_of(environ.get("HTTP_X_ACCESS_KEY", ""), environ.get("HTTP_X_ACCESS_TOKEN", ""))
