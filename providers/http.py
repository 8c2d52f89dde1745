"""One transport policy for every provider: where calls go, how long they may take, and how each one ends.

Exactly one configured base URL, no redirects, no proxy or certificate from the environment, a fresh connection for
each call, no retry: whether a call may be repeated is a decision of its caller (reliability R6 and R7).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from providers import errors, reading
from providers.addresses import check_base_url, path
from providers.bodies import Body
from providers.borrowed import Ask, carried
from providers.classify import Answer, Call, classify, sample, unknown_texts
from providers.clock import ClockReading, read_clock
from providers.ratelimit import RateHeaders, read_rate
from providers.scrub import mask, plain, scrub
from providers.watching import WatchingTransport

__all__ = ["Answer", "Call", "Exchange", "Timeouts", "Wire", "check_base_url", "mask", "path", "scrub"]

logger = logging.getLogger(__name__)

LARGEST_ANSWER: Final = 32 * 1024 * 1024
LARGEST_RECORD: Final = 64 * 1024
# Addresses that refused "Expect: 100-continue"; learnt anew by each process.
_NEVER_ASKS: Final[set[str]] = set()


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. `write` is per block, generous because an upstream may pause; `answer` bounds a dripping reply."""

    connect: float = 10.0
    read: float = 60.0
    slow_read: float = 180.0
    write: float = 120.0
    answer: float = 300.0

    def for_call(self, call: Call) -> httpx.Timeout:
        read = self.slow_read if call.slow else self.read
        return httpx.Timeout(connect=self.connect, read=read, write=self.write, pool=self.connect)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A finished call for records and logs: no headers, no request body, and the answer is scrubbed and cut."""

    call: Call
    status: int | None
    request_id: str
    seconds: float
    answer: str
    error: errors.ProviderError | None


class Wire:
    """Carries calls to one provider and turns everything that can happen into a message or an error."""

    def __init__(
        self,
        provider: str,
        base_url: str,
        headers: Mapping[str, str],
        *,
        secrets: tuple[str, ...] = (),
        transport: httpx.BaseTransport | None = None,
        timeouts: Timeouts | None = None,
        on_rate: Callable[[RateHeaders], None] | None = None,
        on_exchange: Callable[[Exchange], None] | None = None,
        on_clock: Callable[[ClockReading], None] | None = None,
    ) -> None:
        self.provider = provider
        self.base_url = check_base_url(base_url, any_http=transport is not None)
        self.timeouts = timeouts or Timeouts()
        self.on_rate = on_rate
        self.on_exchange = on_exchange
        self.on_clock = on_clock
        self.last_rate: RateHeaders | None = None
        self._secrets = secrets
        self._client = httpx.Client(
            headers={**headers, "Accept": "application/json", "Accept-Encoding": "gzip, deflate"},
            transport=transport if transport is not None else WatchingTransport(answer=self.timeouts.answer),
            follow_redirects=False,
            trust_env=False,
        )

    def close(self) -> None:
        self._client.close()

    def words(self, text: str) -> str:
        """The provider's own words, fit for a page or a log: one line, without the secrets."""
        return plain(scrub(text, *self._secrets), 300)

    def exchange[T](
        self,
        call: Call,
        read: Callable[[reading.JSON], T],
        *,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
        form: Body | None = None,
    ) -> T:
        """Send one call and read its answer with `read`, which raises `BadAnswer` for what it cannot use.

        Raises `ProviderError`s only, except for mistakes of the caller (`ValueError`).
        """
        return self._exchange(call, read, lambda: self._send(call, self._request(call, params, json, form), form))

    def carry[T](self, call: Call, read: Callable[[reading.JSON], T], ask: Ask) -> T:
        """As `exchange`, for a call whose request the provider's own library makes: `ask` has it sent with the client
        that it is given. The path of `call` is the only one that can be reached so (providers/borrowed.py)."""
        url = self.base_url + call.path

        def send(request: httpx.Request) -> Answer:
            request.extensions["timeout"] = self.timeouts.for_call(call).as_dict()
            for name in ("Accept", "Accept-Encoding"):
                request.headers[name] = self._client.headers[name]
            return self._send(call, request, None)

        return self._exchange(call, read, lambda: carried(self.provider, call, url, ask, send, *self._secrets))

    def _exchange[T](self, call: Call, read: Callable[[reading.JSON], T], send: Callable[[], Answer]) -> T:
        started = time.monotonic()
        answer: Answer | None = None
        failure: errors.ProviderError | None = None
        try:
            answer = send()
            return self._understand(call, answer, read)
        except errors.ProviderError as error:
            failure = error
            raise
        finally:
            if self.on_exchange:
                record = Exchange(
                    call=call,
                    status=answer.status if answer else None,
                    request_id=answer.request_id if answer else "",
                    seconds=time.monotonic() - started,
                    answer=self._record(answer.body) if answer else "",
                    error=failure,
                )
                self._tell(self.on_exchange, record)

    def _tell[V](self, listener: Callable[[V], None], news: V) -> None:
        try:
            listener(news)
        except Exception:
            # A listener that fails must not hide what became of a call that cannot be repeated.
            logger.exception("a listener of calls to %s failed", self.provider)

    def _request(
        self, call: Call, params: Mapping[str, str] | None, json: Mapping[str, Any] | None, form: Body | None
    ) -> httpx.Request:
        return self._client.build_request(
            call.method,
            self.base_url + call.path,
            params=params,
            json=json,
            content=form,
            headers=self._headers(form),
            timeout=self.timeouts.for_call(call),
        )

    def _send(self, call: Call, request: httpx.Request, form: Body | None) -> Answer:
        started = time.monotonic()
        try:
            response = self._client.send(request, stream=True)
        except errors.UploadAborted as error:
            raise error from error.cause  # the HTTP library drops causes on its way up
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            raise errors.NotSent(
                f"{self.provider} could not be reached. Nothing was sent.",
                advice="It is tried again by itself; check the network if it goes on.",
                sample=plain(scrub(str(error), *self._secrets), 300),
            ) from error
        except httpx.RequestError as error:
            raise self._broken(call, form, error) from error
        clock = read_clock(response.headers, round_trip=time.monotonic() - started)
        try:
            body, flaw = self._body(response)
        finally:
            response.close()
        rate = read_rate(response.headers, endpoint=call.name, status=response.status_code)
        self.last_rate = rate
        if self.on_rate:
            self._tell(self.on_rate, rate)
        if clock and self.on_clock:
            self._tell(self.on_clock, clock)
        if response.status_code == 417 and "Expect" in request.headers:
            # Something in between does not know the question that goes before a file (RFC 9110, 15.5.18).
            _NEVER_ASKS.add(self.base_url)
            raise errors.NotSent(
                f"{self.provider} wants the file without asking first. Nothing was created.",
                advice="It is sent again by itself.",
                status=417,
            )
        return Answer(
            status=response.status_code,
            headers=response.headers,
            body=body,
            rate=rate,
            request_id=self._request_id(response.headers),
            complete=form is None or form.complete,
            flaw=flaw,
        )

    def _headers(self, form: Body | None) -> dict[str, str] | None:
        if form is None:
            return None
        known = self.base_url in _NEVER_ASKS
        return {name: value for name, value in form.headers.items() if not (known and name == "Expect")}

    def _body(self, response: httpx.Response) -> tuple[bytes, str]:
        """The body, and why it is not whole. The status counts even then, so this does not raise."""
        body = bytearray()
        until = time.monotonic() + self.timeouts.answer
        try:
            for block in response.iter_bytes():
                body += block
                if len(body) > LARGEST_ANSWER:
                    return bytes(body[:LARGEST_RECORD]), "the answer was too large"
                if time.monotonic() > until:
                    return bytes(body), "the answer did not come to an end"
        except httpx.RequestError:
            return bytes(body), "the answer was cut off"
        return bytes(body), ""

    def _broken(self, call: Call, form: Body | None, error: httpx.RequestError) -> errors.ProviderError:
        timed_out = isinstance(error, httpx.TimeoutException)
        why = "It did not answer in time." if timed_out else "The connection broke before it had answered."
        details = plain(scrub(str(error), *self._secrets), 300)
        if call.safe:
            return errors.UpstreamFault(
                f"{self.provider} could not be read. {why}",
                advice="Nothing is lost; it is asked again later.",
                sample=details,
            )
        if form is not None and not form.complete:
            return errors.NotSent(
                f"The connection to {self.provider} broke before the upload was complete. Nothing was created.",
                advice="It can safely be sent again.",
                sample=details,
            )
        text, advice = unknown_texts(self.provider, why)
        return errors.UnknownOutcome(text, advice=advice, sample=details)

    def _understand[T](self, call: Call, answer: Answer, read: Callable[[reading.JSON], T]) -> T:
        if not 200 <= answer.status < 300:
            raise classify(answer, call, self.provider, *self._secrets)
        try:
            if answer.flaw:
                reading.refuse(answer.flaw)
            # "No content" without any says everything there is to say.
            nothing = answer.status == 204 and not answer.body
            return read({} if nothing else reading.load(answer.body, bare=call.bare))
        except errors.BadAnswer as error:
            kind: type[errors.ProviderError] = errors.BadAnswer
            text, advice = f"{self.provider} sent something unreadable. {error.message}", error.advice
            if not call.safe:
                # It said yes, but not to what: the id that would let us look is in the part we cannot read.
                kind = errors.UnknownOutcome
                text, advice = unknown_texts(self.provider, f"It said yes, but not readably. {error.message}")
            raise kind(
                text,
                advice=advice,
                status=answer.status,
                request_id=answer.request_id,
                sample=sample(answer.body, *self._secrets),
            ) from error

    def _record(self, body: bytes) -> str:
        return scrub(body[:LARGEST_RECORD].decode("utf-8", "replace"), *self._secrets).replace("\0", "")

    def _request_id(self, headers: Mapping[str, str]) -> str:
        for name in ("x-request-id", "request-id", "x-correlation-id", "x-amzn-requestid", "cf-ray"):
            if value := headers.get(name):
                return plain(scrub(value, *self._secrets), 100)
        return ""
