"""Creating projects from URLs: fields, their errors, the answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import HOOK, StandIn

SAMPLE = "http://sandbox.test/submagic/samples/three-lessons.mp4"
YOUTUBE = "https://www.youtube.com/watch?v=sandbox0001"
CAPTIONS = {"title": "Talk", "language": "en", "videoUrl": SAMPLE}
CLIPS = {"title": "Talk", "language": "en", "youtubeUrl": YOUTUBE}

MEDIA = "88a08eec-712a-45d0-8d0b-3b631700cb3a"
BROLL = {"type": "ai-broll", "startTime": 0, "endTime": 5, "prompt": "hills at dusk"}
MINE = {"type": "user-media", "startTime": 0, "endTime": 5, "userMediaId": MEDIA}


def test_captions_project_is_answered_as_documented(stand: StandIn) -> None:
    answer = stand.client.post(
        "/v1/projects",
        json=CAPTIONS
        | {"webhookUrl": HOOK, "templateName": "Hormozi 2", "magicZooms": True, "removeSilencePace": "fast"}
        | {"cleanAudio": True, "dictionary": ["Submagic"], "hookTitle": {"text": "Stop", "template": "tiktok"}},
    )
    assert answer.status_code == 201
    body = answer.json()
    assert body.pop("id")
    assert body == {
        "title": "Talk",
        "language": "en",
        "status": "processing",
        "webhookUrl": HOOK,
        "templateName": "Hormozi 2",
        "magicZooms": True,
        "magicBrolls": False,
        "magicBrollsPercentage": 50,
        "removeSilencePace": "fast",
        "removeBadTakes": False,
        "cleanAudio": True,
        "createdAt": "2026-04-28T12:34:56.000Z",
        "updatedAt": "2026-04-28T12:34:56.000Z",
    }


def test_magic_clips_project_is_answered_as_documented(stand: StandIn) -> None:
    answer = stand.client.post("/v1/projects/magic-clips", json=CLIPS | {"minClipLength": 20, "faceTracking": False})
    assert answer.status_code == 202
    body = answer.json()
    number = body.pop("id")
    assert body == {
        "title": "Talk",
        "language": "en",
        "status": "processing",
        "webhookUrl": None,
        "templateName": "Sara",
        "userThemeId": None,
        "createdAt": "2026-04-28T12:34:56.000Z",
    }
    read = stand.project(number)
    assert (read["status"], read["transcriptionStatus"], read["magicClips"]) == ("processing", "PROCESSING", [])
    assert "words" not in read and "downloadUrl" not in read and "webhookUrl" not in read


def test_get_echoes_the_webhook_url(stand: StandIn) -> None:
    url = "https://desk.example/hooks/a?b=c"
    number = stand.client.post("/v1/projects", json=CAPTIONS | {"webhookUrl": url}).json()["id"]
    assert stand.project(number)["webhookUrl"] == url


def test_unknown_and_missing_fields_are_told_in_one_sentence(stand: StandIn) -> None:
    body = {"title": "Talk", "language": "en", "videoUrl": SAMPLE}
    answer = stand.client.post("/v1/projects/magic-clips", json=body)
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "VALIDATION_ERROR",
        "message": "Validation failed: youtubeUrl is required, Unknown field: videoUrl",
    }


@pytest.mark.parametrize(
    ("path", "change", "field"),
    [
        ("/v1/projects", {"title": "x" * 101}, "title"),
        ("/v1/projects", {"language": "tlh"}, "language"),
        ("/v1/projects", {"videoUrl": "invalid-url"}, "videoUrl"),
        ("/v1/projects", {"videoUrl": "https://example.com/video.mp4"}, "videoUrl"),
        ("/v1/projects", {"videoUrl": SAMPLE.replace("three", "four")}, "videoUrl"),
        ("/v1/projects", {"webhookUrl": "http://desk.example/hook"}, "webhookUrl"),
        ("/v1/projects", {"webhookUrl": "ftp://127.0.0.1/hook"}, "webhookUrl"),
        ("/v1/projects", {"magicZooms": "true"}, "magicZooms"),
        ("/v1/projects", {"magicBrollsPercentage": 101}, "magicBrollsPercentage"),
        ("/v1/projects", {"removeSilencePace": "slow"}, "removeSilencePace"),
        ("/v1/projects", {"dictionary": ["x" * 51]}, "dictionary"),
        ("/v1/projects", {"userThemeId": "749a19fs-4b45-4b14-bd31-a3970a1a5ff2"}, "userThemeId"),
        ("/v1/projects", {"hookTitle": {"text": "x", "top": 81}}, "hookTitle"),
        ("/v1/projects", {"items": [{"type": "ai-broll", "startTime": 0, "endTime": 13, "prompt": "x"}]}, "items"),
        ("/v1/projects", {"items": [{"type": "ai-broll", "startTime": 0, "endTime": 5}]}, "items"),
        (
            "/v1/projects",
            {"items": [BROLL | {"prompt": "x" * 2501}]},
            "items",
        ),
        ("/v1/projects", {"items": [{"type": "stock", "startTime": 0, "endTime": 5}]}, "items"),
        ("/v1/projects", {"items": [BROLL | {"layout": "diagonal"}]}, "items"),
        ("/v1/projects", {"items": [BROLL | {"colour": "red"}]}, "items"),
        ("/v1/projects", {"items": [BROLL, BROLL | {"startTime": 4, "endTime": 8}]}, "items"),
        ("/v1/projects", {"music": {"volume": 30}}, "music"),
        ("/v1/projects", {"music": {"userMediaId": MEDIA, "volume": 0}}, "music"),
        ("/v1/projects/magic-clips", {"youtubeUrl": "https://vimeo.com/1"}, "youtubeUrl"),
        ("/v1/projects/magic-clips", {"youtubeUrl": "https://youtu.be/eURYVajKLVw"}, "youtubeUrl"),
        ("/v1/projects/magic-clips", {"minClipLength": 14}, "minClipLength"),
        ("/v1/projects/magic-clips", {"maxClipLength": 301}, "maxClipLength"),
        ("/v1/projects/magic-clips", {"minClipLength": 90, "maxClipLength": 60}, "minClipLength"),
        ("/v1/projects/magic-clips", {"faceTracking": None}, "faceTracking"),
    ],
)
def test_wrong_value_is_named_in_details(stand: StandIn, path: str, change: dict[str, Any], field: str) -> None:
    whole = (CAPTIONS if path == "/v1/projects" else CLIPS) | change
    answer = stand.client.post(path, json=whole)
    assert answer.status_code == 400, answer.text
    body = answer.json()
    assert (body["error"], body["message"]) == ("VALIDATION_ERROR", "Request validation failed")
    assert [detail["field"] for detail in body["details"]] == [field]
    assert body["details"][0]["value"] == whole[field]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"templateName": "sara"}, "Invalid template name"),
        ({"hookTitle": {"template": "Tiktok"}}, "Invalid template name"),
        ({"items": [BROLL | {"endTime": 0}]}, "endTime must be greater than startTime"),
        ({"items": [MINE | {"userMediaId": MEDIA[:-1] + "v"}]}, "Invalid UUID format for userMediaId"),
        ({"items": [MINE]}, f"User media not found: {MEDIA}"),
        ({"music": {"userMediaId": "x"}}, "Invalid UUID format for userMediaId"),
        ({"music": {"userMediaId": MEDIA}}, f"User media not found: {MEDIA}"),
        (
            {"videoUrl": YOUTUBE},
            "URLs from social media platforms are not supported. Please use a direct download link.",
        ),
        ({"presetId": "88a08eec-712a-45d0-8d0b-3b631700cb3a", "magicZooms": True}, "presetId cannot be combined with"),
        (
            {"templateName": "Sara", "userThemeId": "88a08eec-712a-45d0-8d0b-3b631700cb3a"},
            "templateName cannot be used together with userThemeId",
        ),
    ],
)
def test_documented_sentences(stand: StandIn, change: dict[str, Any], message: str) -> None:
    answer = stand.client.post("/v1/projects", json=CAPTIONS | change)
    assert answer.status_code == 400
    assert answer.json()["error"] == "VALIDATION_ERROR"
    assert answer.json()["message"].startswith(message)
    assert "details" not in answer.json()


def test_ai_edit_template_stands_alone(stand: StandIn) -> None:
    allowed = CAPTIONS | {"aiEditTemplate": "karl", "dictionary": ["Submagic"], "webhookUrl": HOOK}
    answer = stand.client.post("/v1/projects", json=allowed)
    assert answer.status_code == 201
    assert answer.json()["aiEditTemplate"] == "karl" and "templateName" not in answer.json()
    more = {"magicZooms": True, "disableCaptions": False}
    refused = stand.client.post("/v1/projects", json=allowed | more)
    assert (refused.status_code, refused.json()["error"]) == (400, "VALIDATION_ERROR")
    assert refused.json()["details"] == [
        {"field": name, "message": "Cannot be combined with aiEditTemplate", "value": value}
        for name, value in more.items()
    ]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/projects", "hideCaptions"),
        ("/v1/projects", "autoRender"),
        ("/v1/projects", "minClipLength"),
        ("/v1/projects/magic-clips", "videoUrl"),
        ("/v1/projects/magic-clips", "dictionary"),
        ("/v1/projects/magic-clips", "presetId"),
    ],
)
def test_field_of_another_endpoint_is_unknown(stand: StandIn, path: str, name: str) -> None:
    answer = stand.client.post(path, json=(CAPTIONS if path == "/v1/projects" else CLIPS) | {name: True})
    assert answer.status_code == 400
    assert answer.json() == {"error": "VALIDATION_ERROR", "message": f"Validation failed: Unknown field: {name}"}


def test_captions_can_be_hidden(stand: StandIn) -> None:
    assert stand.client.post("/v1/projects", json=CAPTIONS | {"disableCaptions": True}).status_code == 201
    assert stand.applied()["applied"][0]["fields"]["disableCaptions"] is True


def test_dictionary_has_its_limits(stand: StandIn) -> None:
    full = [f"{number:050}" for number in range(100)]
    assert stand.client.post("/v1/projects", json=CAPTIONS | {"dictionary": full}).status_code == 201
    assert stand.client.post("/v1/projects", json=CAPTIONS | {"dictionary": [*full, "x"]}).status_code == 400


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"'])
def test_body_that_is_no_json_object_gets_400(stand: StandIn, body: bytes) -> None:
    answer = stand.client.post("/v1/projects", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]) == (400, "VALIDATION_ERROR")


def test_only_accepted_requests_are_on_record(stand: StandIn) -> None:
    stand.client.post("/v1/projects", json=CAPTIONS | {"title": ""})
    number = stand.client.post("/v1/projects", json=CAPTIONS | {"webhookUrl": HOOK}).json()["id"]
    record = stand.applied()
    assert record["truncated"] == []
    assert record["applied"] == [
        {
            "at": "2026-04-28T12:34:56.000Z",
            "endpoint": "/v1/projects",
            "projectId": number,
            "fields": CAPTIONS | {"webhookUrl": HOOK},
            "webhookUrl": HOOK,
            "file": None,
            "body": "complete",
        }
    ]


def test_items_may_touch(stand: StandIn) -> None:
    items = [BROLL | {"startTime": 5, "endTime": 9}, BROLL]
    assert stand.client.post("/v1/projects", json=CAPTIONS | {"items": items}).status_code == 201
    assert stand.applied()["applied"][0]["fields"]["items"] == items


def test_samples_are_listed_with_both_addresses(stand: StandIn) -> None:
    found = stand.get("/samples/").json()["samples"]
    assert found[0]["videoUrl"] == SAMPLE and found[0]["youtubeUrl"] == YOUTUBE
    assert stand.get("/samples/nothing.mp4").status_code == 404
