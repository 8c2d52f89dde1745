"""Huey queues: `default` runs on any worker; `default-relay-<node>` only where the spool of an upload lies.

One consumer serves one queue name, so the relay queue is a second Huey object that shares the task registry.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from huey.contrib.djhuey import HUEY


def default_queue() -> Any:
    return HUEY


@cache
def relay_queue(node: str | None = None) -> Any:
    options: dict[str, Any] = dict(settings.HUEY)
    name = f"{settings.QUEUE_NAME}-relay-{node or settings.NODE}"
    cls = type(HUEY)
    queue = cls(
        name,
        results=False,
        immediate=options["immediate"],
        immediate_use_memory=True,
        **options["connection"],
    )
    queue._registry = HUEY._registry
    return queue
