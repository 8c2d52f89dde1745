"""Rate headers, and many threads that ask at the same time."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

from django.db import connection
from django.utils import timezone

from dashboard import budgets
from dashboard.models import ApiKey
from providers.ratelimit import RateHeaders

NOON = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)


def headers(endpoint: str, limit: int, remaining: int, reset_in: float = 3600, status: int = 200) -> RateHeaders:
    now = timezone.now().timestamp()
    return RateHeaders(endpoint, limit, remaining, now + reset_in, now, status)


def spend(key: ApiKey, endpoint: str, *, click: bool = False, evenly: bool = False) -> int:
    """Take every call that may go out now; how many there were."""
    taken = 0
    while budgets.turn(key, endpoint, click=click, evenly=evenly) == 0:
        taken += 1
        assert taken < 10_000
    return taken


def in_parallel(threads: int, work: Callable[[], int]) -> list[int]:
    """The answers of `work`, run by that many threads which begin together."""
    answers: list[int] = []
    failures: list[BaseException] = []
    ready = threading.Barrier(threads)

    def run() -> None:
        try:
            ready.wait()
            answers.append(work())
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    running = [threading.Thread(target=run) for _number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if failures:
        raise failures[0]
    return answers
