"""Ends the desk's processes with -9, one about every second, and starts them again."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import psycopg

from bench.desk import Desk


def children(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def end_backends(url: str) -> int:
    """Ends every connection of the desk to its PostgreSQL database, as an administrator or a failover does."""
    name = url.rpartition("/")[2]
    with psycopg.connect(url.replace("postgres://", "postgresql://"), autocommit=True) as admin:
        rows = admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            [name],
        ).fetchall()
    return len(rows)


@dataclass
class Killer:
    desk: Desk
    database: str = ""  # the URL of its PostgreSQL database; "" for SQLite
    every: float = 1.0
    kills: Counter[str] = field(default_factory=Counter)
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        ways: list[Callable[[], None]] = [self._web_worker, self._worker, self._web_worker, self._master]
        if self.database:
            ways = [self._backends, self._web_worker, self._backends, self._worker, self._web_worker, self._master]
        self.ways = cycle(ways)
        self.thread = threading.Thread(target=self._run)
        self.starting: threading.Thread | None = None

    def __enter__(self) -> Killer:
        self.thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop.set()
        self.thread.join()
        if self.starting:
            self.starting.join()

    def _run(self) -> None:
        at = time.monotonic()
        while not self.stop.wait(max(0.0, at + self.every - time.monotonic())):
            at = time.monotonic()
            next(self.ways)()

    def _web_worker(self) -> None:
        workers = children(self.desk.running["web"].pid)
        if workers:
            # The youngest is not always the busiest, but over a minute each has its turn.
            victim = workers[self.kills["web worker"] % len(workers)]
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
                self.kills["web worker"] += 1

    def _master(self) -> None:
        """With its workers; clients find nobody until it is back."""
        self.desk.kill("web")
        self.kills["web master"] += 1
        self.desk.start_web()

    def _worker(self) -> None:
        if self.starting and self.starting.is_alive():
            return
        self.desk.kill("worker")
        self.kills["worker"] += 1
        self.starting = threading.Thread(target=self.desk.start_worker)
        self.starting.start()

    def _backends(self) -> None:
        # One event, however many connections it ended.
        self.kills["database backends"] += end_backends(self.database) > 0
