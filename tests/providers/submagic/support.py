"""What the tests of the Submagic client share: the documents' examples, and servers that misbehave."""

from __future__ import annotations

import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from providers.submagic import SubmagicClient

KEY = "sk-" + "0123456789abcdef" * 4
FIXTURES = Path(__file__).with_name("fixtures")


def example(name: str) -> Any:
    """One JSON example of the documents."""
    return json.loads((FIXTURES / f"{name}.json").read_text("utf-8"))


def answering(
    status: int,
    body: Any = None,
    headers: dict[str, str] | None = None,
    seen: list[httpx.Request] | None = None,
) -> httpx.MockTransport:
    """A transport that reads each request whole and gives one answer."""

    def handle(request: httpx.Request) -> httpx.Response:
        request.read()
        if seen is not None:
            seen.append(request)
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return httpx.Response(status, headers=headers, content=content)

    return httpx.MockTransport(handle)


def parts(request: httpx.Request) -> tuple[list[tuple[str, str]], dict[str, tuple[str, str, bytes]]]:
    """What a multipart request holds: its fields in order, and its files as name: (file name, type, content)."""
    kind = request.headers["content-type"]
    assert kind.startswith("multipart/form-data; boundary=")
    boundary = b"--" + kind.partition("boundary=")[2].encode()
    first, *pieces, last = request.content.split(boundary)
    assert (first, last) == (b"", b"--\r\n")
    fields: list[tuple[str, str]] = []
    files: dict[str, tuple[str, str, bytes]] = {}
    for piece in pieces:
        head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        about = head.decode()
        name = re.search(r'; name="([^"]*)"', about)
        filename = re.search(r'; filename="([^"]*)"', about)
        assert name and content.endswith(b"\r\n")
        if filename:
            files[name[1]] = (filename[1], about.partition("Content-Type: ")[2], content[:-2])
        else:
            fields.append((name[1], content[:-2].decode()))
    return fields, files


def client(transport: httpx.BaseTransport, **options: Any) -> SubmagicClient:
    return SubmagicClient(KEY, transport=transport, **options)


class Peer:
    """One accepted connection, seen byte by byte."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._received = bytearray()

    @property
    def received(self) -> bytes:
        return bytes(self._received)

    def until(self, mark: bytes) -> bool:
        """Read until `mark` was received; False when the client closed before."""
        begin = 0
        while self._received.find(mark, begin) < 0:
            # Only what is new can hold it: a large body is not searched anew with each block.
            begin = max(0, len(self._received) - len(mark))
            block = self.sock.recv(65536)
            if not block:
                return False
            self._received += block
        return True

    def rest(self) -> None:
        """Read until the client closes."""
        try:
            while block := self.sock.recv(65536):
                self._received += block
        except ConnectionError:
            pass

    def answer(self, status: str, body: Any, *, more: str = "") -> None:
        content = json.dumps(body).encode()
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n{more}\r\n"
        self.sock.sendall(head.encode() + content)

    @property
    def head(self) -> bytes:
        return self.received.partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        return self.received.partition(b"\r\n\r\n")[2]

    def header(self, name: str) -> str | None:
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.decode().lower() == name:
                return value.decode().strip()
        return None


@contextmanager
def serving(
    script: Callable[[Peer], None], peers: list[Peer] | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """A loopback server that plays `script` on each connection; gives its base URL."""
    server = socket.create_server(("127.0.0.1", 0))
    failures: list[BaseException] = []

    def run() -> None:
        while True:
            try:
                sock, _ = server.accept()
            except OSError:
                return
            sock.settimeout(20)
            try:
                sock = tls.wrap_socket(sock, server_side=True) if tls else sock
            except OSError:
                sock.close()
                continue
            peer = Peer(sock)
            if peers is not None:
                peers.append(peer)
            try:
                script(peer)
            except (BrokenPipeError, ConnectionResetError):
                pass
            except BaseException as error:
                failures.append(error)
            finally:
                sock.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(20)
    assert not thread.is_alive(), "the server is still busy with a connection"
    if failures:
        raise failures[0]
