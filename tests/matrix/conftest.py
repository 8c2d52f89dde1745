from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.utils import timezone

from tests.matrix.sending import step_of
from tests.matrix.wire import wire
from tests.projects_app.scripted import provider

__all__ = ["clock", "provider", "step_of", "wire"]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The machine's clock; it stands still unless a test moves it."""
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller
