"""The migration that writes down the sizes of the messages that were here before."""

from __future__ import annotations

import importlib

import pytest
from django.apps import apps

from dashboard.models import Team
from projects_app.models import WebhookEvent
from tests import factories

fill = importlib.import_module("projects_app.migrations.0009_webhook_sizes")


def test_sizes_are_counted_in_bytes_and_in_steps(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fill, "BATCH", 2)
    job = factories.make_project(team)
    for body in (b"", b"x", "é".encode(), b"\x00\xff" * 100, b"x" * 3000):
        factories.make_webhook_event(job, body=body, size=0)
    fill.fill(apps, None)
    assert all(event.size == len(bytes(event.body)) for event in WebhookEvent.objects.all())
    assert sorted(WebhookEvent.objects.values_list("size", flat=True)) == [0, 1, 2, 200, 3000]
