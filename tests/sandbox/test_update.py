"""Changing a project: what is kept, what is answered, what the webhook hears."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.conftest import BOB, HOOK, StandIn

BROLL = {"type": "ai-broll", "startTime": 0, "endTime": 5, "prompt": "hills at dusk", "layout": "split-50-50"}


def put(stand: StandIn, number: str, body: dict[str, Any]) -> Any:
    return stand.client.put(f"/v1/projects/{number}", json=body)


def options(stand: StandIn, number: str) -> dict[str, Any]:
    project = stand.here.store.project(number)
    assert project is not None
    return project.options


def test_change_is_kept_for_the_next_export(stand: StandIn) -> None:
    number = stand.make_finished()
    before = stand.project(number)
    body = {"removeSilencePace": "fast", "disableCaptions": True, "hookTitle": {"text": "New", "template": "laura"}}
    stand.clock.move(seconds=1)
    answer = put(stand, number, body)
    assert answer.status_code == 200
    assert answer.json() == {"message": "Project updated successfully", "id": number, "status": "processing"}
    after = stand.project(number)
    assert (after["status"], after["removeSilencePace"]) == ("completed", "fast")
    assert (after["downloadUrl"], after["directUrl"]) == (before["downloadUrl"], before["directUrl"])
    assert after["updatedAt"] > before["updatedAt"]
    assert options(stand, number) == {"templateName": "Sara"} | body
    assert stand.client.post(f"/v1/projects/{number}/export", json={"fps": 24}).status_code == 200
    record = stand.applied()["applied"]
    assert [(entry["endpoint"], entry["fields"]) for entry in record] == [
        (f"/v1/projects/{number}", body),
        (f"/v1/projects/{number}/export", {"fps": 24}),
    ]


def test_later_change_replaces_an_earlier_one(stand: StandIn) -> None:
    number = stand.make_finished()
    for body in ({"hookTitle": True}, {"removeBadTakes": True}, {"hookTitle": False}, {}):
        assert put(stand, number, body).status_code == 200
    assert options(stand, number) == {"templateName": "Sara", "hookTitle": False, "removeBadTakes": True}


def test_ai_broll_takes_the_project_back_to_processing(stand: StandIn) -> None:
    number = stand.make_finished(webhook_url=HOOK)
    answer = put(stand, number, {"items": [BROLL]})
    assert answer.json() == {"message": "Project update accepted", "id": number, "status": "processing"}
    waiting = stand.project(number)
    assert waiting["status"] == "processing" and "directUrl" in waiting
    assert stand.client.post(f"/v1/projects/{number}/export").json()["message"] == "Project not ready for export"
    assert put(stand, number, {"items": [BROLL]}).json()["message"] == "Project not ready for update"
    assert options(stand, number)["items"] == [BROLL]
    stand.clock.move(seconds=2)
    stand.runner.run_jobs()
    assert stand.project(number)["status"] == "completed"
    assert [(url, body["projectId"], body["status"]) for url, body in stand.inbox.got] == [(HOOK, number, "completed")]
    assert len(stand.applied()["applied"]) == 1


def test_removing_bad_takes_answers_late(tmp_path: Path) -> None:
    stand = StandIn(tmp_path, bad_takes_delay=90.0)
    waits: list[float] = []
    stand.here.sleep = waits.append
    number = stand.make_finished()
    assert put(stand, number, {"removeBadTakes": False}).status_code == 200
    assert waits == []
    assert put(stand, number, {"removeBadTakes": True}).status_code == 200
    assert waits == [90.0]
    stand.close()


def test_missing_project_is_worded_as_documented(stand: StandIn) -> None:
    number = stand.make_finished()
    bob = stand.client_for(BOB)
    for answer in (put(stand, str(uuid.uuid4()), {}), bob.put(f"/v1/projects/{number}", json={})):
        assert (answer.status_code, answer.json()) == (404, {"error": "NOT_FOUND", "message": "Project not found"})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"title": "New"}, "Validation failed: Unknown field: title"),
        ({"templateName": "Sara"}, "Validation failed: Unknown field: templateName"),
        ({"magicZooms": True}, "Validation failed: Unknown field: magicZooms"),
        ({"hideCaptions": True}, "Validation failed: Unknown field: hideCaptions"),
        ({"hookTitle": {"template": "Laura"}}, "Invalid template name"),
        ({"items": [BROLL | {"endTime": 0}]}, "endTime must be greater than startTime"),
        ({"music": {"userMediaId": "88a08eec"}}, "Invalid UUID format for userMediaId"),
        ({"items": []}, "Request validation failed"),
        ({"removeSilencePace": None}, "Request validation failed"),
        ({"removeBadTakes": "true"}, "Request validation failed"),
        ({"hookTitle": {"text": "x" * 101}}, "Request validation failed"),
    ],
)
def test_wrong_change_is_refused_and_nothing_is_kept(stand: StandIn, body: dict[str, Any], message: str) -> None:
    number = stand.make_finished()
    answer = put(stand, number, body | {"disableCaptions": True})
    assert answer.status_code == 400
    assert (answer.json()["error"], answer.json()["message"]) == ("VALIDATION_ERROR", message)
    assert options(stand, number) == {"templateName": "Sara"} and stand.applied()["applied"] == []


def test_clip_is_changed_by_its_own_id_and_its_project_is_not(stand: StandIn) -> None:
    parent = stand.make_finished()
    clip, sibling = stand.make_finished(), stand.make_finished()
    with stand.here.store.transaction() as db:
        stand.here.store.update(db, parent, kind="clips")
        for number in (clip, sibling):
            stand.here.store.update(db, number, kind="clip", parent=parent)
    assert put(stand, clip, {"hookTitle": True}).status_code == 200
    assert options(stand, clip)["hookTitle"] is True
    assert "hookTitle" not in options(stand, sibling) and "hookTitle" not in options(stand, parent)
    refused = put(stand, parent, {"hookTitle": True})
    assert (refused.status_code, refused.json()["error"]) == (400, "BAD_REQUEST")


def test_data_of_an_earlier_version_is_taken_over(stand: StandIn) -> None:
    number = stand.make_finished(webhook_url=HOOK)
    with stand.here.store.transaction() as db:
        stand.here.store.add_job(db, "webhook", number, stand.here.now(), {"url": HOOK})
        db.executescript(
            """
            ALTER TABLE job RENAME TO newer;
            DROP INDEX job_waiting;
            CREATE TABLE job (
                number INTEGER PRIMARY KEY AUTOINCREMENT,
                kind TEXT NOT NULL CHECK (kind IN ('create', 'export', 'webhook')),
                project TEXT NOT NULL REFERENCES project (id),
                payload TEXT NOT NULL DEFAULT '{}',
                state TEXT NOT NULL DEFAULT 'waiting',
                attempts INTEGER NOT NULL DEFAULT 0,
                due_at TEXT NOT NULL
            );
            CREATE INDEX job_waiting ON job (state, kind, number);
            INSERT INTO job SELECT * FROM newer;
            DROP TABLE newer;
            """
        )
    stand.restart()
    assert put(stand, number, {"items": [BROLL]}).status_code == 200
    stand.clock.move(seconds=2)
    stand.runner.run_jobs()
    assert len(stand.inbox.got) == 2
