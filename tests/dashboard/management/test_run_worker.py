from __future__ import annotations

from typing import Any

import pytest

from dashboard import leases
from dashboard.actions import restores
from dashboard.management.commands import run_worker


class Queue:
    def __init__(self, waiting: int) -> None:
        self.waiting = waiting

    def pending_count(self) -> int:
        return self.waiting


@pytest.mark.parametrize(
    ("delivered", "waiting", "seconds"),
    [
        (0, 0, 5.0),
        (leases.MOST - 1, 0, 5.0),
        (leases.MOST, 300, 0.2),  # ten thousand messages are not to wait for four minutes of sweeps
        (leases.MOST, run_worker.QUEUED, 5.0),  # what is delivered twice before it is worked off only costs time
    ],
)
def test_a_backlog_is_swept_without_waiting_while_the_queue_is_short(
    settings: Any, monkeypatch: pytest.MonkeyPatch, delivered: int, waiting: int, seconds: float
) -> None:
    settings.SWEEP_SECONDS = 5.0
    monkeypatch.setattr(run_worker, "default_queue", lambda: Queue(waiting))
    assert run_worker.pause(delivered) == seconds


def test_a_disk_that_is_full_does_not_make_the_worker_silent(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full() -> bool:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(restores, "watch", full)
    run_worker.watch()  # the beat and the sweep come after it
    assert "restored copy could not be asked" in caplog.text
