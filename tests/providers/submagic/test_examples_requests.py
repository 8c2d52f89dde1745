"""Every documented request: the client's message of it sends exactly what is printed, no field more or less."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import httpx

from providers.submagic import (
    CreateMagicClips,
    CreateProject,
    ExportOptions,
    Instagram,
    PublishRequest,
    SubmagicClient,
    TikTok,
    UpdateProject,
    UploadBody,
    UploadMagicClips,
    UploadProject,
    YouTube,
)
from tests.providers.submagic.calls import CALLS, ID
from tests.providers.submagic.examples import INDEX, Example, each
from tests.providers.submagic.support import KEY, answering, client, parts

MOVIE = b"\0\0\0\x18ftypmp42"


def query(example: Example) -> dict[str, str]:
    return dict(httpx.URL(example.path).params)


def export(c: SubmagicClient, data: Any, _example: Example) -> Any:
    if data is None:
        return c.export_project(ID)
    options = ExportOptions(fps=data["fps"], width=data["width"], height=data["height"], webhook_url=data["webhookUrl"])
    return c.export_project(ID, options)


def publish(c: SubmagicClient, data: Any, _example: Example) -> Any:
    options = data["platforms"]
    youtube, tiktok, instagram = (options.get(name) for name in ("youtube", "tiktok", "instagram"))
    when = data.get("scheduledFor")
    request = PublishRequest(
        youtube=youtube
        and YouTube(
            title=youtube["title"],
            description=youtube["description"],
            tags=tuple(youtube["tags"]),
            first_comment=youtube["firstComment"],
        ),
        tiktok=tiktok and TikTok(content=tiktok["content"]),
        instagram=instagram
        and Instagram(
            format=instagram["format"], content=instagram["content"], first_comment=instagram["firstComment"]
        ),
        # In another zone, the same moment: it has to be sent in UTC as printed.
        scheduled_for=when and dt.datetime.fromisoformat(when).astimezone(dt.timezone(dt.timedelta(hours=2))),
    )
    return c.publish(ID, request)


def listed(c: SubmagicClient, _data: Any, example: Example) -> Any:
    given = query(example)
    more: dict[str, Any] = {"limit": int(given["limit"])} if "limit" in given else {}
    if example.method == "user_media":
        return c.user_media(type=given["type"], **more)
    return c.published(platform=given["platform"], **more)


SEND: dict[str, Callable[[SubmagicClient, Any, Example], Any]] = {
    "create_project": lambda c, data, _: c.create_project(CreateProject.from_json(data)),
    "create_magic_clips": lambda c, data, _: c.create_magic_clips(CreateMagicClips.from_json(data)),
    "update_project": lambda c, data, _: c.update_project(ID, UpdateProject.from_json(data)),
    "create_user_media": lambda c, data, _: c.create_user_media(data["url"]),
    "export_project": export,
    "publish": publish,
    "published": listed,
    "user_media": listed,
}


def answer_of(method: str) -> Any:
    return next(e.data for e in INDEX if e.method == method and e.kind == "response")


@each("request")
def test_request(example: Example) -> None:
    seen: list[httpx.Request] = []
    data = example.data if example.file else None
    send = SEND.get(example.method, lambda c, _data, _example: CALLS[example.method](c))
    with client(answering(200, answer_of(example.method), seen=seen)) as submagic:
        send(submagic, data, example)
    [request] = seen
    assert (request.method, request.url.raw_path.decode()) == (example.http, example.path)
    if example.key:
        assert request.headers["x-api-key"] == KEY
    if data is not None:
        assert request.headers["content-type"] == "application/json"
        assert json.loads(request.content) == data
        assert "null" not in request.content.decode()
    elif request.method == "GET":
        assert request.content == b""
    else:
        # Export without options: an empty object says the same as the documents' empty body.
        assert json.loads(request.content) == {}


def value(text: str) -> Any:
    """A field's value: JSON strings may differ in spaces, plain strings may not differ at all."""
    return json.loads(text) if text[:1] in ("[", "{") else text


def upload(c: SubmagicClient, method: str, fields: dict[str, Any], filename: str) -> Any:
    body = UploadBody(filename, len(MOVIE), "video/mp4", iter([MOVIE]), lambda: None)
    if method == "upload_user_media":
        assert not fields
        return c.upload_user_media(body)
    if method == "upload_magic_clips":
        return c.upload_magic_clips(UploadMagicClips.from_json(fields), body)
    return c.upload_project(UploadProject.from_json(fields), body)


def typed(name: str, text: str) -> Any:
    """What a form's text means in JSON, so that the message gets real booleans, numbers, lists and objects."""
    if name in ("title", "language", "templateName", "webhookUrl", "removeSilencePace"):
        return text
    return json.loads(text)


@each("multipart")
def test_multipart(example: Example) -> None:
    printed = [(name, text) for name, text in example.data]
    filename = dict(printed)["file"].removeprefix("@./")
    fields = {name: typed(name, text) for name, text in printed if name != "file"}
    seen: list[httpx.Request] = []
    with client(answering(201, answer_of(example.method), seen=seen)) as submagic:
        upload(submagic, example.method, fields, filename)
    [request] = seen
    assert (request.method, request.url.raw_path.decode()) == (example.http, example.path)
    assert request.headers["x-api-key"] == KEY
    sent, files = parts(request)
    assert len(sent) == len(dict(sent)), "a field was sent twice"
    assert {name: value(text) for name, text in sent} == {n: value(t) for n, t in printed if n != "file"}
    assert files == {"file": (filename, "video/mp4", MOVIE)}


@each("part")
def test_part_of_a_request(example: Example) -> None:
    """A fragment that a page prints alone, put into a whole request: as JSON and as multipart."""
    fragment = dict(example.data)
    filename = fragment.pop("file", "video.mp4")
    fields = {"title": "My Video", "language": "en"} | fragment
    seen: list[httpx.Request] = []
    with client(answering(201, answer_of("create_project"), seen=seen)) as submagic:
        submagic.create_project(CreateProject.from_json(fields | {"videoUrl": "https://example.com/video.mp4"}))
        upload(submagic, "upload_project", fields, filename)
    by_url, by_file = seen
    assert json.loads(by_url.content) == fields | {"videoUrl": "https://example.com/video.mp4"}
    sent, files = parts(by_file)
    assert {name: value(text) for name, text in sent} == fields
    # One page prints a file's name as a JSON field (contract row 43): it goes as a file, never as a field.
    assert files["file"][0] == filename


@each("headers")
def test_documented_headers(example: Example) -> None:
    seen: list[httpx.Request] = []
    printed = example.data
    mine = {name: text for name, text in printed.items() if name != "x-api-key"}
    with client(answering(200, answer_of("templates"), mine, seen)) as submagic:
        submagic.templates()
        rate = submagic.last_rate
    assert rate is not None
    if "x-api-key" in printed:
        assert seen[0].headers["x-api-key"] == KEY
        assert "authorization" not in seen[0].headers
    else:
        assert (rate.limit, rate.remaining, rate.reset) == (30, 29, 1640995200)
