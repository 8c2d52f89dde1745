from __future__ import annotations

from typing import Any

import pytest

from projects_app import estimates
from projects_app.models import Kind

AI = {"type": "ai-broll", "startTime": 0, "endTime": 3, "prompt": "sea", "layout": "cover"}
OWN = {"type": "user-media", "startTime": 4, "endTime": 6, "userMediaId": "m"}


@pytest.mark.parametrize(
    ("seconds", "amount"),
    [(0.5, "1 API credit"), (60, "1 API credit"), (60.1, "2 API credits"), (7200, "120 API credits")],
)
def test_captions_cost_each_started_minute(seconds: float, amount: str) -> None:
    (line,) = estimates.lines(Kind.CAPTIONS, {}, seconds)
    assert line.amount == amount
    assert "started minute" in line.note


def test_an_unknown_length_is_said() -> None:
    (line,) = estimates.lines(Kind.CAPTIONS, {})
    assert (line.amount, line.credits) == ("unknown length", None)
    assert "1 for each started minute" in line.note


def test_magic_clips_cost_one_credit_however_long() -> None:
    (line,) = estimates.lines(Kind.MAGIC_CLIPS, {}, 3000)
    assert line.amount == "1 Magic Clips credit"


def test_ai_items_cost_three_each_and_own_ones_nothing() -> None:
    _video, line = estimates.lines(Kind.CAPTIONS, {"items": [AI, OWN, AI]}, 30)
    assert (line.what, line.amount, line.credits) == ("2 AI B-roll items", "6 AI credits", 6)


@pytest.mark.parametrize("options", [{"magicBrolls": True}, {"aiEditTemplate": "karl"}])
def test_what_submagic_does_not_state_is_not_guessed(options: dict[str, Any]) -> None:
    _video, line = estimates.lines(Kind.CAPTIONS, options, 30)
    assert line.credits is None
    assert line.note == "Not stated by Submagic."


def test_magic_brolls_that_are_off_are_not_mentioned() -> None:
    assert len(estimates.lines(Kind.CAPTIONS, {"magicBrolls": False}, 30)) == 1
