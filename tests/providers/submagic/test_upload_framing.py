"""The bytes of an upload on a real socket: framing, length, the order of the last step, truncation, early refusals."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from providers import watching
from providers.errors import UploadAborted
from providers.submagic import SubmagicClient, UploadBody, UploadProject
from tests.providers.submagic.support import KEY, Peer, example, serving
from tests.providers.submagic.uploading import BLOCK, blocks, body, closing, upload, whole


def test_body_is_framed_byte_for_byte_and_its_length_is_announced() -> None:
    peers: list[Peer] = []
    size = 3 * BLOCK + 17
    with serving(whole, peers) as url:
        created = upload(url, body(size))
    assert created.id == "e568c322-7fa5-497a-8fb0-3ba32e9e67d2"
    [peer] = peers
    boundary = closing(peer).strip()[2:-2].decode()
    expected = (
        (
            f'--{boundary}\r\nContent-Disposition: form-data; name="title"\r\n\r\nGröße “1”\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="language"\r\n\r\nen\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="minClipLength"\r\n\r\n15\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="faceTracking"\r\n\r\nfalse\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="talk.mp4"\r\n'
            "Content-Type: video/mp4\r\n\r\n"
        ).encode()
        + b"".join(blocks(size))
        + f"\r\n--{boundary}--\r\n".encode()
    )
    assert peer.body == expected
    assert peer.header("content-length") == str(len(expected))
    assert peer.header("transfer-encoding") is None
    assert peer.header("x-api-key") == KEY
    assert peer.head.startswith(b"POST /v1/projects/magic-clips/upload HTTP/1.1\r\n")


def test_boundary_differs_from_upload_to_upload() -> None:
    peers: list[Peer] = []
    with serving(whole, peers) as url:
        upload(url, body(10))
        upload(url, body(10))
    assert closing(peers[0]) != closing(peers[1])


def test_empty_file_and_hostile_file_name_are_framed_correctly() -> None:
    peers: list[Peer] = []
    with serving(whole, peers) as url:
        upload(url, UploadBody('../a\r\nX: y"b.mp4', 0, "video/mp4", iter(()), lambda: None))
    assert b'filename="a%0D%0AX: y%22b.mp4"\r\n' in peers[0].body
    assert peers[0].header("content-length") == str(len(peers[0].body))


def test_last_step_is_recorded_after_the_file_and_before_the_boundary() -> None:
    peers: list[Peer] = []
    size = 2 * BLOCK
    at_last_step: list[bytes] = []

    def before_end() -> None:
        # Everything written so far arrives first; had the boundary been written too, it would arrive with it.
        until = time.monotonic() + 10
        while len(peers[0].body) < size and time.monotonic() < until:
            time.sleep(0.001)
        time.sleep(0.02)
        at_last_step.append(peers[0].received)

    with serving(whole, peers) as url:
        upload(url, body(size, before_end=before_end))
    [seen] = at_last_step
    assert seen.endswith(b"".join(blocks(size)))
    assert closing(peers[0]) not in seen
    assert peers[0].received == seen + closing(peers[0])


def truncated(peer: Peer) -> None:
    assert peer.until(b"\r\n\r\n")
    peer.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    peer.rest()


def test_failing_iterator_truncates_the_body_and_is_named_as_the_cause() -> None:
    peers: list[Peer] = []
    stall = TimeoutError("no byte for 20 s")

    def chunks() -> Iterator[bytes]:
        yield b"a" * 1000
        raise stall

    called: list[bool] = []
    with serving(truncated, peers) as url, pytest.raises(UploadAborted) as caught:
        upload(url, body(5000, chunks=chunks(), before_end=lambda: called.append(True)))
    assert caught.value.__cause__ is stall
    assert caught.value.outcome == "not_sent"
    assert not called
    assert peers[0].body.endswith(b"a" * 1000)
    assert closing(peers[0]) not in peers[0].received


@pytest.mark.parametrize("given", [999, 1001], ids=["too short", "too long"])
def test_file_of_another_length_than_announced_is_never_completed(given: int) -> None:
    peers: list[Peer] = []
    called: list[bool] = []
    with serving(truncated, peers) as url, pytest.raises(UploadAborted):
        upload(url, body(1000, chunks=iter([b"a" * given]), before_end=lambda: called.append(True)))
    assert not called
    assert closing(peers[0]) not in peers[0].received


def test_last_step_that_cannot_be_recorded_keeps_the_boundary_back() -> None:
    peers: list[Peer] = []
    refusal = RuntimeError("database is away")

    def before_end() -> None:
        raise refusal

    with serving(truncated, peers) as url, pytest.raises(UploadAborted) as caught:
        upload(url, body(1000, before_end=before_end))
    assert caught.value.__cause__ is refusal
    assert closing(peers[0]) not in peers[0].received


def test_callers_iterator_is_closed_whatever_happens() -> None:
    closed: list[bool] = []

    def chunks() -> Iterator[bytes]:
        try:
            yield b"a" * 2000
        finally:
            closed.append(True)

    with serving(truncated) as url, pytest.raises(UploadAborted):
        upload(url, body(1000, chunks=chunks()))
    assert closed == [True]


def test_server_that_ignores_expect_gets_the_body_anyway(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "PATIENCE", 0.05)

    def silent(peer: Peer) -> None:
        assert peer.until(b"\r\n\r\n")
        assert peer.until(closing(peer))
        peer.answer("202 Accepted", example("upload_magic_clips"))

    with serving(silent) as url:
        assert upload(url, body(BLOCK)).status == "processing"


def test_captions_upload_sends_the_documented_fields() -> None:
    peers: list[Peer] = []

    def accept(peer: Peer) -> None:
        assert peer.until(b"\r\n\r\n")
        peer.sock.sendall(b"HTTP/1.1 102 Processing\r\nX: y\r\n\r\nHTTP/1.1 100 Con")
        peer.sock.sendall(b"tinue\r\n\r\n")
        assert peer.until(closing(peer))
        peer.answer("201 Created", example("upload_project"))

    with serving(accept, peers) as url, SubmagicClient(KEY, base_url=url) as client:
        request = UploadProject(title="T", language="en", magic_zooms=True, dictionary=("Ångström",))
        created = client.upload_project(request, body(3))
    assert created.status == "processing"
    assert b'name="magicZooms"\r\n\r\ntrue\r\n' in peers[0].body
    assert 'name="dictionary"\r\n\r\n["Ångström"]\r\n'.encode() in peers[0].body
