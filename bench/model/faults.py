"""What can go wrong on the way to the provider and back: one fault for one request."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from enum import StrEnum
from typing import Final

import httpx

from bench.model.provider import READS, Provider, named, now, refusal


class Killed(BaseException):
    """The worker's process ended here: nothing catches this."""


class Fault(StrEnum):
    REFUSED_400 = "400"
    UNAUTHORISED = "401"
    NO_CREDITS = "402"
    FORBIDDEN = "403"
    NOT_FOUND = "404"
    NOT_CONNECTED = "412"
    INVALID = "422"
    LIMIT_SECONDS = "429 with Retry-After in seconds"
    LIMIT_DATE = "429 with Retry-After as a date"
    LIMIT_BODY = "429 with retryAfter in its body"
    LIMIT_RESET = "429 with a reset only"
    LIMIT_ZERO = "429 with Retry-After: 0"
    LIMIT_BARE = "429 that states no time"
    ERROR_BEFORE = "500, nothing was done"
    ERROR_AFTER = "500, it was done"
    GATEWAY_AFTER = "504 of a proxy, it was done"
    CONFLICT_BEFORE = "409, nothing was done"
    CONFLICT_AFTER = "409, it was done"
    NO_WAY = "no connection"
    CUT_BEFORE = "cut before the answer, nothing was done"
    CUT_AFTER = "cut before the answer, it was done"
    TIMEOUT_BEFORE = "no answer in time, nothing was done"
    TIMEOUT_AFTER = "no answer in time, it was done"
    GARBLED = "an answer that is no JSON, it was done"
    SLOW = "an answer after the lease has run out"
    STALE = "an older answer (of a read)"
    DIES_BEFORE = "the worker dies, nothing was done"
    DIES_AFTER = "the worker dies, it was done"


LIMITS: Final = tuple(fault for fault in Fault if fault.value.startswith("429"))
# Nobody can say what became of the call.
AMBIGUOUS: Final = (
    *(Fault.ERROR_BEFORE, Fault.ERROR_AFTER, Fault.GATEWAY_AFTER, Fault.CONFLICT_BEFORE, Fault.CONFLICT_AFTER),
    *(Fault.CUT_BEFORE, Fault.CUT_AFTER, Fault.TIMEOUT_BEFORE, Fault.TIMEOUT_AFTER, Fault.GARBLED),
)
DEATHS: Final = (Fault.DIES_BEFORE, Fault.DIES_AFTER)
# The provider has done it, whatever comes back.
APPLIED: Final = (
    *(Fault.ERROR_AFTER, Fault.GATEWAY_AFTER, Fault.CONFLICT_AFTER, Fault.CUT_AFTER, Fault.TIMEOUT_AFTER),
    *(Fault.GARBLED, Fault.SLOW, Fault.DIES_AFTER),
)
_REFUSALS: Final = {
    Fault.REFUSED_400: (400, "VALIDATION_ERROR", "Something is wrong with it"),
    Fault.UNAUTHORISED: (401, "UNAUTHORIZED", "Invalid API key"),
    Fault.NO_CREDITS: (402, "INSUFFICIENT_CREDITS", "You have insufficient credits"),
    Fault.FORBIDDEN: (403, "FORBIDDEN", "Your plan does not include this"),
    Fault.NOT_FOUND: (404, "NOT_FOUND", "Project doesn't exist or doesn't belong to user"),
    Fault.NOT_CONNECTED: (412, "PRECONDITION_FAILED", "Connect your accounts first"),
    Fault.INVALID: (422, "VALIDATION_ERROR", "It cannot be processed"),
    Fault.ERROR_BEFORE: (500, "INTERNAL_SERVER_ERROR", "An unexpected error occurred"),
    Fault.ERROR_AFTER: (500, "INTERNAL_SERVER_ERROR", "An unexpected error occurred"),
    Fault.CONFLICT_BEFORE: (409, "CONFLICT", "Busy"),
    Fault.CONFLICT_AFTER: (409, "CONFLICT", "Busy"),
}
SLOW_SECONDS: Final = 90.0
STALE_BY: Final = dt.timedelta(minutes=2)
Class = tuple[str, str]


