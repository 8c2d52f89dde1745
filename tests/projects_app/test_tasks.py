from __future__ import annotations

from typing import Any

import pytest

from dashboard.models import Team, User
from projects_app import tasks
from tests.projects_app.sending import open_upload


def test_however_many_clocks_call_each_nodes_spool_is_swept_once(
    team: Team, bob: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    class Queue:
        def __init__(self, node: str) -> None:
            self.node = node

        def enqueue(self, _task: object) -> None:
            sent.append(self.node)

    monkeypatch.setattr(tasks, "relay_queue", Queue)
    for node in ("north", "south"):
        settings.NODE = node
        open_upload(team, bob, 1000)
    for node in ("north", "south", "north"):
        settings.NODE = node
        tasks.sweep_spools.call_local()
    assert sorted(sent) == ["north", "south"]
