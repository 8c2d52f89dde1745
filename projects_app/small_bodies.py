"""The body of a message that anybody may send: taken within seconds, or not at all. Who sends slowly holds a thread,
and a hundred of them would hold all that serve people."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from django.http import HttpRequest

from projects_app import receive

SECONDS: Final = 10.0
BLOCK: Final = 64 * 1024


class Stranger(Exception):
    """Makes us wait, and is nobody that we know."""


def read(request: HttpRequest, *, most: int, is_known: Callable[[], bool]) -> bytes:
    """Up to `most` bytes and one more. `is_known` is asked once, when nothing has come for a moment (before a body in
    chunks): usually all of it came with the head. Raises Stranger, and receive.Cut for one that ends or takes too
    long."""
    length = str(request.META.get("CONTENT_LENGTH") or "")
    source = receive.source_of(request, int(length) if length.isdecimal() else None)
    sock = request.META.get("gunicorn.socket")
    if not source.fast and isinstance(sock, socket.socket):
        sock.settimeout(SECONDS)
    # A body in chunks of a stranger is not begun with: its reader cannot be asked to look up from its waiting.
    asked = not source.fast and isinstance(sock, socket.socket)
    if asked and not is_known():
        assert isinstance(sock, socket.socket)
        with suppress(OSError):  # else gunicorn would wait for the rest, for seconds
            sock.shutdown(socket.SHUT_RD)
        raise Stranger
    began, clean = time.monotonic(), False
    # Most are small, and come by the hundreds in a second.
    body, room = bytearray(), memoryview(bytearray(min(BLOCK, int(length) + 1) if length.isdecimal() else BLOCK))
    try:
        while len(body) <= most:
            try:
                count = source.read_into(room)
            except receive.Idle:
                count = -1
            if count == 0:
                clean = True
                break
            body += room[: max(0, count)]
            waited = time.monotonic() - began
            if waited > SECONDS:
                raise receive.Cut
            if waited > receive.TICK_SECONDS and not asked:
                asked = True
                if not is_known():
                    raise Stranger
    finally:
        source.finish(clean=clean)
    return bytes(body[: most + 1])
