"""The two statements of the door for webhooks (actions/hook_door.py), written out.

Django takes a millisecond and more to put each of them together, which is longer than the database takes for both; this
is where a flood arrives, so it is not done each time (adr/0009). Both are the same on SQLite and PostgreSQL.
"""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

from django.db import connection, models
from django.utils import timezone

from dashboard.models import CallState
from projects_app.models import WebhookEvent
from projects_app.models.webhook_event import Verdict

OPEN_FOR: Final = dt.timedelta(days=30)
OPEN_AFTER_END: Final = dt.timedelta(hours=24)

# An export begins after the project's end, so its own address stays open for a day after it too.
_FIND: Final = """
SELECT c.hook_hash, c.id, c.team_id
FROM dashboard_upstreamcall c
JOIN dashboard_team t ON t.id = c.team_id
LEFT JOIN projects_project p ON p.id = c.target_id
WHERE c.hook_hash IN ({digests})
  AND c.hook_round = t.hook_round
  AND c.state <> %s
  AND c.created_at >= %s
  AND (p.finished_at IS NULL OR c.settled_at IS NULL OR p.finished_at >= %s OR c.settled_at >= %s)
"""
# Only this conflict is passed over (the same body under the same address), nothing else that is wrong.
_STORE: Final = """
INSERT INTO projects_webhookevent ({columns}) VALUES {rows}
ON CONFLICT (call_id, sha256) DO NOTHING RETURNING id
"""


class Row(NamedTuple):
    """What differs from message to message."""

    team_id: int
    call_id: uuid.UUID
    body: bytes
    size: int
    sha256: str
    headers: dict[str, str]
    source_ip: str | None


def find(digests: Collection[str]) -> list[tuple[str, uuid.UUID, int]]:
    """Hash, call and team of those addresses that are open now."""
    now = timezone.now()
    at = connection.ops.adapt_datetimefield_value
    day_ago = at(now - OPEN_AFTER_END)
    query = _FIND.format(digests=", ".join(["%s"] * len(digests)))
    with connection.cursor() as cursor:
        cursor.execute(query, [*digests, CallState.REJECTED, at(now - OPEN_FOR), day_ago, day_ago])
        return [(digest, _uuid(call), team) for digest, call, team in cursor.fetchall()]


def store(rows: Sequence[Row]) -> list[uuid.UUID]:
    """All or none; returns the ids of those that were not here yet. No two rows have one call and hash."""
    now = timezone.now()
    fields, columns, constants = _columns()
    values: list[Any] = []
    for row in rows:
        given = (uuid.uuid4(), now, now, *row)
        values += [field.get_db_prep_save(value, connection) for field, value in zip(fields, given, strict=True)]
        values += constants
    each = f"({', '.join(['%s'] * (len(fields) + len(constants)))})"
    with connection.cursor() as cursor:
        cursor.execute(_STORE.format(columns=columns, rows=", ".join([each] * len(rows))), values)
        return [_uuid(pk) for (pk,) in cursor.fetchall()]


@functools.cache
def _columns() -> tuple[list[models.Field[Any, Any]], str, list[Any]]:
    """Fields whose values are given, the names of all columns, and the values of the rest: those of a new message."""
    names = ("id", "received_at", "next_look_at", *Row._fields)
    every = {field.attname: field for field in WebhookEvent._meta.concrete_fields}
    given = [every.pop(name) for name in names]
    fresh = {**{name: field.get_default() for name, field in every.items()}, "verdict": Verdict.WAITING.value}
    columns = ", ".join(str(field.column) for field in (*given, *every.values()))
    return given, columns, [every[name].get_db_prep_save(fresh[name], connection) for name in every]


def _uuid(value: uuid.UUID | str) -> uuid.UUID:
    """SQLite has no type for one."""
    return value if isinstance(value, uuid.UUID) else uuid.UUID(value)
