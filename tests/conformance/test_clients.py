"""Two tus clients that others wrote, each with a break, a resume and a restart of the server in the middle."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from tests.projects_app.desk import ROOT, Desk
from tests.projects_app.movies import mp4

pytestmark = [pytest.mark.xdist_group("conformance"), pytest.mark.once]
SIZE = 6_000_000
CHUNK = 500_000


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Of its own, because it is killed and started again."""
    with Desk(tmp_path_factory.mktemp("clients"), []) as desk:
        yield desk


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "talk.mp4"
    path.write_bytes(mp4(SIZE))
    return path


def headers(desk: Desk) -> dict[str, str]:
    return {name: value for name, value in desk.headers.items() if name != "Tus-Resumable"}


def endpoint(desk: Desk) -> str:
    return f"http://127.0.0.1:{desk.port}/t/harbour/uploads/"


def arrived(desk: Desk, url: str) -> bytes:
    """What is in the spool for this upload."""
    number = url.partition("?")[0].rstrip("/").rpartition("/")[2].replace("-", "")
    return (desk.data / "spool" / number).read_bytes()


def test_tuspy_uploads_resumes_and_survives_a_restart(desk: Desk, film: Path) -> None:
    client = TusClient(endpoint(desk), headers=headers(desk))
    about = {"filename": film.name, "title": "By tuspy"}
    first = client.uploader(str(film), chunk_size=CHUNK, metadata=about, upload_checksum=True)
    first.upload(stop_at=2 * CHUNK)
    assert first.offset == 2 * CHUNK
    desk.kill()
    with pytest.raises((TusCommunicationError, OSError)):
        first.upload_chunk()
    desk.start()
    second = client.uploader(str(film), chunk_size=CHUNK, url=first.url, upload_checksum=True)
    assert second.offset == 2 * CHUNK  # asked by HEAD
    second.upload()
    assert second.offset == SIZE
    assert arrived(desk, first.url) == film.read_bytes()


def node() -> str:
    found = shutil.which("node") or str(ROOT / ".venv" / "bin" / "node")
    assert Path(found).exists(), "script/setup provides Node"
    return found


class JsClient:
    """tests/conformance/client.mjs as a process."""

    def __init__(self, **asked: Any) -> None:
        self.process = subprocess.Popen(
            [node(), str(Path(__file__).with_name("client.mjs"))],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdin
        self.process.stdin.write(json.dumps(asked))
        self.process.stdin.close()
        self.passed: dict[int, threading.Event] = {}

    def result(self, on_progress: Any = None) -> dict[str, Any]:
        assert self.process.stdout and self.process.stderr
        last = ""
        with self.process:
            for line in self.process.stdout:
                if line.startswith("at "):
                    if on_progress:
                        on_progress(int(line[3:]))
                else:
                    last = line
            assert last, self.process.stderr.read()
        found: dict[str, Any] = json.loads(last)
        return found


def test_tus_js_client_stops_and_goes_on_where_it_was(desk: Desk, film: Path) -> None:
    about = {"endpoint": endpoint(desk), "file": str(film), "headers": headers(desk), "chunkSize": CHUNK}
    about |= {"metadata": {"filename": film.name, "title": "By tus-js-client"}}
    stopped = JsClient(**about, abortAt=2 * CHUNK).result()
    assert stopped["url"] and not stopped["done"] and not stopped["error"]
    kept = len(arrived(desk, stopped["url"]))
    assert CHUNK <= kept < SIZE
    seen: list[int] = []
    finished = JsClient(**about, uploadUrl=stopped["url"]).result(seen.append)
    assert finished["done"], finished
    assert min(seen) >= kept  # nothing was sent a second time
    assert arrived(desk, stopped["url"]) == film.read_bytes()


def test_tus_js_client_tries_again_while_the_server_restarts(desk: Desk, film: Path) -> None:
    about = {"endpoint": endpoint(desk), "file": str(film), "headers": headers(desk), "chunkSize": CHUNK}
    about |= {"metadata": {"filename": film.name}, "retryDelays": [200] * 500}
    restarted: list[int] = []

    def restart(sent: int) -> None:
        if sent >= 3 * CHUNK and not restarted:
            restarted.append(sent)
            desk.kill()
            desk.start()

    result = JsClient(**about, uploadDataDuringCreation=True).result(restart)
    assert restarted and result["done"], result
    assert arrived(desk, result["url"]) == film.read_bytes()
