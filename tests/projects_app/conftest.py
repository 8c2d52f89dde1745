from __future__ import annotations

import uuid

import pytest

from dashboard.models import ApiKey, Team, User
from projects_app.actions import projects
from projects_app.models import Kind, Project, Source
from tests.projects_app.scripted import provider

__all__ = ["provider", "waiting"]


@pytest.fixture
def waiting(team: Team, bob: User, api_key: ApiKey) -> Project:
    made, _upload = projects.create(
        team=team,
        by=bob,
        api_key=api_key,
        kind=Kind.MAGIC_CLIPS,
        source=Source.YOUTUBE,
        source_url="https://www.youtube.com/watch?v=sandbox0002",
        title="A talk",
        language="en",
        options={"maxClipLength": 90, "faceTracking": False, "templateName": "seth"},
        form_token=uuid.uuid4(),
    )
    return made
