"""The provider and the desk's lives as processes of their own, one of each for a test process."""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bench.ports import free_port
from tests.desk import ROOT


class Lives:
    """Runs of a flow in the forking process (runner.py)."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process, self.log = process, log
        self.points: dict[str, int] = {}
        assert self.hear() == "ready", log.read_text()[-5000:]

    def hear(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def run(self, scene: str, fault: str, at: int, *, hooks: bool, new_key: bool = False) -> dict[str, Any]:
        return self.ask(scene=scene, fault=fault, at=at, hooks=hooks, new_key=new_key)

    def ask(self, **order: Any) -> dict[str, Any]:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        answer = self.hear()
        assert answer, self.log.read_text()[-5000:]
        told: dict[str, Any] = json.loads(answer)
        return told


def environment(data: Path, port: int) -> dict[str, str]:
    leaks = ("DJANGO_ALLOW_ASYNC_UNSAFE", "PYTEST_CURRENT_TEST", "DATABASE_URL")
    return {name: value for name, value in os.environ.items() if name not in leaks} | {
        "DJANGO_SETTINGS_MODULE": "tests.crash.settings",
        "ENV_FILE": os.devnull,
        "DATA_DIR": str(data),
        "NODE": "here",
        "SECRET_KEY": secrets.token_hex(32),
        "KEY_RING": f"k1:{base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}",
        "SANDBOX_URL": f"http://127.0.0.1:{port}",
        "PUBLIC_URL": "http://127.0.0.1:9",
        "SPOOL_FLOOR_BYTES": "0",
        # Only a flow that is about the feed reads it.
        "SANDBOX_FEED_SYNC_SECONDS": str(9 * 24 * 3600),
        "LOG_LEVEL": "ERROR",
    }


@contextmanager
def provider(data: Path) -> Iterator[int]:
    """Its port; it answers."""
    port = free_port()
    given = json.dumps({"data": str(data), "port": port})
    data.mkdir(exist_ok=True)
    with (data / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.provider", given], cwd=ROOT, stdout=log, stderr=log
        )
    try:
        until = time.monotonic() + 30
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/submagic/health", timeout=5).close()
                break
            except (urllib.error.URLError, OSError):
                assert process.poll() is None and time.monotonic() < until, (data / "log").read_text()[-3000:]
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def many_lives(**more: str) -> Iterator[Lives]:
    # In memory: a killed process loses nothing that it wrote to a file, wherever that is.
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="crash-", dir=memory if os.access(memory, os.W_OK) else None))
    try:
        with provider(folder / "provider") as port:
            # Ahead of this machine's clock, as files' times are its own.
            starts_at = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).replace(second=0, microsecond=0)
            given = json.dumps({"data": str(folder), "starts_at": starts_at.isoformat()})
            log = folder / "runner.log"
            with log.open("w") as errors:
                process = subprocess.Popen(
                    [sys.executable, "-m", "tests.crash.runner", given], cwd=ROOT,
                    env=environment(folder, port) | more,
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
                )  # fmt: skip
            try:
                yield Lives(process, log)
            finally:
                assert process.stdin and process.stdout
                process.stdin.close()
                process.wait(60)
                process.stdout.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def lives() -> Iterator[Lives]:
    with many_lives() as found:
        yield found
