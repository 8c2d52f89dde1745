"""Whether this process could do its work now (/readyz). Upper apps add what they alone need (`register`)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from django.utils.translation import gettext as _

from dashboard import bounded, heartbeat, tables

log = logging.getLogger(__name__)

# Shorter than any balancer waits (nginx and most clouds: 5 s), and for all parts together.
SECONDS: Final = 3.0
RETRY_AFTER: Final = 5

Part = Callable[[], str]
_parts: dict[str, Part] = {}


def register(name: str, part: Part) -> None:
    """`part` answers "" when all is well, else one line for strangers: no names, paths or addresses."""
    _parts[name] = part


def failing() -> list[str]:
    """One line for each part that does not work. All are asked at once, and none is waited for beyond SECONDS."""
    until = time.monotonic() + SECONDS
    asked = [(name, bounded.begin(f"ready:{name}", part)) for name, part in _parts.items()]
    return [f"{name}: {wrong}" for name, question in asked if (wrong := _wrong(name, question, until))]


def _wrong(name: str, question: bounded.Question[str], until: float) -> str:
    try:
        return question.wait(until - time.monotonic())
    except bounded.NoAnswer:
        return _("no answer within %(seconds)d s") % {"seconds": SECONDS}
    except Exception as error:
        # The error's own words may name hosts and people, so they go to the log alone.
        log.warning("not ready: %s: %s", name, error)
        return _("does not work (%(error)s)") % {"error": type(error).__name__}


def _database() -> str:
    """Reads a table, so a connection alone is not enough. Code that waits for its migrations gets no visitors yet."""
    return _("its tables are not up to date: manage.py migrate") if tables.behind() else ""


def _worker() -> str:
    if heartbeat.worker_is_alive():
        return ""
    seconds = int(heartbeat.STALE_AFTER.total_seconds())
    return _("none was heard for %(seconds)d s") % {"seconds": seconds}


register("database", _database)
register("worker", _worker)
