"""An httpx transport that hears an early reply.

A server that refuses an upload answers while we are still sending. Plain httpx notices only when the server also
closes: it sends all ten gigabytes to a server that reads on politely, and runs into the write timeout with one that
stops reading. This one looks at the socket between blocks and stops sending as soon as an answer is there.
"""

from __future__ import annotations

import functools
import re
import select
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from typing import Any, Final

import certifi
import httpcore
import httpx

_BLOCK: Final = 256 * 1024
_GLANCE: Final = 8 * 1024
# How long "Expect: 100-continue" waits for a word before the body goes out anyway (RFC 9110 10.1.1 leaves it open).
PATIENCE: Final = 2.0
_INFORMATION: Final = re.compile(rb"HTTP/1\.[01] 1\d\d[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n")
_INFORMATION_BEGUN: Final = re.compile(rb"HTTP/1\.[01] 1")
_MAP: Final[tuple[tuple[type[Exception], type[httpx.TransportError]], ...]] = (
    (httpcore.ConnectTimeout, httpx.ConnectTimeout),
    (httpcore.ReadTimeout, httpx.ReadTimeout),
    (httpcore.WriteTimeout, httpx.WriteTimeout),
    (httpcore.PoolTimeout, httpx.PoolTimeout),
    (httpcore.ConnectError, httpx.ConnectError),
    (httpcore.ReadError, httpx.ReadError),
    (httpcore.WriteError, httpx.WriteError),
    (httpcore.UnsupportedProtocol, httpx.UnsupportedProtocol),
    (httpcore.LocalProtocolError, httpx.LocalProtocolError),
    (httpcore.RemoteProtocolError, httpx.RemoteProtocolError),
    (httpcore.NetworkError, httpx.NetworkError),
    (httpcore.TimeoutException, httpx.TimeoutException),
    (httpcore.ProtocolError, httpx.ProtocolError),
)


class WatchingStream(httpcore.NetworkStream):
    """A connected socket, non-blocking throughout, so that a write can see what comes in meanwhile.

    answer   seconds that an answer may take from its first byte to its last, however steadily it drips
    """

    def __init__(self, sock: socket.socket, answer: float = 300.0) -> None:
        self._sock = sock
        self._answer = answer
        self._answer_until: float | None = None
        self._sock.setblocking(False)
        self._early = b""
        self._sent = False
        self._expecting = False
        self._incoming = select.poll()
        self._incoming.register(sock, select.POLLIN)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._early:
            block, self._early = self._early[:max_bytes], self._early[max_bytes:]
            return block
        until = _until(timeout)
        if until is not None:
            # The time-out is for each read alone, and would begin anew with each byte.
            self._answer_until = self._answer_until or until + self._answer
            until = min(until, self._answer_until)
            if time.monotonic() > until:
                raise httpcore.ReadTimeout("the answer did not come to an end")
        while True:
            try:
                return self._sock.recv(max_bytes)
            except (BlockingIOError, ssl.SSLWantReadError):
                wait_for = (True, False)
            except ssl.SSLWantWriteError:
                wait_for = (False, True)
            except OSError as error:
                raise httpcore.ReadError(str(error)) from error
            if not self._wait(*wait_for, until):
                raise httpcore.ReadTimeout("no answer in time")

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._answer_until = None
        view = memoryview(buffer)
        while view:
            until = _until(timeout)
            if self._sent:
                if self._expecting:
                    self._expecting = False
                    self._wait(True, False, time.monotonic() + PATIENCE)
                self._listen()
            try:
                view = view[self._sock.send(view[:_BLOCK]) :]
                continue
            except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                pass
            except OSError as error:
                raise httpcore.WriteError(str(error)) from error
            # Also waits for reading: a server that stops reading may have answered.
            if not self._wait(self._sent, True, until):
                raise httpcore.WriteTimeout("the other side takes nothing")
        if not self._sent:
            self._sent = True
            self._expecting = b"\r\nexpect: 100-continue" in bytes(buffer[:_BLOCK]).lower()

    def _listen(self) -> None:
        """Raise WriteError when an answer has begun; httpcore then goes on to read it."""
        # A glance at the socket costs a hundredth of a read that finds nothing, and this is done for each block.
        if not self._incoming.poll(0) and not self._pending():
            return
        try:
            block = self._sock.recv(_GLANCE)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return  # on TLS the socket also wakes for session tickets, which are no answer
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error
        self._early += block
        while found := _INFORMATION.match(self._early):
            self._early = self._early[found.end() :]
        if block and (not self._early or _INFORMATION_BEGUN.match(self._early)):
            return  # "100 Continue" or the first half of it
        raise httpcore.WriteError("the other side has answered or closed")

    def _wait(self, reading: bool, writing: bool, until: float | None) -> bool:
        if reading and self._pending():
            return True
        poll = select.poll()
        poll.register(self._sock, (select.POLLIN if reading else 0) | (select.POLLOUT if writing else 0))
        return bool(poll.poll(None if until is None else max(0.0, until - time.monotonic()) * 1000))

    def _pending(self) -> bool:
        """Bytes that TLS has already taken off the socket: it does not show as readable for them."""
        return isinstance(self._sock, ssl.SSLSocket) and self._sock.pending() > 0

    def close(self) -> None:
        self._sock.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            self._sock.settimeout(timeout)
            return WatchingStream(ssl_context.wrap_socket(self._sock, server_hostname=server_hostname), self._answer)
        except TimeoutError as error:
            self.close()
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            self.close()
            raise httpcore.ConnectError(str(error)) from error

    def get_extra_info(self, info: str) -> Any:
        if info == "ssl_object" and isinstance(self._sock, ssl.SSLSocket):
            return self._sock
        if info == "socket":
            return self._sock
        return None


def _until(timeout: float | None) -> float | None:
    return None if timeout is None else time.monotonic() + timeout


class _Backend(httpcore.NetworkBackend):
    def __init__(self, answer: float = 300.0) -> None:
        self._answer = answer

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            sock = socket.create_connection((host, port), timeout)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return WatchingStream(sock, self._answer)


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._stream
        except Exception as error:
            raise _translated(error) from error

    def close(self) -> None:
        if close := getattr(self._stream, "close", None):
            close()


def _translated(error: Exception) -> Exception:
    for ours, theirs in _MAP:
        if isinstance(error, ours):
            return theirs(str(error))
    return error


@functools.cache
def _trusted() -> ssl.SSLContext:
    """One for all clients of this process: reading the authorities takes some 30 ms, more than all else of a look."""
    return ssl.create_default_context(cafile=certifi.where())


class WatchingTransport(httpx.BaseTransport):
    """A fresh connection for each call: a kept one may be dead, and a POST on it would end as "unknown"."""

    def __init__(self, ssl_context: ssl.SSLContext | None = None, *, answer: float = 300.0) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context or _trusted(),
            max_keepalive_connections=0,
            retries=0,
            http1=True,
            http2=False,
            network_backend=_Backend(answer),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        inner = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        try:
            answer = self._pool.handle_request(inner)
        except Exception as error:
            translated = _translated(error)
            if translated is error:
                raise
            raise translated from error
        assert isinstance(answer.stream, Iterable)
        return httpx.Response(
            status_code=answer.status, headers=answer.headers, stream=_Body(answer.stream), extensions=answer.extensions
        )

    def close(self) -> None:
        self._pool.close()
