"""Export: bounds, states, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import StandIn


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"fps": 0}, "Invalid fps value. Must be between 1 and 60"),
        ({"fps": 61}, "Invalid fps value. Must be between 1 and 60"),
        ({"fps": "30"}, "Invalid fps value. Must be between 1 and 60"),
        ({"width": 99}, "Invalid width value. Must be between 100 and 4000"),
        ({"height": 4001}, "Invalid height value. Must be between 100 and 4000"),
        ({"webhookUrl": "nonsense"}, "Invalid webhookUrl value. Must be a valid URL"),
    ],
)
def test_numbers_out_of_bounds_are_refused(stand: StandIn, body: dict[str, Any], message: str) -> None:
    number = stand.make_finished()
    answer = stand.client.post(f"/v1/projects/{number}/export", json=body)
    assert answer.status_code == 400
    assert answer.json() == {"error": "BAD_REQUEST", "message": message}
    assert stand.applied()["applied"] == []


def test_project_without_transcript_is_not_ready(stand: StandIn) -> None:
    sample = "http://sandbox.test/submagic/samples/two-tips.mp4"
    body = {"title": "Talk", "language": "en", "videoUrl": sample}
    number = stand.client.post("/v1/projects", json=body).json()["id"]
    answer = stand.client.post(f"/v1/projects/{number}/export")
    assert answer.status_code == 400
    assert answer.json() == {"error": "BAD_REQUEST", "message": "Project not ready for export"}


def test_second_export_at_the_same_time_is_refused(stand: StandIn) -> None:
    number = stand.make_finished()
    answer = stand.client.post(f"/v1/projects/{number}/export", headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
    assert answer.json() == {
        "message": "Export started successfully",
        "projectId": number,
        "status": "exporting",
    }
    assert stand.project(number)["status"] == "exporting"
    assert stand.client.post(f"/v1/projects/{number}/export").status_code == 400
    assert len(stand.applied()["applied"]) == 1


def test_missing_project_gets_the_documented_404(stand: StandIn) -> None:
    for path in ("export", "publish"):
        answer = stand.client.post(f"/v1/projects/550e8400-e29b-41d4-a716-446655440000/{path}", json={})
        assert answer.status_code == 404
        assert answer.json()["message"] == "Project doesn't exist or doesn't belong to user"
