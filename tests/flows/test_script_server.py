"""The two commands: what a newcomer sees of script/server, started for real."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.desk import ROOT, Desk

pytestmark = pytest.mark.xdist_group("desk")  # one whole desk at a time is enough for two cores


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_it_serves_stops_on_ctrl_c_and_can_be_run_again_at_once(tmp_path: Path) -> None:
    desk = Desk(data=tmp_path / "data")
    desk.start()
    try:
        first_password = desk.password
        assert httpx.get(f"{desk.url}/healthz").status_code == 200
        assert httpx.get(f"http://127.0.0.1:{desk.port + 1}/submagic/health").json()["status"] == "healthy"
        assert desk.email.endswith("@clipdesk.example")
        assert len(first_password) >= 12
        assert oct((tmp_path / "data" / "secrets.json").stat().st_mode & 0o777) == "0o600"
    finally:
        assert desk.stop() == 0
    assert not listens(desk.port)
    assert not listens(desk.port + 1)

    desk.start()
    try:
        assert httpx.get(f"{desk.url}/healthz").status_code == 200
        assert desk.password == first_password
    finally:
        assert desk.stop() == 0


def test_a_taken_port_is_said_in_words_and_nothing_is_started(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        desk = Desk(data=tmp_path / "data", port=taken.getsockname()[1])
        with pytest.raises(AssertionError, match="is taken"):
            desk.start()
    assert not (tmp_path / "data" / "desk.sqlite3").exists()


def test_without_the_sandbox_the_first_visitor_with_the_link_becomes_the_owner(tmp_path: Path) -> None:
    desk = Desk(data=tmp_path / "data", arguments=("--no-sandbox",))
    desk.start()
    try:
        assert desk.email == ""
        link = desk.find(r"First visit:\s+(\S+)")
        with httpx.Client(follow_redirects=True) as visitor:
            page = visitor.get(link)
            token = visitor.cookies["clipdesk_csrf"]
            assert page.status_code == 200
            answer = visitor.post(
                link,
                data={
                    "csrfmiddlewaretoken": token,
                    "team_name": "Harbour Films",
                    "name": "Alice",
                    "email": "alice@harbour.example",
                    "password": "a long enough passphrase",
                    "password_again": "a long enough passphrase",
                },
                headers={"Referer": link},
            )
            assert answer.status_code == 200
            assert "/t/harbour-films/" in str(answer.url)
            assert "Harbour Films" in answer.text
        with httpx.Client() as second:
            assert second.get(link).status_code in (404, 410)
    finally:
        assert desk.stop() == 0


@pytest.mark.slow
def test_the_demo_account_cannot_be_used_without_the_sandbox(tmp_path: Path) -> None:
    desk = Desk(data=tmp_path / "data")
    desk.start()
    email, password = desk.email, desk.password
    assert desk.stop() == 0

    desk.arguments = ("--no-sandbox",)
    desk.start()
    try:
        with httpx.Client() as visitor:
            visitor.get(f"{desk.url}/account/login/")
            answer = visitor.post(
                f"{desk.url}/account/login/",
                data={"csrfmiddlewaretoken": visitor.cookies["clipdesk_csrf"], "login": email, "password": password},
                headers={"Referer": desk.url},
            )
            assert "clipdesk_session" not in visitor.cookies or answer.headers.get("Location") == "/account/inactive/"
            assert visitor.get(f"{desk.url}/t/demo/").status_code == 302
    finally:
        assert desk.stop() == 0


def test_with_everything_installed_set_up_needs_no_network() -> None:
    nowhere = "http://127.0.0.1:9/"
    env = os.environ | {"PIP_INDEX_URL": nowhere, "PIP_NO_INDEX": "1", "npm_config_registry": nowhere}
    env |= {"HTTP_PROXY": nowhere, "HTTPS_PROXY": nowhere}
    result = subprocess.run(["script/setup", "--browser"], cwd=ROOT, env=env, text=True, capture_output=True)
    assert (result.returncode, result.stderr) == (0, "")


def test_a_worker_can_be_started_alone_and_stops_on_sigterm(tmp_path: Path) -> None:
    env = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}
    env["DATA_DIR"] = str(tmp_path)
    for command in (["migrate", "--verbosity=0"], ["createcachetable"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=env, check=True)
    worker = subprocess.Popen(["script/worker"], cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True)
    assert worker.stderr is not None
    lines: list[str] = []
    for line in worker.stderr:
        lines.append(line)
        if "is ready" in line:
            break
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0, "".join(lines)
