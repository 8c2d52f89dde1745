"""The sandbox in process: a clock that tests move, an inbox for webhooks, and small real videos."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.app import create_app
from sandbox.media import ffmpeg
from sandbox.media.samples import SHORT_SCRIPT, make_talking_head
from sandbox.settings import Settings
from sandbox.submagic.context import Context
from sandbox.submagic.jobs import Runner
from sandbox.submagic.store import Project

ALICE = "sk-" + "a1" * 32
BOB = "sk-" + "b2" * 32
HOOK = "http://127.0.0.1:9/hooks/secret"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 4, 28, 12, 34, 56, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@dataclass
class Inbox:
    """Takes webhooks; `answers` are the statuses it gives, the last one for ever."""

    answers: list[int] = field(default_factory=lambda: [200])
    got: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def deliver(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        assert headers["Content-Type"] == "application/json"
        self.got.append((url, json.loads(body)))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class StandIn:
    """An app on a data folder, and an httpx client with Alice's key."""

    def __init__(self, data: Path, **settings: Any) -> None:
        self.clock = Clock()
        self.inbox = Inbox()
        self.settings = Settings(data=data, **settings)
        self._clients: list[httpx.Client] = []
        self.restart()

    def restart(self) -> None:
        """A new app on the same folder, as after a restart of the process."""
        self.app = create_app(
            self.settings.data,
            clock=self.clock,
            deliver=self.inbox.deliver,
            inline_jobs=True,
            settings=self.settings,
        )
        self.client = self.client_for(ALICE)

    def client_for(self, key: str | None) -> httpx.Client:
        client = httpx.Client(
            transport=httpx.WSGITransport(app=self.app),
            base_url="http://sandbox.test/submagic",
            headers={"x-api-key": key} if key else {},
        )
        self._clients.append(client)
        return client

    def close(self) -> None:
        for client in self._clients:
            client.close()

    @property
    def here(self) -> Context:
        found: Context = self.app.extensions["sandbox.submagic"]
        return found

    @property
    def runner(self) -> Runner:
        found: Runner = self.app.extensions["sandbox"]
        return found

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.client.get(path, **options)

    def project(self, number: str) -> dict[str, Any]:
        answer = self.client.get(f"/v1/projects/{number}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def applied(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get("/_sandbox/applied").json()
        return found

    def upload(self, path: str, video: Path | bytes, **fields: str) -> httpx.Response:
        """Post a multipart form with the file last."""
        content = video if isinstance(video, bytes) else video.read_bytes()
        form = {"title": "Talk", "language": "en"} | fields
        return self.client.post(path, data=form, files={"file": ("talk.mp4", content, "video/mp4")})

    def make_finished(self, *, status: str = "completed", file: bytes | None = b"video", **more: Any) -> str:
        """A captions project that is done, without the work: for rules that only look at its state."""
        account = self.applied()["account"]
        now = self.here.now()
        project = Project(
            id=str(uuid.uuid4()),
            account=account,
            kind="captions",
            title="Finished talk",
            language="en",
            status=status,
            transcription="COMPLETED",
            options={"templateName": "Sara"},
            base_url="http://sandbox.test",
            source="file",
            created_at=now,
            updated_at=now,
            words=[],
            **more,
        )
        with self.here.store.transaction() as db:
            self.here.store.add_project(db, project)
            if file is not None:
                path = self.here.folder(project.id) / "made.mp4"
                path.parent.mkdir(parents=True)
                path.write_bytes(file)
                token = uuid.uuid4().hex
                self.here.store.add_file(db, token, project.id, str(path.relative_to(self.here.data)))
                self.here.store.update(db, project.id, file_token=token)
        return project.id


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[StandIn]:
    made = StandIn(tmp_path / "data")
    yield made
    made.close()


@pytest.fixture(scope="session")
def short_talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About fourteen seconds of SHORT_SCRIPT, small enough to be quick."""
    return make_talking_head(tmp_path_factory.mktemp("talk") / "short.mp4", SHORT_SCRIPT, size=(640, 360))


@pytest.fixture(scope="session")
def silent_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds with a picture and a silent sound track."""
    path = tmp_path_factory.mktemp("film") / "silent.mp4"
    ffmpeg.run(
        [
            *("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=2", "-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono"),
            *("-shortest", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", path),
        ]
    )
    return path


@pytest.fixture(scope="session")
def mute_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of picture without any sound track."""
    path = tmp_path_factory.mktemp("film") / "mute.mp4"
    ffmpeg.run(["-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=2", "-c:v", "libx264", "-preset", "ultrafast", path])
    return path
