"""What every provider's client must do, whatever its API is: each case runs for each provider.

A provider's `test_contract.py` subclasses `ProviderContract` as `TestContract` and fills in the five hooks.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from email.utils import format_datetime
from typing import Any, ClassVar

import httpx
import pytest
import time_machine

from providers import errors
from providers.clock import ClockReading
from providers.http import LARGEST_ANSWER, Exchange, Timeouts
from providers.ratelimit import RateHeaders
from tests.providers.submagic.support import Peer, answering, serving

NOON = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
LATE = [
    httpx.ReadTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.RemoteProtocolError("Server disconnected without sending a response."),
    httpx.WriteError("pipe"),
    httpx.WriteTimeout("stuck"),
]
EARLY = [httpx.ConnectError("refused"), httpx.ConnectTimeout("t"), httpx.PoolTimeout("t")]


def raising(error: Exception, seen: list[httpx.Request] | None = None) -> httpx.MockTransport:
    """A transport on which each request ends with this error of the network."""

    def handle(request: httpx.Request) -> httpx.Response:
        request.read()
        if seen is not None:
            seen.append(request)
        raise error

    return httpx.MockTransport(handle)


class Streaming(httpx.BaseTransport):
    """Answers with blocks, and knows how many were taken and whether it was closed."""

    def __init__(self, blocks: Iterator[bytes | Exception], status: int = 200) -> None:
        self.blocks, self.status, self.given, self.is_closed = blocks, status, 0, False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        return httpx.Response(self.status, stream=self._Stream(self))

    def close(self) -> None:
        self.is_closed = True

    class _Stream(httpx.SyncByteStream):
        def __init__(self, owner: Streaming) -> None:
            self.owner = owner

        def __iter__(self) -> Iterator[bytes]:
            for block in self.owner.blocks:
                if isinstance(block, Exception):
                    raise block
                self.owner.given += len(block)
                yield block


class ProviderContract:
    """Hooks: `key` (a key of the provider's form), `answer` (JSON that `read` can use), `make_client`, `read` (a call
    that may be repeated), `send` (one that may not), and `rates` (the keys of the provider's table of limits)."""

    key: ClassVar[str]
    answer: ClassVar[Any]
    rates: ClassVar[Mapping[str, object]]

    def make_client(self, key: str, **options: Any) -> Any:
        raise NotImplementedError

    def read(self, client: Any) -> object:
        raise NotImplementedError

    def send(self, client: Any) -> object:
        raise NotImplementedError

    # ------------------------------------------------------------------------------------------------------------

    def fails(self, how: str, transport: httpx.BaseTransport, **options: Any) -> errors.ProviderError:
        with (
            pytest.raises(errors.ProviderError) as caught,
            self.make_client(self.key, transport=transport, **options) as client,
        ):
            getattr(self, how)(client)
        return caught.value

    # The key ------------------------------------------------------------------------------------------------------

    def test_repr_shows_the_end_of_the_key_only(self) -> None:
        shown = repr(self.make_client(self.key, transport=answering(200)))
        assert self.key not in shown and self.key[-4:] in shown

    @pytest.mark.parametrize("bad", ["", "  ", "sk-a b", "sk-ä", "sk-a\r\nX: y"])
    def test_a_key_that_is_no_header_value_is_refused_without_being_repeated(self, bad: str) -> None:
        with pytest.raises(ValueError, match="(API|access) key") as caught:
            self.make_client(bad)
        assert not bad.strip() or bad not in str(caught.value)

    @pytest.mark.parametrize("bad", ["http://10.0.0.1", "ftp://a.example", "https://user:pw@a.example", "a.example"])
    def test_only_https_or_this_machine_may_be_called(self, bad: str) -> None:
        with pytest.raises(ValueError, match="address"):
            self.make_client(self.key, base_url=bad)

    def test_the_key_goes_in_a_header_to_the_one_address(self) -> None:
        seen: list[httpx.Request] = []
        transport = answering(200, self.answer, seen=seen)
        with self.make_client(self.key, transport=transport, base_url="http://127.0.0.1:1/front") as client:
            self.read(client)
        [request] = seen
        assert request.url.host == "127.0.0.1" and request.url.path.startswith("/front/")
        assert self.key not in str(request.url)
        assert any(self.key in value for value in request.headers.values())
        assert request.headers["accept"] == "application/json"

    @pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 409, 429, 500])
    @pytest.mark.parametrize("how", ["read", "send"])
    def test_no_error_and_no_record_leaks_the_key(self, how: str, status: int) -> None:
        records: list[Exchange] = []
        echo = {"error": self.key, "message": f"Authorization: Bearer {self.key}", "details": [{"field": self.key}]}
        content = json.dumps(echo).encode() if status != 200 else self.key.encode()
        headers = {"x-request-id": self.key, "content-type": "application/json"}
        error = self.fails(how, answering(status, content, headers), on_exchange=records.append)
        shown = [str(error), repr(error), json.dumps(vars(error), default=str), repr(records), repr(error.details)]
        assert not any(self.key in text for text in shown)

    # What an answer means -----------------------------------------------------------------------------------------

    @pytest.mark.parametrize("how", ["read", "send"])
    def test_401_says_that_the_key_is_refused(self, how: str) -> None:
        error = self.fails(how, answering(401, b"<html>"))
        assert type(error) is errors.Unauthorised
        assert (error.outcome, error.permanent, error.status) == ("rejected", True, 401)

    @pytest.mark.parametrize(("headers", "wait", "stated"), [({"Retry-After": "30"}, 30, True), ({}, 60, False)])
    @pytest.mark.parametrize("how", ["read", "send"])
    def test_429_says_how_long_to_wait(self, how: str, headers: dict[str, str], wait: float, stated: bool) -> None:
        error = self.fails(how, answering(429, {"message": "Too Many Requests"}, headers))
        assert isinstance(error, errors.RateLimited)
        assert (error.wait_seconds, error.stated, error.outcome) == (wait, stated, "rejected")

    @pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
    def test_trouble_leaves_a_send_unknown_and_a_read_repeatable(self, status: int) -> None:
        seen: list[httpx.Request] = []
        sent = self.fails("send", answering(status, {"message": "y"}, seen=seen))
        assert type(sent) is errors.UnknownOutcome and sent.outcome == "unknown"
        assert type(self.fails("read", answering(status, b"<html>", seen=seen))) is errors.UpstreamFault
        assert len(seen) == 2, "nothing is repeated in a client"

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_redirect_is_never_followed(self, status: int) -> None:
        seen: list[httpx.Request] = []
        transport = answering(status, None, {"location": "http://169.254.169.254/"}, seen)
        assert type(self.fails("read", transport)) is errors.BadAnswer
        assert type(self.fails("send", transport)) is errors.UnknownOutcome
        assert len(seen) == 2

    @pytest.mark.parametrize("status", [400, 402, 403, 404, 422])
    def test_a_refusal_in_words_that_are_not_the_apis_leaves_a_send_unknown(self, status: int) -> None:
        assert self.fails("send", answering(status, b"<html>")).outcome == "unknown"
        assert self.fails("send", answering(status, {"message": "No"})).outcome == "rejected"

    def test_409_is_a_question_only_for_a_send(self) -> None:
        assert type(self.fails("send", answering(409, {"message": "busy"}))) is errors.AmbiguousConflict
        assert type(self.fails("read", answering(409, {"message": "busy"}))) is errors.Conflict

    @pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"\xff\xfe", b'{"id":"x"', b'{"a":NaN}', b"[" * 5000])
    def test_a_yes_that_cannot_be_read(self, content: bytes) -> None:
        assert type(self.fails("read", answering(200, content))) is errors.BadAnswer
        assert type(self.fails("send", answering(200, content))) is errors.UnknownOutcome

    # The network ------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("early", EARLY, ids=lambda e: type(e).__name__)
    @pytest.mark.parametrize("how", ["read", "send"])
    def test_without_a_connection_nothing_was_sent(self, how: str, early: Exception) -> None:
        seen: list[httpx.Request] = []
        error = self.fails(how, raising(early, seen))
        assert type(error) is errors.NotSent and len(seen) == 1

    @pytest.mark.parametrize("late", LATE, ids=lambda e: type(e).__name__)
    def test_a_break_after_sending(self, late: Exception) -> None:
        assert type(self.fails("send", raising(late))) is errors.UnknownOutcome
        assert type(self.fails("read", raising(late))) is errors.UpstreamFault

    def test_an_answer_without_an_end_is_dropped(self) -> None:
        for how, kind in (("read", errors.BadAnswer), ("send", errors.UnknownOutcome)):
            transport = Streaming(iter(lambda: b" " * (1 << 20), b""))
            assert type(self.fails(how, transport)) is kind
            assert transport.given <= LARGEST_ANSWER + (2 << 20)
            assert transport.is_closed, "the client was closed, and with it the transport"

    def test_a_dripping_answer_ends_at_the_deadline(self) -> None:
        transport = answering(200, self.answer)
        assert type(self.fails("read", transport, timeouts=Timeouts(answer=-1))) is errors.BadAnswer

    def test_an_answer_cut_in_the_middle_keeps_its_status(self) -> None:
        def cut() -> Iterator[bytes | Exception]:
            return iter([b'{"message":', httpx.ReadError("reset")])

        assert type(self.fails("read", Streaming(cut()))) is errors.BadAnswer
        assert type(self.fails("send", Streaming(cut(), 401))) is errors.Unauthorised

    def test_the_timeouts_are_ours(self) -> None:
        seen: list[httpx.Request] = []
        timeouts = Timeouts(connect=1, read=2, slow_read=2, write=3)
        with self.make_client(self.key, transport=answering(200, self.answer, seen=seen), timeouts=timeouts) as client:
            self.read(client)
        assert seen[0].extensions["timeout"] == {"connect": 1, "read": 2, "write": 3, "pool": 1}

    def test_over_a_real_socket(self) -> None:
        def script(peer: Peer) -> None:
            assert peer.until(b"\r\n\r\n")
            peer.answer("200 OK", self.answer)

        def silent(peer: Peer) -> None:
            peer.rest()

        peers: list[Peer] = []
        with serving(script, peers) as url, self.make_client(self.key, base_url=url) as client:
            assert self.read(client) is not None
        assert len(peers) == 1 and self.key.encode() in peers[0].head
        with serving(silent) as url:
            client = self.make_client(self.key, base_url=url, timeouts=Timeouts(read=0.2, slow_read=0.2))
            with client, pytest.raises(errors.UpstreamFault):
                self.read(client)

    # Who is told --------------------------------------------------------------------------------------------------

    def test_each_call_leaves_one_record_and_has_a_rate(self) -> None:
        records: list[Exchange] = []
        with self.make_client(self.key, transport=answering(200, self.answer), on_exchange=records.append) as client:
            self.read(client)
        error = self.fails("send", answering(401, {"message": "no"}), on_exchange=records.append)
        read, sent = records
        assert (read.call.safe, read.status, read.error) == (True, 200, None)
        assert (sent.call.safe, sent.status, sent.error) == (False, 401, error)
        assert {read.call.name, sent.call.name} <= self.rates.keys()
        lost = self.fails("send", raising(httpx.ConnectError("x")), on_exchange=records.append)
        assert (records[-1].status, records[-1].answer, records[-1].error) == (None, "", lost)

    def test_a_listener_that_fails_does_not_hide_the_answer(self, caplog: pytest.LogCaptureFixture) -> None:
        def broken(news: object) -> None:
            raise RuntimeError("database is away")

        with self.make_client(
            self.key, transport=answering(200, self.answer), on_rate=broken, on_exchange=broken
        ) as client:
            assert self.read(client) is not None
        assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == ["database is away"] * 2

    def test_rate_headers_of_each_answer_are_told(self) -> None:
        rates: list[RateHeaders] = []
        headers = {"x-ratelimit-limit": "30", "x-ratelimit-remaining": "29"}
        with self.make_client(self.key, transport=answering(200, self.answer, headers), on_rate=rates.append) as client:
            assert client.last_rate is None
            self.read(client)
            assert client.last_rate == rates[0]
        self.fails("send", answering(429, {}, headers), on_rate=rates.append)
        assert [(rate.limit, rate.remaining, rate.status) for rate in rates] == [(30, 29, 200), (30, 29, 429)]
        assert {rate.endpoint for rate in rates} <= self.rates.keys()

    def test_each_answer_tells_how_far_our_clock_is_off(self) -> None:
        heard: list[ClockReading] = []
        date = {"date": format_datetime(NOON - dt.timedelta(seconds=60), usegmt=True)}
        with time_machine.travel(NOON, tick=False):
            with self.make_client(
                self.key, transport=answering(200, self.answer, date), on_clock=heard.append
            ) as client:
                self.read(client)
            self.fails("send", answering(500, {}, date), on_clock=heard.append)
            self.fails("read", raising(httpx.ConnectError("x")), on_clock=heard.append)
        assert [round(reading.ahead, 1) for reading in heard] == [59.5, 59.5]
