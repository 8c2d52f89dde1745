"""Statements that the database refuses: a full disk, a lock that does not come free."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection

DISK_FULL = "database or disk is full"
LOCKED = "database is locked"


@contextmanager
def refusing(message: str, *, writes: str, times: int = 1) -> Iterator[list[str]]:
    """The next `times` statements that write to this table fail; yields those that did."""
    failed: list[str] = []

    def refuse(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if len(failed) < times and f'"{writes}"' in sql and sql.startswith(("INSERT", "UPDATE", "DELETE")):
            failed.append(sql)
            raise OperationalError(message)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        yield failed
