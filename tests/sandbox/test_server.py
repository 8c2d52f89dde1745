"""The server as a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from bench.ports import free_port
from tests.sandbox.conftest import ALICE


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_serves_and_stops_within_seconds(tmp_path: Path, mute_film: Path, stop: signal.Signals) -> None:
    port = free_port()
    # What a killed process left behind is removed at the start.
    torn = tmp_path / "data" / "incoming" / "1.part"
    torn.parent.mkdir(parents=True)
    torn.write_bytes(b"half a video")
    root = Path(__file__).resolve().parents[2]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "--port", str(port), "--data", str(tmp_path / "data")],
            cwd=root,
            env=os.environ | {"SANDBOX_RATE_LIMITS": "lists=7"},
            stdout=log,
            stderr=log,
        )
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}/submagic", headers={"x-api-key": ALICE}, trust_env=False
        ) as client:
            deadline = time.monotonic() + 60
            while True:
                try:
                    assert client.get("/health").json()["status"] == "healthy"
                    break
                except httpx.TransportError:
                    assert time.monotonic() < deadline, (tmp_path / "log").read_text()
                    time.sleep(0.1)
            assert not torn.exists()
            assert client.get("/v1/languages").headers["x-ratelimit-limit"] == "7"
            with mute_film.open("rb") as film:
                answer = client.post(
                    "/v1/projects/upload", data={"title": "Talk", "language": "en"}, files={"file": film}
                )
            assert answer.status_code == 201
            # The job thread runs by itself.
            deadline = time.monotonic() + 60
            while (project := client.get(f"/v1/projects/{answer.json()['id']}").json())["status"] != "failed":
                assert time.monotonic() < deadline, project
                time.sleep(0.1)
        server.send_signal(stop)
        assert server.wait(30) == 0
    finally:
        if server.poll() is None:
            server.kill()
            server.wait()
    assert "Traceback" not in (tmp_path / "log").read_text()
