"""Not a part of the API: what tests and people set up here. It needs the key and acts on its account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from sandbox.magic_hour import errors, present, work
from sandbox.magic_hour.access import account, guarded
from sandbox.magic_hour.context import context
from sandbox.magic_hour.create import ESTIMATED_FPS, base_url, json_body, size
from sandbox.magic_hour.projects import own_project
from sandbox.magic_hour.render import FPS, render
from sandbox.magic_hour.store import Project, new_id
from sandbox.submagic.urls import may_receive_webhooks

controls = Blueprint("controls", __name__, url_prefix="/_sandbox")

TEXTS = ("name", "type", "prompt", "status", "error_code", "error_message")
NUMBERS = ("end_seconds", "credits", "width", "height")


@controls.get("/projects")
@guarded
def list_projects() -> ResponseReturnValue:
    """The account's projects, the newest first; the API itself has no list."""
    here = context()
    with here.store.transaction() as db:
        found = here.store.projects(db, account())
        return jsonify({"projects": [present.project(here, db, each, base_url()) for each in found]})


@controls.post("/projects")
@guarded
def seed_project() -> ResponseReturnValue:
    """A project in any state, also in one that no document names, at no cost: `status` (complete), `type`, `name`,
    `prompt`, `end_seconds` (3), `credits`, `width`, `height`, `error_code`, `error_message`. A complete one has a
    real film; a queued one is taken up as usual."""
    here = context()
    project = _seeded(json_body())
    if project.status == "complete":
        wide, high = size("16:9", "360p")
        render(replace(project, width=wide, height=high), here.film(project.id))
    with here.store.transaction() as db:
        here.store.account(db, account())
        here.store.add(db, project)
        kind = {"queued": "start", "rendering": "render"}.get(project.status)
        if kind:
            here.store.add_job(db, kind, project.id, here.later(here.settings.magic_hour_delay))
        shown = present.project(here, db, project, base_url())
    here.wake()
    return jsonify(shown), 201


def _seeded(body: Mapping[str, Any]) -> Project:
    for name, value in body.items():
        if name in TEXTS and isinstance(value, str):
            continue
        if name in NUMBERS and isinstance(value, int | float) and not isinstance(value, bool):
            continue
        raise errors.invalid(f"{name} is unknown or has a wrong type")
    status = body.get("status", "complete")
    seconds = float(body.get("end_seconds", 3))
    if not 0.1 <= seconds <= 60:
        raise errors.invalid("end_seconds must be a number from 0.1 to 60")
    wide, high = size("16:9", "360p")
    if status in ("queued", "rendering") and min(body.get("width", wide), body.get("height", high)) < 16:
        raise errors.invalid("width and height of a project that is to be rendered must be at least 16")
    return Project(
        id=new_id(),
        account=account(),
        name=body.get("name"),
        status=status,
        type=body.get("type", "TEXT_TO_VIDEO"),
        prompt=body.get("prompt", "A project of the sandbox"),
        width=_side(body.get("width", wide)),
        height=_side(body.get("height", high)),
        end_seconds=seconds,
        fps=FPS if status == "complete" else ESTIMATED_FPS,
        credits=int(body.get("credits", 0)),
        error_code=body.get("error_code"),
        error_message=body.get("error_message"),
        base_url=base_url(),
        created_at=context().now(),
    )


def _side(pixels: float) -> int:
    """Even, because the film must be; -1 is the documented "can be ignored"."""
    return -1 if pixels < 0 else int(pixels) // 2 * 2


@controls.post("/projects/<number>/cancel")
@guarded
def cancel_project(number: str) -> ResponseReturnValue:
    """As in Magic Hour's own app; the API has no such call."""
    if not work.cancel(context(), own_project(number).id):
        raise errors.invalid("The project is finished already")
    return "", 204


@controls.post("/projects/<number>/fail")
@guarded
def fail_project(number: str) -> ResponseReturnValue:
    """End it with an error: `code`, `message` and `refund` (true: its credits come back at once), all optional."""
    body = json_body()
    code, message = str(body.get("code", "render_failed")), str(body.get("message", "The video could not be rendered."))
    refund = body.get("refund", True) is not False
    if not work.fail(context(), own_project(number).id, code, message, refund=refund):
        raise errors.invalid("The project is finished already")
    return "", 204


@controls.post("/projects/<number>/refund")
@guarded
def refund_project(number: str) -> ResponseReturnValue:
    """What a failed one has cost comes back late: 002 tells no time for it."""
    work.refund(context(), own_project(number).id)
    return "", 204


@controls.put("/credits")
@guarded
def set_credits() -> ResponseReturnValue:
    """`{"credits": 10000}`"""
    wanted = json_body().get("credits")
    if isinstance(wanted, bool) or not isinstance(wanted, int) or not 0 <= wanted <= 10**12:
        raise errors.invalid("credits must be a whole number of zero or more")
    here = context()
    with here.store.transaction() as db:
        here.store.account(db, account())
        db.execute("UPDATE account SET credits = ? WHERE id = ?", (wanted, account()))
    return jsonify({"credits": wanted})


@controls.put("/webhook")
@guarded
def set_webhook() -> ResponseReturnValue:
    """`{"url", "secret"}`: where events of this account go from now on, and with which secret they are signed."""
    body = json_body()
    url, secret = body.get("url"), body.get("secret")
    if not isinstance(url, str) or not may_receive_webhooks(url):
        raise errors.invalid("url must be https, or http on this machine")
    if not isinstance(secret, str) or not secret:
        raise errors.invalid("secret must be a text")
    _store_webhook(url, secret)
    return jsonify({"url": url})


@controls.delete("/webhook")
@guarded
def drop_webhook() -> ResponseReturnValue:
    _store_webhook(None, None)
    return "", 204


def _store_webhook(url: str | None, secret: str | None) -> None:
    here = context()
    with here.store.transaction() as db:
        here.store.account(db, account())
        db.execute("UPDATE account SET webhook_url = ?, webhook_secret = ? WHERE id = ?", (url, secret, account()))
