"""The worker's loop in virtual time: it jumps from one due row to the next until nothing is due for a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import time_machine
from django.db import OperationalError
from django.db.models import F, Min, Q
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from dashboard import heartbeat, leases
from dashboard.actions import restores
from projects_app.actions import mending as projects_mending
from publishing_app.actions import mending as publishing_mending
from tests.crash import scenes
from tests.crash.world import World

HORIZON = dt.timedelta(hours=26)
MOST_ROUNDS = 400


class NeverSettles(Exception):
    pass


class Loop:
    def __init__(self, world: World, clock: time_machine.Coordinates, *, hooks: bool) -> None:
        self.world, self.clock, self.hooks = world, clock, hooks
        self.beat_at = timezone.now()
        self.failed = 0

    def run(self, *, until: dt.timedelta = HORIZON, jobs: bool = True) -> None:
        """`jobs`: the provider works meanwhile; without that its projects stay as they are."""
        end = timezone.now() + until
        for _round in range(MOST_ROUNDS):
            self.once(jobs=jobs)
            again = next_due()
            if again is None or again > end:
                return
            self.clock.move_to(max(again, timezone.now()) + dt.timedelta(milliseconds=200))
        raise NeverSettles(f"after {MOST_ROUNDS} rounds something is still due at {next_due()}")

    def once(self, *, jobs: bool = True) -> None:
        """What run_worker does in a round, its clock's tasks, and the provider's own work."""
        for part in (self._round, projects_mending.mend, publishing_mending.mend):
            self._survive(part)
        if jobs:
            self.world.control("POST", "jobs")
        if self.hooks:
            scenes.deliver(self.world)
        else:
            self.world.control("DELETE", "hooks/all")

    def _round(self) -> None:
        if timezone.now() >= self.beat_at:
            restores.watch()
            heartbeat.beat()
            self.beat_at = timezone.now() + heartbeat.EVERY
        leases.sweep()

    def _survive(self, part: Callable[[], object]) -> None:
        """A worker outlives a database that fails; it tries again in its next round."""
        try:
            part()
        except OperationalError:
            self.failed += 1


def next_due() -> dt.datetime | None:
    found: list[dt.datetime] = []
    for kind in leases._kinds:
        rows: Any = kind.model._base_manager.filter(kind.where(), Q(next_look_at__isnull=False))
        free_at = Greatest(F("next_look_at"), Coalesce(F("lease_until"), F("next_look_at")))
        if first := rows.aggregate(first=Min(free_at))["first"]:
            found.append(first)
    return min(found, default=None)
