"""Routes of one project: read it, export it again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from sandbox.submagic import applied, credits, errors, present, urls
from sandbox.submagic.access import account, guarded
from sandbox.submagic.context import context
from sandbox.submagic.create import json_body
from sandbox.submagic.store import Project

projects = Blueprint("projects", __name__)

# Name, lowest, highest: the documents' bounds of the export's numbers.
BOUNDS = (("fps", 1, 60), ("width", 100, 4000), ("height", 100, 4000))


def own_project(number: str) -> Project:
    """The account's project, or the documented 404."""
    project = context().store.project(number, account=account())
    if project is None:
        raise errors.no_project()
    return project


@projects.get("/projects/<number>")
@guarded("project")
def get_project(number: str) -> ResponseReturnValue:
    return jsonify(present.full(context(), own_project(number), urls.base_url()))


@projects.post("/projects/<number>/export")
@guarded("export")
def export_project(number: str) -> ResponseReturnValue:
    here = context()
    project = own_project(number)
    given = _export_fields(json_body())
    # A Magic Clips project has no picture of its own: its clips are exported one by one.
    if project.words is None or project.kind == "clips" or project.status not in {"completed", "failed"}:
        raise errors.bad_request("Project not ready for export")
    now = here.now()
    with here.store.transaction() as db:
        # Decided once more under the write lock: of two calls at the same moment one starts the export.
        changed = db.execute(
            "UPDATE project SET status = 'exporting', failure = NULL, updated_at = ? "
            "WHERE id = ? AND status IN ('completed', 'failed')",
            (now, number),
        ).rowcount
        if not changed:
            raise errors.bad_request("Project not ready for export")
        if project.kind == "clip":
            # Magic Clips have a purse of their own, but exporting one of its clips again costs an API credit.
            credits.charge(here, db, account(), 1, errors.no_credits("export"))
        here.store.add_job(db, "export", number, now, given)
        applied.add(here, db, account(), f"/v1/projects/{number}/export", number, given)
    here.wake()
    return jsonify({"message": "Export started successfully", "projectId": number, "status": "exporting"})


def _export_fields(body: dict[str, Any]) -> dict[str, Any]:
    unknown = [name for name in body if name not in {"fps", "width", "height", "webhookUrl"}]
    if unknown:
        raise errors.invalid("Validation failed: " + ", ".join(f"Unknown field: {name}" for name in unknown))
    for name, lowest, highest in BOUNDS:
        if name not in body:
            continue
        value = body[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not lowest <= value <= highest:
            raise errors.bad_request(f"Invalid {name} value. Must be between {lowest} and {highest}")
    if "webhookUrl" in body:
        url = body["webhookUrl"]
        if not isinstance(url, str) or not urls.may_receive_webhooks(url):
            raise errors.bad_request("Invalid webhookUrl value. Must be a valid URL")
    return body
