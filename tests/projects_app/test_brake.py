from __future__ import annotations

import threading

from projects_app.brake import Brake


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
