"""The two statements of the door for webhooks (actions/hook_door.py), written out.

Django takes a millisecond and more to put each of them together, which is longer than the database takes for both; this
is where a flood arrives, so it is not done each time (adr/0009). Both are the same on SQLite and PostgreSQL.
"""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple, Protocol

from django.db import connection
from django.utils import timezone

from dashboard.models import CallState
from projects_app.models import Project, WebhookEvent

OPEN_FOR: Final = dt.timedelta(days=30)
OPEN_AFTER_END: Final = dt.timedelta(hours=24)

_FIND: Final = """\
SELECT c.hook_hash, c.id, c.team_id, c.target_id, c.settled_at < %s
FROM dashboard_upstreamcall c
JOIN dashboard_team t ON t.id = c.team_id
WHERE c.hook_hash IN ({digests})
  AND c.hook_round = t.hook_round
  AND c.state <> %s
  AND c.created_at >= %s
"""
# Only this conflict is passed over (the same body under the same address), nothing else that is wrong.
_STORE: Final = """\
INSERT INTO "projects_webhookevent" ({columns}) VALUES {rows}
ON CONFLICT (call_id, sha256) DO NOTHING RETURNING id
"""
_GIVEN: Final = (
    *("id", "received_at", "next_look_at", "team_id", "call_id", "body", "size", "sha256", "headers", "source_ip"),
)


class Cursor(Protocol):
    def execute(self, sql: str, params: Sequence[Any], /) -> Any: ...
    def fetchall(self) -> list[tuple[Any, ...]]: ...


class Row(NamedTuple):
    """What differs from message to message."""

    team_id: uuid.UUID
    call_id: uuid.UUID
    body: bytes
    size: int
    sha256: str
    headers: dict[str, str]
    source_ip: str | None


def find(cursor: Cursor, digests: Collection[str]) -> list[tuple[str, uuid.UUID, uuid.UUID]]:
    """Hash, call and team of those addresses that are open now."""
    now = timezone.now()
    at = connection.ops.adapt_datetimefield_value
    day_ago = at(now - OPEN_AFTER_END)
    query = _FIND.format(digests=", ".join(["%s"] * len(digests)))
    cursor.execute(query, [day_ago, *digests, CallState.REJECTED.value, at(now - OPEN_FOR)])
    rows = cursor.fetchall()
    # An export begins after the project's end, so its own address stays open for a day after it too.
    old = [_uuid(target) for *_, target, was_settled_before in rows if was_settled_before]
    ended = Project.objects.filter(pk__in=old, finished_at__lt=now - OPEN_AFTER_END)
    over = set(ended.values_list("pk", flat=True)) if old else set()
    return [
        (digest, _uuid(call), _uuid(team))
        for digest, call, team, target, was_settled_before in rows
        if not (was_settled_before and _uuid(target) in over)
    ]


def store(cursor: Cursor, rows: Sequence[Row]) -> list[uuid.UUID]:
    """All or none; returns the ids of those that were not here yet. No two rows have one call and hash."""
    ops, constants = connection.ops, _constants()
    now = ops.adapt_datetimefield_value(timezone.now())
    values: list[Any] = []
    for row in rows:
        values += (
            _given(uuid.uuid4()), now, now, _given(row.team_id), _given(row.call_id), row.body, row.size, row.sha256,
            ops.adapt_json_value(row.headers, None), ops.adapt_ipaddressfield_value(row.source_ip), *constants.values()
        )  # fmt: skip
    columns = ", ".join((*_GIVEN, *constants))
    each = f"({', '.join(['%s'] * (len(_GIVEN) + len(constants)))})"
    cursor.execute(_STORE.format(columns=columns, rows=", ".join([each] * len(rows))), values)
    return [_uuid(pk) for (pk,) in cursor.fetchall()]


@functools.cache
def _constants() -> dict[str, Any]:
    """Columns and values of what is the same in each new message."""
    fields = [field for field in WebhookEvent._meta.concrete_fields if field.column not in _GIVEN]
    return {str(field.column): field.get_db_prep_save(field.get_default(), connection) for field in fields}


def _given(value: uuid.UUID) -> uuid.UUID | str:
    """SQLite has no type for one."""
    return value if connection.features.has_native_uuid_field else value.hex


def _uuid(value: uuid.UUID | str) -> uuid.UUID:
    return value if isinstance(value, uuid.UUID) else uuid.UUID(value)
