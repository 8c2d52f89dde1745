"""The official client, as it comes from PyPI, against the served stand-in: it must notice no difference."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from magic_hour import ApiError, Client

from bench.ports import free_port
from sandbox.media.probe import probe
from tests.sandbox.magic_hour.conftest import ALICE


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("served"), free_port()
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "--port", str(port), "--data", str(folder / "data")],
            cwd=Path(__file__).resolve().parents[3],
            env=os.environ,
            stdout=log,
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}/magic-hour"
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                assert httpx.get(f"{url}/v1/account", trust_env=False).status_code == 401
                break
            except httpx.ConnectError:
                assert time.monotonic() < deadline, (folder / "log").read_text()
                time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        try:
            server.wait(10)
        finally:
            server.kill()
            server.wait()
    assert "Traceback" not in (folder / "log").read_text()


@pytest.fixture
def client(address: str) -> Iterator[Client]:
    with httpx.Client(trust_env=False, timeout=30) as http:
        yield Client(token=ALICE, base_url=address, httpx_client=http)


def test_create_wait_download_delete(client: Client, tmp_path: Path) -> None:
    before = client.v1.account.list().credits
    created = client.v1.text_to_video.create(
        name="Meadow", end_seconds=1, style={"prompt": "a dog running through a meadow"}, resolution="360p"
    )
    assert client.v1.account.list().credits == before - created.credits_charged
    assert client.v1.video_projects.get(id=created.id).status in ("queued", "rendering")
    done = client.v1.video_projects.check_result(
        id=created.id, wait_for_completion=True, download_outputs=True, download_directory=str(tmp_path)
    )
    assert (done.status, done.name, done.type_, done.enabled) == ("complete", "Meadow", "TEXT_TO_VIDEO", True)
    assert done.downloaded_paths == [str(tmp_path / "output.mp4")]
    video = probe(tmp_path / "output.mp4")
    assert (video.width, video.height, video.duration) == (640, 360, pytest.approx(1, abs=0.1))
    assert client.v1.account.list().credits == before - done.credits_charged
    assert client.v1.video_projects.delete(id=created.id) is None
    gone = client.v1.video_projects.get(id=created.id)
    assert not gone.enabled and gone.downloads == []


def test_a_failure_gives_the_credits_back(client: Client, address: str) -> None:
    before = client.v1.account.list().credits
    created = client.v1.text_to_video.create(end_seconds=2, style={"prompt": "rain"}, resolution="360p")
    assert client.v1.account.list().credits < before
    httpx.post(
        f"{address}/_sandbox/projects/{created.id}/fail",
        json={"code": "no_source_face", "message": "Please use an image with a detectable face"},
        headers={"Authorization": f"Bearer {ALICE}"},
        trust_env=False,
    ).raise_for_status()
    failed = client.v1.video_projects.check_result(id=created.id, wait_for_completion=True, download_outputs=True)
    assert failed.status == "error" and failed.error is not None and failed.error.code == "no_source_face"
    assert client.v1.account.list().credits == before


def test_its_errors_have_the_published_shape(client: Client, address: str) -> None:
    with pytest.raises(ApiError) as caught:
        client.v1.video_projects.get(id="cuid-example")
    assert (caught.value.status_code, caught.value.body) == (404, {"message": "Not Found"})
    with httpx.Client(trust_env=False) as http, pytest.raises(ApiError) as caught:
        Client(token="wrong", base_url=address, httpx_client=http).v1.account.list()
    assert (caught.value.status_code, caught.value.body) == (401, {"message": "Unauthorized"})
