"""Waking a worker for a row. Actions say what is due; the tasks lie above them and are connected at start (wiring.py).

Every row is due by itself as well, so a message that gets lost costs a moment and nothing else.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from dashboard.models import Team
from projects_app.models import Media, MediaState, Upload
from projects_app.models.upload import UNDER_WAY

log = logging.getLogger(__name__)

Send = Callable[[Any], object]
_senders: dict[str, Send] = {}


def connect(**senders: Send) -> None:
    """`call`, `project`, `media_call`, `media_file`, `library` and `archive`: each enqueues the task that gets the
    row's id; `webhooks` one that gets several."""
    _senders.update(senders)


def call(pk: uuid.UUID) -> None:
    _wake("call", pk)


def project(pk: uuid.UUID) -> None:
    """A look that a person asked for: it may use the reads that are kept for people."""
    _wake("project", pk)


def webhooks(pks: Sequence[uuid.UUID]) -> None:
    """One message to the queue for all of them: under a flood that is what costs."""
    _wake("webhooks", list(pks))


def media_call(pk: uuid.UUID) -> None:
    _wake("media_call", pk)


def media_file(pk: uuid.UUID) -> None:
    """An entry of the library whose file lies on this node."""
    _wake("media_file", pk)


def library(key_pk: uuid.UUID) -> None:
    """The media library of a key's account is to be read because a person asked."""
    _wake("library", key_pk)


def archive(pk: uuid.UUID) -> None:
    """A video is to be copied to the archive."""
    _wake("archive", pk)


def held_files(team: Team) -> None:
    """Nothing is enqueued: each file's own node finds its row due."""
    now = timezone.now()
    Upload.objects.for_team(team).filter(state__in=UNDER_WAY, not_before__gt=now).update(
        not_before=None, next_look_at=now
    )
    Media.objects.for_team(team).filter(state=MediaState.QUEUED, next_look_at__gt=now).update(next_look_at=now)


def _wake(kind: str, pk: uuid.UUID | list[uuid.UUID]) -> None:
    def send() -> None:
        try:
            _senders[kind](pk)
        except Exception:
            # With the queue away the sweeper finds the row; whoever asked has been served.
            log.exception("could not wake a worker for %s %s", kind, pk)

    transaction.on_commit(send)