class Line(httpx.BaseTransport):
    """The way to the provider, for `dashboard.remote.transport`.

    `draw(name)` says what happens to a request of this class. `wait(seconds)` is how a slow answer passes the time,
    and `die` ends the worker.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        draw: Callable[[str], Fault | None],
        die: Callable[[], None],
        wait: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        self.provider = provider
        self.draw, self.die, self.wait = draw, die, wait
        # After a 429 that states a time: until then nothing of the class may come.
        self.quiet: dict[Class, dt.datetime] = {}
        self.too_early: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        name, _target = named(request)
        self._listen(request, name)
        fault = self.draw(name)
        if fault is None:
            return self.provider.handle(request)
        return self._play(fault, request, name)

    def _listen(self, request: httpx.Request, name: str) -> None:
        until = self.quiet.get((request.headers.get("x-api-key", ""), name))
        if until and now() < until:
            self.too_early.append(f"{name} {(until - now()).total_seconds()} s too early")

    def _play(self, fault: Fault, request: httpx.Request, name: str) -> httpx.Response:
        if fault is Fault.STALE:
            return self.provider.handle(request, seen_at=now() - STALE_BY if name in READS else None)
        answer = self.provider.handle(request) if fault in APPLIED else None
        if fault is Fault.SLOW:
            assert answer is not None
            self.wait(SLOW_SECONDS)
            return answer
        if answer is not None and not answer.is_success:
            return answer  # it was refused, so nothing can get lost
        if fault in DEATHS:
            self.die()
        if fault is Fault.NO_WAY:
            raise httpx.ConnectError("no route to host", request=request)
        if fault in (Fault.CUT_BEFORE, Fault.CUT_AFTER):
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
        if fault in (Fault.TIMEOUT_BEFORE, Fault.TIMEOUT_AFTER):
            self.wait(60.0)
            raise httpx.ReadTimeout("timed out", request=request)
        if fault is Fault.GARBLED:
            return httpx.Response(200, content=b'{"id": "3f')
        if fault is Fault.GATEWAY_AFTER:
            return httpx.Response(504, content=b"<html>Gateway Timeout</html>")
        if fault in LIMITS:
            return self._limit(fault, request, name)
        return refusal(*_REFUSALS[fault])

    def _limit(self, fault: Fault, request: httpx.Request, name: str) -> httpx.Response:
        wait = {Fault.LIMIT_SECONDS: 120, Fault.LIMIT_DATE: 300, Fault.LIMIT_BODY: 45, Fault.LIMIT_RESET: 600}
        at = now()
        until = at + dt.timedelta(seconds=wait.get(fault, 0))
        headers = {"Date": _http_date(at)}
        body: dict[str, object] = {"error": "RATE_LIMIT_EXCEEDED", "message": "Too many requests"}
        match fault:
            case Fault.LIMIT_SECONDS:
                headers["Retry-After"] = "120"
            case Fault.LIMIT_DATE:
                headers["Retry-After"] = _http_date(until)
            case Fault.LIMIT_BODY:
                body["retryAfter"] = 45
            case Fault.LIMIT_RESET:
                headers |= {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(until.timestamp()))}
            case Fault.LIMIT_ZERO:
                headers["Retry-After"] = "0"
        if fault in wait:
            # Both sides read their clocks to the second.
            self.quiet[request.headers.get("x-api-key", ""), name] = until - dt.timedelta(seconds=1)
        return httpx.Response(429, headers=headers, json=body)


def _http_date(moment: dt.datetime) -> str:
    return moment.strftime("%a, %d %b %Y %H:%M:%S GMT")
