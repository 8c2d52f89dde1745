"""Delivery of webhooks: bodies, retries, allowed targets."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from sandbox.submagic.delivery import DeliveryError, deliver
from tests.sandbox.conftest import HOOK, StandIn


def upload(stand: StandIn, film: Path, kind: str = "/v1/projects/upload") -> str:
    answer = stand.upload(kind, film, webhookUrl=HOOK)
    assert answer.is_success, answer.text
    return str(answer.json()["id"])


@pytest.mark.parametrize("kind", ["/v1/projects/upload", "/v1/projects/magic-clips/upload"])
def test_film_without_sound_fails_and_says_why(stand: StandIn, mute_film: Path, kind: str) -> None:
    number = upload(stand, mute_film, kind)
    stand.runner.run_jobs()
    project = stand.project(number)
    assert (project["status"], project["transcriptionStatus"]) == ("failed", "FAILED")
    assert project["failureReason"] == "The video has no sound"
    [(url, body)] = stand.inbox.got
    assert url == HOOK
    assert (body["projectId"], body["status"], body["failureReason"]) == (number, "failed", "The video has no sound")
    assert "downloadUrl" not in body


def test_failed_delivery_is_repeated_with_the_same_body_until_it_is_taken(stand: StandIn, mute_film: Path) -> None:
    stand.inbox.answers = [500, 503, 204]
    upload(stand, mute_film)
    stand.runner.run_jobs()
    assert len(stand.inbox.got) == 1
    stand.clock.move(seconds=1)
    assert stand.runner.run_jobs() == 0
    for _ in range(10):
        stand.clock.move(seconds=60)
        stand.runner.run_jobs()
    assert len(stand.inbox.got) == 3
    assert stand.inbox.got[0] == stand.inbox.got[1] == stand.inbox.got[2]


def test_delivery_is_given_up_in_the_end(stand: StandIn, mute_film: Path) -> None:
    stand.inbox.answers = [500]
    upload(stand, mute_film)
    for _ in range(20):
        stand.runner.run_jobs()
        stand.clock.move(minutes=10)
    assert len(stand.inbox.got) == 5


def test_waiting_delivery_survives_a_restart(stand: StandIn, mute_film: Path) -> None:
    stand.inbox.answers = [500, 200]
    upload(stand, mute_film)
    stand.runner.run_jobs()
    stand.restart()
    stand.clock.move(minutes=1)
    stand.runner.run_jobs()
    assert len(stand.inbox.got) == 2


def test_real_delivery_posts_json() -> None:
    got: list[tuple[str, str | None, bytes]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, self.headers["Content-Type"], body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/hooks/1?token=2"
        status = deliver(url, json.dumps({"status": "completed"}).encode(), {"Content-Type": "application/json"})
        thread.join(5)
    assert status == 204
    assert got == [("/hooks/1?token=2", "application/json", b'{"status": "completed"}')]


def test_nothing_but_https_or_this_machine_is_called() -> None:
    with pytest.raises(DeliveryError, match="only https"):
        deliver("http://192.0.2.1/hook", b"{}", {})
    with pytest.raises(DeliveryError):
        deliver("http://127.0.0.1:9/closed", b"{}", {})
