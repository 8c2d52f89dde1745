"""What all processes share: the queue that wakes the workers, and the cache with its limits and heartbeats."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.db import ProgrammingError
from django.db.utils import OperationalError
from django.utils.translation import gettext as _

from dashboard import bounded
from dashboard.doctor.findings import Finding, Scope, State
from dashboard.queues import default_queue, post_queue

SECONDS: Final = 3.0
MANY: Final = 1000
# Each process has its own: limits on signing in and the news of a worker are not shared then.
PRIVATE: Final = ("locmem", "dummy")


def queue(scope: Scope) -> Iterator[Finding]:
    name = _("Queue")
    kind = settings.QUEUE_URL.partition(":")[0]
    told: dict[str, object] = {"kind": kind, "seconds": SECONDS}
    advice = _("See that it runs and that QUEUE_URL leads to it. Nothing is lost: due work is found again by itself.")
    try:
        waiting = bounded.ask("queue", _length, seconds=SECONDS)
    except bounded.NoAnswer:
        yield Finding(
            name, State.BAD, _("The queue (%(kind)s) gives no answer within %(seconds)d seconds.") % told, advice
        )
        return
    except Exception as error:
        told["error"] = type(error).__name__
        yield Finding(name, State.BAD, _("The queue (%(kind)s) cannot be used: %(error)s.") % told, advice)
        return
    told["waiting"] = waiting
    if waiting > MANY:
        text = _("The queue (%(kind)s) answers, but %(waiting)d messages wait in it.") % told
        yield Finding(name, State.WARN, text, _("See that a worker runs; more WORKER_THREADS help if it is only busy."))
        return
    yield Finding(name, State.OK, _("The queue (%(kind)s) answers; messages that wait: %(waiting)d.") % told)


def _length() -> int:
    return int(default_queue().pending_count()) + int(post_queue().pending_count())


def cache_is_a_table() -> bool:
    return str(settings.CACHES["default"]["BACKEND"]).endswith("DatabaseCache")


def cache_(scope: Scope) -> Iterator[Finding]:
    name = _("Cache")
    backend = str(settings.CACHES["default"]["BACKEND"]).rpartition(".")[2]
    advice = _("See that it runs and that CACHE_URL leads to it.")
    try:
        works = bounded.ask("cache", _round_trip, seconds=SECONDS)
    except bounded.NoAnswer:
        text = _("The cache gives no answer within %(seconds)d seconds.") % {"seconds": SECONDS}
        yield Finding(name, State.BAD, text, advice)
    except (ProgrammingError, OperationalError):
        text = _("The cache's table is missing, so nobody can be told that a worker runs.")
        yield Finding(name, State.BAD, text, _("Run manage.py createcachetable."))
    except Exception as error:
        text = _("The cache cannot be used: %(error)s.") % {"error": type(error).__name__}
        yield Finding(name, State.BAD, text, advice)
    else:
        if not works or any(each in backend.lower() for each in PRIVATE):
            text = _(
                "Each process has a cache of its own, so limits on signing in do not hold and workers are not heard."
            )
            yield Finding(name, State.BAD, text, _("Leave CACHE_URL empty (a table is used), or set it to redis://…."))
        else:
            kind = _("a table") if cache_is_a_table() else backend
            yield Finding(name, State.OK, _("All processes share it (%(kind)s).") % {"kind": kind})


def _round_trip() -> bool:
    """What one connection wrote, and read again."""
    key = f"doctor:{secrets.token_hex(8)}"
    cache.set(key, key, timeout=60)
    try:
        return bool(cache.get(key) == key)
    finally:
        cache.delete(key)
