"""How long a file takes to the provider through the desk, against sent straight there; and how long the provider's
connection is open meanwhile."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from bench import clients
from bench.desk import Desk, Sink
from bench.measure import Rounds, interleave, say

MB = 1_000_000
RATE = 60 * MB
SLOW_CLIENT = 15 * MB


def straight(sink: Sink, movie: Path, size: int, rate: int) -> float:
    """The whole file as one multipart POST at the client's own pace; seconds from its first byte to the answer."""
    import socket

    boundary = "straight"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="talk.mp4"\r\n\r\n'.encode()
    tail = f"\r\n--{boundary}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "x-api-key": "sk-none"}
    with socket.create_connection(("127.0.0.1", sink.port), 60) as sock, movie.open("rb") as file:
        target = "/submagic/v1/magic-clips/upload"
        length = len(head) + size + len(tail)
        sock.sendall(clients.request_head("POST", target, f"127.0.0.1:{sink.port}", length, headers))
        began = time.monotonic()
        sock.sendall(head)
        clients.send(sock, file, size, rate)
        sock.sendall(tail)
        clients.read_answer(sock)
        return time.monotonic() - began


def through(desk: Desk, sink: Sink, movie: Path, size: int, rate: int) -> dict[str, float]:
    """`seconds` from the client's first byte to the provider's answer; `open`: of the provider's connection."""
    target = desk.new_upload(size)
    with movie.open("rb") as file:
        began = time.monotonic()
        clients.patch(desk.port, target, file, size, desk.headers(), rate=rate)
        entry = sink.wait_for(1)[-1]
    return {"seconds": entry["answered"] - began, "open": entry["answered"] - entry["opened"]}


def measure(folder: Path, *, size: int, rounds: int) -> tuple[dict[str, Any], Rounds]:
    movie = clients.movie(folder / "cut.mp4", size)
    with Sink(folder) as sink, Desk(folder / "cut", sink.url) as desk:
        desk.start_web()
        desk.start_worker()
        sink.mode(rate=RATE)
        say("warming up: the desk learns how much the provider takes")
        through(desk, sink, movie, size, RATE)

        def run(side: str) -> dict[str, float]:
            sink.mode(rate=RATE)
            if side == "straight":
                return {"seconds": straight(sink, movie, size, RATE)}
            return through(desk, sink, movie, size, RATE)

        say("cut-through, both legs at 60 MB/s")
        both = interleave(["straight", "desk"], run, rounds=rounds, patience=rounds)

        def slow(side: str) -> dict[str, float]:
            sink.mode(rate=RATE)
            return through(desk, sink, movie, size, SLOW_CLIENT)

        say("just in time, the browser at 15 MB/s and the provider at 60 MB/s")
        late = interleave(["desk"], slow, rounds=rounds, patience=rounds)
    movie.unlink()
    figures = {
        "cut_through_ratio": round(both.ratio("desk.seconds", "straight.seconds"), 4),
        "cut_through_spread": both.spread("desk.seconds", "straight.seconds"),
        "upstream_open_ratio": round(late.median("desk.open") / (size / RATE), 3),
        "slow_client_total_ratio": round(late.median("desk.seconds") / (size / SLOW_CLIENT), 4),
    }
    both.foreign += late.foreign
    both.dropped += late.dropped
    return figures, both
