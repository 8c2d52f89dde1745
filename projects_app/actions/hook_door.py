"""What arrives under a call's secret address is stored before it is answered (design: reliability, section 3).

Messages of one moment are stored in one transaction (dashboard/together.py). Nothing of a body is read here; what it
says is looked into by the worker (webhooks.py).
"""

from __future__ import annotations

import enum
import hashlib
import hmac
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from django.db import IntegrityError, OperationalError, connection

from dashboard import connections, crypto
from dashboard.models import UpstreamCall
from dashboard.together import Together
from projects_app import hook_statements
from projects_app.actions import waking
from projects_app.brake import Allowance
from projects_app.hook_statements import Cursor, Row

LARGEST: Final = 1024 * 1024
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
# Seconds that a message may wait for its turn to write; a sender gives up after ten.
PATIENCE = 5.0

# Under one secret address. Never for a team, else one that is flooded would keep its own news out.
per_call = Allowance(30, 60)


class Answer(enum.Enum):
    STORED = enum.auto()
    UNKNOWN = enum.auto()  # address: no such one, closed, expired or malformed, all alike
    TOO_MANY = enum.auto()


@dataclass(frozen=True, slots=True)
class Address:
    """Whose address it is."""

    call_id: uuid.UUID
    team_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class Message:
    token: str
    body: bytes
    headers: dict[str, str]
    source_ip: str | None


def take(message: Message) -> Answer:
    """Returns when it is on disk, or is not to be. Raises DatabaseError when it could not be stored."""
    return _together.do(message)


def call_of(token: str) -> UpstreamCall | None:
    """The call whose address this is; None for unknown, closed, expired and malformed alike."""
    with connection.cursor() as cursor:
        found = _open(cursor, [token]).get(token)
    return UpstreamCall.objects.select_related("api_key", "team").get(pk=found.call_id) if found else None


def knows(token: str) -> bool:
    """Whether it is an open address; costs one query."""
    with connection.cursor() as cursor:
        return token in _open(cursor, [token])


# --- Those of one moment -------------------------------------------------------------------------------------------


def _take(messages: Sequence[Message]) -> list[Answer]:
    answers, fresh = [], []
    with connection.cursor() as cursor:
        found = _open(cursor, [message.token for message in messages])
        for message in messages:
            address = found.get(message.token)
            if address is None:
                answers.append(Answer.UNKNOWN)
            elif not per_call.take(address.call_id):
                answers.append(Answer.TOO_MANY)
            else:
                fresh.append((address, message))
                answers.append(Answer.STORED)
        keep(cursor, fresh)
    return answers


# A call that was deleted in between spoils the statement for all who are in it. Sixteen, because each may be of 1 MiB
# and is in memory several times while PostgreSQL gets it.
_together = Together(_take, of_one=(IntegrityError,), most=16, gather=0.002)


def _open(cursor: Cursor, tokens: Iterable[str]) -> dict[str, Address]:
    digests = {token: crypto.fingerprint(token) for token in tokens if TOKEN.fullmatch(token)}
    if not digests:
        return {}
    rows = {row[0]: row for row in hook_statements.find(cursor, set(digests.values()))}
    return {
        token: Address(call_id=row[1], team_id=row[2])
        for token, digest in digests.items()
        if (row := rows.get(digest)) and hmac.compare_digest(row[0], digest)
    }


def _row(address: Address, message: Message) -> Row:
    body = message.body
    digest = hashlib.sha256(body).hexdigest()
    return Row(address.team_id, address.call_id, body, len(body), digest, message.headers, message.source_ip)


def keep(cursor: Cursor, messages: Sequence[tuple[Address, Message]]) -> None:
    """Raw, with what is needed to look into them; a body that is here already under its address has no effect."""
    rows = [_row(address, message) for address, message in messages]
    # A statement must not meet one row twice.
    fresh = list({(row.call_id, row.sha256): row for row in rows}.values())
    if not fresh:
        return
    store = partial(hook_statements.store, cursor, fresh)
    try:
        stored = connections.eagerly(store, seconds=PATIENCE)
    except OperationalError as error:
        # PostgreSQL waits for locks by itself, and ends one of two that wait for each other: that one does it again.
        if connection.vendor == "sqlite" or connection.in_atomic_block or "lock" not in str(error):
            raise
        stored = store()
    if stored:
        waking.webhooks(stored)
