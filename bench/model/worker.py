"""The desk's worker, one step at a time: messages of its queue, the sweep for due rows, and its death."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from bench.model.faults import Killed
from dashboard import leases, senders
from dashboard.models import ApiKey, UpstreamCall
from projects_app.actions import looks, project_calls, waking, webhooks
from projects_app.models import Project, WebhookEvent
from publishing_app.actions import feed, publish_calls
from publishing_app.actions.publications import OPERATION

Message = tuple[str, uuid.UUID]
# What the tasks of projects_app and publishing_app call.
TASKS: Final[dict[str, Callable[[uuid.UUID], object]]] = {
    "call": project_calls.deliver,
    "publish": publish_calls.drive,
    "look": looks.look,
    "look now": lambda pk: looks.look(pk, force=True),
    "hook": webhooks.handle,
    "feed": feed.sync,
}
_LEFT_ALONE: Final = ("ROLLBACK", "RELEASE")


class Death:
    """Ends the process before its n-th statement from now: a wrapper for the connection's cursor. Once dead nothing
    more is written, whatever clean-up code tries; only the database itself rolls back."""

    def __init__(self, after: int | None) -> None:
        self.after = after
        self.dead = False

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(_LEFT_ALONE):
            return execute(sql, params, many, context)
        if self.dead or self.after == 0:
            self.dead = True
            raise Killed
        if self.after is not None:
            self.after -= 1
        return execute(sql, params, many, context)


class Worker:
    """`queue` holds the messages that nobody has taken yet."""

    def __init__(self) -> None:
        self.queue: list[Message] = []
        self.deaths = 0
        self._running: list[Death] = []

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Deliveries come to this queue instead of the tasks'."""
        kinds, sending, woken = leases._kinds, dict(senders._senders), dict(waking._senders)
        senders._senders.update({name: self._put("publish" if name == OPERATION else "call") for name in sending})
        waking._senders.update(call=self._put("call"), project=self._put("look now"), webhooks=self._put_each("hook"))
        held = leases.held
        # The clock stands still while a worker is at work, so a heart of its own has nothing to do.
        leases.held = lambda row, *, seconds=None, heartbeat=False: held(row, seconds=seconds)
        leases._kinds = [
            leases.Kind(UpstreamCall, senders.deliver, senders.where_sendable),
            *(leases.Kind(each.model, self._put(_NAMES[each.model]), each.where) for each in kinds if _is_ours(each)),
        ]
        try:
            yield
        finally:
            leases._kinds, leases.held = kinds, held
            senders._senders.update(sending)
            waking._senders.update(woken)

    def _put(self, name: str) -> Callable[[uuid.UUID], None]:
        def put(pk: uuid.UUID) -> None:
            if (name, pk) not in self.queue:
                self.queue.append((name, pk))

        return put

    def _put_each(self, name: str) -> Callable[[list[uuid.UUID]], None]:
        put = self._put(name)

        def put_each(pks: list[uuid.UUID]) -> None:
            for pk in pks:
                put(pk)

        return put_each

    def sweep(self) -> int:
        """The desk's own sweep, over the kinds of rows that have one due: most of the time that is none."""
        kinds, now = leases._kinds, timezone.now()
        due = {model for model, at in _firsts() if at <= now}
        leases._kinds = [kind for kind in kinds if kind.model in due]
        try:
            return leases.sweep()
        finally:
            leases._kinds = kinds

    def run(self, message: Message, *, dies_after: int | None = None) -> bool:
        """Do one message; False when the worker died of it. What it would have woken is lost with it."""
        name, pk = message
        death = Death(dies_after)
        self._running.append(death)
        with connection.execute_wrapper(death):
            try:
                TASKS[name](pk)
            except Killed:
                self.deaths += 1
                connection.run_on_commit = []
                return False
            except leases.LeaseLost:
                pass  # another worker has it; the task's failure is logged and that is all
            finally:
                self._running.pop()
        after_commit()
        return True

    def die(self) -> None:
        """In the middle of a message, such as on the wire."""
        self._running[-1].dead = True
        raise Killed

    def run_all(self) -> None:
        """Until the queue is empty."""
        while self.queue:
            self.run(self.queue.pop(0))

    def go(self) -> None:
        """One round of a healthy worker."""
        self.sweep()
        self.run_all()


_WORK: Final = (UpstreamCall, Project, WebhookEvent, ApiKey)
_NAMES: Final[dict[type[leases.Leased], str]] = {Project: "look", WebhookEvent: "hook", ApiKey: "feed"}


def _is_ours(kind: leases.Kind) -> bool:
    return kind.model in _NAMES


def _firsts() -> list[tuple[type[leases.Leased], dt.datetime]]:
    """When the first row of each kind is due, where there is one. Asked before each step, so in one statement."""
    parts = [
        f"SELECT {number} AS kind, MIN(next_look_at) AS at FROM {model._meta.db_table}"
        for number, model in enumerate(_WORK)
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return [(_WORK[kind], _moment(at)) for kind, at in cursor.fetchall() if at is not None]


def _moment(found: str | dt.datetime) -> dt.datetime:
    """SQLite has no type for times, and Django gives what it stores."""
    at = dt.datetime.fromisoformat(found) if isinstance(found, str) else found
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)


def next_due() -> dt.datetime | None:
    """When the next row is due."""
    return min((at for _model, at in _firsts()), default=None)


# --- What waits for the commit, where everything happens inside one transaction that is rolled back at the end --------


def after_commit() -> None:
    while connection.in_atomic_block and connection.run_on_commit:
        waiting, connection.run_on_commit = connection.run_on_commit, []
        for entry in waiting:
            entry[1]()
