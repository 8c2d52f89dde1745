"""What comes in: the documents' examples, and every way in which an answer may be less than they promise."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from providers.errors import BadAnswer
from providers.submagic import (
    Clip,
    Created,
    Exported,
    Project,
    ProjectStatus,
    TranscriptionStatus,
    ViralityScores,
    Word,
    is_ready,
)
from tests.providers.submagic.support import answering, client, example

ID = "550e8400-e29b-41d4-a716-446655440000"


def test_health_example() -> None:
    health = client(answering(200, example("health"))).health()
    assert (health.status, health.service, health.is_healthy) == ("healthy", "submagic-public-api", True)
    assert health.timestamp == dt.datetime(2024, 1, 15, 10, 30, tzinfo=dt.UTC)


def test_health_reads_the_body_too() -> None:
    assert not client(answering(200, {"status": "unhealthy"})).health().takes_requests
    degraded = client(answering(200, {"status": "degraded"})).health()
    assert degraded.takes_requests and not degraded.is_healthy


def test_languages_example() -> None:
    languages = client(answering(200, example("languages"))).languages()
    assert len(languages) == 13
    assert (languages[8].name, languages[8].code) == ("Chinese (Simplified)", "zh")


def test_templates_example_keeps_names_as_they_are() -> None:
    names = client(answering(200, example("templates"))).templates()
    assert len(names) == 42
    assert names[5] == "Kelly 2" and names[-1] == "seth"


def test_hook_title_templates_example() -> None:
    assert client(answering(200, example("hook_title_templates"))).hook_title_templates()[:2] == ["tiktok", "laura"]


@pytest.mark.parametrize("name", ["create_project", "create_magic_clips", "upload_project", "upload_magic_clips"])
def test_created_example(name: str) -> None:
    data = example(name)
    created = Created.from_json(data)
    assert (created.id, created.title, created.language) == (data["id"], data["title"], "en")
    assert created.known_status is ProjectStatus.PROCESSING
    assert created.webhook_url == data["webhookUrl"]
    assert created.user_theme_id == data.get("userThemeId")
    assert created.created_at is not None
    assert created.raw == data


def project(name: str) -> Project:
    data = example(name)
    return client(answering(200, data)).get_project(data["id"])


def test_project_example_transcribing() -> None:
    found = project("project_transcribing")
    assert found.known_status is ProjectStatus.TRANSCRIBING
    assert found.known_transcription_status is TranscriptionStatus.PROCESSING
    assert (found.video_meta.width, found.video_meta.duration, found.video_meta.fps) == (1920, 185.2, 30)
    assert (found.words, found.clips, found.url, found.has_clips) == ([], [], None, False)
    assert not found.can_export and not is_ready(found)


def test_project_example_transcribed() -> None:
    found = project("project_transcribed")
    assert found.is_transcribed and found.can_export and not is_ready(found)
    assert len(found.words) == 9
    assert found.words[0].is_silence and found.words[0].text == ""
    assert found.words[1] == Word(id="w1EydrN5", text="Do", type="word", start=0.08, end=0.16)
    assert found.words[-1].is_punctuation


def test_project_example_completed() -> None:
    found = project("project_completed")
    assert is_ready(found)
    assert found.user_theme_id == "730e9500-f29c-52e5-b826-556755550001"
    assert found.url is not None and found.url == found.direct_url
    assert found.remove_bad_takes is False
    assert found.updated_at == dt.datetime(2024, 1, 15, 10, 45, 30, tzinfo=dt.UTC)


def test_project_example_failed() -> None:
    found = project("project_failed")
    assert found.is_failed and not is_ready(found)
    assert found.failure_reason == "Video format not supported or file corrupted"
    assert found.remove_silence_pace is None


def test_project_example_magic_clips() -> None:
    found = project("project_magic_clips")
    assert is_ready(found)
    assert found.url is None and found.has_clips
    assert found.webhook_url == "https://webhook-test.com/6704c8535a2a913c3d094aba685d6a19"
    first = found.clips[0]
    assert (first.title, first.duration, first.is_completed) == ("Fusion Camera Technology", 24.8, True)
    assert first.scores == ViralityScores(87, 22, 21, 22, 22)
    assert first.scores is not None and first.scores.part_scale == 25
    assert first.url == first.direct_url


def test_export_example_has_its_id_under_another_name() -> None:
    assert Exported.from_json(example("export_project")).id == ID
    assert Exported.from_json({"id": ID}).status == "exporting"


def test_unknown_status_is_kept_and_means_in_progress() -> None:
    found = Project.from_json({"id": "x", "status": "Dreaming"})
    assert (found.status, found.known_status) == ("Dreaming", None)
    assert not (found.is_completed or found.is_failed)


def test_statuses_are_compared_in_any_case() -> None:
    found = Project.from_json({"id": "x", "status": "COMPLETED", "transcriptionStatus": "completed", "directUrl": "u"})
    assert is_ready(found) and found.is_transcribed


def test_completed_without_url_is_not_ready() -> None:
    assert not is_ready(Project.from_json({"id": "x", "status": "completed"}))
    assert is_ready(Project.from_json({"id": "x", "status": "completed", "downloadUrl": "u"}))


def test_clips_project_is_ready_when_each_clip_is_ready_or_failed() -> None:
    done = {"id": "a", "status": "completed", "directUrl": "u"}

    def with_clips(*clips: dict[str, Any]) -> Project:
        return Project.from_json({"id": "x", "status": "completed", "magicClips": list(clips)})

    assert is_ready(with_clips(done, {"id": "b", "status": "failed"}))
    assert not is_ready(with_clips(done, {"id": "b", "status": "processing"}))
    assert not is_ready(with_clips({"id": "b", "status": "failed"}))
    assert not is_ready(with_clips())


def test_ids_are_opaque() -> None:
    assert Clip.from_json({"id": "364fe092-b68d-468a-9558-bfca7c4d190g", "status": "x"}).id.endswith("190g")
    assert Project.from_json({"projectId": "p" * 255, "status": "x"}).id == "p" * 255
    for bad in ({}, {"id": ""}, {"id": None}, {"id": 7}, {"id": "p" * 256}):
        with pytest.raises(BadAnswer):
            Project.from_json({"status": "x", **bad})


@pytest.mark.parametrize(
    ("scores", "scale"),
    [
        ({"total": 87, "shareability": 22, "hook_strength": 21, "story_quality": 22, "emotional_impact": 22}, 25),
        ({"total": 80, "shareability": 79, "hook_strength": 81, "story_quality": 80, "emotional_impact": 82}, 100),
        ({"total": 87, "shareability": 22}, 100),
        ({}, 100),
    ],
)
def test_scale_of_sub_scores(scores: dict[str, Any], scale: int) -> None:
    assert ViralityScores.from_json(scores).part_scale == scale


@pytest.mark.parametrize(
    "words",
    [
        "no list",
        ["no object"],
        [{"text": "a", "startTime": True, "endTime": 1}],
        [{"text": "a", "startTime": "0", "endTime": 1}],
        [{"text": "a", "endTime": 1}],
        [{"text": "a", "startTime": -1, "endTime": 1}],
        [{"text": 7, "startTime": 0, "endTime": 1}],
    ],
)
def test_transcript_of_wrong_types_is_refused_as_a_whole(words: Any) -> None:
    with pytest.raises(BadAnswer) as caught:
        client(answering(200, {"id": "x", "status": "completed", "words": words})).get_project("x")
    assert caught.value.outcome == "failed_read"
    assert caught.value.sample.startswith("{")


def test_word_that_ends_before_it_starts_has_no_length() -> None:
    word = Word.from_json({"text": "a", "startTime": 2, "endTime": 1})
    assert (word.start, word.end, word.type) == (2, 2, "word")


def test_decorations_of_wrong_type_are_absent() -> None:
    found = Project.from_json(
        {"id": "x", "status": "y", "videoMetaData": {"width": "1", "fps": True, "duration": 1e300}, "magicZooms": "yes"}
    )
    assert (found.video_meta.width, found.video_meta.fps, found.video_meta.duration) == (None, None, None)
    assert found.magic_zooms is None
    assert found.created_at is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>busy</html>",
        b"[]",
        b"null",
        b'{"id":"x","status":"y","n":NaN}',
        b'{"id":"x","status":"y","n":1e999}',
        b"[" * 50_000,
        b'{"a":' * 200 + b"1" + b"}" * 200,
        b'{"id":"x","status":' + b"9" * 5000 + b"}",
        b"\xff\xfe{",
    ],
    ids=["empty", "html", "list", "null", "nan", "infinite", "deep", "nested", "long number", "no utf-8"],
)
def test_unreadable_answer_is_a_failed_read(body: bytes) -> None:
    with pytest.raises(BadAnswer) as caught:
        client(answering(200, body)).get_project("x")
    assert len(caught.value.sample) <= 2048


def test_text_that_no_database_takes_is_cleaned() -> None:
    body = b'{"id":"x","status":"y","title":"a\\u0000b\\ud800c"}'
    found = client(answering(200, body)).get_project("x")
    assert found.title == "ab?c"
    assert found.raw["title"] == "ab?c"


def test_answer_about_another_project_is_refused() -> None:
    with pytest.raises(BadAnswer, match="another project"):
        client(answering(200, {"id": "other", "status": "completed"})).get_project("x")
