"""A provider that takes uploads and nothing else: paced, over TLS, refusing early, counting whole and cut bodies.

`python -m bench.sink --port N [--cert FILE]` listens with plain sockets and a thread for each connection. It answers
what the desk asks on the way (lists, project, feed) with the smallest documented answers. `GET /bench/log` tells what
came, `POST /bench/mode` (JSON) sets what it does next: {"rate": bytes a second or 0, "refuse": "" or one of REFUSALS}.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import socket
import ssl
import struct
import threading
import time
import uuid
from typing import Any

BLOCK = 256 * 1024
# What a server may do after it has refused a body that is still coming (design: uploads, E1).
REFUSALS = ("close", "mid", "linger", "linger5", "stall", "half")
MID = 50_000_000
KEPT_HEAD = 4096

state: dict[str, Any] = {"rate": 0, "refuse": "", "hash": False}
log: list[dict[str, Any]] = []
lock = threading.Lock()


class Connection:
    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.buffer = b""

    def head(self) -> tuple[str, str, dict[str, str]] | None:
        while b"\r\n\r\n" not in self.buffer:
            block = self.sock.recv(65536)
            if not block:
                return None
            self.buffer += block
        raw, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        first, *lines = raw.decode("latin-1").split("\r\n")
        method, target, _version = first.split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return method, target, headers

    def answer(self, status: int, body: Any, **headers: str) -> None:
        data = b"" if body is None else json.dumps(body).encode()
        lines = [f"HTTP/1.1 {status} X", "Content-Type: application/json", f"Content-Length: {len(data)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.sock.sendall("\r\n".join([*lines, "", ""]).encode() + data)

    def serve(self) -> None:
        while asked := self.head():
            method, target, headers = asked
            path = target.partition("?")[0].removeprefix("/submagic")
            length = int(headers.get("content-length") or 0)
            if method == "POST" and path.endswith("/upload"):
                self.upload(path, headers, length)
                return
            body = self.exactly(length)
            self.answer(*self.small(method, path, body))

    def exactly(self, length: int) -> bytes:
        while len(self.buffer) < length:
            block = self.sock.recv(65536)
            if not block:
                raise ConnectionError
            self.buffer += block
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return body

    # --- Everything but uploads --------------------------------------------------------------------------------------

    def small(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        if path == "/bench/log":
            with lock:
                return 200, log
        if path == "/bench/mode":
            with lock:
                state.update({"rate": 0, "refuse": "", "hash": False} | json.loads(body))
                log.clear()
            return 200, {}
        if path == "/health":
            return 200, {"status": "healthy"}
        if path in ("/v1/languages", "/v1/templates", "/v1/hook-title/templates"):
            return 200, {path.split("/")[2]: []}
        if path == "/v1/projects/published":
            return 200, {"data": [], "pagination": {"hasMore": False, "nextCursor": None}}
        if path == "/v1/user-media":
            return 200, {"items": [], "hasMore": False, "nextCursor": None}
        if method == "GET" and path.startswith("/v1/projects/"):
            return 200, {"id": path.rpartition("/")[2], "status": "failed", "failureReason": "a bench", "title": "B"}
        return 404, {"error": "NOT_FOUND", "message": "The requested endpoint does not exist"}

    # --- Uploads -----------------------------------------------------------------------------------------------------

    def upload(self, path: str, headers: dict[str, str], length: int) -> None:
        entry: dict[str, Any] = {"path": path, "length": length, "opened": time.monotonic(), "got": 0, "whole": False}
        with lock:
            mode = dict(state)
            log.append(entry)
        if mode["refuse"]:
            self.refuse(mode["refuse"], entry)
            return
        if "100-continue" in headers.get("expect", "").lower():
            self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.take(entry, length, int(mode["rate"]), bool(mode["hash"]), headers)
        if entry["whole"]:
            number = str(uuid.uuid4())
            self.answer(201, {"id": number, "title": "B", "status": "processing", "language": "en"}, Connection="close")
            entry["id"] = number
        entry["answered"] = time.monotonic()

    def take(self, entry: dict[str, Any], length: int, rate: int, hashed: bool, headers: dict[str, str]) -> None:
        """Read the body at the rate; `file_hash` is that of the file part alone."""
        boundary = headers.get("content-type", "").partition("boundary=")[2].strip('"').encode()
        tail_length = len(boundary) + 8  # \r\n--…--\r\n
        digest, tail, begun, start = hashlib.sha256(), b"", self.buffer, 0
        room = bytearray(BLOCK)
        self.buffer = b""
        if rate:
            # Otherwise the socket's buffers take megabytes at once, and the pace would begin behind them.
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 512 * 1024)
        got, head, clock = 0, b"", time.monotonic()
        while got < length:
            if begun:
                block: bytes | memoryview = begun
                begun = b""
            else:
                count = self.sock.recv_into(room)
                if not count:
                    break
                block = memoryview(room)[:count]
            got += len(block)
            entry["got"] = got
            if hashed:
                start, head = self.hash(digest, bytes(block), head, start)
            tail = (tail + bytes(block[-tail_length:]))[-tail_length:]
            if rate and (ahead := clock + got / rate - time.monotonic()) > 0:
                time.sleep(ahead)
        entry["whole"] = got == length and tail == b"\r\n--" + boundary + b"--\r\n"
        if hashed and entry["whole"]:
            # What was hashed last is the closing boundary: hash all but that, one block late.
            entry["file_hash"] = self.finish(digest, tail_length)

    held = b""

    def hash(self, digest: Any, block: bytes, head: bytes, start: int) -> tuple[int, bytes]:
        """Feed what belongs to the file: from behind the file part's head on, always keeping the last bytes back."""
        if not start:
            head += block
            at = head.find(b'name="file"')
            end = head.find(b"\r\n\r\n", at) if at >= 0 else -1
            if end < 0:
                return 0, head
            block, start, head = head[end + 4 :], 1, b""
        self.held += block
        if len(self.held) > KEPT_HEAD:
            digest.update(self.held[:-KEPT_HEAD])
            self.held = self.held[-KEPT_HEAD:]
        return start, head

    def finish(self, digest: Any, tail_length: int) -> str:
        digest.update(self.held[:-tail_length])
        return str(digest.hexdigest())

    def refuse(self, how: str, entry: dict[str, Any]) -> None:
        """413 at once, and then what servers do with a body that still comes."""
        if how == "mid":
            # Else the system's own buffer grows while this drains, and counts as bytes that were sent in vain.
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 512 * 1024)
            self.drain(entry, MID)
        refusal = {"error": "PAYLOAD_TOO_LARGE", "message": "File size exceeds 10GB limit"}
        self.answer(413, refusal, Connection="close")
        if how == "linger":
            self.drain(entry, 1 << 62)
        elif how == "linger5":
            self.sock.settimeout(0.5)
            self.drain(entry, 1 << 62, until=time.monotonic() + 5)
        elif how == "stall":
            time.sleep(15)
        elif how == "half":
            self.sock.shutdown(socket.SHUT_WR)
            time.sleep(15)
        if how == "close" and not isinstance(self.sock, ssl.SSLSocket):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def drain(self, entry: dict[str, Any], most: int, *, until: float | None = None) -> None:
        room = bytearray(BLOCK)
        while entry["got"] < most and (until is None or time.monotonic() < until):
            try:
                count = self.sock.recv_into(room)
            except TimeoutError:
                continue
            if not count:
                return
            entry["got"] += count


def handle(sock: socket.socket, context: ssl.SSLContext | None) -> None:
    # As real servers do. Otherwise Nagle's algorithm keeps a refusal back while TLS's session tickets are on their way,
    # and closing with unread bytes throws it away: once in thirty connections no client could have heard it.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        if context:
            sock = context.wrap_socket(sock, server_side=True)
        Connection(sock).serve()
    except (OSError, ConnectionError, ValueError):
        pass
    finally:
        sock.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--cert", help="PEM file with key and certificate: speak TLS")
    args = parser.parse_args()
    context = None
    if args.cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(args.cert)
    with socket.create_server(("127.0.0.1", args.port), backlog=256) as server:
        print("ready", flush=True)
        while True:
            sock, _address = server.accept()
            threading.Thread(target=handle, args=(sock, context), daemon=True).start()


if __name__ == "__main__":
    main()
