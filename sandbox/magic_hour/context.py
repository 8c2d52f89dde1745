"""What every route and job of the Magic Hour stand-in shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from flask import current_app

from sandbox.faults.book import Book
from sandbox.magic_hour.store import Store
from sandbox.settings import Settings
from sandbox.submagic.context import Clock, Deliver, iso

NAME = "sandbox.magic_hour"


@dataclass(slots=True)
class Context:
    settings: Settings
    store: Store
    clock: Clock
    deliver: Deliver
    # Called after a job was added, so that a sleeping job thread looks at once.
    wake: Callable[[], None] = lambda: None
    faults: Book = field(default_factory=Book)

    def now(self) -> str:
        return iso(self.clock())

    def later(self, seconds: float) -> str:
        return iso(self.clock() + timedelta(seconds=seconds))

    def film(self, project: str) -> Path:
        return self.settings.data / "magic-hour" / project / "output.mp4"


def context() -> Context:
    """The context of the app that answers the current request."""
    found: Context = current_app.extensions[NAME]
    return found
