"""Every documented success: the client's method reads it, and each printed value is where it belongs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from providers.submagic import (
    Analytics,
    Language,
    Project,
    ProjectStatus,
    PublishStatus,
    SyncStatus,
    TranscriptionStatus,
    VideoMeta,
    ViralityScores,
    is_ready,
)
from tests.providers.submagic.calls import CALLS, ID
from tests.providers.submagic.examples import INDEX, Example, each
from tests.providers.submagic.support import answering, client

CLIPS_ID = "e568c322-7fa5-497a-8fb0-3ba32e9e67d2"
HOOK = "https://yoursite.com/webhook/submagic"
CLOUDFRONT = (
    "https://dqu1p08d61fh.cloudfront.net/api/9cc52d00-43d7-442f-9a22-050312bkm24f/"
    "1ddee5b4-101f-4c1e-a74a-b6b3bcfe206c/video.mp4-download.mp4"
)
JANUARY = dt.datetime(2024, 1, 15, 10, 30, tzinfo=dt.UTC)
SEPTEMBER = dt.datetime(2025, 9, 24, 12, 55, 56, 989000, tzinfo=dt.UTC)
CREATED = {"id": ID, "language": "en", "known_status": ProjectStatus.PROCESSING, "webhook_url": HOOK}
CAPTIONS = CREATED | {"template_name": "Hormozi 2", "user_theme_id": None, "created_at": JANUARY}
CLIPS_UPLOAD = CREATED | {
    "id": CLIPS_ID,
    "title": "My Magic Clips Upload",
    "template_name": "Hormozi 2",
    "user_theme_id": None,
    "created_at": SEPTEMBER,
}
PROJECT: dict[str, Any] = {
    "id": ID,
    "title": "My Awesome Video",
    "description": "AI description of the project",
    "language": "en",
    "webhook_url": HOOK,
    "preset_id": None,
    "ai_edit_template": None,
    "video_meta": VideoMeta(1920, 1080, 185.2, 30),
    "created_at": JANUARY,
    "has_clips": False,
}
WORKED_ON = PROJECT | {
    "template_name": "Hormozi 2",
    "magic_zooms": True,
    "magic_brolls": True,
    "magic_brolls_percentage": 75,
    "remove_silence_pace": "fast",
    "remove_bad_takes": True,
    "download_url": None,
    "direct_url": None,
    "preview_url": None,
    "failure_reason": None,
}
UPDATED = {"id": ID, "status": "processing"}

# What each stored answer means; test_every_answer_is_described keeps the table complete.
MEANING: dict[str, dict[str, Any]] = {
    "create_project.json": CAPTIONS | {"title": "My Awesome Video"},
    "upload_project.json": CAPTIONS | {"title": "My Uploaded Video"},
    "create_magic_clips.json": CREATED
    | {
        "id": CLIPS_ID,
        "title": "YT magic-clips test1",
        "webhook_url": "https://webhook-test.com/6704c8535a2a913c3d094aba685d6a18",
        "template_name": "Hormozi 2",
        "user_theme_id": "749a19fs-4b45-4b14-bd31-a3970a1a5ff2",
        "created_at": SEPTEMBER,
    },
    "upload_magic_clips.json": CLIPS_UPLOAD,
    "upload_magic_clips.newer_page.json": CLIPS_UPLOAD,
    "export_project.json": {"id": ID, "status": "exporting", "message": "Export started successfully"},
    "update_project.json": UPDATED | {"message": "Project updated successfully"},
    "update_project_ai_broll.json": UPDATED | {"message": "Project update accepted"},
    "create_user_media.json": {"id": "88a08eec-712a-45d0-8d0b-3b631700cb3a"},
    "upload_user_media.json": {"id": "88a08eec-712a-45d0-8d0b-3b631700cb7v"},
    "project_transcribing.json": WORKED_ON
    | {
        "known_status": ProjectStatus.TRANSCRIBING,
        "known_transcription_status": TranscriptionStatus.PROCESSING,
        "updated_at": JANUARY + dt.timedelta(minutes=2, seconds=15),
        "words": [],
        "can_export": False,
    },
    "project_transcribed.json": WORKED_ON
    | {
        "known_status": ProjectStatus.PROCESSING,
        "known_transcription_status": TranscriptionStatus.COMPLETED,
        "updated_at": JANUARY + dt.timedelta(minutes=5, seconds=20),
        "can_export": True,
    },
    "project_completed.json": PROJECT
    | {
        "known_status": ProjectStatus.COMPLETED,
        "known_transcription_status": TranscriptionStatus.COMPLETED,
        "template_name": None,
        "user_theme_id": "730e9500-f29c-52e5-b826-556755550001",
        "download_url": f"https://api.submagic.co/download/{ID}",
        "direct_url": CLOUDFRONT,
        "preview_url": f"https://app.submagic.co/view/{ID}",
        "url": CLOUDFRONT,
        "magic_zooms": False,
        "magic_brolls": True,
        "magic_brolls_percentage": 30,
        "remove_silence_pace": "natural",
        "remove_bad_takes": False,
        "updated_at": JANUARY + dt.timedelta(minutes=15, seconds=30),
    },
    "project_failed.json": PROJECT
    | {
        "known_status": ProjectStatus.FAILED,
        "known_transcription_status": TranscriptionStatus.FAILED,
        "failure_reason": "Video format not supported or file corrupted",
        "template_name": "Hormozi 2",
        "magic_zooms": True,
        "magic_brolls": False,
        "magic_brolls_percentage": 50,
        "remove_silence_pace": None,
        "remove_bad_takes": False,
        "updated_at": JANUARY + dt.timedelta(minutes=3, seconds=45),
        "words": [],
    },
    "project_magic_clips.json": {
        "id": CLIPS_ID,
        "title": "YT magic-clips test1",
        "description": "AI description of the project",
        "known_status": ProjectStatus.COMPLETED,
        "known_transcription_status": TranscriptionStatus.COMPLETED,
        "webhook_url": "https://webhook-test.com/6704c8535a2a913c3d094aba685d6a19",
        "preview_url": "https://app.submagic.co/view/e568c322-7fa5-497a-8fb0-3ba32e9e67d3",
        "video_meta": VideoMeta(1920, 1080, 283, 30),
        "has_clips": True,
        "url": None,
        "words": [],
        "created_at": SEPTEMBER,
        "updated_at": dt.datetime(2025, 9, 24, 12, 59, 24, 880000, tzinfo=dt.UTC),
    },
    "health.json": {
        "status": "healthy",
        "service": "submagic-public-api",
        "timestamp": JANUARY,
        "is_healthy": True,
        "takes_requests": True,
    },
    "publish_now.json": {
        "id": "pub_8f3b4c2e-1a9d-4e5f-9b7c-2a4d6e8f1c3b",
        "project_id": ID,
        "scheduled": False,
        "published_at": dt.datetime(2026, 4, 28, 12, 34, 56, tzinfo=dt.UTC),
        "known_status": PublishStatus.PUBLISHED,
        "platforms": ("youtube", "tiktok"),
    },
    "publish_scheduled.json": {
        "id": "pub_8f3b4c2e-1a9d-4e5f-9b7c-2a4d6e8f1c3b",
        "project_id": ID,
        "scheduled": True,
        "published_at": dt.datetime(2026, 5, 1, 15, tzinfo=dt.UTC),
        "known_status": PublishStatus.SCHEDULED,
        "platforms": ("instagram",),
    },
    "published.json": {"next_cursor": "eyJpZCI6InB1Yl83YjJjM2Q0ZSJ9"},
    "published_empty.json": {"items": (), "next_cursor": None},
    "user_media.json": {"next_cursor": "f5e4d3c2-b1a0-9876-fedc-ba0987654321"},
    "user_media_empty.json": {"items": (), "next_cursor": None},
    # Lists come as lists; their entries are looked at below.
    "languages.json": {},
    "templates.json": {},
    "hook_title_templates.json": {},
    "hook_title_templates.again.json": {},
}


def received(example: Example) -> Any:
    with client(answering(example.status, example.data, {"x-request-id": "r-1"})) as submagic:
        if example.method == "get_project":
            return submagic.get_project(example.data["id"])
        return CALLS[example.method](submagic)


def one(file: str) -> Any:
    return received(next(example for example in INDEX if example.file == file))


def test_every_answer_is_described() -> None:
    assert set(MEANING) == {example.file for example in INDEX if example.kind == "response"}


@each("response")
def test_response(example: Example) -> None:
    found = received(example)
    meaning = MEANING[example.file]
    assert {name: getattr(found, name) for name in meaning} == meaning
    if raw := getattr(found, "raw", None):
        assert raw == example.data
    if isinstance(found, Project):
        assert is_ready(found) == (found.known_status is ProjectStatus.COMPLETED)


def test_languages_in_their_order() -> None:
    languages = one("languages.json")
    assert languages[:2] == [Language("English", "en"), Language("Spanish", "es")]
    assert [language.code for language in languages] == [
        "en",
        "es",
        "fr",
        "de",
        "it",
        "pt",
        "nl",
        "ru",
        "zh",
        "ja",
        "ko",
        "ar",
        "hi",
    ]


@pytest.mark.parametrize("file", ["hook_title_templates.json", "hook_title_templates.again.json"])
def test_hook_title_templates_as_printed(file: str) -> None:
    printed = "tiktok laura steph kevin kelly mark logan enrico mike devin hormozi masi ali"
    assert one(file) == printed.split()


def test_templates_as_printed() -> None:
    names = one("templates.json")
    assert (len(names), names[0], names[5], names[-1]) == (42, "Matt", "Kelly 2", "seth")


@pytest.mark.parametrize("file", ["project_transcribed.json", "project_completed.json"])
def test_words_as_printed(file: str) -> None:
    words = one(file).words
    assert " ".join(word.text for word in words if word.type == "word") == "Do you mind if we do something"
    assert [(word.type, word.start, word.end) for word in (words[0], words[-1])] == [
        ("silence", 0, 0.08),
        ("punctuation", 0.84, 0.84),
    ]
    assert words[1].id == "w1EydrN5"


def test_clips_as_printed() -> None:
    first, second = one("project_magic_clips.json").clips
    assert (first.id, first.title, first.duration) == (
        "5c26f199-08dd-4fab-911f-5378c23cc103",
        "Fusion Camera Technology",
        24.8,
    )
    assert (first.scores, second.scores) == (ViralityScores(87, 22, 21, 22, 22), ViralityScores(89, 23, 22, 21, 23))
    assert first.is_completed and first.url == CLOUDFRONT
    assert first.preview_url == "https://app.submagic.co/view/5c26f199-08dd-4fab-911f-5378c23cc104"
    assert second.download_url.startswith("https://api.submagic.co/api/file/download?path=3c6cd7cd")


def test_publications_as_printed() -> None:
    [publication] = one("published.json").items
    assert (publication.id, publication.project_id, publication.project_title) == (
        "pub_8f3b4c2e-1a9d-4e5f-9b7c-2a4d6e8f1c3b",
        ID,
        "How I Doubled My Revenue in 30 Days",
    )
    assert (publication.scheduled, publication.known_status) == (False, PublishStatus.PUBLISHED)
    [post] = publication.posts
    assert (post.platform, post.platform_post_id, post.platform_post_url) == (
        "youtube",
        "dQw4w9WgXcQ",
        "https://youtube.com/watch?v=dQw4w9WgXcQ",
    )
    assert (post.known_publish_status, post.known_sync_status, post.error) == (
        PublishStatus.PUBLISHED,
        SyncStatus.SYNCED,
        None,
    )
    assert post.analytics == Analytics(1234, 56, 7, 2, 5000, 800, 120, 0.125)


def test_media_as_printed() -> None:
    music, broll = one("user_media.json").items
    assert (music.type, music.file_name, music.duration, music.file_size) == (
        "AUDIO",
        "background-music.mp3",
        180.5,
        4_500_000,
    )
    assert (music.width, music.height) == (None, None)
    assert (broll.type, broll.width, broll.height, broll.duration) == ("VIDEO", 1920, 1080, 12.3)
    assert broll.url == "https://cdn.submagic.co/media/a1b2c3d4-e5f6-7890-abcd-ef1234567890.mp4"
    assert broll.created_at == dt.datetime(2024, 1, 9, 14, 30, tzinfo=dt.UTC)
