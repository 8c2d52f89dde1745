"""A desk of real processes in a folder of its own: gunicorn as script/server starts it, and workers, beside a sink."""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from bench.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
PREPARE = """
import django, json
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("createcachetable")
call_command("setup_desk", json=True)
"""
START_SECONDS = 40


def start(command: list[str], env: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as file:
        return subprocess.Popen(command, cwd=ROOT, env=env, stdout=file, stderr=file, start_new_session=True)


def end(process: subprocess.Popen[bytes], number: signal.Signals = signal.SIGTERM) -> None:
    if process.poll() is None:
        os.killpg(process.pid, number)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)


def wait_until_open(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"nothing listens on port {port}") from None
            time.sleep(0.05)


@dataclass
class Sink:
    """See bench/sink.py."""

    data: Path
    cert: Path | None = None
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "bench.sink", "--port", str(self.port)]
        command += ["--cert", str(self.cert)] if self.cert else []
        self.process = start(command, dict(os.environ), self.data / "sink.log")
        wait_until_open(self.port, self.process)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.process:
            end(self.process, signal.SIGKILL)

    @property
    def url(self) -> str:
        return f"{'https' if self.cert else 'http'}://127.0.0.1:{self.port}"

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        trusted = str(self.cert) if self.cert else True
        with httpx.Client(verify=trusted, trust_env=False, timeout=30) as client:
            return client.request(method, f"{self.url}{path}", json=body).json()

    def mode(self, **values: Any) -> None:
        """What the next uploads meet; forgets what came before."""
        self._ask("POST", "/bench/mode", values)

    def log(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask("GET", "/bench/log")
        return found

    def wait_for(self, uploads: int, *, seconds: float = 120) -> list[dict[str, Any]]:
        """The log, once that many uploads were answered."""
        until = time.monotonic() + seconds
        while True:
            found = self.log()
            if sum("answered" in entry for entry in found) >= uploads:
                return found
            if time.monotonic() > until:
                raise RuntimeError(f"not {uploads} answered uploads within {seconds} s: {found}")
            time.sleep(0.05)


@dataclass
class Desk:
    """`web` and `worker` are started and stopped one by one; the person is signed in."""

    data: Path
    provider: str
    env: dict[str, str] = field(default_factory=dict)
    wsgi: str = "dashboard.wsgi"
    port: int = field(default_factory=free_port)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    person: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, timeout=60))

    def __enter__(self) -> Self:
        self.environment = dict(os.environ) | {
            "DJANGO_SETTINGS_MODULE": "dashboard.settings",
            "ENV_FILE": os.devnull,
            "DATA_DIR": str(self.data),
            "NODE": "bench",
            "SECRET_KEY": secrets.token_hex(32),
            "KEY_RING": f"k1:{base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}",
            "SANDBOX_URL": self.provider,
            "PUBLIC_URL": self.url,
            # One person stands for many here.
            "UPLOADS_OPEN_PER_PERSON": "1000",
            "UPLOAD_BYTES_PER_TEAM": str(1 << 42),
            **self.env,
        }
        self.login = json.loads(self.run("-c", PREPARE))["demo"]
        self.run("manage.py", "collectstatic", "--noinput", "--verbosity=0")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.person.close()
        for process in self.running.values():
            end(process)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def files(self) -> Path:
        """Where the bytes of uploads lie."""
        return self.data / "spool"

    def run(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=120
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout

    def start_web(self, *, workers: int = 2, threads: int = 64) -> int:
        """As script/server does; returns the master's process id."""
        command = [
            *(sys.executable, "-m", "gunicorn", self.wsgi, "--bind", f"127.0.0.1:{self.port}"),
            *("--worker-class", "gthread", "--workers", str(workers), "--threads", str(threads)),
            *("--timeout", "60", "--graceful-timeout", "5", "--log-level", "warning", "--no-control-socket"),
        ]
        self.running["web"] = process = start(command, self.environment, self.data / "web.log")
        wait_until_open(self.port, process)
        if "clipdesk_session" not in self.person.cookies:
            self.sign_in()
        return process.pid

    def start_worker(self) -> int:
        log = self.data / "worker.log"
        before = log.read_text().count("is ready") if log.exists() else 0
        self.running["worker"] = process = start(
            [sys.executable, "manage.py", "run_worker"], self.environment, self.data / "worker.log"
        )
        until = time.monotonic() + START_SECONDS
        while log.read_text().count("is ready") <= before:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(log.read_text()[-2000:])
            time.sleep(0.05)
        return process.pid

    def stop(self, name: str) -> None:
        end(self.running.pop(name))

    def kill(self, name: str) -> None:
        end(self.running.pop(name), signal.SIGKILL)

    # --- The person --------------------------------------------------------------------------------------------------

    def sign_in(self) -> None:
        address = f"{self.url}/account/login/"
        self.person.get(address)
        self.post(address, {"login": self.login["email"], "password": self.login["password"]})
        if "clipdesk_session" not in self.person.cookies:
            raise RuntimeError("the demo person could not sign in")

    def post(self, address: str, data: dict[str, str]) -> httpx.Response:
        token = self.person.cookies["clipdesk_csrf"]
        headers = {"Accept": "application/json", "Referer": address}
        return self.person.post(address, data=data | {"csrfmiddlewaretoken": token}, headers=headers)

    def new_upload(self, size: int) -> str:
        """A new project for a file of this size; returns the path its bytes go to."""
        about = {"source": "upload", "kind": "magic_clips", "language": "en", "title": "Bench"}
        about |= {"form_token": str(uuid.uuid4()), "filename": "talk.mp4", "size": str(size)}
        answer = self.post(f"{self.url}/t/demo/projects/new/", about)
        if answer.status_code != 201:
            raise RuntimeError(f"{answer.status_code}: {answer.text[:500]}")
        return str(answer.json()["upload_url"])

    def headers(self) -> dict[str, str]:
        """Of a tus request of this person."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.person.cookies.items())
        return {"Cookie": cookies, "X-CSRFToken": self.person.cookies["clipdesk_csrf"], "Tus-Resumable": "1.0.0"}
