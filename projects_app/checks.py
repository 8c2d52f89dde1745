"""What is found at start, or by `manage.py check --database default`, with the help of the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError

from projects_app.actions import mending


@register(Tags.database)
def files_lie_on_nodes_that_run(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    if not databases:
        return []
    try:
        gone = mending.gone_nodes()
    except DatabaseError:
        return []  # before the first migration
    return [
        Warning(
            f"Files wait on the node “{node}”, whose worker was not heard for hours.",
            hint=f"Start its worker. If this machine was “{node}” before, set NODE={node}; see docs/operations.md.",
            id="projects.W001",
        )
        for node in gone
    ]
