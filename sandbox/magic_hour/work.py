"""What becomes of a project: queued, rendering, complete; or error, or canceled, or deleted.

Each step decides by the row under the write lock, so that of two at the same moment one happens.
"""

from __future__ import annotations

import json
import sqlite3

from sandbox.magic_hour import present
from sandbox.magic_hour.context import Context
from sandbox.magic_hour.render import FPS, render
from sandbox.magic_hour.store import UNFINISHED, Job, Project


def start(here: Context, job: Job) -> None:
    """Its turn has come."""
    with here.store.transaction() as db:
        if here.store.change(db, job.project, of=("queued",), status="rendering"):
            here.store.add_job(db, "render", job.project, here.later(here.settings.magic_hour_delay))
            tell(here, db, job.project, "video.started")


def finish(here: Context, job: Job) -> None:
    """Render the film, and settle its price by the pictures that were rendered."""
    with here.store.transaction() as db:
        project = here.store.project(db, job.project)
    if project is None or project.status != "rendering" or not project.enabled:
        return
    render(project, here.film(project.id))
    price = round(project.credits * FPS / project.fps)
    with here.store.transaction() as db:
        if here.store.change(db, project.id, of=("rendering",), status="complete", fps=FPS, credits=price):
            here.store.pay(db, project.account, price - project.credits)
            tell(here, db, project.id, "video.completed")
            return
    # It was canceled or deleted meanwhile.
    drop_film(here, project.id)


def fail(here: Context, number: str, code: str, message: str, *, refund: bool = True) -> bool:
    """End it with an error and give the credits back, unless that comes later; whether it was still to be ended."""
    values = {"status": "error", "error_code": code, "error_message": message}
    with here.store.transaction() as db:
        done = _end(here, db, number, values, refund=refund)
        if done:
            tell(here, db, number, "video.errored")
    here.wake()
    return done


def cancel(here: Context, number: str) -> bool:
    """As somebody does in Magic Hour's own app: a full refund (docs.magichour.ai) and no webhook (contract 1b)."""
    with here.store.transaction() as db:
        return _end(here, db, number, {"status": "canceled"})


def delete(here: Context, project: Project) -> None:
    """For good. What was not finished is canceled first."""
    with here.store.transaction() as db:
        _end(here, db, project.id, {"status": "canceled"})
        db.execute("UPDATE project SET enabled = 0 WHERE id = ?", (project.id,))
        db.execute("DELETE FROM download WHERE project = ?", (project.id,))
    drop_film(here, project.id)


def refund(here: Context, number: str) -> None:
    """Give back what a failed one has cost."""
    with here.store.transaction() as db:
        _give_back(here, db, number, of=("error", "canceled"))


def _end(here: Context, db: sqlite3.Connection, number: str, values: dict[str, str], *, refund: bool = True) -> bool:
    if refund:
        return _give_back(here, db, number, of=UNFINISHED, **values)
    return here.store.change(db, number, of=UNFINISHED, **values)


def _give_back(here: Context, db: sqlite3.Connection, number: str, *, of: tuple[str, ...], **values: str) -> bool:
    before = here.store.project(db, number)
    if before is None or not here.store.change(db, number, of=of, credits=0, **values):
        return False
    here.store.pay(db, before.account, -before.credits)
    return True


def tell(here: Context, db: sqlite3.Connection, number: str, event: str) -> None:
    """Add the webhook of an event, if the account has one. Its body is what GET would answer at this moment."""
    project = here.store.project(db, number)
    assert project is not None
    account = here.store.account(db, project.account)
    if account.webhook_url is None:
        return
    shown = present.project(here, db, project, here.settings.public_url or project.base_url)
    body = json.dumps({"type": event, "payload": shown})
    here.store.add_job(db, "webhook", number, here.now(), {"body": body, "status": project.status})


def drop_film(here: Context, number: str) -> None:
    # Its folder stays: a render that is still running writes into it.
    here.film(number).unlink(missing_ok=True)
