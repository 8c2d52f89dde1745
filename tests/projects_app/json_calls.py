"""Sending the call of a project that waits, as a worker would."""

from __future__ import annotations

from typing import Any

import httpx

from dashboard.models import UpstreamCall
from projects_app.actions import project_calls
from projects_app.models import Project

CREATE = "/v1/projects/magic-clips"
ID = "3f1c9a52-7a64-4d5b-9d40-2f6f6d1c8a01"


def call_of(project: Project) -> UpstreamCall:
    project.refresh_from_db()
    assert project.call is not None
    return UpstreamCall.objects.get(pk=project.call.pk)


def created(**more: Any) -> httpx.Response:
    return httpx.Response(202, json={"id": ID, "title": "A talk", "status": "processing"} | more)


def send(project: Project) -> UpstreamCall:
    project_calls.deliver(call_of(project).pk)
    project.refresh_from_db()
    return call_of(project)
