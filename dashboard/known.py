"""Projects that a key is known to see. The floor above registers them; a new secret is tried on them (R16)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from dashboard.models import ApiKey


class Known(NamedTuple):
    upstream_id: str
    title: str


Source = Callable[[ApiKey], list[Known]]
_sources: list[Source] = []


def register(source: Source) -> None:
    """`source(key)`: a few projects that were seen with this key, the one seen last first."""
    if source not in _sources:
        _sources.append(source)


def of(key: ApiKey) -> list[Known]:
    return [known for source in _sources for known in source(key)]
