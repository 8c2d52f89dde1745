"""Huey queues: `default` and `default-send` run on any worker; `default-relay-<node>` only where the spool of an upload
lies. What is sent has threads of its own: a post must not come too late because all others wait for a provider that
does not answer.

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
def send_queue() -> Any:
    """Calls that spend, post or create, and looking for what became of them."""
    return _another("send")


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
