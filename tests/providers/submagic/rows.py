"""What the tests of the contract's rows share: jobs of the desk, and what really went out for them."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils import timezone

from dashboard.models import ApiKey, Environment, Team, User
from projects_app.actions import project_calls, projects
from projects_app.models import Kind, Project, Source
from tests import factories

ID = "550e8400-e29b-41d4-a716-446655440000"
PATH = f"/v1/projects/{ID}"
VIDEO = "https://cdn.harbour.film/talk.mp4"


def live_key(team: Team) -> ApiKey:
    """A key of the real service; tests answer for it (nothing leaves this machine)."""
    return factories.make_key(team, environment=Environment.LIVE)


def make_job(team: Team, key: ApiKey, **fields: Any) -> Project:
    """A captions project that the provider works on."""
    known: dict[str, Any] = {
        "kind": Kind.CAPTIONS,
        "state": "processing",
        "upstream_id": ID,
        "upstream_status": "processing",
        "transcription_status": "",
        "accepted_at": timezone.now(),
        "duration": None,
    }
    return factories.make_project(team, api_key=key, **(known | fields))


def wanted(team: Team, by: User, key: ApiKey, **fields: Any) -> Project:
    """A captions project by link as its form leaves it: stored, and not sent yet."""
    asked: dict[str, Any] = {
        "kind": Kind.CAPTIONS,
        "source": Source.URL,
        "source_url": VIDEO,
        "title": "A talk",
        "language": "en",
        "options": {},
    }
    project, _upload = projects.create(team=team, by=by, api_key=key, form_token=uuid.uuid4(), **(asked | fields))
    return project


def deliver(project: Project) -> Project:
    """What the worker does with the project's call."""
    assert project.call_id is not None
    project_calls.deliver(project.call_id)
    return Project.objects.select_related("call", "api_key", "team").get(pk=project.pk)
