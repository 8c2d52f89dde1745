from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client

from bench.ports import free_port
from dashboard import heartbeat, readiness, tables
from tests.desk import ROOT

SESSION = django_settings.SESSION_COOKIE_NAME


@pytest.fixture
def ready(transactional_db: None, settings: Any) -> None:
    """Rows that were committed: each part looks with a connection of its own."""
    settings.SPOOL_FLOOR_BYTES = 0
    heartbeat.beat()


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    given: dict[str, Any] = {}
    monkeypatch.setattr(readiness, "_parts", given)
    return given


def test_all_is_well(client: Client, ready: None) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (200, b"ready\n")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "no-store" in answer.headers["Cache-Control"]
    assert client.head("/readyz").status_code == 200


def test_without_a_worker_and_without_space_it_says_both(client: Client, ready: None, settings: Any) -> None:
    heartbeat.cache.clear()
    settings.SPOOL_FLOOR_BYTES = 1 << 60
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.content.decode().splitlines() == [
        "worker: none was heard for 60 s",
        "spool: has no space left for uploads",
    ]


def test_a_spool_that_cannot_be_written_to(client: Client, ready: None, settings: Any) -> None:
    """/proc takes no files, not even root's."""
    settings.SPOOL_DIR = Path("/proc/fs")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    (line,) = answer.content.decode().splitlines()
    assert line.startswith("spool: ")
    assert "/proc" not in line, "strangers are told no paths"


def test_code_that_waits_for_its_migrations(client: Client, ready: None) -> None:
    newest = max(name for app, name in tables._newest() if app == "dashboard")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_migrations SET name = 'x' WHERE app = 'dashboard' AND name = %s", [newest])
    try:
        assert tables.behind() == ["dashboard"]
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.content.decode() == "database: its tables are not up to date: manage.py migrate\n"
    finally:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE django_migrations SET name = %s WHERE app = 'dashboard' AND name = 'x'", [newest])
    assert client.get("/readyz").status_code == 200


def test_migrations_of_a_newer_release_are_no_harm(client: Client, ready: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('dashboard', '9999_later', CURRENT_TIMESTAMP)"
        )
    try:
        assert client.get("/readyz").status_code == 200
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE name = '9999_later'")


def test_parts_are_asked_at_once_and_none_holds_the_answer(
    client: Client, parts: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "SECONDS", 2)
    release = threading.Event()
    parts["slow one"] = parts["slow two"] = lambda: str(release.wait(20))
    parts["quick"] = lambda: ""
    parts["broken"] = lambda: str(1 / 0)
    begun = time.monotonic()
    try:
        answer = client.get("/readyz")
        assert time.monotonic() - begun < 10
    finally:
        release.set()
    assert answer.content.decode().splitlines() == [
        "slow one: no answer within 2 s",
        "slow two: no answer within 2 s",
        "broken: does not work (ZeroDivisionError)",
    ]


def test_no_session_is_looked_up_for_a_browser_that_asks(client: Client, parts: dict[str, Any]) -> None:
    """This test has no database, so a query would fail it, as it does on any other page."""
    client.cookies[SESSION] = "k" * 32
    assert client.get("/readyz").status_code == 200
    with pytest.raises(RuntimeError, match="Database access not allowed"):
        client.get("/")


def test_a_balancer_may_ask_by_plain_http(client: Client, parts: dict[str, Any], settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    from django.middleware.security import SecurityMiddleware

    exempt = SecurityMiddleware(lambda request: None).redirect_exempt  # type: ignore[arg-type,return-value]
    assert any(pattern.search("readyz") for pattern in exempt)
    assert not any(pattern.search("account/login/readyz") for pattern in exempt)


def test_wrong_method(client: Client, parts: dict[str, Any]) -> None:
    assert client.post("/readyz").status_code == 405


# --- A database that is away, for a process that is started with it --------------------------------------------------

ASK = """
import time, django
django.setup()
from django.test import Client
client = Client()
client.get("/healthz")  # the imports of a first request do not count
for _ in range(2):
    begun = time.monotonic()
    answer = client.get("/readyz")
    print(answer.status_code, f"{time.monotonic() - begun:.1f}", answer.headers.get("Retry-After"), sep="|")
    print(answer.content.decode().strip())
print(client.get("/healthz").status_code)
"""


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        kept: list[socket.socket] = []

        def take() -> None:
            while True:
                try:
                    kept.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        yield server.getsockname()[1]
        for each in kept:
            each.close()


@pytest.fixture
def dead_port() -> int:
    return free_port()


def ask(data: Path, url: str) -> tuple[list[str], float]:
    leaks = ("DJANGO_ALLOW_ASYNC_UNSAFE", "PYTEST_CURRENT_TEST")
    env = {name: value for name, value in os.environ.items() if name not in leaks} | {
        "DJANGO_SETTINGS_MODULE": "dashboard.settings",
        "DATA_DIR": str(data),
        "ENV_FILE": os.devnull,
        "DATABASE_URL": url,
        "ALLOWED_HOSTS": "testserver",
        "SPOOL_FLOOR_BYTES": "0",
    }
    (data / "static").mkdir()
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", ASK], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines(), time.monotonic() - begun


def test_a_database_that_takes_the_connection_and_never_answers(tmp_path: Path, silent_port: int) -> None:
    lines, whole = ask(tmp_path, f"postgres://desk:a-password@127.0.0.1:{silent_port}/desk")
    assert lines.pop() == "200", "the process itself serves"
    for head in (lines[0], lines[3]):
        status, seconds, retry = head.split("|")
        assert (status, retry) == ("503", "5")
        assert float(seconds) < 2 * readiness.SECONDS
    # The worker's heartbeat is in the same database.
    assert lines[1:3] == ["database: no answer within 3 s", "worker: no answer within 3 s"]
    assert whole < 30, "what hangs does not keep the process from ending"


def test_a_database_that_is_not_there(tmp_path: Path, dead_port: int) -> None:
    lines, _whole = ask(tmp_path, f"postgres://desk:a-password@127.0.0.1:{dead_port}/desk")
    assert lines[0].startswith("503|")
    text = "\n".join(lines)
    assert "database: " in text
    assert "a-password" not in text and "127.0.0.1" not in text and str(dead_port) not in text
