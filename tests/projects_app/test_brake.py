from __future__ import annotations

import threading

from projects_app.brake import Allowance, Brake


def test_so_many_in_a_second_and_then_anew() -> None:
    now = [10.0]
    brake = Brake(3, clock=lambda: now[0])
    assert [brake.is_on() for _ in range(5)] == [False, False, False, True, True]
    now[0] = 10.99
    assert brake.is_on()
    now[0] = 11.0
    assert not brake.is_on()


def test_threads_together_get_no_more() -> None:
    brake = Brake(100, clock=lambda: 1.0)
    let_in: list[bool] = []

    def knock() -> None:
        for _ in range(100):
            let_in.append(not brake.is_on())

    threads = [threading.Thread(target=knock) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(let_in) == 100


def test_a_name_gets_so_many_at_once_and_then_as_many_as_come_back() -> None:
    now = [1000.0]
    allowance = Allowance(30, 60, clock=lambda: now[0])
    assert sum(allowance.take("a") for _ in range(100)) == 60
    now[0] += 2
    assert [allowance.take("a") for _ in range(2)] == [True, False]
    now[0] += 3600
    assert sum(allowance.take("a") for _ in range(100)) == 60
    assert allowance.take("b"), "another name has its own"


def test_a_steady_one_below_its_rate_is_never_held_back() -> None:
    now = [0.0]
    allowance = Allowance(30, 5, clock=lambda: now[0])
    for _ in range(500):
        now[0] += 2
        assert allowance.take("a")


def test_a_clock_that_is_set_back_gives_nothing_and_takes_nothing() -> None:
    now = [1000.0]
    allowance = Allowance(60, 3, clock=lambda: now[0])
    assert [allowance.take("a") for _ in range(4)] == [True, True, True, False]
    now[0] = 10.0
    assert not allowance.take("a")
    now[0] = 11.0
    assert allowance.take("a")


def test_names_that_nobody_uses_are_forgotten_first() -> None:
    allowance = Allowance(60, 1, names=2, clock=lambda: 1.0)
    assert [allowance.take(name) for name in ("a", "b", "a", "c", "a")] == [True, True, False, True, False]
    assert allowance.take("b"), "b was the one that was not seen for longest"
