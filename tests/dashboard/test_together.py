from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from types import SimpleNamespace

import pytest

from dashboard.together import Together


def at_once[Result](calls: Sequence[object], do: object) -> list[object]:
    """The result or the error of each, of threads that begin together."""
    found: list[object] = [None] * len(calls)

    def one(number: int, item: object) -> None:
        try:
            found[number] = do(item)  # type: ignore[operator]
        except Exception as error:
            found[number] = error

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads), "nobody waits for ever"
    return found


class Rounds:
    """Doubles numbers; each round takes a moment, in which others come."""

    def __init__(self, bad: set[int] | None = None, error: type[Exception] = ValueError) -> None:
        self.bad, self.error = bad or set(), error
        self.rounds: list[list[int]] = []
        self.inside = 0

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.inside += 1
        assert self.inside == 1, "never two at once"
        self.rounds.append(list(items))
        time.sleep(0.01)
        self.inside -= 1
        if self.bad & set(items):
            raise self.error(f"bad: {sorted(self.bad & set(items))}")
        return [2 * item for item in items]


def test_each_gets_its_own_result_in_few_rounds() -> None:
    rounds = Rounds()
    together = Together[int, int](rounds)
    numbers = list(range(200))
    assert at_once(numbers, together.do) == [2 * number for number in numbers]
    assert sorted(sum(rounds.rounds, [])) == numbers
    assert len(rounds.rounds) < 100


def test_alone_it_is_one_round() -> None:
    rounds = Rounds()
    assert Together[int, int](rounds).do(21) == 42
    assert rounds.rounds == [[21]]


def test_no_round_is_larger_than_it_may_be() -> None:
    rounds = Rounds()
    together = Together[int, int](rounds, most=7)
    assert at_once(list(range(60)), together.do) == [2 * number for number in range(60)]
    assert max(len(each) for each in rounds.rounds) == 7


def test_what_one_brought_is_no_other_ones_error() -> None:
    together = Together[int, int](Rounds({13}), of_one=(ValueError,))
    found = at_once(list(range(40)), together.do)
    assert isinstance(found[13], ValueError)
    assert [each for number, each in enumerate(found) if number != 13] == [2 * n for n in range(40) if n != 13]


def test_an_error_of_all_is_told_to_all_of_its_round_and_to_nobody_later() -> None:
    rounds = Rounds({5}, OSError)
    together = Together[int, int](rounds, of_one=(ValueError,))
    found = at_once(list(range(40)), together.do)
    (spoilt,) = [each for each in rounds.rounds if 5 in each]
    assert {number for number, each in enumerate(found) if isinstance(each, OSError)} == set(spoilt)
    assert together.do(50) == 100


def test_too_few_results_are_an_error_not_a_mix_up() -> None:
    together = Together[int, int](lambda items: [])
    with pytest.raises(ValueError, match="shorter"):
        together.do(1)
    with pytest.raises(ValueError, match="shorter"):
        together.do(1)


def test_the_end_of_the_writing_thread_leaves_nobody_waiting() -> None:
    entered, go_on = threading.Event(), threading.Event()

    def run(items: Sequence[int]) -> list[int]:
        if 0 in items:
            entered.set()
            go_on.wait(10)
            raise SystemExit
        return list(items)

    together = Together[int, int](run)

    def ended() -> None:
        with suppress(SystemExit):
            together.do(0)

    first = threading.Thread(target=ended)
    first.start()
    entered.wait(10)
    found: list[int] = []
    second = threading.Thread(target=lambda: found.append(together.do(1)))
    second.start()
    time.sleep(0.05)
    go_on.set()
    first.join(10)
    second.join(10)
    assert found == [1]


def test_a_round_waits_for_more_only_after_one_of_several(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = Rounds()
    together = Together[int, int](rounds, gather=0.2)
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        for _ in range(1_000):  # until all ten are there
            if len(together._waiting) == 10:
                return
            threading.Event().wait(0.01)

    monkeypatch.setattr("dashboard.together.time", SimpleNamespace(sleep=wait))
    assert together.do(1) == 2
    assert waited == [], "alone nobody waits"
    together._were_several = True  # as a round of several leaves it
    rounds.rounds.clear()
    at_once(list(range(20, 30)), together.do)
    assert waited == [0.2] and len(rounds.rounds) == 1, "all ten came while it waited"
    assert together._were_several
