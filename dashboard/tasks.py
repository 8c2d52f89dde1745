"""What workers do for the desk itself."""

from __future__ import annotations

from typing import Any, cast

from huey.contrib.djhuey import db_task

from dashboard import heartbeat


@db_task()  # type: ignore[untyped-decorator]
def say_worked(node: str) -> None:
    """A worker's loop may beat while its threads hang; this is done by one of them."""
    heartbeat.worked(node)


def ask() -> None:
    """With each beat; one message at a time, also when nobody takes it."""
    if node := heartbeat.to_ask():
        cast(Any, say_worked)(node)
