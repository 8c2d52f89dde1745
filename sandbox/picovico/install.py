"""Puts the stand-in into the sandbox's app, at /picovico."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Flask
from flask.typing import ResponseReturnValue

from sandbox.faults import routes as faults
from sandbox.faults.wire import Faults, Provider
from sandbox.picovico import errors
from sandbox.picovico.access import account_in, authenticate
from sandbox.picovico.context import Context, context
from sandbox.picovico.files import files, records
from sandbox.picovico.jobs import Runner
from sandbox.picovico.library import library
from sandbox.picovico.store import Store
from sandbox.picovico.videos import videos
from sandbox.runners import Runners
from sandbox.settings import Settings


def install(
    app: Flask,
    settings: Settings,
    runners: Runners,
    *,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
    inline_jobs: bool,
) -> None:
    """Routes, faults and jobs, which join `runners`; `app.extensions["sandbox.picovico"].faults` takes the same
    orders as POST /picovico/_sandbox/faults."""
    here = Context(settings, Store(settings.data / "picovico.sqlite3"), clock)
    runner = Runner(here)
    if inline_jobs:
        runner.recover()
    app.extensions["sandbox.picovico"] = here
    runners.add(runner)
    app.register_blueprint(_blueprint())
    provider = Provider("/picovico", account_in, errors.documented)
    app.wsgi_app = Faults(app.wsgi_app, provider, here.faults, clock=clock, sleep=sleep)  # type: ignore[assignment,method-assign]


def _blueprint() -> Blueprint:
    picovico = Blueprint("picovico", __name__, url_prefix="/picovico")
    picovico.register_blueprint(records)
    picovico.register_blueprint(faults.blueprint(lambda: context().faults, authenticate))
    for part in (videos, library, files):
        picovico.register_blueprint(part, url_prefix="/v2.1")
    picovico.register_error_handler(errors.ApiError, _api_error)
    return picovico


def _api_error(error: errors.ApiError) -> ResponseReturnValue:
    return error.response()
