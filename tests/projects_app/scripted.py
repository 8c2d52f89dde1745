"""A provider that answers what a test says: for answers which the sandbox, being well, does not give."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from dashboard import remote

Answer = httpx.Response | Exception


class Scripted:
    """`on(method, path)` answers are given in order; the last one repeats. `calls` is what was really asked.

    What was not told with `on` goes to `otherwise`.
    """

    otherwise: Callable[[httpx.Request], httpx.Response] | None = None

    def __init__(self) -> None:
        self.calls: list[httpx.Request] = []
        self._answers: dict[tuple[str, str], list[Answer | Callable[[httpx.Request], httpx.Response]]] = {}

    def on(self, method: str, path: str, *answers: Answer | Callable[[httpx.Request], httpx.Response]) -> None:
        self._answers[method, path] = list(answers)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(request)
        path = request.url.path.removeprefix("/submagic")
        waiting = self._answers.get((request.method, path))
        if not waiting and self.otherwise:
            return self.otherwise(request)
        if not waiting:
            return httpx.Response(404, json={"error": "NOT_FOUND", "message": "The requested endpoint does not exist"})
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)

    def count(self, method: str, path: str) -> int:
        return sum(call.method == method and call.url.path.removeprefix("/submagic") == path for call in self.calls)

    def body(self, number: int = -1) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.calls[number].content)
        return found


def project(upstream_id: str, status: str = "processing", **more: Any) -> httpx.Response:
    now = dt.datetime.now(dt.UTC).isoformat()
    return httpx.Response(
        200,
        json={"id": upstream_id, "title": "T", "language": "en", "status": status, "createdAt": now} | more,
    )


def no_project() -> httpx.Response:
    return httpx.Response(
        404, json={"error": "NOT_FOUND", "message": "Project doesn't exist or doesn't belong to user"}
    )


@pytest.fixture
def provider(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Scripted:
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    settings.PUBLIC_URL = "https://desk.harbour.example"
    scripted = Scripted()
    monkeypatch.setattr(remote, "transport", httpx.MockTransport(scripted))
    return scripted
