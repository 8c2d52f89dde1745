"""Rows that work is done on: who holds one, until when, and when it is looked at next.

A row with `next_look_at` in the past is due. One sweeper (on every worker) delivers due rows to the queue; a task
claims its row by one conditional update, keeps the claim alive while it works, and leaves a new `next_look_at`
behind, or none when the row is final. A queue message is therefore only a hint: when it is lost, or its worker
killed, the row becomes due again by itself.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection, models
from django.utils import timezone

log = logging.getLogger(__name__)


class Leased(models.Model):
    lease_owner = models.CharField(max_length=64, blank=True, default="", editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    next_look_at = models.DateTimeField(null=True, blank=True, db_index=True, editable=False)
    looks = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        abstract = True


class LeaseLost(Exception):
    """Somebody else holds the row now; whatever was found out must not be written."""


# Work that only reads may be begun anew by anybody: what a killed worker held of it is free again after so long.
READING_SECONDS = 20.0


def while_reading() -> float:
    """Seconds to hold a row for work that sends nothing."""
    return min(READING_SECONDS, float(settings.LEASE_SECONDS))


def is_held(row: Leased) -> bool:
    """Whether somebody was at work on it when it was read from the database."""
    return row.lease_until is not None and row.lease_until >= timezone.now()


def new_owner() -> str:
    return f"{settings.NODE}:{os.getpid()}:{uuid.uuid4().hex[:12]}"


def claim(row: Leased, *, owner: str, seconds: float | None = None) -> bool:
    """Take the row if nobody holds it. True exactly for one caller at a time."""
    now = timezone.now()
    until = now + dt.timedelta(seconds=seconds or settings.LEASE_SECONDS)
    free = models.Q(lease_until=None) | models.Q(lease_until__lt=now)
    taken = type(row)._base_manager.filter(free, pk=row.pk).update(lease_owner=owner, lease_until=until)
    return taken == 1


def extend(row: Leased, *, owner: str, seconds: float | None = None) -> bool:
    until = timezone.now() + dt.timedelta(seconds=seconds or settings.LEASE_SECONDS)
    return type(row)._base_manager.filter(pk=row.pk, lease_owner=owner).update(lease_until=until) == 1


def release(row: Leased, *, owner: str) -> None:
    type(row)._base_manager.filter(pk=row.pk, lease_owner=owner).update(lease_owner="", lease_until=None)


def write(row: Leased, *, owner: str, **values: Any) -> None:
    """Save fields only while the lease is still ours; a worker that lost its lease must not overwrite."""
    if type(row)._base_manager.filter(pk=row.pk, lease_owner=owner).update(**values) != 1:
        raise LeaseLost(f"{type(row).__name__} {row.pk}")
    for name, value in values.items():
        setattr(row, name, value)


class Held:
    """A claim in force. `lost` is set when the heartbeat finds that the row went to somebody else."""

    def __init__(self, row: Leased, owner: str) -> None:
        self.row = row
        self.owner = owner
        self.lost = threading.Event()

    def check(self) -> None:
        if self.lost.is_set():
            raise LeaseLost(f"{type(self.row).__name__} {self.row.pk}")

    def write(self, **values: Any) -> None:
        self.check()
        write(self.row, owner=self.owner, **values)


@contextmanager
def held[Row: Leased](row: Row, *, seconds: float | None = None, heartbeat: bool = False) -> Iterator[Held | None]:
    """Claim the row for the block; yields None when somebody else has it.

    `heartbeat` keeps a long claim alive from a thread of its own (seconds / 3 apart).
    """
    owner = new_owner()
    if not claim(row, owner=owner, seconds=seconds):
        yield None
        return
    row.refresh_from_db()
    hold = Held(row, owner)
    stop = threading.Event()
    thread: threading.Thread | None = None
    if heartbeat:
        thread = threading.Thread(target=_beat, args=(hold, stop, seconds or settings.LEASE_SECONDS), daemon=True)
        thread.start()
    try:
        yield hold
    finally:
        stop.set()
        if thread:
            thread.join()
        release(row, owner=owner)


def _beat(hold: Held, stop: threading.Event, seconds: float) -> None:
    while not stop.wait(seconds / 3):
        try:
            if not extend(hold.row, owner=hold.owner, seconds=seconds):
                hold.lost.set()
                return
        except Exception:
            # The database may be away for a moment; the lease itself decides, so try again at the next beat.
            log.exception("heartbeat failed")
        finally:
            # A thread's connection is nobody else's: left open it would outlive a database restart.
            connection.close()


# --- Delivery -------------------------------------------------------------------------------------

Deliver = Callable[[Any], object]


class Kind:
    """A kind of leased row: which of its rows this node may deliver, and the task that gets the id."""

    def __init__(self, model: type[Leased], deliver: Deliver, where: Callable[[], models.Q] | None = None) -> None:
        self.model = model
        self.deliver = deliver
        self.where = where or models.Q


# Rows of one kind that a sweep delivers at most.
MOST = 200
_kinds: list[Kind] = []


def register(model: type[Leased], deliver: Deliver, where: Callable[[], models.Q] | None = None) -> None:
    """Called once per kind of row in an app's `ready()`."""
    _kinds.append(Kind(model, deliver, where))


def models_of_work() -> list[type[Leased]]:
    return list(dict.fromkeys(kind.model for kind in _kinds))


def overdue() -> dict[str, dt.datetime]:
    """For each kind of row (by its model's label) when the longest waiting one became due: only those that this node
    may deliver, and that nobody holds."""
    now, found = timezone.now(), dict[str, dt.datetime]()
    for kind in _kinds:
        free = models.Q(lease_until=None) | models.Q(lease_until__lt=now)
        due = kind.model._base_manager.filter(free, kind.where(), next_look_at__lte=now)
        if oldest := due.aggregate(oldest=models.Min("next_look_at"))["oldest"]:
            name = kind.model._meta.label_lower
            found[name] = min(oldest, found.get(name, oldest))
    return found


def sweep(*, limit: int = MOST) -> int:
    """Deliver every due row that nobody holds; returns how many were delivered.

    The conditional update moves `next_look_at` ahead first, so of several sweepers only one delivers, and a backlog
    is not delivered again at every sweep.
    """
    delivered = 0
    for kind in _kinds:
        now = timezone.now()
        free = models.Q(lease_until=None) | models.Q(lease_until__lt=now)
        due = kind.model._base_manager.filter(free, kind.where(), next_look_at__lte=now)
        for pk, look in due.order_by("next_look_at").values_list("pk", "next_look_at")[:limit]:
            later = now + dt.timedelta(seconds=settings.REDELIVER_SECONDS)
            if not kind.model._base_manager.filter(pk=pk, next_look_at=look).update(next_look_at=later):
                continue
            try:
                kind.deliver(pk)
                delivered += 1
            except Exception:
                # One row that cannot be delivered must not hold up the others; it is due again in a while.
                log.exception("%s %s could not be delivered", kind.model.__name__, pk)
    return delivered
