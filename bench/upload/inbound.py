"""The browser's leg on loopback: one PATCH with the whole file, against the reference tus server for Node."""

from __future__ import annotations

import base64
import os
import subprocess
from pathlib import Path
from typing import Any

import httpx

from bench import clients
from bench.desk import ROOT, Desk, end, free_port, start, wait_until_open
from bench.measure import Rounds, cpu_seconds, interleave, say, touch_memory, tree

SERVER = Path(__file__).with_name("tus_node.mjs")


class TusNode:
    """@tus/server with its file store, in a process of its own."""

    def __init__(self, data: Path) -> None:
        self.port = free_port()
        (data / "files").mkdir(parents=True)
        node = next((path for path in (ROOT / ".venv/bin/node",) if path.exists()), "node")
        env = dict(os.environ)
        self.process = start([str(node), str(SERVER), str(self.port), str(data / "files")], env, data / "node.log")
        wait_until_open(self.port, self.process)

    def new_upload(self, size: int) -> str:
        name = base64.b64encode(b"talk.mp4").decode()
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(size), "Upload-Metadata": f"filename {name}"}
        answer = httpx.post(f"http://127.0.0.1:{self.port}/files", headers=headers, trust_env=False)
        assert answer.status_code == 201, answer.text
        return httpx.URL(answer.headers["location"]).path

    def stop(self) -> None:
        end(self.process)


def measure(folder: Path, *, size: int, rounds: int) -> tuple[dict[str, Any], Rounds]:
    movie = clients.movie(folder / "inbound.mp4", size, random_seed=1)
    node = TusNode(folder / "node")
    try:
        with Desk(folder / "inbound", "http://127.0.0.1:9") as desk:
            # One worker process on each side; no relay runs, this is the browser's leg alone.
            pid = desk.start_web(workers=1)

            def run(side: str) -> dict[str, float]:
                if side == "desk":
                    port, target, headers, root = desk.port, desk.new_upload(size), desk.headers(), pid
                else:
                    port, target, root = node.port, node.new_upload(size), node.process.pid
                    headers = {"Tus-Resumable": "1.0.0"}
                processes = tree(root)
                touch_memory(3 * size)
                before = cpu_seconds(processes)
                with movie.open("rb") as file:
                    seconds = clients.patch(port, target, file, size, headers)
                used = cpu_seconds(processes) - before
                stored = folder / ("inbound/spool" if side == "desk" else "node/files")
                same_bytes(movie, max(stored.iterdir(), key=lambda path: path.stat().st_size))
                empty(stored)
                return {"rate": size / seconds / 1e6, "cpu": used / (size / 1e9)}

            say("the browser's leg, against @tus/server")
            run("node"), run("desk")
            result = interleave(["node", "desk"], run, rounds=rounds, patience=rounds)
    finally:
        node.stop()
    movie.unlink()
    figures = {
        "inbound_vs_tus_node": round(result.ratio("desk.rate", "node.rate"), 2),
        "inbound_spread": result.spread("desk.rate", "node.rate"),
        "inbound_cpu_vs_tus_node": round(result.ratio("desk.cpu", "node.cpu"), 3),
        "inbound_mb_per_s": round(result.median("desk.rate")),
        "inbound_node_mb_per_s": round(result.median("node.rate")),
    }
    return figures, result


def same_bytes(one: Path, other: Path) -> None:
    done = subprocess.run(["cmp", "-s", str(one), str(other)])
    assert done.returncode == 0, f"{other} is not what was sent"


def empty(folder: Path) -> None:
    """What was measured is checked and gone before the next round, so that no round pays for the last one's disk."""
    for path in folder.iterdir():
        path.unlink()
    os.sync()
