"""Plain sockets against a tus server: nothing between a check and the bytes on the line."""

from __future__ import annotations

import base64
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

TUS = {"Tus-Resumable": "1.0.0"}
BODY_TYPE = "application/offset+octet-stream"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def number(self, name: str) -> int:
        return int(self.headers[name])


def metadata(**pairs: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())


@dataclass
class Server:
    """`root`: path of the creation address. `extra`: headers of a signed-in person. A header of None is left out."""

    port: int
    root: str
    extra: dict[str, str] = field(default_factory=dict)

    def open(self, method: str, path: str, headers: dict[str, str | None], timeout: float = 20) -> socket.socket:
        sock = socket.create_connection(("127.0.0.1", self.port), timeout)
        about: dict[str, str | None] = {"Host": f"127.0.0.1:{self.port}", **self.extra, **TUS, **headers}
        lines = [f"{method} {path} HTTP/1.1", *(f"{n}: {v}" for n, v in about.items() if v is not None)]
        sock.sendall("\r\n".join([*lines, "", ""]).encode())
        return sock

    def ask(
        self, method: str, path: str, body: bytes = b"", *, length: int | None = None, **headers: str | None
    ) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if body or length is not None or method in ("POST", "PATCH"):
            named = {"Content-Length": str(len(body) if length is None else length)} | named
        with self.open(method, path, named) as sock:
            if body:
                # Who is refused early may find the line closed before all of it has left; the answer is there.
                with suppress(BrokenPipeError, ConnectionResetError):
                    sock.sendall(body)
            return read(sock, head=method == "HEAD")

    def create(self, length: int | str | None, body: bytes = b"", **headers: str | None) -> Answer:
        stated = None if length is None else str(length)
        usual: dict[str, str | None] = {"Upload-Metadata": metadata(filename="talk.mp4")}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("POST", self.root, body, **{"Upload-Length": stated} | usual | named)  # type: ignore[arg-type]

    def made(self, length: int) -> str:
        """The path of a new upload."""
        answer = self.create(length)
        assert answer.status == 201, answer
        return path_of(answer)

    def patch(self, path: str, body: bytes, at: int | str | None = 0, **headers: str | None) -> Answer:
        usual: dict[str, str | None] = {
            "Upload-Offset": None if at is None else str(at),
            "Content-Type": BODY_TYPE,
        }
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("PATCH", path, body, **usual | named)  # type: ignore[arg-type]

    def offset(self, path: str) -> int:
        answer = self.ask("HEAD", path)
        assert answer.status == 200, answer
        return answer.number("upload-offset")


def path_of(answer: Answer) -> str:
    parts = urlsplit(answer.headers["location"])
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def read(sock: socket.socket, *, head: bool = False) -> Answer:
    """One answer, past "100 Continue"."""
    raw = b""
    while True:
        while b"\r\n\r\n" not in raw:
            block = sock.recv(65536)
            assert block, f"the connection ended after {raw!r}"
            raw += block
        top, _, raw = raw.partition(b"\r\n\r\n")
        first, *lines = top.decode("latin-1").split("\r\n")
        status = int(first.split(" ")[1])
        if status >= 200:
            break
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    wanted = 0 if head or status in (204, 304) else int(headers.get("content-length", 0))
    while len(raw) < wanted:
        block = sock.recv(65536)
        assert block, "the answer's body is cut off"
        raw += block
    return Answer(status, headers, raw[:wanted])
