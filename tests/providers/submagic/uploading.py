"""An upload over a real socket, for tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from providers.submagic import SubmagicClient, UploadBody, UploadMagicClips
from tests.providers.submagic.support import KEY, Peer, example

BLOCK = 256 * 1024
REQUEST = UploadMagicClips(title="Größe “1”", language="en", min_clip_length=15, face_tracking=False)


def blocks(size: int) -> Iterator[bytes]:
    pattern = bytes(range(256)) * (BLOCK // 256)
    while size:
        block = pattern[: min(BLOCK, size)]
        size -= len(block)
        yield block


def body(
    size: int, *, chunks: Iterator[bytes] | None = None, before_end: Callable[[], None] = lambda: None
) -> UploadBody:
    return UploadBody("talk.mp4", size, "video/mp4", chunks if chunks is not None else blocks(size), before_end)


def upload(url: str, what: UploadBody) -> Any:
    with SubmagicClient(KEY, base_url=url) as client:
        return client.upload_magic_clips(REQUEST, what)


def closing(peer: Peer) -> bytes:
    kind = peer.header("content-type") or ""
    return b"\r\n--" + kind.partition("boundary=")[2].encode() + b"--\r\n"


def whole(peer: Peer) -> None:
    """Take the request as a well-behaved server does, and accept it."""
    assert peer.until(b"\r\n\r\n")
    peer.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert peer.until(closing(peer))
    peer.answer("202 Accepted", example("upload_magic_clips"))
