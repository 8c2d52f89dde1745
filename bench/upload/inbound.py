"""The browser's leg on loopback: one PATCH with the whole file, against the reference tus server for Node."""

from __future__ import annotations

import base64
import os
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from bench import clients
from bench.desk import ROOT, Desk, end, start, wait_until_open
from bench.measure import Rounds, cpu_seconds, interleave, say, touch_memory, tree
from bench.ports import free_port

SERVER = Path(__file__).with_name("tus_node.mjs")


class TusNode:
    """@tus/server with its file store, in a process of its own."""

    def __init__(self, data: Path) -> None:
        self.port = free_port()
        self.files = data / "files"
        self.files.mkdir(parents=True)
        node = next((path for path in (ROOT / ".venv/bin/node",) if path.exists()), "node")
        env = dict(os.environ)
        self.process = start([str(node), str(SERVER), str(self.port), str(self.files)], env, data / "node.log")
        wait_until_open(self.port, self.process)

    def new_upload(self, size: int) -> str:
        name = base64.b64encode(b"talk.mp4").decode()
        headers = self.headers() | {"Upload-Length": str(size), "Upload-Metadata": f"filename {name}"}
        answer = httpx.post(f"http://127.0.0.1:{self.port}/files", headers=headers, trust_env=False)
        assert answer.status_code == 201, answer.text
        return httpx.URL(answer.headers["location"]).path

    def headers(self) -> dict[str, str]:
        return {"Tus-Resumable": "1.0.0"}

    def stop(self) -> None:
        end(self.process)


def measure(folder: Path, *, size: int, rounds: int) -> tuple[dict[str, Any], Rounds]:
    """Two comparisons in the same rounds. Like with like: the Node server never syncs, so beside it stands a desk
    without its syncs. And the desk as it is, every byte durable before the 204, beside a plain copy with one sync at
    its end: all that the disk can do. One worker process each, no relay: the browser's leg alone."""
    movie = clients.movie(folder / "inbound.mp4", size, random_seed=1)
    node = TusNode(folder / "node")
    try:
        with (
            Desk(folder / "unsynced", "http://127.0.0.1:9", wsgi="bench.unsynced") as unsynced,
            Desk(folder / "inbound", "http://127.0.0.1:9") as desk,
        ):
            sides: dict[str, Callable[[], dict[str, float]]] = {"node": partial(send, movie, node, node.process.pid)}
            for name, one in (("unsynced", unsynced), ("desk", desk)):
                sides[name] = partial(send, movie, one, one.start_web(workers=1))
            sides["copy"] = partial(copy, movie, folder / "copy")
            say("the browser's leg, against @tus/server and a plain copy")
            for side in sides.values():
                side()
            result = interleave(list(sides), lambda side: sides[side](), rounds=rounds, patience=rounds)
    finally:
        node.stop()
    movie.unlink()
    figures = {
        "inbound_vs_tus_node": round(result.ratio("unsynced.rate", "node.rate"), 2),
        "inbound_spread": result.spread("unsynced.rate", "node.rate"),
        "inbound_cpu_vs_tus_node": round(result.ratio("desk.cpu", "node.cpu"), 3),
        "inbound_mb_per_s": round(result.median("unsynced.rate")),
        "inbound_node_mb_per_s": round(result.median("node.rate")),
        "inbound_durable_vs_copy": round(result.ratio("desk.rate", "copy.rate"), 2),
        "inbound_durable_vs_copy_spread": result.spread("desk.rate", "copy.rate"),
        "inbound_durable_vs_tus_node": round(result.ratio("desk.rate", "node.rate"), 2),
        "inbound_durable_mb_per_s": round(result.median("desk.rate")),
        "inbound_copy_mb_per_s": round(result.median("copy.rate")),
    }
    return figures, result


def send(movie: Path, server: TusNode | Desk, root: int) -> dict[str, float]:
    size = movie.stat().st_size
    target, processes = server.new_upload(size), tree(root)
    touch_memory(3 * size)
    before = cpu_seconds(processes)
    with movie.open("rb") as file:
        seconds = clients.patch(server.port, target, file, size, server.headers())
    used = cpu_seconds(processes) - before
    same_bytes(movie, max(server.files.iterdir(), key=lambda path: path.stat().st_size))
    empty(server.files)
    return {"rate": size / seconds / 1e6, "cpu": used / (size / 1e9)}


def copy(movie: Path, target: Path) -> dict[str, float]:
    size = movie.stat().st_size
    touch_memory(3 * size)
    began = time.monotonic()
    command = ["dd", f"if={movie}", f"of={target}", f"bs={245 * 4096}", "conv=fdatasync"]
    subprocess.run(command, check=True, capture_output=True)
    seconds = time.monotonic() - began
    target.unlink()
    os.sync()
    return {"rate": size / seconds / 1e6}


def same_bytes(one: Path, other: Path) -> None:
    done = subprocess.run(["cmp", "-s", str(one), str(other)])
    assert done.returncode == 0, f"{other} is not what was sent"


def empty(folder: Path) -> None:
    """What was measured is checked and gone before the next round, so that no round pays for the last one's disk."""
    for path in folder.iterdir():
        path.unlink()
    os.sync()
