"""The body of an upload request as it arrives, block by block, never held in memory.

Under gunicorn's threads the bytes go from the socket straight into our buffer: `request.read` copies each of them
several times (design: uploads, B1). That uses gunicorn's insides, so gunicorn is pinned, everything is checked before
use, and any other server or framing takes the ordinary road.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any, Final, Protocol

from django.conf import settings
from django.http import HttpRequest

TICK_SECONDS: Final = 0.2
SILENCE_SECONDS: Final = 60.0
_ORDINARY_BLOCK: Final = 64 * 1024


class Idle(Exception):
    """No byte came within a tick; ask again, or give up."""


class Cut(Exception):
    """The connection broke or ended before the announced end of the body."""


class Source(Protocol):
    """`read_into` fills the start of the buffer and returns how many bytes; 0 is the end of the body.

    Raises Idle or Cut. `finish` is called once when nothing more is read; `clean` False means that the connection
    must not be used for another request.
    """

    fast: bool

    def read_into(self, room: memoryview) -> int: ...
    def finish(self, *, clean: bool) -> None: ...


class SocketSource:
    """gunicorn's own socket."""

    fast = True

    def __init__(self, sock: socket.socket, body: Any) -> None:
        self._sock = sock
        self._body = body
        self._reader = body.reader
        self._timeout = sock.gettimeout()
        # gunicorn read a little further than the head of the request.
        self._held = memoryview(self._reader.unreader.take_buffered())
        self._is_silent = False
        sock.settimeout(TICK_SECONDS)

    def read_into(self, room: memoryview) -> int:
        left: int = self._reader.length
        if left <= 0:
            return 0
        room = room[:left]
        if self._held:
            count = min(len(self._held), len(room))
            room[:count] = self._held[:count]
            self._held = self._held[count:]
        else:
            try:
                count = self._sock.recv_into(room)
            except TimeoutError:
                self._is_silent = True
                raise Idle from None
            except OSError as error:
                raise Cut from error
            self._is_silent = False
            if not count:
                raise Cut
        # What is left of the body, in gunicorn's own books: it drains that before the next request.
        self._reader.length = left - count
        return count

    def finish(self, *, clean: bool) -> None:
        if self._held:
            self._reader.unreader.unread(bytes(self._held))
        self._body.failed = self._body.failed or not clean
        if self._is_silent and not clean:
            # gunicorn would wait two seconds for the rest, in the thread that takes everybody's connections.
            with suppress(OSError):
                self._sock.shutdown(socket.SHUT_RD)
        self._sock.settimeout(self._timeout)


class OrdinarySource:
    """Any WSGI server's input, and bodies of unknown length (chunked)."""

    fast = False

    def __init__(self, stream: HttpRequest | IO[bytes], length: int | None, sock: socket.socket | None) -> None:
        self._stream = stream
        self._left = length
        if sock is not None:
            sock.settimeout(SILENCE_SECONDS)

    def read_into(self, room: memoryview) -> int:
        wanted = min(len(room), _ORDINARY_BLOCK, len(room) if self._left is None else self._left)
        if not wanted:
            return 0
        try:
            block = self._stream.read(wanted)
        except OSError as error:  # also Django's UnreadablePostError
            raise Cut from error
        except Exception as error:
            # A server's own errors for a broken body (gunicorn: ChunkMissingTerminator, NoMoreData).
            raise Cut from error
        if not block and self._left:
            raise Cut
        room[: len(block)] = block
        if self._left is not None:
            self._left -= len(block)
        return len(block)

    def finish(self, *, clean: bool) -> None:
        """The server closes or drains the connection itself."""


def source_of(request: HttpRequest, length: int | None) -> Source:
    """`length` is the Content-Length, None for a chunked body."""
    environ = request.META
    sock = environ.get("gunicorn.socket")
    body = environ.get("wsgi.input")
    if length is not None and _is_gunicorns(sock, body):
        assert isinstance(sock, socket.socket)
        return SocketSource(sock, body)
    known = sock if isinstance(sock, socket.socket) else None
    if length is None and body is not None and environ.get("wsgi.input_terminated"):
        # Django takes a missing length for an empty body; the server knows better.
        return OrdinarySource(body, None, known)
    return OrdinarySource(request, length or 0, known)


def _is_gunicorns(sock: object, body: object) -> bool:
    """Exactly the classes this was written for, with nothing read from the body so far."""
    if not isinstance(sock, socket.socket):
        return False
    try:
        from gunicorn.http.body import Body, LengthReader  # type: ignore[import-untyped]
        from gunicorn.http.unreader import SocketUnreader  # type: ignore[import-untyped]
    except ImportError:
        return False
    return (
        isinstance(body, Body)
        and isinstance(body.reader, LengthReader)
        and isinstance(body.reader.unreader, SocketUnreader)
        and body.reader.unreader.sock is sock
        and not body.buf.getvalue()
        and hasattr(body, "failed")
        and hasattr(body.reader.unreader, "take_buffered")
    )


# --- Room for uploads in this process ------------------------------------------------------------------------------

_active = 0
_lock = threading.Lock()


@contextmanager
def slot() -> Iterator[bool]:
    """True when there is room for one more body. Each one holds a thread of the server, and pages need some too."""
    global _active
    with _lock:
        free = _active < settings.UPLOAD_MAX_ACTIVE
        _active += free
    try:
        yield free
    finally:
        with _lock:
            _active -= free
