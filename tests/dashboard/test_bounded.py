from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from dashboard import bounded


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """What the tests' questions wait for; at the end all of them go."""
    event = threading.Event()
    yield event
    event.set()


def test_the_answer_or_what_was_raised_instead() -> None:
    assert bounded.ask("a", lambda: 7, seconds=5) == 7

    def fail() -> int:
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        bounded.ask("b", fail, seconds=5)


def test_who_asks_is_not_held_by_what_hangs(release: threading.Event) -> None:
    begun = time.monotonic()
    with pytest.raises(bounded.NoAnswer):
        bounded.ask("hangs", release.wait, seconds=0.2)
    assert time.monotonic() - begun < 2


def test_there_is_one_question_at_a_time_however_many_ask(release: threading.Event) -> None:
    asked: list[int] = []

    def count() -> int:
        asked.append(1)
        release.wait(10)
        return len(asked)

    questions = [bounded.begin("many", count) for _ in range(50)]
    assert len({id(question) for question in questions}) == 1
    release.set()
    assert {question.wait(5) for question in questions} == {1}
    # An answer is no memory: who comes later asks anew.
    assert bounded.ask("many", count, seconds=5) == 2


def test_one_that_hangs_for_long_is_given_up(release: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    first = bounded.begin("stuck", release.wait)
    assert bounded.begin("stuck", lambda: True) is first
    monkeypatch.setattr(bounded, "GIVEN_UP", 0.0)
    assert bounded.ask("stuck", lambda: True, seconds=5) is True
