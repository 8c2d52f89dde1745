"""What the tests of the Picovico client share."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from providers import errors
from providers.picovico import PicovicoClient, UpdateVideo, UploadBody
from tests.providers.submagic.support import answering

__all__ = ["CALLS", "ID", "KEY", "TOKEN", "answering", "body", "client", "example", "fails"]

KEY = "a0sdfaosdfaksdflaksdfa0sdfasd"
TOKEN = "adsfa0sdfasdfasdfasdasdfadsfb"
FIXTURES = Path(__file__).with_name("fixtures")
ID = "<some-id>"


def example(name: str) -> Any:
    """One JSON example of the document, with its brackets (fixtures/README.md)."""
    return json.loads((FIXTURES / f"{name}.json").read_text("utf-8"))


def client(transport: httpx.BaseTransport, **options: Any) -> PicovicoClient:
    return PicovicoClient(KEY, TOKEN, transport=transport, **options)


def body(content: bytes = b"\xff\xd8\xffjpeg", done: Callable[[], None] = lambda: None) -> UploadBody:
    return UploadBody("a.jpg", len(content), "image/jpeg", iter([content[:3], content[3:]]), done)


CALLS: dict[str, Callable[[PicovicoClient], Any]] = {
    "videos": lambda c: c.videos(),
    "draft": lambda c: c.draft(),
    "get_video": lambda c: c.get_video(ID),
    "styles": lambda c: c.styles(),
    "musics": lambda c: c.musics(),
    "photos": lambda c: c.photos(),
    "me": lambda c: c.me(),
    "create_video": lambda c: c.create_video("Harbour"),
    "update_video": lambda c: c.update_video(ID, UpdateVideo(style="vanilla")),
    "delete_video": lambda c: c.delete_video(ID),
    "render": lambda c: c.render(ID),
    "preview": lambda c: c.preview(ID),
    "duplicate": lambda c: c.duplicate(ID),
    "upload_photo": lambda c: c.upload_photo(body()),
    "external_photo": lambda c: c.external_photo("https://a.example/b.jpg"),
    "delete_photo": lambda c: c.delete_photo("p1"),
}
READS = ("videos", "draft", "get_video", "styles", "musics", "photos", "me")
SENDS = tuple(name for name in CALLS if name not in READS)


def fails(name: str, transport: httpx.BaseTransport, **options: Any) -> errors.ProviderError:
    with pytest.raises(errors.ProviderError) as caught, client(transport, **options) as picovico:
        CALLS[name](picovico)
    return caught.value
