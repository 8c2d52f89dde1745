"""Signs and delivers webhooks, or as a fault says (docs.magichour.ai, Securing Your Webhook Handler, Create Handler).

Signed is `{timestamp}.{body}` with HMAC-SHA256 in hex; each attempt has the time at which it goes out.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets

from sandbox.faults import hooks as faults
from sandbox.faults.hooks import Plan
from sandbox.magic_hour.context import Context
from sandbox.magic_hour.store import Account, Job, Project
from sandbox.submagic.delivery import DeliveryError

logger = logging.getLogger("sandbox.magic_hour")

# A second after the first attempt, then twice as long each time, for a day.
MOST_ATTEMPTS = 17


def sign(body: bytes, secret: str, timestamp: int) -> dict[str, str]:
    """The headers of a message."""
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return {
        "Content-Type": "application/json",
        "User-Agent": "sandbox-magic-hour",
        "magic-hour-event-signature": signed.hexdigest(),
        "magic-hour-event-timestamp": str(timestamp),
    }


def send(here: Context, job: Job) -> None:
    """Work off a webhook job; where it goes and its secret are what the account has set by now."""
    with here.store.transaction() as db:
        project = here.store.project(db, job.project)
        assert project is not None
        account = here.store.account(db, project.account)
    if account.webhook_url is None:
        here.store.end_job(job.number)
        return
    body = job.payload["body"].encode()
    if "tries" not in job.payload:
        job.payload["tries"] = 0
        plan = _ordered(here, project, job, body)
        job.payload["again"] = plan.again
        if plan.forged is not None:
            # Whoever forges does not know the secret.
            _post(here, account, plan.forged, secrets.token_hex(16))
        if not plan.sent:
            here.store.end_job(job.number)
            return
        if plan.wait:
            here.store.postpone_job(job.number, here.later(plan.wait), job.payload)
            return
    job.payload["tries"] += 1
    problem = _post(here, account, body, account.webhook_secret or "")
    if problem and job.payload["tries"] < MOST_ATTEMPTS:
        # The URL may be a secret of its receiver, so it is not logged.
        logger.warning("webhook of project %s, attempt %d: %s", project.id, job.payload["tries"], problem)
        here.store.postpone_job(job.number, here.later(2 ** (job.payload["tries"] - 1)), job.payload)
        return
    again = None if problem else job.payload["again"]
    if again is not None:
        here.store.postpone_job(job.number, here.later(again), job.payload | {"again": None})
        return
    here.store.end_job(job.number, "failed" if problem else "done")


def _ordered(here: Context, project: Project, job: Job, body: bytes) -> Plan:
    status = job.payload["status"]
    order = here.faults.for_hook(project.account, project.id, status)
    if order is None:
        return Plan()
    here.faults.note(order, at=here.now(), project=project.id, status=status)
    return faults.plan(order, body)


def _post(here: Context, account: Account, body: bytes, secret: str) -> str:
    """What went wrong, or an empty text."""
    assert account.webhook_url is not None
    try:
        status = here.deliver(account.webhook_url, body, sign(body, secret, int(here.clock().timestamp())))
    except DeliveryError as error:
        return str(error)
    return "" if status is True or 200 <= status < 300 else f"status {status}"
