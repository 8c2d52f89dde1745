"""The sandbox as a WSGI application."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask, Response, request

from sandbox.faults.wire import Faults, Provider
from sandbox.magic_hour import routes as magic_hour
from sandbox.picovico.install import install as install_picovico
from sandbox.runners import Runners
from sandbox.settings import Settings
from sandbox.stamps import stamps
from sandbox.submagic import access, delivery, errors, routes
from sandbox.submagic.context import Context, Deliver
from sandbox.submagic.jobs import Runner
from sandbox.submagic.store import Store


def now() -> datetime:
    return datetime.now(UTC)


def create_app(
    data_dir: Path,
    *,
    clock: Callable[[], datetime] = now,
    deliver: Deliver = delivery.deliver,
    inline_jobs: bool = False,
    limits: Mapping[str, int] | None = None,
    seed: int = 1,
    public_url: str | None = None,
    settings: Settings | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Flask:
    """Make the app on `data_dir`, which may hold the state of an earlier one.

    `clock` gives aware UTC times and may be moved. `deliver(url, body, headers)` sends a webhook and returns the HTTP
    status; a receiver in the same process may answer just True. With `inline_jobs` nothing runs by itself:
    `app.extensions["sandbox"].run_jobs()` works off what is due. Without it the caller starts and stops the job
    threads: `app.extensions["sandbox"].start()` and `.stop()`. `limits` are requests an hour for each class (see
    settings.LIMITS). `sleep` is how a slow answer waits.

    `app.extensions["sandbox.submagic"].faults` takes the same orders as POST /submagic/_sandbox/faults.
    """
    given = settings or Settings(data=data_dir, limits=limits or {}, seed=seed, public_url=public_url)
    app = Flask("sandbox", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    here = Context(given, Store(given.data / "sandbox.sqlite3"), clock, deliver, sleep=sleep)
    runners = Runners(Runner(here))
    if inline_jobs:
        here.store.recover_jobs()
    app.extensions["sandbox.submagic"] = here
    app.extensions["sandbox"] = runners
    app.register_blueprint(routes.blueprint())
    app.register_error_handler(Exception, routes.unexpected)

    @app.after_request
    def stamp(answer: Response) -> Response:
        for name, value in stamps(request.environ, clock()):
            answer.headers[name] = value
        return answer

    magic_hour.attach(app, given, runners, clock=clock, deliver=deliver, sleep=sleep, inline_jobs=inline_jobs)
    install_picovico(app, given, runners, clock=clock, sleep=sleep, inline_jobs=inline_jobs)
    submagic = Provider(
        "/submagic", lambda environ: access.account_of(environ.get("HTTP_X_API_KEY", "")), errors.documented
    )
    app.wsgi_app = Faults(app.wsgi_app, submagic, here.faults, clock=clock, sleep=sleep)  # type: ignore[assignment,method-assign]
    return app
