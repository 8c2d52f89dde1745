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
from hypothesis import HealthCheck, seed, settings
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


SLOW = (pytest.mark.slow, pytest.mark.once)


# 500 schedules of 50 steps, in parts for the processes of a run; PostgreSQL has the quick ones.
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("part", "examples", "steps"),
    [
        pytest.param(0, FEW, 30, marks=pytest.mark.slow, id="few"),
        *(pytest.param(part, 100, 50, marks=SLOW, id=f"part {part} of 5") for part in range(1, 6)),
        pytest.param(None, 5_000, 50, marks=pytest.mark.exhaustive, id="any"),
    ],
)
def test_any_schedule_keeps_the_promises(desk: None, part: int | None, examples: int, steps: int) -> None:
    assert connection.in_atomic_block, "each example is rolled back"
    machine = type("Desk", (Desk,), {})
    run_state_machine_as_test(
        machine if part is None else seed(part)(machine),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            report_multiple_bugs=False,
            # What an earlier run has found must not change this one.
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
