"""Huey queues: `default` and `default-post` run on any worker; `default-relay-<node>` only where the spool of an upload
lies. Posts have threads of their own: they have their time, and must not come too late because all others wait for a
provider that does not answer.

One consumer serves one queue name, so the others are further Huey objects that share the task registry.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from huey.contrib.djhuey import HUEY


def default_queue() -> Any:
    return HUEY


@cache
def post_queue() -> Any:
    """Posts that are to go out; looking for what became of one has time."""
    return _another("post")


@cache
def relay_queue(node: str | None = None) -> Any:
    return _another(f"relay-{node or settings.NODE}")


def _another(name: str) -> Any:
    options: dict[str, Any] = dict(settings.HUEY)
    cls = type(HUEY)
    queue = cls(
        f"{settings.QUEUE_NAME}-{name}",
        results=False,
        immediate=options["immediate"],
        immediate_use_memory=True,
        **options["connection"],
    )
    queue._registry = HUEY._registry
    return queue
