"""Each JSON example of document 003, read or sent as it stands there."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import parse_qs

import httpx

from providers.picovico import (
    ImageAsset,
    MusicAsset,
    PageQuery,
    Rendition,
    TextAsset,
    UpdateVideo,
    Video,
    VideoStatus,
)
from tests.providers.picovico.support import ID, KEY, TOKEN, answering, client, example


def test_list_of_videos() -> None:
    seen: list[httpx.Request] = []
    with client(answering(200, example("videos"), seen=seen)) as picovico:
        page = picovico.videos(count=15, from_=1418715805)
    [request] = seen
    assert (request.method, request.url.path, request.url.query) == (
        "GET",
        "/v2.1/me/videos",
        b"count=15&from=1418715805",
    )
    assert (request.headers["X-Access-Key"], request.headers["X-Access-Token"]) == (KEY, TOKEN)
    [video] = page.items
    assert (video.known_status, video.quality, video.duration, video.is_ready) == (VideoStatus.PUBLISHED, 360, 15, True)
    assert video.created_on == datetime(2014, 12, 18, 5, 12, 25, tzinfo=UTC)
    assert video.video == {
        360: Rendition("<some-url>", 2647812),
        480: Rendition("<some-url>", 4068889),
        720: Rendition("<some-url>", 5477751),
    }
    assert video.thumbnail == {360: "<some-url>", 480: "<some-url>", 720: "<some-url>"}
    assert page.next == PageQuery(count=15, from_=1418715805) and page.prev == PageQuery(count=15, to=1418879545)
    assert page.count == 15


def test_new_video() -> None:
    seen: list[httpx.Request] = []
    with client(answering(200, example("create_video"), seen=seen)) as picovico:
        video = picovico.create_video("Harbour & Söhne")
    [request] = seen
    assert (request.method, request.url.path) == ("POST", "/v2.1/me/videos")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(request.content.decode()) == {"name": ["Harbour & Söhne"]}
    assert (video.id, video.status, video.is_draft, video.is_ready) == (ID, "initial", True, False)
    assert (video.video, video.thumbnail, video.assets, video.credit) == ({}, {}, (), ())
    assert video.raw["comment_count"] == 0


def test_one_video() -> None:
    with client(answering(200, example("get_video"))) as picovico:
        video = picovico.get_video(ID)
    assert (video.name, video.style, video.quality) == ("<some-name>", "<some-style>", 360)
    assert video.modified_on == datetime.fromtimestamp(1418884737, UTC)


def test_assets_are_read_and_sent_as_documented() -> None:
    expected = example("assets")["assets"]
    video = Video.from_json(example("get_video") | {"assets": expected})
    assert video.assets == (
        ImageAsset("____", 0.0, 5.0, "some image caption"),
        TextAsset(5.0, 10.0, "heading", "some subheading"),
        MusicAsset("some_music_id"),
    )
    assert video.length == 10.0
    seen: list[httpx.Request] = []
    with client(answering(200, example("get_video"), seen=seen)) as picovico:
        picovico.update_video(ID, UpdateVideo(assets=video.assets, quality=360, credit=(("key1", "value1"),)))
    sent = {name: value for name, [value] in parse_qs(seen[0].content.decode()).items()}
    assert set(sent) == {"assets", "quality", "credit"}
    assert json.loads(sent["assets"]) == expected
    assert (sent["quality"], json.loads(sent["credit"])) == ("360", [["key1", "value1"]])


def test_the_request_of_the_table_of_parameters() -> None:
    written = example("update_video.request")
    seen: list[httpx.Request] = []
    with client(answering(200, example("get_video"), seen=seen)) as picovico:
        picovico.update_video(ID, UpdateVideo.from_json(written))
    sent = {name: value for name, [value] in parse_qs(seen[0].content.decode()).items()}
    assert sent == {name: value if isinstance(value, str) else sent[name] for name, value in written.items()}
    assert json.loads(sent["credit"]) == written["credit"] and len(written["credit"]) == 3


def test_deleted() -> None:
    seen: list[httpx.Request] = []
    with client(answering(200, example("delete_video"), seen=seen)) as picovico:
        picovico.delete_video("a/../b")
    assert (seen[0].method, seen[0].url.raw_path) == ("DELETE", b"/v2.1/me/videos/a%2F..%2Fb")


def test_render() -> None:
    seen: list[httpx.Request] = []
    with client(answering(200, example("render"), seen=seen)) as picovico:
        answer = picovico.render("abc")
    assert (seen[0].method, seen[0].url.path, seen[0].content) == ("POST", "/v2.1/me/videos/abc/render", b"")
    assert (answer.message, answer.status, answer.outcome) == ("Video is being created", 7101, "accepted")
