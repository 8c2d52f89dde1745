"""A job at the provider and the answers about it, for the tests of looks."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from dashboard.models import ApiKey, Team
from projects_app.actions import looks
from projects_app.models import Project
from tests import factories

ID = "3f1c9a52-7a64-4d5b-9d40-2f6f6d1c8a01"
PATH = f"/v1/projects/{ID}"
WORDS = [
    {"id": "a", "text": "Hello", "type": "word", "startTime": 0.0, "endTime": 0.4},
    {"id": "b", "text": "", "type": "silence", "startTime": 0.4, "endTime": 0.9},
    {"id": "c", "text": "world", "type": "word", "startTime": 0.9, "endTime": 1.2},
    {"id": "d", "text": ".", "type": "punctuation", "startTime": 1.2, "endTime": 1.2},
]
SCORES = {"total": 87, "shareability": 22, "hook_strength": 23, "story_quality": 21, "emotional_impact": 21}


def make_job(team: Team, api_key: ApiKey) -> Project:
    return factories.make_project(
        team,
        api_key=api_key,
        state="processing",
        upstream_id=ID,
        upstream_status="processing",
        transcription_status="",
        accepted_at=timezone.now(),
        duration=None,
    )


def clip(upstream_id: str, status: str = "completed", **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"id": upstream_id, "title": f"About {upstream_id}", "duration": 30.5, "status": status}
    if status == "completed":
        found |= {"viralityScores": SCORES, "directUrl": f"https://d1.cloudfront.net/{upstream_id}.mp4"}
    return found | more


def look(job: Project) -> Project:
    looks.look(job.pk)
    job.refresh_from_db()
    return job
