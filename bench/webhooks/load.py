"""Clients that post messages, as fast as answers come or at a pace, and note what was acknowledged."""

from __future__ import annotations

import hashlib
import itertools
import json
import selectors
import socket
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

PADDING = "x" * 600
# Seconds after its end for which a run goes on with what it was too late for.
LATE = 5.0
# Seconds without an answer after which a line is given up.
SILENT = 20.0
# A body as a provider sends it, told from every other by its number.
ABOUT = {"projectId": "", "title": "Three lessons about short videos", "status": "completed", "note": PADDING}


_START, _END = json.dumps(ABOUT | {"number": "!"}).encode().split(b'"!"')


def body_of(number: int) -> bytes:
    return b"%b%d%b" % (_START, number, _END)


def hash_of(number: int) -> str:
    return hashlib.sha256(body_of(number)).hexdigest()


class Line:
    """One connection to the server and the one message that is under way on it; opened again when it broke."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.sock: socket.socket | None = None
        self.is_fresh = True
        self.raw = b""
        self.number, self.token = 0, ""
        self.due = self.sent = self.again_at = 0.0

    def send(self) -> bool:
        """False when nobody is there."""
        head = f"POST /h/{self.token} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        body = body_of(self.number)
        message = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        self.is_fresh = self.sock is None
        self.raw, self.sent = b"", time.monotonic()
        try:
            if self.sock is None:
                self.sock = socket.create_connection(("127.0.0.1", self.port), 5)
            self.sock.sendall(message)
        except OSError:
            self.close()
            return False
        return True

    def receive(self) -> int | None:
        """The status; 0 when the connection ended without one; None when there is more to come."""
        assert self.sock
        try:
            block = self.sock.recv(4096)
        except OSError:
            block = b""
        self.raw += block
        head, ended, rest = self.raw.partition(b"\r\n\r\n")
        if not block:
            self.close()
            return 0
        if not ended:
            return None
        lowered = head.lower()
        try:
            status = int(head.split(b" ", 2)[1])
            length = int(lowered.partition(b"content-length:")[2].partition(b"\r\n")[0] or b"0")
        except (ValueError, IndexError):
            self.close()  # that is no answer
            return 0
        if len(rest) < length:
            return None
        if b"connection: close" in lowered:
            self.close()
        return status

    def close(self) -> None:
        if self.sock:
            self.sock.close()
        self.sock = None


@dataclass
class Load:
    """What came of one run: numbers of the acknowledged ones, seconds of each, and every status that was answered."""

    acknowledged: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    took: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.acknowledged) / self.took if self.took else 0.0


_numbers = itertools.count()


class Clients:
    """All lines in one thread: the less the asking side takes of the two cores, the more of them the server has."""

    def __init__(self, port: int, tokens: Sequence[str], *, clients: int, seconds: float, rate: float) -> None:
        self.load = Load()
        self.tokens = itertools.cycle(tokens)
        self.seconds, self.rate = seconds, rate
        self.idle = [Line(port) for _ in range(clients)]
        self.waiting: list[Line] = []  # to be sent once more
        self.selector = selectors.DefaultSelector()
        self.given = 0
        self.began = time.monotonic()

    def run(self) -> Load:
        while True:
            now = time.monotonic()
            self._give_out(now)
            for line in [line for line in self.waiting if line.again_at <= now]:
                self.waiting.remove(line)
                self._send(line)
            busy = len(self.selector.get_map())
            if not busy and not self.waiting and self._due() - self.began >= self.seconds:
                break
            for key, _events in self.selector.select(self._pause(now)):
                self._hear(key.data)
            if now - self.began >= self.seconds + LATE:
                break
            self._give_up_silent_ones(now)
        self.load.took = time.monotonic() - self.began
        for key in list(self.selector.get_map().values()):
            key.data.close()
        self.selector.close()
        return self.load

    def _due(self) -> float:
        """When the next message is to be sent."""
        return self.began + self.given / self.rate if self.rate else time.monotonic()

    def _give_out(self, now: float) -> None:
        while self.idle and (due := self._due()) <= now + 0.0001 and due - self.began < self.seconds:
            line = self.idle.pop()
            self.given += 1
            line.number, line.token, line.due = next(_numbers), next(self.tokens), due
            self._send(line)

    def _pause(self, now: float) -> float:
        next_ones = [line.again_at for line in self.waiting]
        if self.idle and self._due() - self.began < self.seconds:
            next_ones.append(self._due())
        return max(0.0, min([now + 0.5, *next_ones]) - now)

    def _send(self, line: Line) -> None:
        if line.send():
            assert line.sock
            self.selector.register(line.sock, selectors.EVENT_READ, line)
        else:
            self._once_more(line)

    def _hear(self, line: Line) -> None:
        sock, was_kept = line.sock, not line.is_fresh
        assert sock
        status = line.receive()
        if status is None:
            return
        self.selector.unregister(sock)
        if status:
            self.load.seconds.append(time.monotonic() - line.due)
            self.load.statuses[status] += 1
            if status == 204:
                self.load.acknowledged.append(line.number)
            self.idle.append(line)
        elif was_kept:
            # It may have been closed before anything of this was read: a fresh one is tried at once.
            self._send(line)
        else:
            self._once_more(line)

    def _once_more(self, line: Line) -> None:
        """Nobody there, or no answer: as a sender does, once more a moment later."""
        self.load.statuses[0] += 1
        line.again_at = time.monotonic() + 0.05
        self.waiting.append(line)

    def _give_up_silent_ones(self, now: float) -> None:
        for key in list(self.selector.get_map().values()):
            if now - key.data.sent > SILENT:
                self.selector.unregister(key.fileobj)
                key.data.close()
                self._once_more(key.data)


def run(port: int, tokens: Sequence[str], *, clients: int, seconds: float, rate: float = 0.0) -> Load:
    """`rate` messages a second of all clients together, or 0 for as many as are answered. At a pace the seconds of one
    count from when it was due, so that a server that stands still is not measured less often."""
    return Clients(port, tokens, clients=clients, seconds=seconds, rate=rate).run()
