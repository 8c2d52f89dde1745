"""A desk on several nodes: one PostgreSQL, a queue that all share, and for each node its own spool and processes."""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from bench.ports import free_port
from tests.desk import ROOT

PREPARE = """
import django, json
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("createcachetable")
call_command("setup_desk", json=True)
"""


def wait_for[T](what: Callable[[], T], *, seconds: float, why: Callable[[], object] = lambda: "") -> T:
    until = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < until, f"not within {seconds} s: {why()}"
        time.sleep(0.05)
    return found


@dataclass
class Nodes:
    """Processes are named `north-web`, `south-worker`, `sandbox` and so on; `data/<name>.log` holds what each said."""

    data: Path
    database: str
    queue: dict[str, str]
    ports: dict[str, int] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ports = {"sandbox": free_port(), "north": free_port(), "south": free_port()}
        leaks = ("DJANGO_SETTINGS_MODULE", "DJANGO_ALLOW_ASYNC_UNSAFE", "PYTEST_CURRENT_TEST")
        self.common = {name: value for name, value in os.environ.items() if name not in leaks} | {
            "DJANGO_SETTINGS_MODULE": "dashboard.settings",
            "ENV_FILE": os.devnull,
            "DATABASE_URL": self.database,
            "DATABASE_CONNECTIONS": "8",
            **self.queue,
            "SECRET_KEY": secrets.token_hex(32),
            "KEY_RING": f"k1:{base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}",
            "SANDBOX_URL": f"http://127.0.0.1:{self.ports['sandbox']}",
            "PUBLIC_URL": self.url("north"),
            "SPOOL_FLOOR_BYTES": "0",
            # A dead worker's rows are free after ten seconds instead of a minute.
            "LEASE_SECONDS": "10",
            "REDELIVER_SECONDS": "2",
            "SWEEP_SECONDS": "0.5",
        }

    def url(self, node: str) -> str:
        return f"http://127.0.0.1:{self.ports[node]}"

    def spool(self, node: str) -> Path:
        return self.data / node / "spool"

    def environment(self, node: str) -> dict[str, str]:
        return self.common | {"NODE": node, "DATA_DIR": str(self.data / node), "SPOOL_DIR": str(self.spool(node))}

    def run(self, node: str, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=self.environment(node), capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def prepare(self) -> dict[str, str]:
        """Tables and the demo person; returns the login."""
        login: dict[str, str] = json.loads(self.run("north", "-c", PREPARE))["demo"]
        self.run("north", "manage.py", "collectstatic", "--noinput", "--verbosity=0")
        (self.data / "south").mkdir()
        (self.data / "south" / "static").symlink_to(self.data / "north" / "static")
        return login

    # --- Processes ---------------------------------------------------------------------------------------------------

    def start(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        with (self.data / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=self.environment(name.partition("-")[0]),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self.running[name]

    def start_sandbox(self) -> None:
        port = self.ports["sandbox"]
        self.start("sandbox", "-m", "sandbox", "--port", str(port), "--data", str(self.data / "sandbox"))
        self.until_it_answers("sandbox", f"{self.url('sandbox')}/submagic/health")

    def start_web(self, node: str) -> None:
        self.start(
            *(f"{node}-web", "-m", "gunicorn", "dashboard.wsgi", "--bind", f"127.0.0.1:{self.ports[node]}"),
            *("--worker-class", "gthread", "--workers", "1", "--threads", "16", "--log-level", "warning"),
            *("--graceful-timeout", "2", "--no-control-socket"),
        )
        self.until_it_answers(f"{node}-web", f"{self.url(node)}/healthz")

    def start_worker(self, node: str) -> None:
        self.start(f"{node}-worker", "manage.py", "run_worker")
        wait_for(lambda: "is ready" in self.log(f"{node}-worker"), seconds=90, why=lambda: self.log(f"{node}-worker"))

    def until_it_answers(self, name: str, url: str) -> None:
        def answers() -> bool:
            assert self.running[name].poll() is None, self.log(name)
            try:
                return httpx.get(url, trust_env=False).status_code == 200
            except httpx.TransportError:
                return False

        wait_for(answers, seconds=90, why=lambda: self.log(name))

    def signal(self, name: str, number: signal.Signals) -> None:
        os.killpg(self.running[name].pid, number)

    def unread(self, name: str) -> int:
        """Bytes that wait at the port of a process that does not read them (it is stopped)."""
        lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        ours = [each for each in lines if each[1].endswith(f":{self.ports[name]:04X}") and each[3] == "01"]
        return sum(int(each[4].partition(":")[2], 16) for each in ours)

    def log(self, name: str) -> str:
        return (self.data / f"{name}.log").read_text()

    def logs(self) -> str:
        return "\n".join(f"--- {path.stem}\n{path.read_text()[-3000:]}" for path in sorted(self.data.glob("*.log")))

    def stop(self) -> dict[str, int]:
        """SIGTERM to all that still run; returns their exit codes."""
        alive = {name: process for name, process in self.running.items() if process.poll() is None}
        for name in alive:
            self.signal(name, signal.SIGTERM)
        codes = {}
        for name, process in alive.items():
            try:
                codes[name] = process.wait(20)
            except subprocess.TimeoutExpired:
                self.signal(name, signal.SIGKILL)
                codes[name] = process.wait(5)
        return codes

    # --- What is in the database --------------------------------------------------------------------------------------

    def row(self, table: str, **where: str) -> dict[str, Any]:
        (name, value), *_ = where.items()
        query = sql.SQL("SELECT * FROM {} WHERE {} = %s").format(sql.Identifier(table), sql.Identifier(name))
        with psycopg.connect(self.database, row_factory=dict_row) as connection:
            found = connection.execute(query, [value]).fetchone()
        assert found is not None, f"no row in {table} with {where}"
        return found

    def cut_connections(self) -> int:
        """What a restart of the database does to whoever is connected; returns how many were."""
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
        with psycopg.connect(self.database) as connection:
            return len(connection.execute(query + "pg_backend_pid()").fetchall())


class Person:
    """Signed in at one node; the session counts at every node."""

    def __init__(self, nodes: Nodes, login: dict[str, str], *, at: str) -> None:
        self.nodes = nodes
        self.client = httpx.Client(trust_env=False, timeout=30)
        address = f"{nodes.url(at)}/account/login/"
        self.client.get(address)
        answer = self.post(address, {"login": login["email"], "password": login["password"]})
        assert "clipdesk_session" in self.client.cookies, answer.text[:500]

    def post(self, address: str, data: dict[str, str]) -> httpx.Response:
        token = self.client.cookies["clipdesk_csrf"]
        headers = {"Accept": "application/json", "Referer": address}
        return self.client.post(address, data=data | {"csrfmiddlewaretoken": token}, headers=headers)

    def new_project(self, node: str, **fields: str) -> dict[str, str]:
        """The desk's answer: `project_url`, and for a file `upload_url` and `upload_id`."""
        answer = self.post(f"{self.nodes.url(node)}/t/demo/projects/new/", {"language": "en", **fields})
        assert answer.status_code == 201, answer.text[:2000]
        made: dict[str, str] = answer.json()
        return made

    def send(self, node: str, upload_url: str, data: bytes) -> int:
        """All bytes in one PATCH; returns the status."""
        headers = {
            "Tus-Resumable": "1.0.0",
            "Upload-Offset": "0",
            "Content-Type": "application/offset+octet-stream",
            "X-CSRFToken": self.client.cookies["clipdesk_csrf"],
        }
        return self.client.patch(self.nodes.url(node) + upload_url, content=data, headers=headers).status_code
