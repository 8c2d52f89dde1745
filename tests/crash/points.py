"""Where a flow can be interrupted, counted in one process; at point number `at` it is killed, or its database fails.

Points: before each write statement and each COMMIT, around each exchange with the provider, between the blocks of a
relayed file and before its closing boundary, before each fsync.
"""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any

import httpx
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.utils import timezone

from projects_app.archive_files import Part
from providers.http import Answer, Wire
from providers.multipart import Form
from providers.watching import WatchingTransport
from tests.crash.provider import NOW

WRITES = re.compile(r'\s*(INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+"?(\w+)', re.IGNORECASE)


class Fault(StrEnum):
    KILL = "kill -9"
    LOCKED = "database is locked"
    BROKEN = "disk I/O error"
    UNSAID = "the commit's answer is lost"

    @property
    def is_kill(self) -> bool:
        return self is Fault.KILL


class Points:
    """`passed` has a line in words for each point so far; `struck` is the one at which it happened."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """At the beginning of a life."""
        self.armed = False
        self.fault = Fault.KILL
        self.at = 0
        self.phase = ""
        self.passed: list[str] = []
        self.struck = ""
        self.on_kill: Callable[[str], None] = lambda _label: None
        self._seen: Counter[str] = Counter()
        self._last: dict[int, str] = {}

    def arm(self, fault: Fault, at: int) -> None:
        self.fault, self.at, self.armed = fault, at, True

    def _is_here(self, label: str) -> bool:
        with self._lock:
            if not self.armed:
                return False
            self._seen[label] += 1
            again = f" ({self._seen[label]}.)" if self._seen[label] > 1 else ""
            words = f"{self.phase}, {label}{again}"
            self.passed.append(words)
            if len(self.passed) != self.at:
                return False
            self.struck = words
            return True

    def step(self, label: str) -> None:
        """A point at which only a kill can happen."""
        if self.fault.is_kill and self._is_here(label):
            self._die()

    def _die(self) -> None:
        self.on_kill(self.struck)
        os.kill(os.getpid(), signal.SIGKILL)

    def statement(self, sql: str) -> None:
        found = WRITES.match(sql)
        if found is None:
            return
        what = f"{found[1].split()[0].upper()} {found[2]}"
        self._last[threading.get_ident()] = what
        if self.fault is not Fault.UNSAID and self._is_here(f"before {what}"):
            self._strike()

    def commit(self, real: Callable[[], Any]) -> Any:
        what = self._last.get(threading.get_ident(), "nothing")
        here = self._is_here(f"{'after' if self.fault is Fault.UNSAID else 'before'} the COMMIT of {what}")
        if here and self.fault is not Fault.UNSAID:
            self._strike()
        result = real()
        if here:
            self._strike()
        return result

    def _strike(self) -> None:
        if self.fault.is_kill:
            self._die()
        text = "server closed the connection" if self.fault is Fault.UNSAID else str(self.fault)
        raise OperationalError(text) from sqlite3.OperationalError(text)


track = Points()


def short(url: httpx.URL) -> str:
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "…", url.path.removeprefix("/submagic"))


def install() -> None:
    """Once, in the process that all lives are forked from."""
    connection_created.connect(_watch_statements, weak=False)
    _watch_commits()
    _watch_exchanges()
    _watch_bodies()
    _watch_copies()
    for name in ("fsync", "fdatasync"):
        _watch_sync(name)


def _watch_statements(connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
    def execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        track.statement(sql)
        return run(sql, params, many, context)

    if not any(getattr(each, "__name__", "") == "execute" for each in connection.execute_wrappers):
        connection.execute_wrappers.append(execute)


def _watch_commits() -> None:
    commit = BaseDatabaseWrapper._commit

    def watched(self: BaseDatabaseWrapper) -> Any:
        if self.connection is None:
            return commit(self)
        # As any error of the driver on the way: rolled back by whoever began the transaction.
        return track.commit(lambda: commit(self))

    BaseDatabaseWrapper._commit = watched


def _watch_exchanges() -> None:
    handle, send = WatchingTransport.handle_request, Wire._send

    def handled(self: WatchingTransport, request: httpx.Request) -> httpx.Response:
        request.headers[NOW] = timezone.now().isoformat()
        what = f"{request.method} {short(request.url)}"
        track.step(f"before {what} is sent")
        response = handle(self, request)
        track.step(f"before the answer to {what} is read")
        return response

    def sent(self: Wire, call: Any, *rest: Any) -> Answer:
        answer = send(self, call, *rest)
        track.step(f"before the answer to {call.name} is stored")
        return answer

    WatchingTransport.handle_request = handled  # type: ignore[method-assign]
    Wire._send = sent  # type: ignore[method-assign,assignment]


def _watch_bodies() -> None:
    parts = Form.__iter__

    def watched(self: Form) -> Iterator[bytes]:
        for number, part in enumerate(parts(self)):
            what = "the closing boundary" if self.complete else f"block {number} of the file" if number else "the form"
            track.step(f"before {what} goes out")
            yield part

    Form.__iter__ = watched  # type: ignore[method-assign]


def _watch_copies() -> None:
    write, finish = Part.write, Part.finish

    def written(self: Part, block: bytes) -> None:
        track.step("before a block of the copy is written")
        write(self, block)

    def finished(self: Part) -> None:
        finish(self)
        track.step("after the copy has got its name")

    Part.write, Part.finish = written, finished  # type: ignore[method-assign]


def _watch_sync(name: str) -> None:
    real = getattr(os, name)

    def watched(fd: int) -> None:
        track.step(f"before {name}")
        real(fd)

    setattr(os, name, watched)
