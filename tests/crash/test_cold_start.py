"""Everything is killed under load and started again (design: reliability, T16): it serves, and works off what waits."""

from __future__ import annotations

import hashlib
import http.client
import itertools
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest

from bench.ports import free_port
from tests.crash.conftest import environment, provider
from tests.desk import ROOT
from tests.services import fresh_database, postgres_server

pytestmark = [pytest.mark.xdist_group("desk"), pytest.mark.slow, pytest.mark.once, pytest.mark.timeout(600)]
BACKLOG, PROJECTS, CLIENTS, LOAD_SECONDS = 10_000, 250, 6, 6.0
# Generous, because other tests run beside this one; the design's goals are 5 s and 60 s on an idle machine.
SERVING_SECONDS, DRAINED_SECONDS = 30.0, 240.0


class Desk:
    """A web server and a worker, as script/server starts them."""

    def __init__(self, data: Path, env: dict[str, str]) -> None:
        self.data, self.port = data, free_port()
        self.env = env | {"DJANGO_SETTINGS_MODULE": "dashboard.settings", "LOG_LEVEL": "WARNING"}
        self.running: list[subprocess.Popen[bytes]] = []

    def do(self, step: str, **how: Any) -> Any:
        command = [sys.executable, "-m", "tests.crash.backlog", step, json.dumps(how)]
        done = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr[-5000:]
        return json.loads(done.stdout)

    def waiting(self) -> int:
        """How many messages nobody has looked at; asked for without a process that would take time from the desk."""
        query = "SELECT count(*) FROM projects_webhookevent WHERE verdict = 'waiting'"
        if url := self.env.get("DATABASE_URL"):
            with psycopg.connect(url) as database:
                return int(database.execute(query).fetchone()[0])  # type: ignore[index]
        with closing(sqlite3.connect(self.data / "desk.sqlite3", timeout=20)) as database:
            return int(database.execute(query).fetchone()[0])

    def start(self) -> float:
        """Returns after how many seconds it served."""
        began = time.monotonic()
        web = (
            *("-m", "gunicorn", "dashboard.wsgi", "--bind", f"127.0.0.1:{self.port}", "--worker-class", "gthread"),
            *("--workers", "1", "--threads", "16", "--log-level", "warning", "--no-control-socket"),
        )
        for name, command in (("web", web), ("worker", ("manage.py", "run_worker"))):
            with (self.data / f"{name}.log").open("ab") as log:
                self.running.append(
                    subprocess.Popen(
                        [sys.executable, *command], cwd=ROOT, env=self.env, stdout=log, stderr=log,
                        start_new_session=True,
                    )
                )  # fmt: skip
        while not self.answers():
            assert time.monotonic() - began < 60, (self.data / "web.log").read_text()[-3000:]
            time.sleep(0.02)
        return time.monotonic() - began

    def answers(self) -> bool:
        try:
            return self.ask("GET", "/healthz") == 200
        except OSError:
            return False

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): text for name, text in headers.items()})
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()

    def kill(self) -> None:
        for process in self.running:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
        self.running.clear()


class Load:
    """Messages of the provider and clicks of a person, until it is told to stop; what was acknowledged is noted."""

    def __init__(self, desk: Desk, made: dict[str, Any], source: str) -> None:
        self.desk, self.made, self.source = desk, made, source
        self.acknowledged: set[str] = set()
        self.clicks: list[str] = []
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self._hooks, args=(number,)) for number in range(CLIENTS)]
        self.threads.append(threading.Thread(target=self._click))

    def _hooks(self, number: int) -> None:
        for turn in itertools.count():
            if self.over.is_set():
                return
            path = self.made["hooks"][(turn * CLIENTS + number) % PROJECTS]
            body = json.dumps({"projectId": "", "status": "completed", "said": f"{number}-{turn}"}).encode()
            try:
                if self.desk.ask("POST", path, body, Content_Type="application/json") == 204:
                    self.acknowledged.add(hashlib.sha256(body).hexdigest())
            except (OSError, http.client.HTTPException):
                time.sleep(0.01)

    def _click(self) -> None:
        token = "a" * 32
        cookie = f"clipdesk_session={self.made['session']}; clipdesk_csrf={token}"
        for turn in itertools.count():
            if self.over.is_set():
                return
            title = f"Wish {turn}"
            fields = {
                "form_token": str(uuid.uuid4()), "source": "url", "kind": "captions", "title": title,
                "language": "en", "video_url": self.source, "csrfmiddlewaretoken": token,
            }  # fmt: skip
            headers = {"Cookie": cookie, "Content_Type": "application/x-www-form-urlencoded"}
            try:
                done = self.desk.ask("POST", "/t/harbour/projects/new/", urlencode(fields).encode(), **headers)
                self.clicks += [title] if done == 302 else []
            except (OSError, http.client.HTTPException):
                time.sleep(0.01)


