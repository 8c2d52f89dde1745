"""A project's life: made, queued, rendered, linked, expired, failed, canceled, deleted; and what it costs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.media.probe import probe
from tests.sandbox.magic_hour.conftest import ALICE, BOB, StandIn


def test_from_the_queue_to_a_real_film(stand: StandIn, tmp_path: Path) -> None:
    before = stand.credits()
    created = stand.create(name="Meadow", end_seconds=2, aspect_ratio="9:16", audio=True)
    assert created["credits_charged"] == 30 and stand.credits() == before - 30
    found = stand.project(created["id"])
    assert (found["status"], found["downloads"], found["download"]) == ("queued", [], None)
    stand.step()
    assert stand.project(created["id"])["status"] == "rendering"
    stand.step()
    found = stand.project(created["id"])
    assert (found["status"], found["name"], found["type"]) == ("complete", "Meadow", "TEXT_TO_VIDEO")
    # 24 pictures a second instead of the 30 of the estimate.
    assert (found["fps"], found["credits_charged"], stand.credits()) == (24, 24, before - 24)
    answer = stand.client_for(None).get(found["downloads"][0]["url"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "video/mp4")
    film = tmp_path / "film.mp4"
    film.write_bytes(answer.content)
    video = probe(film)
    assert (video.width, video.height, video.video_codec, video.audio_codec) == (360, 640, "h264", "aac")
    assert video.duration == pytest.approx(2, abs=0.1)
    assert not list(stand.settings.data.glob("magic-hour/*/.render-*"))


def test_ranges_of_a_film(stand: StandIn) -> None:
    url = stand.seed()["downloads"][0]["url"]
    anyone = stand.client_for(None)
    whole = anyone.get(url).content
    part = anyone.get(url, headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
    assert part.headers["content-range"] == f"bytes 4-7/{len(whole)}"
    assert anyone.get(url, headers={"Range": f"bytes={len(whole)}-"}).status_code == 416


def test_a_link_ends_and_a_new_look_gives_a_new_one(stand: StandIn) -> None:
    first = stand.seed()
    [link] = first["downloads"]
    assert link["expires_at"] == "2026-04-29T12:34:56.000Z"
    stand.clock.move(hours=23)
    assert stand.project(first["id"])["downloads"] == [link]
    anyone = stand.client_for(None)
    assert anyone.get(link["url"]).status_code == 200
    stand.clock.move(hours=1)
    assert anyone.get(link["url"]).status_code == 403
    [following] = stand.project(first["id"])["downloads"]
    assert following["url"] != link["url"] and following["expires_at"] == "2026-04-30T12:34:56.000Z"
    assert anyone.get(following["url"]).status_code == 200


def test_a_restart_keeps_the_state_and_goes_on(stand: StandIn) -> None:
    done, waiting = stand.seed(), stand.create()
    stand.step()
    stand.restart()
    assert stand.project(waiting["id"])["status"] == "rendering"
    assert stand.client_for(None).get(done["downloads"][0]["url"]).status_code == 200
    stand.step()
    assert stand.project(waiting["id"])["status"] == "complete"


def test_a_job_that_a_killed_process_left_runs_again(stand: StandIn) -> None:
    created = stand.create()
    stand.clock.move(seconds=2)
    assert stand.here.store.claim_job(("start",), stand.here.now()) is not None
    stand.step()
    assert stand.project(created["id"])["status"] == "queued"
    stand.restart()
    stand.step()
    assert stand.project(created["id"])["status"] == "rendering"


def test_credits_come_back_after_a_failure(stand: StandIn) -> None:
    before = stand.credits()
    number = stand.create()["id"]
    assert stand.credits() == before - 15
    body = {"code": "invalid_video_file", "message": "The video file contains invalid data."}
    assert stand.client.post(f"/_sandbox/projects/{number}/fail", json=body).status_code == 204
    found = stand.project(number)
    assert (found["status"], found["error"], found["credits_charged"]) == ("error", body, 0)
    assert stand.credits() == before
    stand.step()
    stand.step()
    assert stand.project(number)["status"] == "error"
    assert stand.client.post(f"/_sandbox/projects/{number}/fail", json=body).status_code == 422
    assert stand.credits() == before


@pytest.mark.parametrize("steps", [0, 1])
def test_a_canceled_project_stays_so_and_is_refunded(stand: StandIn, steps: int) -> None:
    before = stand.credits()
    number = stand.create()["id"]
    for _ in range(steps):
        stand.step()
    assert stand.client.post(f"/_sandbox/projects/{number}/cancel").status_code == 204
    stand.step()
    stand.step()
    found = stand.project(number)
    assert (found["status"], found["downloads"], found["error"]) == ("canceled", [], None)
    assert stand.credits() == before


def test_a_deleted_project_is_shown_as_deleted_and_its_film_is_gone(stand: StandIn) -> None:
    made = stand.seed()
    url = made["downloads"][0]["url"]
    for _ in range(2):
        answer = stand.client.delete(f"/v1/video-projects/{made['id']}")
        assert (answer.status_code, answer.content) == (204, b"")
    found = stand.project(made["id"])
    assert (found["enabled"], found["status"], found["downloads"]) == (False, "complete", [])
    assert stand.client_for(None).get(url).status_code == 404
    assert not list(stand.settings.data.rglob("output.mp4"))


def test_a_project_deleted_while_it_waits_is_canceled(stand: StandIn) -> None:
    before = stand.credits()
    number = stand.create()["id"]
    stand.client.delete(f"/v1/video-projects/{number}")
    stand.step()
    stand.step()
    found = stand.project(number)
    assert (found["enabled"], found["status"], stand.credits()) == (False, "canceled", before)


def test_without_credits_nothing_is_made(stand: StandIn) -> None:
    stand.client.put("/_sandbox/credits", json={"credits": 14})
    answer = stand.client.post(
        "/v1/text-to-video", json={"end_seconds": 1, "resolution": "360p", "style": {"prompt": "x"}}
    )
    assert (answer.status_code, answer.json()) == (402, {"message": "Payment required"})
    assert stand.credits() == 14
    assert stand.client.get("/_sandbox/projects").json() == {"projects": []}


@pytest.mark.parametrize("key", [None, "", "sk-" + "a" * 64, "mhk_live_short", ALICE + "!"])
def test_a_key_of_another_form_is_refused(stand: StandIn, key: str | None) -> None:
    for path in ("/v1/account", "/v1/video-projects/x", "/_sandbox/projects"):
        answer = stand.client_for(key).get(path)
        assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})


def test_another_account_finds_nothing(stand: StandIn) -> None:
    number = stand.seed()["id"]
    bob = stand.client_for(BOB)
    for answer in (bob.get(f"/v1/video-projects/{number}"), bob.delete(f"/v1/video-projects/{number}")):
        assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})
    assert stand.project(number)["enabled"] is True
    assert bob.get("/v1/account").json()["id"] != stand.client.get("/v1/account").json()["id"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"end_seconds": 5},
        {"style": {"prompt": "x"}},
        {"end_seconds": 5, "style": {"prompt": " "}},
        {"end_seconds": 61, "style": {"prompt": "x"}},
        {"end_seconds": True, "style": {"prompt": "x"}},
        {"end_seconds": 5, "style": {"prompt": "x"}, "resolution": "4k"},
        {"end_seconds": 5, "style": {"prompt": "x"}, "aspect_ratio": ["16:9"]},
        {"end_seconds": 5, "style": {"prompt": "x"}, "wings": 2},
    ],
)
def test_a_wrong_request_makes_nothing(stand: StandIn, body: dict[str, Any]) -> None:
    before = stand.credits()
    answer = stand.client.post("/v1/text-to-video", json=body)
    assert answer.status_code == 422 and answer.json()["message"]
    assert stand.credits() == before


def test_a_body_that_is_no_json_is_told(stand: StandIn) -> None:
    answer = stand.client.post("/v1/text-to-video", content=b"<xml>")
    assert (answer.status_code, answer.json()) == (400, {"message": "Missing request body"})


def test_projects_can_be_seeded_in_states_that_no_document_names(stand: StandIn) -> None:
    made = stand.seed(status="PAUSED", type="HOLOGRAM", width=-1, height=-1, credits=450)
    found = stand.project(made["id"])
    assert (found["status"], found["type"], found["width"], found["credits_charged"]) == ("PAUSED", "HOLOGRAM", -1, 450)
    assert [each["id"] for each in stand.client.get("/_sandbox/projects").json()["projects"]] == [made["id"]]


def test_a_fault_can_be_ordered(stand: StandIn) -> None:
    number = stand.seed()["id"]
    order = {"on": {"method": "GET", "path": "/v1/video-projects/*"}, "do": {"kind": "limit", "retryAfter": 7}}
    assert stand.client.post("/_sandbox/faults", json=order).status_code == 201
    answer = stand.client.get(f"/v1/video-projects/{number}")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert stand.project(number)["status"] == "complete"
    [fired] = stand.client.get("/_sandbox/faults").json()["fired"]
    assert (fired["kind"], fired["path"]) == ("limit", f"/v1/video-projects/{number}")
