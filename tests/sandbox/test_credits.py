"""What requests cost, and how an account without credits is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.conftest import BOB, StandIn

SAMPLES = "http://sandbox.test/submagic/samples"
TALK = {"title": "Talk", "language": "en", "videoUrl": f"{SAMPLES}/three-lessons.mp4"}
SHORT = TALK | {"videoUrl": f"{SAMPLES}/two-tips.mp4"}
CLIPS = {"title": "Talk", "language": "en", "youtubeUrl": "https://www.youtube.com/watch?v=sandbox0001"}
BROLL = {"type": "ai-broll", "startTime": 0, "endTime": 5, "prompt": "hills at dusk"}


@pytest.fixture
def poor(tmp_path: Path) -> Iterator[StandIn]:
    made = StandIn(tmp_path / "data", credits=5, clips_credits=1)
    yield made
    made.close()


def spent(stand: StandIn) -> tuple[int, int]:
    found = stand.get("/_sandbox/credits").json()
    return found["api"]["spent"], found["clips"]["spent"]


def test_without_a_number_credits_never_end(stand: StandIn) -> None:
    for _ in range(3):
        assert stand.client.post("/v1/projects", json=TALK | {"items": [BROLL]}).status_code == 201
    assert stand.get("/_sandbox/credits").json() == {
        "api": {"owned": None, "spent": 15},
        "clips": {"owned": None, "spent": 0},
    }


def test_started_minutes_are_paid_until_there_are_none(poor: StandIn) -> None:
    for _ in range(2):
        assert poor.client.post("/v1/projects", json=TALK).status_code == 201
    refused = poor.client.post("/v1/projects", json=TALK)
    assert refused.status_code == 402
    assert refused.json() == {"error": "PAYMENT_REQUIRED", "message": "Insufficient API credits to create project"}
    assert spent(poor) == (4, 0) and len(poor.applied()["applied"]) == 2
    assert poor.client.post("/v1/projects", json=SHORT).status_code == 201
    # Another account has its own.
    assert poor.client_for(BOB).post("/v1/projects", json=TALK).status_code == 201


def test_refused_upload_leaves_no_file(poor: StandIn, mute_film: Path) -> None:
    for _ in range(5):
        assert poor.upload("/v1/projects/upload", mute_film).status_code == 201
    assert poor.upload("/v1/projects/upload", mute_film).status_code == 402
    assert len(list(poor.settings.data.rglob("source.mp4"))) == 5


def test_ai_broll_costs_three_each(poor: StandIn) -> None:
    two = [BROLL, BROLL | {"startTime": 6, "endTime": 9}]
    refused = poor.client.post("/v1/projects", json=SHORT | {"items": two})
    assert (refused.status_code, refused.json()["error"]) == (400, "VALIDATION_ERROR")
    assert "AI credits" in refused.json()["message"] and spent(poor) == (0, 0)
    number = poor.make_finished()
    assert poor.client.put(f"/v1/projects/{number}", json={"items": two}).status_code == 400
    assert poor.project(number)["status"] == "completed"
    assert poor.client.put(f"/v1/projects/{number}", json={"items": [BROLL]}).status_code == 200
    assert spent(poor) == (3, 0)


def test_magic_clips_have_a_purse_of_their_own(poor: StandIn) -> None:
    assert poor.client.post("/v1/projects/magic-clips", json=CLIPS).status_code == 202
    refused = poor.client.post("/v1/projects/magic-clips", json=CLIPS)
    assert refused.status_code == 403
    assert refused.json() == {
        "error": "FORBIDDEN",
        "message": "Magic Clips subscription required. Please upgrade your plan or purchase Magic Clips credits.",
    }
    assert spent(poor) == (0, 1)


def test_publishing_asks_for_credits_and_takes_none(poor: StandIn) -> None:
    number = poor.make_finished()
    body: dict[str, Any] = {"platforms": {"tiktok": {"content": "New"}}}
    assert poor.client.post(f"/v1/projects/{number}/publish", json=body).status_code == 200
    for _ in range(5):
        poor.client.post("/v1/projects", json=SHORT)
    refused = poor.client.post(f"/v1/projects/{number}/publish", json=body)
    assert refused.status_code == 402
    assert refused.json() == {"error": "PAYMENT_REQUIRED", "message": "Insufficient API credits to publish"}


def test_exporting_a_clip_costs_one(poor: StandIn) -> None:
    own, clip = poor.make_finished(), poor.make_finished()
    with poor.here.store.transaction() as db:
        poor.here.store.update(db, clip, kind="clip")
    assert poor.client.post(f"/v1/projects/{own}/export").status_code == 200
    assert spent(poor) == (0, 0)
    assert poor.client.post(f"/v1/projects/{clip}/export").status_code == 200
    assert spent(poor) == (1, 0)