@contextmanager
def desk_on(database: str, tmp_path: Path) -> Iterator[tuple[Desk, str]]:
    with ExitStack() as stack:
        port = stack.enter_context(provider(tmp_path / "provider"))
        env = environment(tmp_path, port)
        if database == "PostgreSQL":
            env["DATABASE_URL"] = stack.enter_context(fresh_database(postgres_server()))
        desk = Desk(tmp_path, env)
        stack.callback(desk.kill)
        yield desk, f"http://127.0.0.1:{port}/submagic/samples/two-tips.mp4"


@pytest.mark.parametrize("database", ["SQLite", pytest.param("PostgreSQL", marks=pytest.mark.postgres)])
def test_killed_under_load_it_serves_and_drains_what_waits(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with desk_on(database, tmp_path) as (desk, source):
        made = desk.do("made", projects=PROJECTS)
        desk.start()
        load = Load(desk, made, source)
        for thread in load.threads:
            thread.start()
        time.sleep(LOAD_SECONDS)
        until = time.monotonic() + 120
        while not (load.acknowledged and load.clicks) and time.monotonic() < until:
            time.sleep(0.1)
        desk.kill()
        load.over.set()
        for thread in load.threads:
            thread.join()
        before = desk.do("fill", to=BACKLOG)
        # Meanwhile the provider has done all that these messages tell of.
        jobs = urllib.request.Request(f"{desk.env['SANDBOX_URL']}/_control/jobs", b"{}", method="POST")
        urllib.request.urlopen(jobs, timeout=120).close()
        assert load.acknowledged and load.clicks
        assert load.acknowledged <= set(before["stored"]), "what was acknowledged is there"
        assert before["waiting"] >= BACKLOG

        serving = desk.start()
        began = time.monotonic()
        while desk.waiting():
            assert time.monotonic() - began < DRAINED_SECONDS, f"{desk.waiting()} still wait"
            time.sleep(0.25)
        drained = time.monotonic() - began
        figures = {"database": database, "serving_s": round(serving, 2), "drained_s": round(drained, 1)}
        figures |= {"acknowledged": len(load.acknowledged), "clicks": len(load.clicks), "backlog": before["waiting"]}
        with capsys.disabled():
            sys.stderr.write(f"\ncold start: {json.dumps(figures)}\n")
        assert serving < SERVING_SECONDS
        # Whoever was being sent when everything died is looked at a minute later.
        until = time.monotonic() + 120
        while (left := desk.do("state"))["overdue"] or set(left["calls"]) - {"unknown", "rejected"}:
            assert time.monotonic() < until, left
            time.sleep(1)
        assert load.acknowledged <= set(left["stored"]), "what was acknowledged is still there"
        assert set(load.clicks) <= set(left["wishes"]), "what a person was told is kept"
        done = applied(desk.env["SANDBOX_URL"], made["secret"])
        assert "accepted" in left["wishes"].values()
        for title, state in left["wishes"].items():
            # Of an unknown one nobody can say; the provider's own record says that there are never two.
            right = done[title] <= 1 and (done[title] == 1 or state != "accepted")
            assert right, f"{title} is {state}, and was made {done[title]} times"
        assert set(done) <= set(left["wishes"]) | {""}, "the provider made what nobody has asked for"


def applied(sandbox: str, secret: str) -> Counter[str]:
    """How often the provider has made a project of each title."""
    asked = urllib.request.Request(f"{sandbox}/_control/account", headers={"X-Test-Run": secret})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        entries = json.load(answer)["applied"]
    return Counter(each["fields"].get("title", "") for each in entries if each["endpoint"].endswith("/v1/projects"))
