"""A way to the sandbox on which one request goes wrong, and what really came of the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from dashboard import remote
from tests.conftest import InProcessSandbox

Fault = Callable[[httpx.Request, httpx.BaseTransport], httpx.Response]


class Killed(BaseException):
    """The process ends here: nothing after this line of it runs."""


class Wire(httpx.BaseTransport):
    """`fault` meets the next requests that `hits` says; `sent` are all that left the desk."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner
        self.sent: list[httpx.Request] = []
        self._faults: list[tuple[Callable[[httpx.Request], bool], Fault, int]] = []

    def break_next(self, fault: Fault, *, hits: Callable[[httpx.Request], bool], times: int = 1) -> None:
        self._faults.append((hits, fault, times))

    def mend(self) -> None:
        self._faults = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        for number, (hits, fault, times) in enumerate(self._faults):
            if hits(request):
                if times > 1:
                    self._faults[number] = (hits, fault, times - 1)
                else:
                    del self._faults[number]
                return fault(request, self.inner)
        return self.inner.handle_request(request)

    @property
    def posts(self) -> list[httpx.Request]:
        """What spends, posts or makes something there."""
        return [request for request in self.sent if is_post(request)]

    def gets(self, ending: str) -> int:
        return sum(request.method == "GET" and request.url.path.endswith(ending) for request in self.sent)


def is_post(request: httpx.Request) -> bool:
    return request.method in ("POST", "PUT")


def ends_with(ending: str) -> Callable[[httpx.Request], bool]:
    return lambda request: request.url.path.endswith(ending)


def _apply(request: httpx.Request, inner: httpx.BaseTransport) -> None:
    answer = inner.handle_request(request)
    answer.read()
    assert answer.is_success, answer.text


def no_connection(request: httpx.Request, inner: httpx.BaseTransport) -> httpx.Response:
    raise httpx.ConnectError("no route", request=request)


def cut_after(request: httpx.Request, inner: httpx.BaseTransport) -> httpx.Response:
    """The provider has done it; the line breaks before its answer."""
    _apply(request, inner)
    raise httpx.ReadError("the line was cut", request=request)


def timed_out(request: httpx.Request, inner: httpx.BaseTransport) -> httpx.Response:
    raise httpx.ReadTimeout("no answer", request=request)


def killed_after(request: httpx.Request, inner: httpx.BaseTransport) -> httpx.Response:
    _apply(request, inner)
    raise Killed


def unreadable_after(request: httpx.Request, inner: httpx.BaseTransport) -> httpx.Response:
    _apply(request, inner)
    return httpx.Response(200, text="<html>all is well</html>", request=request)


def answer(status: int, body: Any = None, headers: dict[str, str] | None = None) -> Fault:
    """This answer, and nothing done."""

    def fault(request: httpx.Request, inner: httpx.BaseTransport) -> httpx.Response:
        if isinstance(body, str):
            return httpx.Response(status, text=body, headers=headers, request=request)
        said = body or {"error": "ERROR", "message": "It says no"}
        return httpx.Response(status, json=said, headers=headers, request=request)

    return fault


NO_PROJECT = answer(404, {"error": "NOT_FOUND", "message": "Project doesn't exist or doesn't belong to user"})
NO_CREDITS = answer(402, {"error": "INSUFFICIENT_CREDITS", "message": "Not enough credits"})
NO_KEY = answer(401, {"error": "UNAUTHORIZED", "message": "Invalid key"})
WAIT_600 = answer(
    429, {"error": "RATE_LIMIT_EXCEEDED", "message": "Too many", "retryAfter": 600}, {"Retry-After": "600"}
)


@pytest.fixture
def wire(sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch) -> Wire:
    found = Wire(sandbox.transport)
    monkeypatch.setattr(remote, "transport", found)
    return found
