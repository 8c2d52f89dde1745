"""The doors for strangers under a real server: who makes it wait is sent away, or waited for if we know the address."""

from __future__ import annotations

import socket
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard import crypto
from tests.projects_app.desk import Desk

THREADS = 4


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, [1_000_000])
    made.start(threads=THREADS)
    yield made
    made.kill()


def ring(desk: Desk, path: str, body: bytes = b"", *, length: int | None) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", desk.port), 30)
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{desk.port}\r\n{framing}\r\n\r\n"
    sock.sendall(head.encode() + body)
    return sock


def status(sock: socket.socket) -> int:
    with sock:
        return int(sock.recv(65536).split(b" ", 2)[1])


@pytest.mark.parametrize("length", [100, None], ids=["announced", "in chunks"])
@pytest.mark.parametrize("path", ["/h/" + "x" * 43, "/h/key/" + "x" * 43])
def test_strangers_who_send_nothing_hold_no_threads(desk: Desk, path: str, length: int | None) -> None:
    """Many more than there are threads; each is answered without the body that it never sends."""
    began = time.monotonic()
    strangers = [ring(desk, path, length=length) for _ in range(4 * THREADS)]
    # All lines stay open meanwhile; one after the other they would take ten seconds each: forty.
    assert {int(sock.recv(65536).split(b" ", 2)[1]) for sock in strangers} == {404}
    with socket.create_connection(("127.0.0.1", desk.port), 30) as healthy:
        healthy.sendall(f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{desk.port}\r\n\r\n".encode())
        assert b" 200 " in healthy.recv(65536)
    assert time.monotonic() - began < 30
    for sock in strangers:
        sock.close()


def test_whom_we_know_may_be_slow(desk: Desk) -> None:
    token = "k" * 43
    with sqlite3.connect(desk.data / "desk.sqlite3") as database:
        # The address of an upload's call, as the provider has it.
        database.execute("UPDATE dashboard_upstreamcall SET hook_hash = ?", [crypto.fingerprint(token)])
    sock = ring(desk, f"/h/{token}", b'{"projectId":', length=20)
    time.sleep(1)
    sock.sendall(b' "abc"}')
    assert status(sock) == 204
    with sqlite3.connect(desk.data / "desk.sqlite3") as database:
        (body,) = database.execute("SELECT body FROM projects_webhookevent").fetchone()
    assert bytes(body) == b'{"projectId": "abc"}'
