"""A photo as the body of a PUT: its length is exact, and its last block is the point of no return."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from providers import errors
from providers.bodies import Binary
from providers.picovico import PicovicoClient, UploadBody
from tests.providers.picovico.support import answering, body, client
from tests.providers.submagic.support import Peer, serving

CONTENT = b"\xff\xd8\xff" + bytes(range(256)) * 40


def test_file_is_the_whole_body() -> None:
    seen: list[httpx.Request] = []
    steps: list[str] = []
    with client(answering(200, {"id": "p1", "url": "u", "thumbnail_url": "t"}, seen=seen)) as picovico:
        photo = picovico.upload_photo(body(CONTENT, lambda: steps.append("end")))
    [request] = seen
    assert (request.method, request.url.path, request.content) == ("PUT", "/v2.1/me/photos", CONTENT)
    assert request.headers["content-length"] == str(len(CONTENT)) and "transfer-encoding" not in request.headers
    assert request.headers["content-type"] == "image/jpeg" and steps == ["end"]
    assert (photo.id, photo.url, photo.thumbnail_url) == ("p1", "u", "t")


def test_last_block_is_held_back_until_before_end_has_run() -> None:
    order: list[str] = []

    def blocks() -> Iterator[bytes]:
        for block in (b"one", b"", b"two", b"three"):
            order.append(f"read {block.decode()}")
            yield block

    binary = Binary(UploadBody("a", 11, "image/png", blocks(), lambda: order.append("before_end")), provider="P")
    sent = []
    for block in binary:
        order.append(f"sent {block.decode()}")
        sent.append((block, binary.complete))
    assert sent == [(b"one", False), (b"two", False), (b"three", True)]
    assert order[-3:] == ["sent two", "before_end", "sent three"]


def stumbling() -> Iterator[bytes]:
    yield b"abc"
    raise OSError("disk")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (UploadBody("a", 9, "image/png", iter([b"abc"]), lambda: None), "ended 6 bytes early"),
        (UploadBody("a", 2, "image/png", iter([b"abc"]), lambda: None), "longer than announced"),
        (UploadBody("a", 9, "image/png", stumbling(), lambda: None), "could not be read on"),
        (UploadBody("a", 3, "image/png", iter([b"abc"]), lambda: 1 / 0), "could not be recorded"),  # type: ignore[arg-type,return-value]
    ],
)
def test_our_own_trouble_stops_it_without_effect(given: UploadBody, reason: str) -> None:
    def listen(peer: Peer) -> None:
        peer.rest()
        # The announced length was never reached.
        assert len(peer.body) < int(peer.header("content-length") or 0)

    with serving(listen) as url, PicovicoClient("k" * 20, "t" * 20, base_url=url) as picovico:
        with pytest.raises(errors.UploadAborted, match=reason) as caught:
            picovico.upload_photo(given)
        assert caught.value.outcome == "not_sent"


def test_answer_that_is_lost_after_the_last_byte_is_unknown() -> None:
    def swallow(peer: Peer) -> None:
        peer.until(CONTENT)

    with (
        serving(swallow) as url,
        PicovicoClient("k" * 20, "t" * 20, base_url=url) as picovico,
        pytest.raises(errors.UnknownOutcome),
    ):
        picovico.upload_photo(body(CONTENT))


@pytest.mark.parametrize(("size", "kind"), [(0, "image/png"), (-1, "image/png"), (3, "image/png\r\nX: y")])
def test_what_cannot_be_a_body_is_refused_at_once(size: int, kind: str) -> None:
    with pytest.raises(ValueError):
        Binary(UploadBody("a", size, kind, iter([b"abc"]), lambda: None), provider="P")
