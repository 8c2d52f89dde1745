"""A desk of its own in a folder of its own: real gunicorn, real database file, real spool, started and killed by tests.

`python -m tests.projects_app.desk` (with the environment of `environment`) makes the tables, a signed-in person and
their open uploads, and prints what a client needs as JSON.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench.ports import free_port

ROOT = Path(__file__).resolve().parents[2]


def environment(data: Path, **more: str) -> dict[str, str]:
    return os.environ | {
        "DATA_DIR": str(data),
        "DATABASE_URL": f"sqlite:///{data / 'desk.sqlite3'}",
        "SPOOL_DIR": str(data / "spool"),
        "SPOOL_FLOOR_BYTES": "0",
        "UPLOADS_OPEN_PER_PERSON": "1000",
        "NODE": "test",
        "DJANGO_SETTINGS_MODULE": "tests.projects_app.desk_settings",
        "SANDBOX_URL": "http://127.0.0.1:9",  # nobody there: nothing is handed over by accident
        "PUBLIC_URL": "",
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",
        **more,
    }


def prepare(sizes: list[int]) -> dict[str, Any]:
    import django

    django.setup()
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command
    from django.middleware.csrf import _get_new_csrf_string

    from dashboard.models import Role
    from tests import factories
    from tests.projects_app.sending import address, open_upload

    call_command("migrate", run_syncdb=True, verbosity=0)
    call_command("createcachetable", verbosity=0)
    team = factories.make_team("Harbour Films", slug="harbour")
    bob = factories.make_member(team, Role.EDITOR, name="Bob")
    factories.key_of(team)  # so that a client may start projects too
    session = SessionStore()
    session[SESSION_KEY] = str(bob.pk)
    session[BACKEND_SESSION_KEY] = "dashboard.backends.PersonBackend"
    session[HASH_SESSION_KEY] = bob.get_session_auth_hash()
    session.create()
    token = _get_new_csrf_string()
    return {
        "cookie": f"clipdesk_session={session.session_key}; clipdesk_csrf={token}",
        "token": token,
        "uploads": [{"id": u.pk.hex, "url": address(u)} for u in (open_upload(team, bob, size) for size in sizes)],
    }


class Desk:
    """One web server; `uploads` are open and wait for their bytes."""

    def __init__(self, data: Path, sizes: list[int], **env: str) -> None:
        self.data = data
        self.env = environment(data, **env)
        command = [sys.executable, "-m", "tests.projects_app.desk", json.dumps(sizes)]
        made = subprocess.run(command, env=self.env, cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert made.returncode == 0, made.stderr
        told = json.loads(made.stdout.splitlines()[-1])
        self.uploads: list[dict[str, str]] = told["uploads"]
        self.headers = {"Cookie": told["cookie"], "X-CSRFToken": told["token"], "Tus-Resumable": "1.0.0"}
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, workers: int = 1, threads: int = 8) -> Self:
        """On a free port; after a kill on the same one again."""
        if not self.port:
            self.port = free_port()
        command = [
            *(sys.executable, "-m", "gunicorn", "dashboard.wsgi", "--worker-class", "gthread"),
            *("--workers", str(workers), "--threads", str(threads), "--bind", f"127.0.0.1:{self.port}"),
            *("--log-level", "warning", "--graceful-timeout", "1"),
            *("--config", str(Path(__file__).with_name("gunicorn_conf.py"))),
        ]
        # A session of its own, so that a kill reaches master and workers and nobody else.
        self.process = subprocess.Popen(command, env=self.env, cwd=ROOT, start_new_session=True)
        until = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                assert time.monotonic() < until and self.process.poll() is None, "the web server did not start"
                time.sleep(0.05)

    def kill(self) -> None:
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, 9)
            self.process.wait(10)
            # Its workers end a moment later, and until then the system takes connections on their behalf.
            until = time.monotonic() + 10
            while time.monotonic() < until:
                try:
                    socket.create_connection(("127.0.0.1", self.port), 1).close()
                except OSError:
                    return
                time.sleep(0.02)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()

    # --- A client ----------------------------------------------------------------------------------------------------

    def call(self, method: str, number: int = 0, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            more = {name.replace("_", "-"): value for name, value in headers.items()}
            # Who is refused early may find the line closed before all of it has left; the answer is there.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, self.uploads[number]["url"], body, self.headers | more)
            answer = connection.getresponse()
            answer.read()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}
        finally:
            connection.close()

    def patch(self, body: bytes, at: int = 0, number: int = 0) -> tuple[int, dict[str, str]]:
        return self.call("PATCH", number, body, Upload_Offset=str(at), Content_Type="application/offset+octet-stream")

    def offset(self, number: int = 0) -> int:
        status, headers = self.call("HEAD", number)
        assert status == 200, status
        return int(headers["upload-offset"])

    def begin_patch(self, length: int, at: int = 0, number: int = 0) -> socket.socket:
        """The head of a PATCH; its bytes are sent by the caller."""
        sock = socket.create_connection(("127.0.0.1", self.port), 30)
        lines = [
            f"PATCH {self.uploads[number]['url']} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            f"Content-Length: {length}",
            f"Upload-Offset: {at}",
            "Content-Type: application/offset+octet-stream",
            *(f"{name}: {value}" for name, value in self.headers.items()),
        ]
        sock.sendall("\r\n".join([*lines, "", ""]).encode())
        return sock

    def file(self, number: int = 0) -> bytes:
        return (self.data / "spool" / self.uploads[number]["id"]).read_bytes()

    def row(self, number: int = 0) -> dict[str, Any]:
        with sqlite3.connect(self.data / "desk.sqlite3") as database:
            database.row_factory = sqlite3.Row
            found = database.execute("select * from projects_upload where id = ?", [self.uploads[number]["id"]])
            return dict(found.fetchone())


if __name__ == "__main__":
    print(json.dumps(prepare(json.loads(sys.argv[1]))))
