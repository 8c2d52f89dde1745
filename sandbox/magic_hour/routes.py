"""Puts the stand-in together under /magic-hour and into the app."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Flask
from flask.typing import ResponseReturnValue

from sandbox.faults import routes as faults
from sandbox.faults.wire import Faults, Provider
from sandbox.magic_hour import errors
from sandbox.magic_hour.access import account_of, authenticate
from sandbox.magic_hour.context import NAME, Context, context
from sandbox.magic_hour.controls import controls
from sandbox.magic_hour.create import create
from sandbox.magic_hour.jobs import Runner
from sandbox.magic_hour.projects import files, projects
from sandbox.magic_hour.store import Store
from sandbox.runners import Runners
from sandbox.settings import Settings
from sandbox.submagic.context import Clock, Deliver

PREFIX = "/magic-hour"


def attach(
    app: Flask,
    settings: Settings,
    runners: Runners,
    *,
    clock: Clock,
    deliver: Deliver,
    sleep: Callable[[float], None],
    inline_jobs: bool,
) -> None:
    """Add the stand-in to the sandbox's app: its routes, its jobs to `runners`, its faults.

    `app.extensions["sandbox.magic_hour"]` is its `Context`; its `faults` take orders as in the Submagic stand-in.
    """
    store = Store(settings.data / "magic_hour.sqlite3", credits=settings.magic_hour_credits)
    here = Context(settings, store, clock, deliver)
    if inline_jobs:
        store.recover_jobs()
    app.extensions[NAME] = here
    runners.add(Runner(here))
    app.register_blueprint(blueprint())
    provider = Provider(PREFIX, lambda environ: account_of(environ.get("HTTP_AUTHORIZATION", "")), errors.documented)
    app.wsgi_app = Faults(app.wsgi_app, provider, here.faults, clock=clock, sleep=sleep)  # type: ignore[assignment,method-assign]


def blueprint() -> Blueprint:
    """A new blueprint; a blueprint must not be shared by two apps that are set up differently."""
    magic_hour = Blueprint("magic_hour", __name__, url_prefix=PREFIX)
    magic_hour.register_blueprint(files)
    magic_hour.register_blueprint(controls)
    magic_hour.register_blueprint(faults.blueprint(lambda: context().faults, authenticate))
    for part in (projects, create):
        magic_hour.register_blueprint(part, url_prefix="/v1")
    magic_hour.register_error_handler(errors.ApiError, _api_error)
    return magic_hour


def _api_error(error: errors.ApiError) -> ResponseReturnValue:
    return error.response()
