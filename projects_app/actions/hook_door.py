"""What arrives under a call's secret address is stored before it is answered (design: reliability, section 3).

Messages of one moment are stored in one transaction (dashboard/together.py). Nothing of a body is read here; what it
says is looked into by the worker (webhooks.py).
"""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import hmac
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from dashboard import crypto
from dashboard.models import CallState, UpstreamCall
from dashboard.together import Together
from projects_app.actions import waking
from projects_app.brake import Allowance
from projects_app.models import Project, WebhookEvent

LARGEST: Final = 1024 * 1024
OPEN_FOR: Final = dt.timedelta(days=30)
OPEN_AFTER_END: Final = dt.timedelta(hours=24)
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
KEPT_HEADERS: Final = ("Content-Type", "User-Agent")

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
    team_id: int


@dataclass(frozen=True, slots=True)
class Message:
    token: str
    body: bytes
    headers: Mapping[str, str]
    source_ip: str | None


def take(message: Message) -> Answer:
    """Returns when it is on disk, or is not to be. Raises DatabaseError when it could not be stored."""
    return _together.do(message)


def call_of(token: str) -> UpstreamCall | None:
    """The call whose address this is; None for unknown, closed, expired and malformed alike."""
    found = _open([token]).get(token)
    return UpstreamCall.objects.select_related("api_key", "team").get(pk=found.call_id) if found else None


# --- Those of one moment -------------------------------------------------------------------------------------------


def _take(messages: Sequence[Message]) -> list[Answer]:
    found = _open(message.token for message in messages)
    answers, fresh = [], []
    for message in messages:
        address = found.get(message.token)
        if address is None:
            answers.append(Answer.UNKNOWN)
        elif not per_call.take(address.call_id):
            answers.append(Answer.TOO_MANY)
        else:
            fresh.append((address, message))
            answers.append(Answer.STORED)
    keep(fresh)
    return answers


# A call that was deleted in between spoils the transaction for all who are in it.
_together = Together(_take, of_one=(IntegrityError,))


def _open(tokens: Iterable[str]) -> dict[str, Address]:
    digests = {token: crypto.fingerprint(token) for token in tokens if TOKEN.fullmatch(token)}
    if not digests:
        return {}
    rows = {row[0]: row for row in _of_open_calls().filter(hook_hash__in=set(digests.values()))}
    return {
        token: Address(call_id=row[1], team_id=row[2])
        for token, digest in digests.items()
        if (row := rows.get(digest)) and hmac.compare_digest(row[0], digest)
    }


def _of_open_calls() -> QuerySet[UpstreamCall, tuple[str, uuid.UUID, int]]:
    now = timezone.now()
    day_ago = now - OPEN_AFTER_END
    ended = Project.objects.filter(pk=OuterRef("target_id")).values("finished_at")
    calls = UpstreamCall.objects.filter(hook_round=F("team__hook_round"), created_at__gte=now - OPEN_FOR)
    calls = calls.exclude(state=CallState.REJECTED).annotate(ended_at=Subquery(ended))
    # An export begins after the project's end, so its own address stays open for a day after it too.
    still = Q(ended_at=None) | Q(settled_at=None) | Q(ended_at__gte=day_ago) | Q(settled_at__gte=day_ago)
    return calls.filter(still).values_list("hook_hash", "pk", "team_id")


def _row(address: Address, message: Message) -> WebhookEvent:
    headers = message.headers
    return WebhookEvent(
        team_id=address.team_id,
        call_id=address.call_id,
        body=message.body,
        size=len(message.body),
        sha256=hashlib.sha256(message.body).hexdigest(),
        headers={name: headers[name][:300] for name in KEPT_HEADERS if name in headers},
        source_ip=message.source_ip,
        next_look_at=timezone.now(),
    )


def keep(messages: Sequence[tuple[Address, Message]]) -> None:
    """Raw, with what is needed to look into them; a body that is here already under its address has no effect."""
    rows = [_row(address, message) for address, message in messages]
    # A statement must not meet one row twice; and only this conflict is passed over, nothing else that is wrong.
    fresh = list({(row.call_id, row.sha256): row for row in rows}.values())
    if not fresh:
        return
    WebhookEvent.objects.bulk_create(
        fresh, update_conflicts=True, unique_fields=["call", "sha256"], update_fields=["sha256"]
    )
    for row in fresh:
        waking.webhook(row.pk)
