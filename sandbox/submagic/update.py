"""The route that changes a project: its next export shows the change, the videos there are stay as they were."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from sandbox.submagic import applied, credits, errors, fields, work
from sandbox.submagic.access import account, guarded
from sandbox.submagic.context import Context, context, iso
from sandbox.submagic.create import json_body

update = Blueprint("update", __name__)


@update.put("/projects/<number>")
@guarded("update")
def update_project(number: str) -> ResponseReturnValue:
    here = context()
    project = here.store.project(number, account=account())
    if project is None:
        raise errors.nothing_to_update()
    if project.kind == "clips":
        raise errors.bad_request("A Magic Clips project has no video of its own: update its clips by their ids")
    clean = fields.read(json_body(), fields.UPDATE, required=(), form=False)
    price = credits.ai_brolls(clean.get("items", ()))
    _apply(here, number, clean, price)
    if not price:
        work.retime(here, number)
    if clean.get("removeBadTakes"):
        # The documents: the answer itself takes its time.
        here.sleep(here.settings.bad_takes_delay)
    here.wake()
    message = "Project update accepted" if price else "Project updated successfully"
    # The documents print this status in both examples.
    return jsonify({"message": message, "id": number, "status": "processing"})


def _apply(here: Context, number: str, clean: dict[str, Any], price: int) -> None:
    """Keep the change; AI B-roll takes the project back to processing."""
    now = here.now()
    with here.store.transaction() as db:
        # Read under the write lock: two updates at the same moment both count.
        project = here.store.project(number)
        assert project is not None
        options = project.options | clean
        if price:
            credits.charge(here, db, account(), price, errors.no_ai_credits())
            changed = db.execute(
                "UPDATE project SET status = 'processing', failure = NULL "
                "WHERE id = ? AND words IS NOT NULL AND status IN ('completed', 'failed')",
                (number,),
            ).rowcount
            if not changed:
                raise errors.bad_request("Project not ready for update")
            due = iso(here.clock() + timedelta(seconds=here.settings.ai_broll_delay))
            here.store.add_job(db, "update", number, due)
        here.store.update(db, number, options=options, updated_at=now)
        applied.add(here, db, account(), f"/v1/projects/{number}", number, clean)
