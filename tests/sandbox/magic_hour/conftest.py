"""The Magic Hour stand-in in process: a clock that tests move, an inbox that keeps the headers of webhooks too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.app import create_app
from sandbox.magic_hour.context import Context
from sandbox.settings import Settings
from tests.sandbox.conftest import Clock

ALICE = "mhk_live_" + "a1" * 20
BOB = "mhk_live_" + "b2" * 20
HOOK = "http://127.0.0.1:9/magic-hour/hook"
SECRET = "whsec-of-the-test"


@dataclass
class Inbox:
    """Takes webhooks; `answers` are the statuses it gives, the last one for ever."""

    answers: list[int] = field(default_factory=lambda: [200])
    got: list[tuple[str, bytes, Mapping[str, str]]] = field(default_factory=list)

    def deliver(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        self.got.append((url, body, headers))
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
            base_url="http://sandbox.test/magic-hour",
            headers={"Authorization": f"Bearer {key}"} if key else {},
        )
        self._clients.append(client)
        return client

    def close(self) -> None:
        for client in self._clients:
            client.close()

    @property
    def here(self) -> Context:
        found: Context = self.app.extensions["sandbox.magic_hour"]
        return found

    def step(self) -> None:
        """Until the next thing happens to a project: out of the queue, or rendered."""
        self.clock.move(seconds=self.settings.magic_hour_delay)
        self.app.extensions["sandbox"].run_jobs()

    def create(self, **fields: Any) -> dict[str, Any]:
        body = {"end_seconds": 1, "resolution": "360p", "style": {"prompt": "a dog in a meadow"}} | fields
        answer = self.client.post("/v1/text-to-video", json=body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def seed(self, **fields: Any) -> dict[str, Any]:
        answer = self.client.post("/_sandbox/projects", json=fields)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def project(self, number: str) -> dict[str, Any]:
        answer = self.client.get(f"/v1/video-projects/{number}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def credits(self) -> int:
        return int(self.client.get("/v1/account").json()["credits"])


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[StandIn]:
    made = StandIn(tmp_path / "data")
    yield made
    made.close()
