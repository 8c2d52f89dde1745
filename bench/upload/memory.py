"""Memory of web and worker while a file of 10 GB passes through, above idle; beside the documents' own example."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from bench import clients
from bench.desk import ROOT, Desk, Sink
from bench.measure import peak_mb, reset_peaks, resident_mb, say, tree

# 001 Upload Project, Python: `requests.post(url, headers=…, files=…, data=…)`; it builds the whole body in memory.
EXAMPLE = """
import sys, requests
with open(sys.argv[2], "rb") as file:
    answer = requests.post(
        sys.argv[1] + "/submagic/v1/projects/upload", headers={"x-api-key": "sk-none"},
        files={"file": ("talk.mp4", file, "video/mp4")}, data={"title": "Bench", "language": "en"},
    )
assert answer.status_code == 201, answer.text
status = open("/proc/self/status").read()
print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
"""


def measure(folder: Path, *, size: int, example_size: int) -> dict[str, Any]:
    with Sink(folder) as sink:
        say(f"memory, a file of {size / 1e9:g} GB")
        extra = desks_memory(folder, sink, size)
        say(f"memory of the documents' example with {example_size / 1e9:g} GB")
        example = examples_memory(folder, sink, example_size)
    return {
        "extra_memory_mb": round(extra, 1),
        "memory_file_gb": size / 1e9,
        "requests_example_memory_mb": round(example),
        "requests_example_file_gb": example_size / 1e9,
    }


def desks_memory(folder: Path, sink: Sink, size: int) -> float:
    movie = clients.movie(folder / "large.mp4", size)
    with Desk(folder / "memory", sink.url) as desk:
        roots = [desk.start_web(), desk.start_worker()]
        sink.mode()
        # One small file first: what is imported and opened once is not the large one's.
        small = clients.movie(folder / "small.mp4", 20_000_000)
        send(desk, small, 20_000_000)
        sink.wait_for(1)
        processes = [pid for root in roots for pid in tree(root)]
        reset_peaks(processes)
        idle = resident_mb(processes)
        thread = threading.Thread(target=send, args=(desk, movie, size))
        thread.start()
        thread.join()
        whole = sink.wait_for(2, seconds=600)[-1]["whole"]
        assert whole, "the large file did not arrive whole"
        extra = peak_mb(processes) - idle
    movie.unlink()
    small.unlink()
    return extra


def send(desk: Desk, movie: Path, size: int) -> None:
    target = desk.new_upload(size)
    with movie.open("rb") as file:
        clients.patch(desk.port, target, file, size, desk.headers())


def examples_memory(folder: Path, sink: Sink, size: int) -> float:
    movie = clients.movie(folder / "example.mp4", size)
    base = subprocess.run(
        [sys.executable, "-c", "import requests; print(open('/proc/self/status').read())"],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    idle = next(int(line.split()[1]) for line in base.stdout.splitlines() if line.startswith("VmHWM"))
    done = subprocess.run(
        [sys.executable, "-c", EXAMPLE, sink.url, str(movie)],
        capture_output=True, text=True, cwd=ROOT, env=dict(os.environ) | {"NO_PROXY": "*"},
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    movie.unlink()
    return (int(done.stdout.split()[-1]) - idle) / 1024
