"""Delivers a project's webhook: once if it is taken, with repetitions if not, or as a fault says."""

from __future__ import annotations

import json
import logging
import sqlite3
from datetime import timedelta

from sandbox.faults import hooks as faults
from sandbox.faults.hooks import Plan
from sandbox.submagic import present
from sandbox.submagic.context import Context, iso
from sandbox.submagic.delivery import DeliveryError
from sandbox.submagic.store import Job, Project

logger = logging.getLogger("sandbox.jobs")

# Seconds before each further attempt to deliver a webhook.
RETRIES = (2, 10, 60, 300)
HEADERS = {"Content-Type": "application/json", "User-Agent": "sandbox-submagic"}


def send(here: Context, job: Job) -> None:
    """Work off a webhook job: its body is fixed at the first attempt, so a repeat says the same."""
    project = here.store.project(job.project)
    if project is None:
        raise LookupError(f"project {job.project} is gone")
    if "body" not in job.payload:
        body = json.dumps(present.webhook(here, project, here.settings.public_url or project.base_url))
        job.payload["body"] = body
        plan = _ordered(here, project, body.encode())
        job.payload["again"] = plan.again
        _note(here, job)
        if not _at_once(here, job, plan):
            return
    problem = _post(here, job.payload["url"], job.payload["body"].encode())
    # The URL is a secret of its receiver, so it is not logged.
    if problem and job.attempts <= len(RETRIES):
        logger.warning("webhook of project %s, attempt %d: %s", job.project, job.attempts, problem)
        here.store.postpone_job(job.number, _in(here, RETRIES[job.attempts - 1]))
        return
    with here.store.transaction() as db:
        here.store.end_job(db, job.number, "failed" if problem else "done")
        if job.payload.get("again") is not None and not problem:
            repeated = {name: job.payload[name] for name in ("url", "body")}
            here.store.add_job(db, "webhook", project.id, _in(here, job.payload["again"]), repeated)
        if not job.payload.get("held"):
            _release(here, db, project.account)


def _release(here: Context, db: sqlite3.Connection, account: str) -> None:
    """Send what a fault holds back until another one of the account has gone."""
    db.execute(
        "UPDATE job SET due_at = ? WHERE kind = 'webhook' AND state = 'waiting' "
        "AND json_extract(payload, '$.held') AND project IN (SELECT id FROM project WHERE account = ?)",
        (here.now(), account),
    )


def _ordered(here: Context, project: Project, body: bytes) -> Plan:
    order = here.faults.for_hook(project.account, project.id, project.status)
    if order is None:
        return Plan()
    here.faults.note(order, at=here.now(), project=project.id, status=project.status)
    return faults.plan(order, body)


def _at_once(here: Context, job: Job, plan: Plan) -> bool:
    """Do what comes before the webhook; whether it is to be sent now."""
    if plan.forged is not None:
        _post(here, job.payload["url"], plan.forged)
    if not plan.sent:
        with here.store.transaction() as db:
            here.store.end_job(db, job.number)
        return False
    if plan.wait or plan.held:
        job.payload["held"] = plan.held
        _note(here, job)
        here.store.postpone_job(job.number, _in(here, plan.wait))
        return False
    return True


def _note(here: Context, job: Job) -> None:
    with here.store.transaction() as db:
        db.execute("UPDATE job SET payload = ? WHERE number = ?", (json.dumps(job.payload), job.number))


def _post(here: Context, url: str, body: bytes) -> str:
    """What went wrong, or an empty text."""
    try:
        status = here.deliver(url, body, dict(HEADERS))
    except DeliveryError as error:
        return str(error)
    return "" if status is True or 200 <= status < 300 else f"status {status}"


def _in(here: Context, seconds: float) -> str:
    return iso(here.clock() + timedelta(seconds=seconds))
