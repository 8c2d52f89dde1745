"""The routes of Magic Hour that the desk knows: a project, its deletion, the account; and the films themselves."""

from __future__ import annotations

from flask import Blueprint, jsonify, send_file
from flask.typing import ResponseReturnValue

from sandbox.magic_hour import errors, present, samples, work
from sandbox.magic_hour.access import account, guarded
from sandbox.magic_hour.context import context
from sandbox.magic_hour.create import base_url
from sandbox.magic_hour.store import Project

projects = Blueprint("projects", __name__)
files = Blueprint("files", __name__)


def own_project(number: str) -> Project:
    """The account's project, or the documented 404."""
    here = context()
    with here.store.transaction() as db:
        is_new = samples.ensure(here, db, account(), number)
        found = here.store.project(db, samples.row_id(account(), number), account=account())
    if is_new:
        here.wake()
    if found is None:
        raise errors.not_found()
    return found


@projects.get("/video-projects/<number>")
@guarded
def get_project(number: str) -> ResponseReturnValue:
    """A deleted one is still answered, with `enabled` false: the official client documents that value, and with a 404
    nobody could ever see it."""
    here = context()
    found = own_project(number)
    with here.store.transaction() as db:
        return jsonify(present.project(here, db, found, base_url()))


@projects.delete("/video-projects/<number>")
@guarded
def delete_project(number: str) -> ResponseReturnValue:
    """204, also a second time: what should be gone is gone."""
    work.delete(context(), own_project(number))
    return "", 204


@projects.get("/account")
@guarded
def get_account() -> ResponseReturnValue:
    """In the official client's shape (account.list). Every account has the plan Pro; nothing is ever billed."""
    here = context()
    with here.store.transaction() as db:
        found = here.store.account(db, account())
    return jsonify(
        {
            "id": found.id,
            "email": f"{found.id[:8]}@sandbox.invalid",
            "credits": found.credits,
            "tier": "pro",
            "subscription": {
                "name": "Pro",
                "status": "active",
                "billing_interval": "month",
                "cancel_at_period_end": False,
                "current_period_end": here.later(30 * 86_400),
                "price": {"amount": 0, "currency": "usd"},
                "discount": None,
            },
        }
    )


@files.get("/files/<token>/output.mp4")
def film(token: str) -> ResponseReturnValue:
    """No key: the address is secret, and ends."""
    here = context()
    with here.store.transaction() as db:
        found = here.store.linked(db, token)
    if found is None or not here.film(found[0]).is_file():
        raise errors.not_found()
    if here.now() >= found[1]:
        raise errors.expired()
    # conditional=True answers ranges (206), HEAD and If-None-Match.
    return send_file(here.film(found[0]).resolve(), mimetype="video/mp4", conditional=True, max_age=0)
