"""Puts ordered faults between the network and the stand-in, as a WSGI middleware.

Over real HTTP a cut closes the socket. In process there is none: the httpx exceptions that a caller would see are
raised through WSGI, so a client with `httpx.WSGITransport` meets them as its own transport errors.
"""

from __future__ import annotations

import contextlib
import errno
import select
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

import httpx

from sandbox.faults import answers
from sandbox.faults.answers import Answer
from sandbox.faults.book import Book
from sandbox.faults.orders import Order
from sandbox.stamps import stamps

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CHUNK = 64 * 1024
DISCONNECTED = "Server disconnected without sending a response."


@dataclass(frozen=True, slots=True)
class Provider:
    """What differs between stand-ins: where it is, whose key a request has, how it words an error of a status."""

    prefix: str
    account: Callable[[WSGIEnvironment], str | None]
    error: Callable[[int, str], Mapping[str, Any]]


class Faults:
    """Calls `app`, unless a fault was ordered for this request of `provider`."""

    def __init__(
        self,
        app: WSGIApplication,
        provider: Provider,
        book: Book,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
    ) -> None:
        self.app = app
        self.provider = provider
        self.book = book
        self.clock = clock
        self.sleep = sleep

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        inside = path.removeprefix(self.provider.prefix)
        if inside == path or inside.startswith("/_sandbox/"):
            return self.app(environ, start)
        account = self.provider.account(environ)
        order = self.book.for_request(account, environ["REQUEST_METHOD"], inside)
        if order is None:
            return self.app(environ, start)
        return _Occasion(self, order, environ, inside).play(start)


class _Occasion:
    """One request that goes wrong."""

    def __init__(self, faults: Faults, order: Order, environ: WSGIEnvironment, path: str) -> None:
        self.faults = faults
        self.order = order
        self.do = order.do
        self.environ = environ
        self.path = path

    def play(self, start: StartResponse) -> Iterable[bytes]:
        kind, when = self.order.kind, self.do.get("when", "before")
        if kind == "slow":
            return self._slow(start)
        if kind == "garble":
            when = self.do.get("when", "after")
        answered = None
        if when != "before":
            answered = self._ask()
        elif kind not in {"cut", "hang"}:
            self._swallow()
        self._note(answered)
        if kind == "cut":
            return self._cut(answered, start)
        if kind == "hang":
            self._hang()
        return self._send(self._answer(answered), start)

    def _answer(self, answered: Answer | None) -> Answer:
        status = int(self.do.get("status", 500 if self.order.kind == "error" else 400))
        if self.order.kind == "limit":
            body = self.faults.provider.error(429, self.path)
            seconds = int(self.do.get("retryAfter", 30))
            made = answers.limit(self.do.get("form", "documented"), seconds, body, self.faults.clock())
        elif self.order.kind == "garble":
            base = answered or answers.made(200, {"id": "550e8400-e29b-41d4-a716-446655440000", "status": "processing"})
            made = answers.garbled(base, self.do.get("form", "truncated"))
        else:
            body = self.do.get("body", self.faults.provider.error(status, self.path))
            made = answers.made(status, body, self.do.get("headers"))
        have = {name.lower() for name, _ in made.headers}
        more = [each for each in stamps(self.environ, self.faults.clock()) if each[0].lower() not in have]
        return Answer(made.status, (*made.headers, *more), made.body)

    def _send(self, answer: Answer, start: StartResponse) -> list[bytes]:
        start(answer.line, list(answer.headers))
        return [answer.body] if self.environ["REQUEST_METHOD"] != "HEAD" else []

    def _ask(self) -> Answer:
        """What the stand-in really answers; it has then applied the request."""
        told: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Callable[[bytes], object]:
            told.append((status, headers))
            return lambda _data: None

        parts = self.faults.app(self.environ, start)
        try:
            body = b"".join(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        status, headers = told[-1]
        return Answer(int(status.split(" ", 1)[0]), tuple(headers), body)

    def _swallow(self, most: int | None = None) -> bool:
        """Read the request's body, or its first `most` bytes; whether that was all of it."""
        length = int(self.environ.get("CONTENT_LENGTH") or 0)
        wanted = length if most is None else min(most, length)
        stream = self.environ["wsgi.input"]
        got = 0
        while got < wanted and (block := stream.read(min(CHUNK, wanted - got))):
            got += len(block)
        return got >= length

    def _cut(self, answered: Answer | None, start: StartResponse) -> Iterable[bytes]:
        if answered is None:
            complete = self._swallow(self.do.get("bytes"))
            self._break(httpx.RemoteProtocolError(DISCONNECTED) if complete else httpx.WriteError("Broken pipe"))
        if self.do["when"] == "after":
            self._break(httpx.RemoteProtocolError(DISCONNECTED))
        assert answered is not None
        return self._part(answered, start)

    def _part(self, answered: Answer, start: StartResponse) -> Iterator[bytes]:
        """The answer's head and its first bytes, and then nothing more."""
        start(answered.line, list(answered.headers))
        yield answered.body[: self.do.get("bytes", len(answered.body) // 2)]
        self._break(httpx.ReadError("Connection reset by peer"))

    def _hang(self) -> NoReturn:
        """Keep the caller waiting until it leaves, or for so many seconds, and then close."""
        if self._socket is None:
            raise httpx.ReadTimeout("timed out")
        if self.do.get("when", "before") == "before":
            self._swallow()
        end = time.monotonic() + float(self.do.get("seconds", 600))
        while time.monotonic() < end and not _left(self._socket):
            time.sleep(0.05)
        self._break(httpx.ReadTimeout("timed out"))

    def _slow(self, start: StartResponse) -> Iterable[bytes]:
        self.faults.sleep(float(self.do.get("before", 0)))
        answered = self._ask()
        self._note(answered)
        self.faults.sleep(float(self.do.get("after", 0)))
        if "dribble" not in self.do:
            return self._send(answered, start)
        start(answered.line, list(answered.headers))
        return self._drops(answered.body)

    def _drops(self, body: bytes) -> Iterator[bytes]:
        size = max(1, int(self.do["dribble"]))
        for at in range(0, len(body), size):
            if at:
                self.faults.sleep(float(self.do.get("pause", 0.05)))
            yield body[at : at + size]

    @property
    def _socket(self) -> socket.socket | None:
        """The caller's connection under gunicorn; None in process."""
        found: socket.socket | None = self.environ.get("gunicorn.socket")
        return found

    def _break(self, error: httpx.TransportError) -> NoReturn:
        """End the connection without (more) answer; never returns."""
        if self._socket is None:
            raise error
        # The caller may have been faster, and gone already.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        # gunicorn knows this one and writes nothing more.
        raise ConnectionResetError(errno.ECONNRESET, "cut by a fault")

    def _note(self, answered: Answer | None) -> None:
        self.faults.book.note(
            self.order,
            at=self.faults.clock().isoformat(),
            method=self.environ["REQUEST_METHOD"],
            path=self.path,
            # What the stand-in itself answered: null says that it never saw the request.
            answered=None if answered is None else answered.status,
        )


def _left(connection: socket.socket) -> bool:
    """Whether the other side has closed."""
    try:
        readable, _, _ = select.select([connection], [], [], 0)
        return bool(readable) and connection.recv(1, socket.MSG_PEEK) == b""
    except OSError:
        return True
