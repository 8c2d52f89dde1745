"""What comes in about a project: the document's example, what it leaves open, and where the documents contradict."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from providers.errors import BadAnswer
from providers.magic_hour import Account, Download, ProjectError, VideoProject, VideoStatus
from tests.providers.magic_hour.support import ID, client, example
from tests.providers.submagic.support import answering


def read(**values: Any) -> VideoProject:
    return VideoProject.from_json({"id": ID, "status": "complete"} | values)


def test_the_documents_example() -> None:
    data = example("video_project")
    found = client(answering(200, data)).get_video_project(ID)
    assert (found.id, found.name, found.type, found.status) == (ID, "Example Name", "FACE_SWAP", "complete")
    assert found.known_status is VideoStatus.COMPLETE
    assert found.created_at == dt.datetime(2023, 11, 7, 5, 31, 56, tzinfo=dt.UTC)
    assert (found.width, found.height, found.fps) == (512, 960, 30)
    assert (found.start_seconds, found.end_seconds, found.credits_charged) == (0, 15, 450)
    expires_at = dt.datetime(2024, 10, 19, 5, 16, 19, 27_000, tzinfo=dt.UTC)
    assert found.downloads == (Download("https://videos.magichour.ai/id/output.mp4", expires_at),)
    assert found.error is None and found.enabled
    assert found.is_final and found.is_ready
    assert found.raw == data


def test_enabled_false_is_deleted() -> None:
    """002 says "whether the resource is deleted", its example and the official client say the opposite."""
    gone = read(enabled=False, downloads=[{"url": "https://a.example/a.mp4"}])
    assert not gone.enabled and gone.is_final and not gone.is_ready
    assert read(enabled=True).enabled and read().enabled and read(enabled=None).enabled


@pytest.mark.parametrize("wrong", ["false", 0, 1, [], {}])
def test_whether_it_is_deleted_is_never_guessed(wrong: Any) -> None:
    with pytest.raises(BadAnswer, match="enabled"):
        read(enabled=wrong)


@pytest.mark.parametrize("status", ["draft", "queued", "rendering", "complete", "error", "canceled"])
def test_documented_statuses_in_any_case(status: str) -> None:
    found = read(status=f" {status.upper()} ")
    assert (found.status, found.known_status) == (status, VideoStatus(status))
    assert found.is_final == (status in ("complete", "error", "canceled"))


def test_an_unknown_status_and_type_stay_as_they_are() -> None:
    found = read(status="Upscaling", type="UGC_AD")
    assert (found.status, found.known_status, found.type) == ("upscaling", None, "UGC_AD")
    assert not found.is_final and not found.is_ready


def test_minus_one_is_no_size() -> None:
    found = read(width=-1, height=-1)
    assert (found.width, found.height) == (None, None)


def test_the_deprecated_fields_are_not_relied_on() -> None:
    found = read(download={"url": "https://a.example/old.mp4", "expires_at": "x"}, total_frame_cost=450)
    assert found.downloads == () and found.credits_charged is None and not found.is_ready


def test_an_error_is_told_in_every_form() -> None:
    told = {"code": "no_source_face", "message": "Please use an image with a detectable face"}
    assert read(status="error", error=told).error == ProjectError(told["code"], told["message"])
    assert read(error={"message": 7}).error == ProjectError("", "")
    assert read(error="broken").error == ProjectError("", "broken")
    assert read(error=[]).error is None


def test_links_that_are_none_are_left_out() -> None:
    good = {"url": "https://a.example/a.mp4", "expires_at": "tomorrow"}
    odd = [{}, {"url": None}, {"url": "javascript:alert(1)"}, {"url": "https://" + "a" * 5000}, 7, "https://a.example"]
    assert read(downloads=[*odd, good]).downloads == (Download("https://a.example/a.mp4", None),)
    assert read(downloads={"url": "https://a.example"}).downloads == ()
    assert read(downloads=None).downloads == ()


def test_what_is_missing_is_missing_and_no_more() -> None:
    found = read()
    assert (found.name, found.type, found.created_at, found.fps, found.credits_charged) == (None, "", None, None, None)


@pytest.mark.parametrize("bad", [{"id": None}, {"id": 7}, {"id": ".."}, {"status": None}, {"status": 3}])
def test_without_identity_and_status_nothing_is_read(bad: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer):
        VideoProject.from_json({"id": ID, "status": "complete"} | bad)


def test_an_account_with_and_without_a_plan() -> None:
    data = {
        "id": "user-1",
        "email": "owner@example.org",
        "credits": 1200,
        "tier": "pro",
        "subscription": {"name": "Pro Plus", "status": "active"},
    }
    found = Account.from_json(data)
    assert (found.id, found.credits, found.tier, found.name) == ("user-1", 1200, "pro", "Pro Plus")
    assert found.raw == data and "owner@example.org" not in repr(found)
    free = Account.from_json({"id": "user-1", "credits": 0, "tier": "free", "subscription": None})
    assert (free.credits, free.tier, free.name) == (0, "free", None)
    assert Account.from_json({"credits": "many", "tier": "platinum"}).credits is None


@pytest.mark.parametrize("bad", [{}, {"message": "ok"}, {"credits": None, "tier": 3}])
def test_what_is_about_no_account_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer, match="no account"):
        Account.from_json(bad)
