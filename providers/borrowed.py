"""Calls that a provider's own library makes, over our transport: it builds the request, everything else is ours.

The library gets an httpx client that leads to our `Wire` and nowhere else, and may send the one request that the call
names. What it makes of the answer (its models refuse a status that they do not know) and what it raises stays in here:
read is the answer as it came.
"""

from __future__ import annotations

from collections.abc import Callable

import httpx

from providers import errors
from providers.classify import Answer, Call
from providers.scrub import plain, scrub

# Makes the library send its request with this client; what it returns is not looked at.
Ask = Callable[[httpx.Client], object]


class _Strayed(Exception):
    """The library wanted to send something else than the call that was asked of it."""


class _Bridge(httpx.BaseTransport):
    """Hands one request on and keeps what came of it, whatever the library does with it then."""

    def __init__(self, method: str, url: httpx.URL, send: Callable[[httpx.Request], Answer]) -> None:
        self._allowed = (method, url)
        self._send = send
        self._used = False
        self.answer: Answer | None = None
        self.failure: errors.ProviderError | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self._used or (request.method, request.url) != self._allowed:
            # A second one would be a repetition, and nothing is ever repeated in here.
            raise _Strayed(f"{request.method} {request.url.path}")
        self._used = True
        try:
            self.answer = answer = self._send(request)
        except errors.ProviderError as error:
            self.failure = error
            raise
        # The body is decoded already, so only its type is passed on; without one the library would break.
        kind = answer.headers.get("content-type", "application/json")
        return httpx.Response(
            answer.status, headers={"content-type": kind}, content=b"" if answer.flaw else answer.body
        )


def carried(
    provider: str, call: Call, url: str, ask: Ask, send: Callable[[httpx.Request], Answer], *secrets: str
) -> Answer:
    """The answer to the request that `ask` makes; `send` brings it to the provider.

    Raises what `send` raises, and `NotSent` when the library never came to send the call.
    """
    bridge = _Bridge(call.method, httpx.URL(url), send)
    problem: Exception | None = None
    try:
        with httpx.Client(transport=bridge, follow_redirects=False, trust_env=False) as client:
            ask(client)
    except Exception as error:
        # Most often its model did not like the answer. Which of its errors it was matters only if nothing was sent.
        problem = error
    if bridge.failure is not None:
        raise bridge.failure
    if bridge.answer is None:
        told = f"{type(problem).__name__}: {problem}" if problem else "it sent nothing"
        raise errors.NotSent(
            f"{provider}'s own client did not make the call. Nothing was sent.",
            advice="Tell whoever runs the desk: its version and ours do not fit together.",
            sample=plain(scrub(told, *secrets), 300),
        ) from problem
    return bridge.answer
