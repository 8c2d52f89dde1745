"""What every route and job of the stand-in shares."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from flask import current_app, request

from sandbox.faults.book import Book
from sandbox.picovico.store import Store
from sandbox.settings import Settings

ROOT = "/picovico/v2.1"
_SIGNS = string.ascii_letters + string.digits


@dataclass(slots=True)
class Context:
    settings: Settings
    store: Store
    clock: Callable[[], datetime]
    # Called after a job was added, so that a sleeping job thread looks at once.
    wake: Callable[[], None] = lambda: None
    faults: Book = field(default_factory=Book)

    @property
    def data(self) -> Path:
        return self.settings.data / "picovico"

    def now(self) -> int:
        return int(self.clock().timestamp())

    def today(self) -> str:
        return self.clock().date().isoformat()

    def film(self, video: str, height: int) -> Path:
        return self.data / "videos" / video / f"{height}.mp4"

    def poster(self, video: str, height: int) -> Path:
        return self.data / "videos" / video / f"{height}.jpg"

    def photo(self, file_name: str) -> Path:
        return self.data / "photos" / file_name


def context() -> Context:
    """The context of the app that answers the current request."""
    found: Context = current_app.extensions["sandbox.picovico"]
    return found


def base() -> str:
    """`https://host/picovico/v2.1` of the current request, or with what --public-url says."""
    given = context().settings.public_url
    return (given or request.host_url).rstrip("/") + ROOT


def new_id() -> str:
    """Letters and digits, like the ids in the documents; long enough that a public address cannot be guessed."""
    return "".join(secrets.choice(_SIGNS) for _ in range(20))
