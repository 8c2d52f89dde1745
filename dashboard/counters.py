"""Counting in the shared cache: how often something happened in the present window of time.

The window is part of the name, so a counter ends by itself whatever a backend does with its time-out: Django's cache
in the database gives an entry its default time-out anew at each `incr`, so a counter that was never left alone would
never end, and one of an hour would be forgotten after five quiet minutes.
"""

from __future__ import annotations

import time

from django.core.cache import cache


def add(name: str, seconds: int) -> int:
    """One more; returns how many there were in this window, this one counted."""
    key = _key(name, seconds)
    # Longer than the window: it must not end before its window does, by whosever clock.
    if cache.add(key, 1, seconds + 60):
        return 1
    try:
        count: int = cache.incr(key)
    except ValueError:
        # It ran out in between.
        cache.set(key, 1, seconds + 60)
        return 1
    cache.touch(key, seconds + 60)
    return count


def read(name: str, seconds: int) -> int:
    return int(cache.get(_key(name, seconds), 0))


def left(seconds: int) -> float:
    """Seconds until the present window ends."""
    return seconds - time.time() % seconds


def _key(name: str, seconds: int) -> str:
    return f"count:{name}:{int(time.time() // seconds)}"
