"""Uploads that end early: what the server says before the end, and when the connection goes."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from providers.errors import NotSent, RateLimited, TooLarge, Unauthorised, UnknownOutcome, UploadAborted
from tests.providers.submagic.support import Peer, serving
from tests.providers.submagic.uploading import BLOCK, blocks, body, closing, upload


def test_refusal_before_the_body_costs_no_byte_of_the_file() -> None:
    peers: list[Peer] = []

    def refuse(peer: Peer) -> None:
        assert peer.until(b"\r\n\r\n")
        peer.answer("401 Unauthorized", {"error": "UNAUTHORIZED", "message": "Invalid or missing API key"})
        peer.rest()

    with serving(refuse, peers) as url, pytest.raises(Unauthorised):
        upload(url, body(4 * BLOCK))
    assert peers[0].header("expect") == "100-continue"
    assert peers[0].body == b""


TOO_LARGE = {"error": "PAYLOAD_TOO_LARGE", "message": "File size exceeds maximum allowed size"}


@pytest.mark.parametrize("afterwards", ["closes", "reads on", "stops reading"])
def test_early_413_stops_the_upload_whatever_the_server_does_afterwards(afterwards: str) -> None:
    peers: list[Peer] = []
    sent = 0
    size = 400 * BLOCK

    def counted() -> Iterator[bytes]:
        nonlocal sent
        for block in blocks(size):
            sent += len(block)
            yield block

    finished: list[bool] = []

    def refuse(peer: Peer) -> None:
        assert peer.until(b"\r\n\r\n")
        peer.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert peer.until(b"video/mp4\r\n\r\n")
        peer.answer("413 Payload Too Large", TOO_LARGE)
        if afterwards == "closes":
            return
        if afterwards == "stops reading":
            until = time.monotonic() + 10
            while not finished and time.monotonic() < until:
                time.sleep(0.01)
        peer.rest()

    with serving(refuse, peers) as url:
        try:
            with pytest.raises(TooLarge) as caught:
                upload(url, body(size, chunks=counted()))
        finally:
            finished.append(True)
    assert caught.value.outcome == "rejected"
    assert "too large" in caught.value.message
    assert sent < size / 2


def test_early_429_tells_how_long_to_wait() -> None:
    def refuse(peer: Peer) -> None:
        assert peer.until(b"\r\n\r\n")
        peer.answer(
            "429 Too Many Requests", {"error": "RATE_LIMIT_EXCEEDED", "retryAfter": 60}, more="Retry-After: 45\r\n"
        )
        peer.rest()

    with serving(refuse) as url, pytest.raises(RateLimited) as caught:
        upload(url, body(BLOCK))
    assert caught.value.wait_seconds == 45


def test_early_server_fault_is_surely_without_effect() -> None:
    def refuse(peer: Peer) -> None:
        assert peer.until(b"\r\n\r\n")
        peer.answer("503 Service Unavailable", {"error": "UNAVAILABLE", "message": "overloaded"})
        peer.rest()

    with serving(refuse) as url, pytest.raises(NotSent) as caught:
        upload(url, body(4 * BLOCK))
    assert caught.value.status == 503
    assert caught.value.outcome == "not_sent"


def test_connection_cut_in_the_file_is_surely_without_effect() -> None:
    def cut(peer: Peer) -> None:
        assert peer.until(b"video/mp4\r\n\r\n")

    called: list[bool] = []
    with serving(cut) as url, pytest.raises(NotSent) as caught:
        upload(url, body(200 * BLOCK, before_end=lambda: called.append(True)))
    assert not isinstance(caught.value, UploadAborted)
    assert not called


def test_connection_cut_after_the_boundary_is_unknown() -> None:
    def cut(peer: Peer) -> None:
        assert peer.until(b"\r\n\r\n")
        peer.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert peer.until(closing(peer))

    called: list[bool] = []
    with serving(cut) as url, pytest.raises(UnknownOutcome) as caught:
        upload(url, body(BLOCK, before_end=lambda: called.append(True)))
    assert called == [True]
    assert caught.value.outcome == "unknown"


def test_server_fault_after_the_boundary_is_unknown() -> None:
    def fault(peer: Peer) -> None:
        assert peer.until(b"\r\n\r\n")
        peer.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert peer.until(closing(peer))
        peer.answer("502 Bad Gateway", {"message": "upstream"})

    with serving(fault) as url, pytest.raises(UnknownOutcome) as caught:
        upload(url, body(BLOCK))
    assert caught.value.status == 502


def test_unreachable_server_is_surely_without_effect_and_reads_no_byte() -> None:
    with serving(lambda peer: None) as url:
        pass  # the port is free again now

    def chunks() -> Iterator[bytes]:
        raise AssertionError("the file must not be read")
        yield b""

    with pytest.raises(NotSent) as caught:
        upload(url, body(10, chunks=chunks()))
    assert not isinstance(caught.value, UploadAborted)
