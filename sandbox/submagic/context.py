"""What every route and job of the stand-in shares."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from flask import current_app

from sandbox.faults.book import Book
from sandbox.settings import Settings
from sandbox.submagic.store import Store

Clock = Callable[[], datetime]
# Sends JSON bytes to a URL with headers; returns the HTTP status (or just True: taken), raises DeliveryError when
# nobody answered.
Deliver = Callable[[str, bytes, Mapping[str, str]], int]


def iso(moment: datetime) -> str:
    """ISO 8601 with milliseconds and Z, as all times in the documents."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def parse_iso(text: str) -> datetime:
    """An aware time; raises ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("the time has no zone")
    return moment.astimezone(UTC)


@dataclass(slots=True)
class Context:
    settings: Settings
    store: Store
    clock: Clock
    deliver: Deliver
    # Called after a job was added, so that a sleeping job thread looks at once.
    wake: Callable[[], None] = lambda: None
    # What tests ordered to go wrong, and how an answer is delayed.
    faults: Book = field(default_factory=Book)
    sleep: Callable[[float], None] = time.sleep

    @property
    def data(self) -> Path:
        return self.settings.data

    def now(self) -> str:
        return iso(self.clock())

    def folder(self, project: str) -> Path:
        return self.data / "projects" / project


def context() -> Context:
    """The context of the app that answers the current request."""
    found: Context = current_app.extensions["sandbox.submagic"]
    return found
