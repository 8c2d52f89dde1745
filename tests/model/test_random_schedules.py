"""T3 of the design: random schedules of people, worker, provider and time against the provider's own record.

The same seed is the same run. On a failure hypothesis prints the shortest schedule that it found.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import Desk

MEMORY = Path("/dev/shm")
FEW = 25


@pytest.fixture
def desk(db: None, settings: Any) -> Iterator[None]:
    """In memory where there is a place for it: nothing here is about what a disk keeps."""
    settings.PUBLIC_URL = "https://testserver"
    settings.ALLOWED_HOSTS = ["testserver"]
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        settings.PULSE_FILE = Path(folder) / "pulse.json"
        yield


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("examples", "steps"),
    [pytest.param(FEW, 30, marks=pytest.mark.slow), pytest.param(500, 50, marks=pytest.mark.exhaustive)],
    ids=["few", "many"],
)
def test_any_schedule_keeps_the_promises(desk: None, examples: int, steps: int) -> None:
    assert connection.in_atomic_block, "each example is rolled back"
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=examples == FEW,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
