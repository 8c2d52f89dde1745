"""How often a provider lets an endpoint be called, as its table of limits says it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """Calls per `window` seconds: `start` is what we begin with, `most` the largest documented number."""

    start: int
    most: int
    window: int = 3600
    source: str = ""
