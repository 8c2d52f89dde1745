"""When the hand-over to the provider begins: just in time, so that both legs end together (design: uploads, D)."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from dashboard import queues
from dashboard.models import ApiKey
from projects_app.models import Upload

log = logging.getLogger(__name__)

# What was measured of a provider is taken for a little less: too high a rate begins late and costs time, too low a one
# holds a connection open for longer than needed, and some servers end long requests.
CAUTION: Final = 0.97
# What socket buffers swallow at once says nothing about the line, and too short a stretch says little.
BUFFERED_BYTES: Final = 8_000_000
TRUSTED_BYTES: Final = 24_000_000
# How much the newest measurement counts beside what was known (an exponentially weighted moving average).
NEWEST: Final = 0.4
# A browser that was silent for this long is not followed; the relay waits until all bytes are here.
STALL_SECONDS: Final = 20.0


def is_due(upload: Upload, *, offset: int | None = None, rate: int | None = None) -> bool:
    """Is it time to open the connection to the provider, with `offset` bytes here and `rate` bytes a second coming?"""
    offset = upload.offset if offset is None else offset
    rate = upload.rate if rate is None else rate
    remaining = upload.size - offset
    if not remaining:
        return True
    # After an attempt that had to be given up the file is sent once it is complete: multipart cannot resume.
    if not upload.container or upload.relay_attempts or not rate:
        return False
    return remaining / rate <= upload.size / upstream_rate(upload)


def upstream_rate(upload: Upload) -> float:
    """Bytes a second that the provider is taken to accept."""
    return CAUTION * upload.upstream_rate if upload.upstream_rate else float(settings.RELAY_RATE_GUESS)


class Meter:
    """How fast the provider takes bytes while there are enough of them; time spent waiting for the browser counts not.

    Only the longest stretches tell: a relay that follows a slow browser fills buffers and never meets the limit.
    """

    def __init__(self) -> None:
        self._bytes = 0
        self._seconds = 0.0
        self._stretch = 0

    def __call__(self, count: int, seconds: float) -> None:
        """A block was taken, `seconds` after it was offered; a count of 0: there was none to offer."""
        self._stretch = self._stretch + count if count else 0
        if self._stretch > BUFFERED_BYTES:
            self._bytes += count
            self._seconds += seconds

    @property
    def rate(self) -> int:
        """Bytes a second; 0 when too little was seen."""
        return round(self._bytes / max(self._seconds, 0.001)) if self._bytes >= TRUSTED_BYTES else 0


def learn(key: ApiKey, rate: int) -> None:
    """The key's provider took this many bytes a second just now."""
    if rate:
        known = ApiKey.objects.values_list("upload_rate", flat=True).get(pk=key.pk)
        ApiKey.objects.filter(pk=key.pk).update(upload_rate=round(NEWEST * rate + (1 - NEWEST) * (known or rate)))


def is_silent(upload: Upload) -> bool:
    last = upload.last_byte_at
    return last is None or timezone.now() - last > dt.timedelta(seconds=STALL_SECONDS)


def longest_wait(upload: Upload) -> float:
    """Seconds for which a relay follows a file that is still arriving: three times what the whole file takes the
    provider, by what was learnt of it."""
    return max(60.0, 3 * upload.size / upstream_rate(upload))


def redelivery() -> dt.datetime:
    return timezone.now() + dt.timedelta(seconds=settings.REDELIVER_SECONDS)


# --- Waking the relay ----------------------------------------------------------------------------------------------

Send = Callable[[str, uuid.UUID], object]
_send: Send | None = None


def connect(send: Send) -> None:
    """`send(node, upload_id)` enqueues the relay on that node; set once at start, because tasks lie above actions."""
    global _send
    _send = send


def wake(upload: Upload) -> None:
    """Start the relay now. The row is due as well, so a message that gets lost costs a minute and nothing else."""
    if queues.relay_queue(upload.node).immediate and upload.offset < upload.size:
        return  # in this very thread it would wait for bytes that only this thread can bring

    def send() -> None:
        if _send is None:
            return
        try:
            _send(upload.node, upload.pk)
        except Exception:
            log.exception("could not wake the relay of upload %s; the sweep will", upload.pk)

    transaction.on_commit(send)
