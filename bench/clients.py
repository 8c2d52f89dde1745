"""Clients that send a file: as fast as they can, or at a pace. The file is a valid MP4 of any size (see `movie`)."""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

BLOCK = 256 * 1024
BODY_TYPE = "application/offset+octet-stream"


def movie_head(size: int, seconds: int = 600) -> bytes:
    """The boxes before the pictures of an MP4 of exactly `size` bytes: `ftyp`, `moov` with `mvhd`, `mdat`'s head."""
    mvhd = struct.pack(">4sIIIII", b"mvhd", 0, 0, 0, 1000, seconds * 1000) + bytes(80)
    mvhd = struct.pack(">I", len(mvhd) + 4) + mvhd
    moov = struct.pack(">I4s", len(mvhd) + 8, b"moov") + mvhd
    ftyp = struct.pack(">I4s4sI4s", 20, b"ftyp", b"isom", 512, b"mp42")
    rest = size - len(ftyp) - len(moov)
    return ftyp + moov + struct.pack(">I4sQ", 1, b"mdat", rest)


def movie(path: Path, size: int, *, random_seed: int | None = None) -> Path:
    """A file of exactly `size` bytes whose boxes are true; its pictures are noise (with a seed) or zeros."""
    import random

    head = movie_head(size)
    with path.open("wb") as file:
        file.write(head)
        left = size - len(head)
        if random_seed is None:
            file.truncate(size)
            return path
        noise = random.Random(random_seed).randbytes(1 << 20)
        number = 0
        while left:
            # Each megabyte differs, so that a block in the wrong place is found.
            block = number.to_bytes(8, "big") + noise[8:]
            file.write(block[: min(left, len(block))])
            left -= min(left, len(block))
            number += 1
    return path


def request_head(method: str, target: str, host: str, length: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", f"Content-Length: {length}", "Connection: close"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items()), "", ""]).encode()


def read_answer(sock: socket.socket) -> tuple[int, dict[str, str]]:
    raw = b""
    while b"\r\n\r\n" not in raw:
        block = sock.recv(65536)
        if not block:
            raise ConnectionError("no answer")
        raw += block
    first, *lines = raw.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    return int(first.split(" ")[1]), {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines)}


def patch(port: int, target: str, file: IO[bytes], size: int, headers: Mapping[str, str], *, rate: int = 0) -> float:
    """One PATCH with the whole file; returns the seconds from its first byte to the 204. `rate`: bytes a second."""
    about = {**headers, "Upload-Offset": "0", "Content-Type": BODY_TYPE}
    with socket.create_connection(("127.0.0.1", port), 60) as sock:
        sock.sendall(request_head("PATCH", target, f"127.0.0.1:{port}", size, about))
        began = time.monotonic()
        send(sock, file, size, rate)
        sock.settimeout(300)
        status, _headers = read_answer(sock)
        took = time.monotonic() - began
    if status != 204:
        raise RuntimeError(f"PATCH answered {status}")
    return took


def send(sock: socket.socket, file: IO[bytes], size: int, rate: int = 0) -> None:
    began, at = time.monotonic(), 0
    if rate:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 512 * 1024)
    sock.settimeout(120)
    while at < size:
        step = min(size - at, BLOCK if rate else 1 << 24)
        at += _copy(sock, file, at, step) if rate else sock.sendfile(file, at, step)
        if rate and (ahead := began + at / rate - time.monotonic()) > 0:
            time.sleep(ahead)


def _copy(sock: socket.socket, file: IO[bytes], at: int, length: int) -> int:
    block = os.pread(file.fileno(), length, at)
    sock.sendall(block)
    return len(block)
