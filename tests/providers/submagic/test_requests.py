"""What goes out: the documents' request examples, only set fields, never a null."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import httpx
import pytest

from providers.submagic import (
    AiBroll,
    CreateMagicClips,
    CreateProject,
    ExportOptions,
    HookTitle,
    Instagram,
    Music,
    PublishRequest,
    TikTok,
    UploadMagicClips,
    UploadProject,
    UserMediaItem,
    YouTube,
)
from tests.providers.submagic.support import KEY, answering, client, example

ID = "550e8400-e29b-41d4-a716-446655440000"
HOOK = HookTitle(text="Stop scrolling—watch this in 30 seconds", template="tiktok", top=45, size=32)
MUSIC = Music(user_media_id="88a08eec-712a-45d0-8d0b-3b631700cb3a", volume=30, start_from_time=0, fade=True)
OWN = UserMediaItem(
    start_time=5, end_time=10, user_media_id="123e4567-e89b-12d3-a456-426614174000", layout="pip-top-right"
)
OPTIONS: dict[str, Any] = {
    "language": "en",
    "template_name": "Hormozi 2",
    "webhook_url": "https://yoursite.com/webhook/submagic",
    "dictionary": ("Submagic", "AI-powered", "captions"),
    "magic_zooms": True,
    "magic_brolls": True,
    "magic_brolls_percentage": 75,
    "remove_silence_pace": "fast",
    "remove_bad_takes": True,
    "clean_audio": True,
    "hook_title": HOOK,
    "music": MUSIC,
}


def sent(seen: list[httpx.Request]) -> Any:
    [request] = seen
    assert request.headers["x-api-key"] == KEY
    return json.loads(request.content)


def test_create_project_sends_the_documented_example() -> None:
    seen: list[httpx.Request] = []
    broll = AiBroll(
        start_time=15,
        end_time=21,
        prompt="person performing multiple back exercises on gym equipment",
        layout="split-50-50",
    )
    request = CreateProject(
        title="My Awesome Video", video_url="https://example.com/videos/sample.mp4", items=(OWN, broll), **OPTIONS
    )
    client(answering(201, example("create_project"), seen=seen)).create_project(request)
    assert sent(seen) == example("create_project.request")
    assert (seen[0].method, seen[0].url.path) == ("POST", "/v1/projects")


def test_upload_project_has_the_documented_fields_as_strings() -> None:
    broll = AiBroll(
        start_time=15, end_time=21, prompt="drone shot of a modern city skyline at dusk", layout="split-50-50"
    )
    request = UploadProject(title="My Uploaded Video", items=(OWN, broll), **OPTIONS)
    documented = dict(example("upload_project.request"))
    del documented["file"]
    fields = dict(request.to_fields())
    assert fields.keys() == documented.keys()
    for name, value in fields.items():
        # JSON strings may differ in spaces, plain strings may not differ at all.
        if documented[name][0] in "[{":
            assert json.loads(value) == json.loads(documented[name]), name
        else:
            assert value == documented[name], name


def test_magic_clips_sends_the_documented_example() -> None:
    seen: list[httpx.Request] = []
    request = CreateMagicClips(
        title="YT magic-clips test1",
        language="en",
        youtube_url="https://www.youtube.com/watch?v=eURYVajKLVw",
        template_name="Hormozi 2",
        webhook_url="https://webhook-test.com/6704c8535a2a913c3d094aba685d6a18",
        min_clip_length=15,
        max_clip_length=60,
        face_tracking=True,
    )
    client(answering(202, example("create_magic_clips"), seen=seen)).create_magic_clips(request)
    assert sent(seen) == example("create_magic_clips.request")
    assert seen[0].url.path == "/v1/projects/magic-clips"


def test_magic_clips_upload_has_the_documented_fields() -> None:
    request = UploadMagicClips(
        title="My Magic Clips Upload",
        language="en",
        template_name="Hormozi 2",
        webhook_url="https://yoursite.com/webhook/submagic",
        min_clip_length=15,
        max_clip_length=60,
        face_tracking=True,
    )
    documented = dict(example("upload_magic_clips.request"))
    del documented["file"]
    assert dict(request.to_fields()) == documented


def test_export_sends_the_documented_examples() -> None:
    seen: list[httpx.Request] = []
    options = ExportOptions(fps=30, width=1920, height=1080, webhook_url="https://yoursite.com/webhook/export-complete")
    client(answering(200, example("export_project"), seen=seen)).export_project(ID, options)
    assert sent(seen) == example("export_project.request")
    assert seen.pop().url.path == f"/v1/projects/{ID}/export"
    client(answering(200, example("export_project"), seen=seen)).export_project(ID)
    assert sent(seen) == {}


def test_publish_sends_the_documented_examples() -> None:
    seen: list[httpx.Request] = []
    now = PublishRequest(
        youtube=YouTube(
            title="How I Doubled My Revenue in 30 Days",
            description="In this video I break down the exact playbook I used.",
            tags=("business", "marketing", "growth"),
            first_comment="Drop a comment if this was helpful!",
        ),
        tiktok=TikTok(content="The exact playbook I used to double my revenue 🚀 #business #marketing"),
    )
    client(answering(200, example("publish_now"), seen=seen)).publish(ID, now)
    assert sent(seen) == example("publish_now.request")
    assert seen.pop().url.path == f"/v1/projects/{ID}/publish"
    later = PublishRequest(
        instagram=Instagram(
            format="reel",
            content="New video out now ✨",
            first_comment="Tap the link in bio for the full episode!",
        ),
        scheduled_for=dt.datetime(2026, 5, 1, 17, 0, tzinfo=dt.timezone(dt.timedelta(hours=2))),
    )
    client(answering(202, example("publish_scheduled"), seen=seen)).publish(ID, later)
    assert sent(seen) == example("publish_scheduled.request")


def test_only_set_fields_are_sent_and_false_is_a_set_field() -> None:
    request = CreateProject(title="T", language="en", video_url="https://a.example/v.mp4", magic_zooms=False)
    assert request.to_json() == {
        "title": "T",
        "language": "en",
        "videoUrl": "https://a.example/v.mp4",
        "magicZooms": False,
    }
    assert UploadMagicClips(title="T", language="en", face_tracking=False).to_fields() == [
        ("title", "T"),
        ("language", "en"),
        ("faceTracking", "false"),
    ]


def test_hook_title_true_and_disabled_captions_have_their_own_forms() -> None:
    request = UploadProject(title="T", language="en", hook_title=True, disable_captions=True)
    assert dict(request.to_fields())["hookTitle"] == "true"
    assert dict(request.to_fields())["disableCaptions"] == "true"
    assert request.to_json()["hookTitle"] is True


def test_publication_needs_a_platform_and_a_zone() -> None:
    with pytest.raises(ValueError, match="platform"):
        PublishRequest()
    with pytest.raises(ValueError, match="zone"):
        PublishRequest(tiktok=TikTok(content="x"), scheduled_for=dt.datetime(2026, 5, 1))


def test_feed_sends_only_the_given_filters() -> None:
    seen: list[httpx.Request] = []
    with client(answering(200, example("published"), seen=seen)) as submagic:
        submagic.published()
        submagic.published(platform="youtube", limit=25, cursor="a&b=c")
    assert seen[0].url.query == b""
    assert dict(seen[1].url.params) == {"platform": "youtube", "limit": "25", "cursor": "a&b=c"}


@pytest.mark.parametrize("evil", ["../languages", "a/b", "a?x=1", "a#b", "ä", "%2e%2e"])
def test_id_cannot_reach_another_path(evil: str) -> None:
    seen: list[httpx.Request] = []
    answer = {"id": evil, "status": "processing"}
    client(answering(200, answer, seen=seen)).get_project(evil)
    raw = seen[0].url.raw_path.decode()
    assert raw.startswith("/v1/projects/")
    assert raw.count("/") == 3
    assert "?" not in raw


@pytest.mark.parametrize("bad", ["", ".", "..", "x" * 256])
def test_id_that_is_none_is_refused_before_sending(bad: str) -> None:
    seen: list[httpx.Request] = []
    with pytest.raises(ValueError, match="id"):
        client(answering(200, {}, seen=seen)).get_project(bad)
    assert not seen


def test_base_url_with_a_path_in_front_keeps_it() -> None:
    seen: list[httpx.Request] = []
    with client(answering(200, example("health"), seen=seen), base_url="http://desk.test/submagic/") as submagic:
        submagic.health()
    assert str(seen[0].url) == "http://desk.test/submagic/health"
