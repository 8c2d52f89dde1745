"""A real host of media files on this machine, which can be told to break off, to refuse and to change what it has."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass
class Host:
    """`script`: what to do with the next requests, one after the other; then it serves as it should.

    "cut 100": only so many bytes, then the connection breaks. "403": that status. "to /path": a redirect.
    """

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    script: list[str] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    has_etags: bool = True
    has_lengths: bool = True

    def put(self, path: str, content: bytes) -> str:
        self.files[path] = content
        return self.url + path


@pytest.fixture
def host(settings: Any) -> Iterator[Host]:
    """The sandbox's own address, so that its files are allowed."""
    made = Host()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer(self, made)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    made.url = settings.SANDBOX_URL = f"http://127.0.0.1:{server.server_port}"
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


def answer(request: BaseHTTPRequestHandler, host: Host) -> None:
    header = request.headers.get("Range", "")
    host.asked.append((request.path, header))
    step = host.script.pop(0) if host.script else ""
    word, _blank, value = step.partition(" ")
    request.close_connection = True
    if word == "to":
        return reply(request, 302, b"", Location=value)
    if word.isdecimal():
        return reply(request, int(word), b"no")
    content = host.files.get(request.path)
    if content is None:
        return reply(request, 404, b"no such file")
    extra, status, start = {}, 200, 0
    etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    if host.has_etags:
        extra["ETag"] = etag
        if header and request.headers.get("If-Range") == etag:
            start = int(header.removeprefix("bytes=").removesuffix("-"))
            if start >= len(content):
                return reply(request, 416, b"", **{"Content-Range": f"bytes */{len(content)}"})
            status = 206
            extra["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
    part = content[start:]
    request.send_response(status)
    if host.has_lengths:
        request.send_header("Content-Length", str(len(part)))
    for name, text in extra.items():
        request.send_header(name, text)
    request.end_headers()
    request.wfile.write(part[: int(value)] if word == "cut" else part)
    return None


def reply(request: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name, value)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)
