"""A provider's own library on our transport: one request, the one that was asked for, and none of its errors."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from providers import errors
from providers.http import Call, Exchange, Timeouts, Wire
from tests.providers.contract import raising
from tests.providers.submagic.support import answering

BASE = "http://api.test/front"
SECRET = "secret-of-the-test"
CALL = Call("things.get", "GET", "/v1/things/a%2Fb", safe=True)
SEND = Call("things.delete", "DELETE", "/v1/things/1", safe=False)


def wire(transport: httpx.BaseTransport, **options: Any) -> Wire:
    return Wire("Acme", BASE, {}, secrets=(SECRET,), transport=transport, **options)


def get(client: httpx.Client) -> object:
    return client.get(f"{BASE}/v1/things/a%2Fb", headers={"X-Own": "1", "Accept-Encoding": "br"})


def test_the_librarys_request_goes_out_under_our_policy() -> None:
    seen: list[httpx.Request] = []
    carrier = wire(answering(200, {"id": "x"}, seen=seen), timeouts=Timeouts(connect=1, read=2, write=3))
    assert carrier.carry(CALL, dict, get) == {"id": "x"}
    [request] = seen
    assert (request.method, request.url.raw_path, request.headers["x-own"]) == ("GET", b"/front/v1/things/a%2Fb", "1")
    assert request.headers["accept-encoding"] == "gzip, deflate"
    assert request.extensions["timeout"] == {"connect": 1, "read": 2, "write": 3, "pool": 1}


def test_what_the_library_makes_of_the_answer_does_not_matter() -> None:
    def picky(client: httpx.Client) -> None:
        answer = get(client)
        assert isinstance(answer, httpx.Response)
        assert answer.json() == {"status": "new"}
        raise ValueError("unknown status")

    assert wire(answering(200, {"status": "new"})).carry(CALL, dict, picky) == {"status": "new"}


def test_no_content_is_an_answer() -> None:
    assert wire(answering(204)).carry(SEND, dict, lambda client: client.delete(f"{BASE}/v1/things/1")) == {}


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("POST", f"{BASE}/v1/things/a%2Fb"),
        ("GET", f"{BASE}/v1/things/a/b"),
        ("GET", f"{BASE}/v1/things/a%2Fb?x=1"),
        ("GET", "http://api.test/v1/things/a%2Fb"),
        ("GET", "http://telemetry.test/front/v1/things/a%2Fb"),
    ],
)
def test_another_request_never_leaves(method: str, url: str) -> None:
    seen: list[httpx.Request] = []
    records: list[Exchange] = []
    carrier = wire(answering(200, {}, seen=seen), on_exchange=records.append)
    with pytest.raises(errors.NotSent) as caught:
        carrier.carry(CALL, dict, lambda client: client.request(method, url))
    assert seen == [] and "Nothing was sent" in caught.value.message
    assert records[0].error is caught.value


def test_a_library_that_sends_nothing_is_told() -> None:
    def broken(client: httpx.Client) -> None:
        raise TypeError(f"unexpected keyword; token {SECRET}")

    with pytest.raises(errors.NotSent) as caught:
        wire(answering(200, {})).carry(CALL, dict, broken)
    assert caught.value.sample.startswith("TypeError: unexpected keyword") and SECRET not in caught.value.sample
    with pytest.raises(errors.NotSent, match="did not make the call"):
        wire(answering(200, {})).carry(CALL, dict, lambda client: None)


@pytest.mark.parametrize("first", [answering(503), answering(200, {"n": 1}), raising(httpx.ReadError("reset"))])
def test_a_library_that_repeats_is_stopped(first: httpx.MockTransport) -> None:
    """And what became of the first request counts, not what the library says in the end."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return first.handle_request(request)

    def stubborn(client: httpx.Client) -> None:
        for _ in range(3):
            try:
                client.delete(f"{BASE}/v1/things/1")
            except Exception as error:
                last = error
        raise RuntimeError("gave up") from last

    carrier = wire(httpx.MockTransport(handle))
    try:
        result: Any = carrier.carry(SEND, dict, stubborn)
    except errors.ProviderError as error:
        result = error.outcome
    assert result in ("unknown", {"n": 1})
    assert len(seen) == 1


def test_an_interrupt_is_no_answer() -> None:
    def interrupted(client: httpx.Client) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wire(answering(200, {})).carry(CALL, dict, interrupted)
