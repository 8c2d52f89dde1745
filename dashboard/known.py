"""Projects that a key is known to see. The floor above registers them; a new secret is tried on them (R16), and what
the old one had lost is looked for with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from dashboard.models import ApiKey


class Known(NamedTuple):
    upstream_id: str
    title: str


Source = Callable[[ApiKey], list[Known]]
Again = Callable[[ApiKey], None]
_sources: list[Source] = []
_again: list[Again] = []


def register(source: Source, again: Again) -> None:
    """`source(key)`: a few projects that were seen with this key, the one seen last first; `again(key)`: those that it
    did not find any more are looked for again."""
    if source not in _sources:
        _sources.append(source)
        _again.append(again)


def of(key: ApiKey) -> list[Known]:
    return [known for source in _sources for known in source(key)]


def look_again(key: ApiKey) -> None:
    """It is another secret now, or somebody says that it is the right one; call it inside a transaction."""
    for each in _again:
        each(key)
