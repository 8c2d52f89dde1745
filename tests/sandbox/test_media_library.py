"""The media library: what is taken, when it is ready, how it is listed and served, what a project may name."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from sandbox.media import ffmpeg
from tests.sandbox.conftest import ALICE, BOB, StandIn

SAMPLE = "http://sandbox.test/submagic/samples/two-tips.mp4"
CREATE = {"title": "Talk", "language": "en", "videoUrl": SAMPLE}
TONE = ("-f", "lavfi", "-i", "sine=frequency=440:duration=1.5")
PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=1")


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory, mute_film: Path) -> dict[str, Path]:
    """A small file of every kind."""
    folder = tmp_path_factory.mktemp("shelf")
    for name, arguments in {
        "a.png": (*PICTURE, "-frames:v", "1"),
        "a.jpg": (*PICTURE, "-frames:v", "1"),
        "a.webp": (*PICTURE, "-frames:v", "1"),
        "a.gif": (*PICTURE, "-frames:v", "1"),
        "a.mp3": TONE,
        "a.wav": TONE,
        "a.m4a": TONE,
        "a.mov": (*PICTURE, "-c:v", "libx264", "-preset", "ultrafast"),
        "a.webm": (*PICTURE, "-c:v", "libvpx", "-deadline", "realtime"),
    }.items():
        ffmpeg.run([*arguments, folder / name])
    shutil.copy(mute_film, folder / "a.mp4")
    return {path.name: path for path in folder.iterdir()}


def upload(stand: StandIn, path: Path, name: str | None = None) -> Any:
    with path.open("rb") as file:
        return stand.client.post("/v1/user-media/upload", files={"file": (name or path.name, file)})


def put_in(stand: StandIn, path: Path) -> str:
    answer = upload(stand, path)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["userMediaId"])


def listed(stand: StandIn, **query: Any) -> dict[str, Any]:
    answer = stand.get("/v1/user-media", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize(
    ("name", "kind", "metadata"),
    [
        ("a.mp4", "VIDEO", {"width": 320, "height": 180, "duration": 2.0}),
        ("a.mov", "VIDEO", {"width": 160, "height": 90, "duration": 1.0}),
        ("a.png", "IMAGE", {"width": 160, "height": 90}),
        ("a.jpg", "IMAGE", {"width": 160, "height": 90}),
        ("a.webp", "IMAGE", {"width": 160, "height": 90}),
        ("a.mp3", "AUDIO", {"duration": 1.5}),
        ("a.wav", "AUDIO", {"duration": 1.5}),
        ("a.m4a", "AUDIO", {"duration": 1.5}),
    ],
)
def test_uploaded_file_is_listed_with_its_real_numbers(
    stand: StandIn, shelf: dict[str, Path], name: str, kind: str, metadata: dict[str, float]
) -> None:
    number = put_in(stand, shelf[name])
    stand.clock.move(seconds=5)
    page = listed(stand)
    assert page["hasMore"] is False and "nextCursor" not in page
    [item] = page["items"]
    told = item.pop("metadata")
    assert told.pop("fileSize") == shelf[name].stat().st_size
    assert told == pytest.approx(metadata, abs=0.08)
    url = item.pop("url")
    assert item == {"id": number, "type": kind, "fileName": name, "createdAt": "2026-04-28T12:34:56.000Z"}
    assert number not in url and url.endswith(shelf[name].suffix)
    nobody = stand.client_for(None)
    assert nobody.get(url).content == shelf[name].read_bytes()
    part = nobody.get(url, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, shelf[name].read_bytes()[10:20])
    assert nobody.get(url.replace("/media/", "/media/0")).status_code == 404


def test_media_is_ready_after_a_while_and_only_then_in_the_list(stand: StandIn, shelf: dict[str, Path]) -> None:
    video, picture = put_in(stand, shelf["a.mp4"]), put_in(stand, shelf["a.png"])
    item = {"type": "user-media", "startTime": 0, "endTime": 1, "userMediaId": video}
    assert listed(stand) == {"items": [], "hasMore": False}
    refused = stand.client.post("/v1/projects", json=CREATE | {"items": [item]})
    assert refused.status_code == 400
    assert refused.json() == {
        "error": "VALIDATION_ERROR",
        "message": f"The following media is not ready yet: {video}. Please wait for the upload to complete.",
    }
    stand.clock.move(seconds=1)
    assert [entry["id"] for entry in listed(stand)["items"]] == [picture]
    stand.clock.move(seconds=3)
    assert [entry["id"] for entry in listed(stand)["items"]] == [picture, video]
    assert stand.client.post("/v1/projects", json=CREATE | {"items": [item]}).status_code == 201


def test_list_is_paged_and_filtered(stand: StandIn, shelf: dict[str, Path]) -> None:
    numbers = [put_in(stand, shelf[name]) for name in ("a.png", "a.mp3", "a.jpg", "a.webp")]
    stand.clock.move(seconds=5)
    seen: list[str] = []
    query: dict[str, Any] = {"type": "IMAGE", "limit": 2}
    while True:
        page = listed(stand, **query)
        seen += [item["id"] for item in page["items"]]
        assert page["hasMore"] == ("nextCursor" in page)
        if not page["hasMore"]:
            break
        query["cursor"] = page["nextCursor"]
    assert seen == [numbers[3], numbers[2], numbers[0]]
    assert [item["id"] for item in listed(stand, type="AUDIO")["items"]] == [numbers[1]]
    assert len(listed(stand)["items"]) == 4


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ({"type": "INVALID"}, "type", "Must be one of: VIDEO, AUDIO, IMAGE"),
        ({"limit": "101"}, "limit", "Must be a number between 1 and 100"),
        ({"limit": "0"}, "limit", "Must be a number between 1 and 100"),
        ({"cursor": "f5e4d3c2-b1a0-9876-fedc-ba0987654321"}, "cursor", "Invalid cursor"),
    ],
)
def test_wrong_query_is_refused(stand: StandIn, query: dict[str, str], field: str, message: str) -> None:
    answer = stand.get("/v1/user-media", params=query)
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "VALIDATION_ERROR",
        "message": "Request validation failed",
        "details": [{"field": field, "message": message, "value": query[field]}],
    }


def test_library_belongs_to_its_account(stand: StandIn, shelf: dict[str, Path]) -> None:
    number = put_in(stand, shelf["a.png"])
    stand.clock.move(seconds=5)
    bob = stand.client_for(BOB)
    assert bob.get("/v1/user-media").json()["items"] == []
    assert bob.get("/v1/user-media", params={"cursor": number}).status_code == 400
    item = {"type": "user-media", "startTime": 0, "endTime": 1, "userMediaId": number}
    refused = bob.post("/v1/projects", json=CREATE | {"items": [item]})
    assert (refused.status_code, refused.json()["message"]) == (400, f"User media not found: {number}")


@pytest.mark.parametrize("name", ["a.gif", "a.webm"])
def test_other_formats_are_refused(stand: StandIn, shelf: dict[str, Path], name: str) -> None:
    answer = upload(stand, shelf[name], "a.png")
    assert answer.status_code == 415
    assert answer.json() == {"error": "UNSUPPORTED_MEDIA_TYPE", "message": "Media format not supported"}


def test_broken_files_are_refused_and_leave_nothing(stand: StandIn, shelf: dict[str, Path]) -> None:
    for name in ("a.mp4", "a.png", "a.mp3"):
        torn = shelf[name].read_bytes()[:40] + bytes(2000)
        answer = stand.client.post("/v1/user-media/upload", files={"file": (name, torn)})
        assert answer.status_code == 415, name
    for form in ({"other": (None, "x")}, {"file": ("a.png", b"")}, {"title": (None, "x")}):
        assert stand.client.post("/v1/user-media/upload", files=form).status_code == 400
    assert stand.applied()["applied"] == []
    assert [path for path in stand.settings.data.rglob("*") if path.suffix in {".part", ".mp4", ".png"}] == []


def test_missing_file_and_wrong_body_are_told_as_documented(stand: StandIn) -> None:
    empty = b"--x--\r\n"
    answer = stand.client.post(
        "/v1/user-media/upload", content=empty, headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "VALIDATION_ERROR",
        "message": "File validation failed",
        "details": [{"field": "file", "message": "File is required", "value": None}],
    }
    json_body = stand.client.post("/v1/user-media/upload", json={"file": "a.png"})
    assert json_body.json()["message"] == "Content-Type must be multipart/form-data"


def test_too_large_file_is_refused(tmp_path: Path, shelf: dict[str, Path]) -> None:
    stand = StandIn(tmp_path, media_file_limit=1000)
    answer = upload(stand, shelf["a.mp4"])
    assert answer.status_code == 413
    assert answer.json() == {"error": "PAYLOAD_TOO_LARGE", "message": "File size exceeds maximum allowed size"}
    stand.close()


def test_samples_can_be_fetched_into_the_library(stand: StandIn) -> None:
    listing = stand.get("/samples/").json()["media"]
    assert [entry["type"] for entry in listing] == ["VIDEO", "IMAGE", "AUDIO"]
    for entry in listing[1:]:
        answer = stand.client.post("/v1/user-media", json={"url": entry["url"]})
        assert answer.status_code == 201 and list(answer.json()) == ["userMediaId"]
    stand.clock.move(seconds=1)
    music, picture = listed(stand)["items"]
    assert (music["type"], music["fileName"], music["metadata"]["duration"]) == ("AUDIO", "four-chords.mp3", 21.0)
    assert (picture["type"], picture["metadata"]["width"]) == ("IMAGE", 1280)
    record = stand.applied()["applied"]
    assert [entry["userMediaId"] for entry in record] == [picture["id"], music["id"]]
    assert record[0]["fields"] == {"url": listing[1]["url"]}


def test_files_that_we_serve_can_be_fetched(stand: StandIn, mute_film: Path) -> None:
    links = stand.project(stand.make_finished(file=mute_film.read_bytes()))
    for url in (links["directUrl"], links["downloadUrl"]):
        assert stand.client.post("/v1/user-media", json={"url": url}).status_code == 201
    stand.clock.move(seconds=5)
    again = listed(stand)["items"][0]["url"]
    assert stand.client.post("/v1/user-media", json={"url": again}).status_code == 201
    stand.clock.move(seconds=5)
    assert [item["type"] for item in listed(stand)["items"]] == ["VIDEO"] * 3


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("invalid-url", "Must be a valid URL"),
        ("ftp://sandbox.test/a.png", "Must be a valid URL"),
        ("https://example.com/media/sample-video.mp4", "The media could not be downloaded: the sandbox only reaches"),
        ("http://sandbox.test/submagic/samples/none.mp4", "The media could not be downloaded: there is no such file"),
        ("http://sandbox.test/etc/passwd", "The media could not be downloaded: there is no such file"),
    ],
)
def test_url_that_cannot_be_fetched_is_refused(stand: StandIn, url: str, message: str) -> None:
    answer = stand.client.post("/v1/user-media", json={"url": url})
    assert (answer.status_code, answer.json()["message"]) == (400, "Request validation failed")
    [detail] = answer.json()["details"]
    assert (detail["field"], detail["value"]) == ("url", url) and detail["message"].startswith(message)


def test_social_urls_and_wrong_fields_are_refused(stand: StandIn) -> None:
    social = stand.client.post("/v1/user-media", json={"url": "https://www.youtube.com/watch?v=sandbox0001"})
    assert social.json() == {
        "error": "VALIDATION_ERROR",
        "message": "URLs from social media platforms are not supported. Please use a direct download link.",
    }
    wrong = stand.client.post("/v1/user-media", json={"name": "x"})
    assert wrong.json()["message"] == "Validation failed: url is required, Unknown field: name"


def test_kind_of_media_decides_where_it_may_stand(stand: StandIn, shelf: dict[str, Path]) -> None:
    numbers = {name: put_in(stand, shelf[name]) for name in ("a.mp4", "a.png", "a.mp3")}
    stand.clock.move(seconds=5)

    def asked(**options: Any) -> str:
        answer = stand.client.post("/v1/projects", json=CREATE | options)
        return "" if answer.status_code == 201 else str(answer.json().get("details", answer.json()["message"]))

    def item(name: str, **more: Any) -> list[dict[str, Any]]:
        return [{"type": "user-media", "startTime": 0, "endTime": 1, "userMediaId": numbers[name]} | more]

    assert asked(items=item("a.mp4", layout="pip-top-right"), music={"userMediaId": numbers["a.mp3"]}) == ""
    for layout in ("cover", "contain", "rounded", "square"):
        assert asked(items=item("a.png", layout=layout)) == ""
    assert "must be one of: cover, contain, rounded, square" in asked(items=item("a.png", layout="split-50-50"))
    assert asked(items=item("a.mp3")).endswith("is of type AUDIO, not VIDEO or IMAGE")
    assert asked(music={"userMediaId": numbers["a.mp4"]}).endswith("is of type VIDEO, not AUDIO")
    assert "must lie within the audio file" in asked(music={"userMediaId": numbers["a.mp3"], "startFromTime": 2})
    whole = {"userMediaId": numbers["a.mp3"], "volume": 30, "startFromTime": 1, "fade": False}
    assert asked(music=whole) == ""
    assert stand.applied()["applied"][-1]["fields"]["music"] == whole


def test_library_survives_a_restart(stand: StandIn, shelf: dict[str, Path]) -> None:
    number = put_in(stand, shelf["a.png"])
    stand.restart()
    stand.clock.move(seconds=5)
    [item] = listed(stand)["items"]
    assert item["id"] == number and stand.client_for(ALICE).get(item["url"]).status_code == 200
