"""The same faults over a real connection, where a cut closes the socket."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.ports import free_port
from tests.sandbox.conftest import ALICE

pytestmark = pytest.mark.xdist_group("faults-over-http")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    port, folder = free_port(), tmp_path_factory.mktemp("served")
    options = ["--port", str(port), "--data", str(folder / "data"), "--media-delay", "0", "--credits", "50"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "sandbox", *options, "--rate-limits", "documented,create=400"],
            cwd=Path(__file__).resolve().parents[2],
            env=os.environ | {"SANDBOX_RATE_LIMITS": ""},
            stdout=log,
            stderr=log,
        )
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}/submagic",
            headers={"x-api-key": ALICE},
            trust_env=False,
            timeout=5,
        ) as made:
            deadline = time.monotonic() + 60
            while True:
                try:
                    assert made.get("/health").status_code == 200
                    break
                except httpx.TransportError:
                    assert time.monotonic() < deadline, (folder / "log").read_text()
                    time.sleep(0.1)
            yield made
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0
    finally:
        if server.poll() is None:
            server.kill()
            server.wait()
    assert "Traceback" not in (folder / "log").read_text()


@pytest.fixture(autouse=True)
def _no_faults(client: httpx.Client) -> Iterator[None]:
    yield
    client.delete("/_sandbox/faults")


def order(client: httpx.Client, path: str, **do: Any) -> None:
    answer = client.post("/_sandbox/faults", json={"on": {"path": path}, "do": do})
    assert answer.status_code == 201, answer.text


def media(client: httpx.Client) -> httpx.Response:
    return client.post("/v1/user-media", json={"url": f"{client.base_url}samples/hills-picture.png"})


def applied(client: httpx.Client) -> int:
    return len(client.get("/_sandbox/applied").json()["applied"])


@pytest.mark.parametrize(("when", "count"), [("before", 0), ("after", 1)])
def test_cut_closes_the_socket(client: httpx.Client, when: str, count: int) -> None:
    earlier = applied(client)
    order(client, "/v1/user-media", kind="cut", when=when)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        media(client)
    assert applied(client) - earlier == count


def test_cut_in_the_middle_of_an_upload(client: httpx.Client) -> None:
    earlier = applied(client)
    order(client, "/v1/user-media/upload", kind="cut", bytes=100_000)
    with pytest.raises(httpx.TransportError):
        client.post("/v1/user-media/upload", files={"file": ("a.png", bytes(30_000_000))})
    assert applied(client) == earlier


def test_cut_in_the_middle_of_the_answer(client: httpx.Client) -> None:
    order(client, "/v1/languages", kind="cut", when="answer", bytes=20)
    with client.stream("GET", "/v1/languages") as answer, pytest.raises(httpx.TransportError):
        assert answer.status_code == 200
        answer.read()


def test_hanging_lasts_until_the_caller_leaves(client: httpx.Client) -> None:
    order(client, "/v1/languages", kind="hang")
    with pytest.raises(httpx.ReadTimeout):
        client.get("/v1/languages", timeout=0.3)
    assert client.get("/v1/languages").status_code == 200
    order(client, "/v1/languages", kind="hang", seconds=0.2)
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/v1/languages")


def test_dribbled_answer_is_whole(client: httpx.Client) -> None:
    order(client, "/v1/languages", kind="slow", dribble=100, pause=0.05)
    began = time.monotonic()
    assert len(client.get("/v1/languages").json()["languages"]) == 13
    assert time.monotonic() - began > 0.1


def test_refusal_and_the_usual_answer_have_one_date_and_an_id(client: httpx.Client) -> None:
    order(client, "/v1/languages", kind="limit", form="date")
    for status in (429, 200):
        answer = client.get("/v1/languages")
        assert answer.status_code == status
        assert len(answer.headers.get_list("date")) == 1 and answer.headers["x-request-id"].startswith("req_")


def test_options_of_the_command_line_count(client: httpx.Client) -> None:
    assert client.get("/_sandbox/credits").json()["api"]["owned"] == 50
    assert client.get("/v1/templates").headers["x-ratelimit-limit"] == "1000"
    number = media(client).json()["userMediaId"]
    assert number in [item["id"] for item in client.get("/v1/user-media").json()["items"]]
    assert client.post("/v1/projects").headers["x-ratelimit-limit"] == "400"
