"""Fifty uploads at 1 MB/s at once: none fails, pages stay quick; and more than there is room for are told so."""

from __future__ import annotations

import http.client
import select
import socket
import threading
import time
from pathlib import Path
from typing import Any

from bench import clients
from bench.desk import Desk
from bench.measure import Rounds, interleave, percentile, say

RATE = 1_000_000
PAGES_A_SECOND = 20
MOST_ACTIVE = 96  # UPLOAD_MAX_ACTIVE: 48 of each web process' 64 threads, two processes
SURPLUS = 12


def pages(desk: Desk, seconds: float) -> list[float]:
    """The times of a real page (the list of projects, signed in), asked for at a steady pace."""
    headers = {"Cookie": desk.headers()["Cookie"]}
    took: list[float] = []
    lock = threading.Lock()

    def ask() -> None:
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", desk.port, timeout=10)
        try:
            connection.request("GET", "/t/demo/clips/", headers=headers)
            answer = connection.getresponse()
            answer.read()
            good = answer.status == 200
        except OSError:
            good = False
        finally:
            connection.close()
        with lock:
            took.append(time.monotonic() - began if good else 10.0)

    threads = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        threads.append(threading.Thread(target=ask))
        threads[-1].start()
        time.sleep(1 / PAGES_A_SECOND)
    for thread in threads:
        thread.join()
    return took


def crowd(desk: Desk, movie: Path, size: int, uploads: int) -> tuple[list[threading.Thread], list[str], list[float]]:
    """The uploads, begun; the lists collect what failed, and by how many seconds each was behind its pace."""
    failed: list[str] = []
    late: list[float] = []

    def one(target: str) -> None:
        try:
            with movie.open("rb") as file:
                took = clients.patch(desk.port, target, file, size, desk.headers(), rate=RATE)
            late.append(took - size / RATE)
        except (OSError, RuntimeError) as error:
            failed.append(str(error))

    threads = [threading.Thread(target=one, args=(desk.new_upload(size),)) for _ in range(uploads)]
    for thread in threads:
        thread.start()
    return threads, failed, late


def measure(folder: Path, *, seconds: int, uploads: int, rounds: int) -> tuple[dict[str, Any], Rounds]:
    size = seconds * RATE
    movie = clients.movie(folder / "crowd.mp4", size)
    failures: list[str] = []
    latest = 0.0
    # No provider and no worker: what is measured is the web server with its hands full.
    with Desk(folder / "crowd", "http://127.0.0.1:9", env={"SPOOL_FLOOR_BYTES": "0"}) as desk:
        desk.start_web()
        pages(desk, 2)

        def run(side: str) -> dict[str, float]:
            nonlocal latest
            if side == "idle":
                return {"p95": percentile(pages(desk, seconds * 0.6), 0.95)}
            threads, failed, late = crowd(desk, movie, size, uploads)
            time.sleep(seconds * 0.2)
            taken = pages(desk, seconds * 0.6)
            for thread in threads:
                thread.join()
            failures.extend(failed)
            latest = max(latest, *late) if late else latest
            for path in (folder / "crowd" / "spool").iterdir():
                path.unlink()
            return {"p95": percentile(taken, 0.95)}

        say(f"{uploads} uploads at 1 MB/s, and a page {PAGES_A_SECOND} times a second")
        result = interleave(["idle", "loaded"], run, rounds=rounds, patience=rounds)
        say("more uploads than there is room for")
        refused, page = overfull(desk, size)
    movie.unlink()
    figures = {
        "page_p95_under_load_ratio": round(result.ratio("loaded.p95", "idle.p95"), 2),
        "page_p95_spread": result.spread("loaded.p95", "idle.p95"),
        "page_p95_idle_ms": round(1000 * result.median("idle.p95"), 1),
        "uploads_at_once": uploads,
        "uploads_failed": len(failures),
        "upload_latest_s": round(latest, 2),
        "refused_beyond_room": refused,
        "page_while_full_ms": round(1000 * page, 1),
    }
    if failures:
        say(f"failed: {failures[:5]}")
    return figures, result


def overfull(desk: Desk, size: int) -> tuple[int, float]:
    """Open more bodies than fit; how many of the surplus got 503 with Retry-After, and a page's p95 meanwhile."""
    targets = [desk.new_upload(size) for _ in range(MOST_ACTIVE + SURPLUS)]
    held: list[socket.socket] = []
    refused = 0
    try:
        for target in targets:
            held.append(socket.create_connection(("127.0.0.1", desk.port), 30))
            about = {**desk.headers(), "Upload-Offset": "0", "Content-Type": clients.BODY_TYPE}
            held[-1].sendall(clients.request_head("PATCH", target, f"127.0.0.1:{desk.port}", size, about))
        # Those that are taken say nothing: they wait for the body.
        until = time.monotonic() + 20
        waiting = set(held)
        while refused < SURPLUS and (left := until - time.monotonic()) > 0:
            for sock in select.select(list(waiting), [], [], left)[0]:
                waiting.discard(sock)
                status, headers = clients.read_answer(sock)
                refused += status == 503 and "retry-after" in headers
        return refused, percentile(pages(desk, 3), 0.95)
    finally:
        for sock in held:
            sock.close()
