"""Clients that post messages, as fast as answers come or at a pace, and note what was acknowledged."""

from __future__ import annotations

import hashlib
import itertools
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

PADDING = "x" * 600
# Seconds after its end for which a run goes on with what it was too late for.
LATE = 5.0
# A body as a provider sends it, told from every other by its number.
ABOUT = {"projectId": "", "title": "Three lessons about short videos", "status": "completed", "note": PADDING}


def body_of(number: int) -> bytes:
    return json.dumps(ABOUT | {"number": number}).encode()


class Line:
    """One connection to the server, opened again when it broke; `post` returns the status, or 0 when there was none."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.sock: socket.socket | None = None
        self.kept = b""

    def post(self, token: str, body: bytes) -> int:
        head = f"POST /h/{token} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        message = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        # A kept connection may have been closed meanwhile, before anything of this was read: then a fresh one is tried.
        for fresh in (False, True):
            if self.sock is None or fresh:
                self.close()
                with suppress(OSError):
                    self.sock = socket.create_connection(("127.0.0.1", self.port), 5)
                    self.sock.settimeout(20)
            if self.sock is None:
                return 0
            try:
                self.sock.sendall(message)
                status = self._answer()
            except OSError:
                status = 0
            if status:
                return status
        self.close()
        return 0

    def _answer(self) -> int:
        assert self.sock
        raw, self.kept = self.kept, b""
        while b"\r\n\r\n" not in raw:
            block = self.sock.recv(4096)
            if not block:
                return 0
            raw += block
        head, _, rest = raw.partition(b"\r\n\r\n")
        lowered = head.lower()
        try:
            status = int(head.split(b" ", 2)[1])
            length = int(lowered.partition(b"content-length:")[2].partition(b"\r\n")[0] or b"0")
        except (ValueError, IndexError):
            return 0  # cut in the middle of its head, or no answer at all
        while len(rest) < length:
            block = self.sock.recv(4096)
            if not block:
                return 0
            rest += block
        if b"connection: close" in lowered:
            self.close()
        return status

    def close(self) -> None:
        if self.sock:
            self.sock.close()
        self.sock = None


@dataclass
class Load:
    """What came of one run: hashes that were acknowledged, seconds of each, and every status that was answered."""

    acknowledged: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    took: float = 0.0
    errors: list[BaseException] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return len(self.acknowledged) / self.took if self.took else 0.0


_numbers = itertools.count()


def run(port: int, tokens: Sequence[str], *, clients: int, seconds: float, rate: float = 0.0) -> Load:
    """`rate` messages a second of all clients together, or 0 for as many as are answered. At a pace the seconds of one
    count from when it was due, so that a server that stands still is not measured less often."""
    load, lock = Load(), threading.Lock()
    ways: Iterator[str] = itertools.cycle(tokens)
    began = time.monotonic()
    due = itertools.count()

    def client() -> None:
        try:
            client_until_the_end()
        except BaseException as error:
            load.errors.append(error)
            raise

    def client_until_the_end() -> None:
        line, mine = Line(port), Load()
        while True:
            with lock:
                number, token = next(_numbers), next(ways)
                at = began + next(due) / rate if rate else time.monotonic()
            if at - began >= seconds or time.monotonic() - began >= seconds + LATE:
                break
            if (wait := at - time.monotonic()) > 0:
                time.sleep(wait)
            body = body_of(number)
            # Nobody there, or no answer: as a sender does, once more a moment later.
            while not (status := line.post(token, body)) and time.monotonic() - began < seconds + LATE:
                mine.statuses[status] += 1
                time.sleep(0.05)
            mine.seconds.append(time.monotonic() - at)
            mine.statuses[status] += 1
            if status == 204:
                mine.acknowledged.append(hashlib.sha256(body).hexdigest())
        line.close()
        with lock:
            load.acknowledged += mine.acknowledged
            load.seconds += mine.seconds
            load.statuses += mine.statuses

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if load.errors:
        raise RuntimeError("a client ended too early, so fewer asked than it looks") from load.errors[0]
    load.took = time.monotonic() - began
    return load
