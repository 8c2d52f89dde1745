"""Workers say in the shared cache that they are alive; pages and /readyz read it."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

EVERY = dt.timedelta(seconds=15)
STALE_AFTER = dt.timedelta(seconds=60)
# Each thread takes messages all the time, and the longest of them (a copy to the archive aside) takes some minutes.
IDLE_AFTER = dt.timedelta(minutes=10)
ASKED_FOR = 120  # seconds; by then a message that got lost is sent once more
# A node that was silent for so long may never come back: then any other may end what it left.
GONE_AFTER = dt.timedelta(hours=2)


def beat() -> None:
    """Record this node's worker; to be done again after EVERY."""
    now = timezone.now()
    cache.set(f"worker:{settings.NODE}", now.isoformat(), timeout=7 * 24 * 3600)
    cache.set("worker", now.isoformat(), timeout=3600)
    if settings.NODE not in cache.get("worker-nodes", []):
        # Of two that come at the same moment one may get lost here; it is back with its next beat.
        cache.set("worker-nodes", [*nodes(), settings.NODE], timeout=None)


def to_ask() -> str:
    """This node, when a thread of a worker is to say that it works (see tasks.py); "" while one was asked already."""
    return settings.NODE if cache.add(f"worker-asked:{settings.NODE}", 1, ASKED_FOR) else ""


def worked(asked_by: str) -> None:
    """A thread of this node's worker took a message of `asked_by`: whose queue it is does not matter."""
    cache.set(f"worker-worked:{settings.NODE}", timezone.now().isoformat(), timeout=7 * 24 * 3600)
    cache.delete(f"worker-asked:{asked_by}")


def idle_since(node: str) -> dt.datetime | None:
    """When a thread of that worker took a message last, where that is longer ago than any work takes."""
    text = cache.get(f"worker-worked:{node}")
    if not text:
        return None
    last = dt.datetime.fromisoformat(text)
    return last if timezone.now() - last > IDLE_AFTER else None


def last_beat() -> dt.datetime | None:
    text = cache.get("worker")
    return dt.datetime.fromisoformat(text) if text else None


def nodes() -> dict[str, dt.datetime]:
    """The last beat of each node whose worker was heard within a week."""
    beats = {node: cache.get(f"worker:{node}") for node in cache.get("worker-nodes", [])}
    return {node: dt.datetime.fromisoformat(text) for node, text in sorted(beats.items()) if text}


def is_fresh(beat: dt.datetime) -> bool:
    """One from the future (a clock that was fast then) says nothing about now."""
    return abs(timezone.now() - beat) < STALE_AFTER


def worker_is_alive() -> bool:
    last = last_beat()
    return last is not None and is_fresh(last)


def is_gone(node: str) -> bool:
    """Another node, of which nothing was heard for hours. With an emptied cache each one that lives is heard again
    within seconds, so ask a second time before anything is taken away from it."""
    if node == settings.NODE:
        return False
    text = cache.get(f"worker:{node}")
    return text is None or timezone.now() - dt.datetime.fromisoformat(text) > GONE_AFTER
