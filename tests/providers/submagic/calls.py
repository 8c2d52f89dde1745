"""Each method of the client as one call, and ways to make it fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from providers import errors
from providers.submagic import (
    CreateMagicClips,
    CreateProject,
    PublishRequest,
    SubmagicClient,
    TikTok,
    UpdateProject,
    UploadBody,
    UploadMagicClips,
    UploadProject,
)
from tests.providers.submagic.support import client

ID = "550e8400-e29b-41d4-a716-446655440000"


def body() -> UploadBody:
    return UploadBody("a.mp4", 3, "video/mp4", iter([b"abc"]), lambda: None)


CALLS: dict[str, Callable[[SubmagicClient], Any]] = {
    "health": lambda c: c.health(),
    "languages": lambda c: c.languages(),
    "templates": lambda c: c.templates(),
    "hook_title_templates": lambda c: c.hook_title_templates(),
    "get_project": lambda c: c.get_project(ID),
    "published": lambda c: c.published(),
    "user_media": lambda c: c.user_media(),
    "create_project": lambda c: c.create_project(CreateProject(title="T", language="en", video_url="https://a.b/c")),
    "create_magic_clips": lambda c: c.create_magic_clips(
        CreateMagicClips(title="T", language="en", youtube_url="https://youtu.be/x")
    ),
    "upload_project": lambda c: c.upload_project(UploadProject(title="T", language="en"), body()),
    "upload_magic_clips": lambda c: c.upload_magic_clips(UploadMagicClips(title="T", language="en"), body()),
    "export_project": lambda c: c.export_project(ID),
    "publish": lambda c: c.publish(ID, PublishRequest(tiktok=TikTok(content="x"))),
    "update_project": lambda c: c.update_project(ID, UpdateProject(remove_bad_takes=True)),
    "create_user_media": lambda c: c.create_user_media("https://a.b/c.mp4"),
    "upload_user_media": lambda c: c.upload_user_media(body()),
}
READS = ("health", "languages", "templates", "hook_title_templates", "get_project", "published", "user_media")
POSTS = tuple(name for name in CALLS if name not in READS)


def fails(name: str, transport: httpx.BaseTransport, **options: Any) -> errors.ProviderError:
    with pytest.raises(errors.ProviderError) as caught, client(transport, **options) as submagic:
        CALLS[name](submagic)
    return caught.value


def raising(error: Exception) -> httpx.MockTransport:
    def handle(request: httpx.Request) -> httpx.Response:
        request.read()
        raise error

    return httpx.MockTransport(handle)
