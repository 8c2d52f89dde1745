"""How long messages are kept (design: reliability, section 3): bodies with headers and network address for 30 days and
never more than 1 GiB of them, the rest of the row for 180 days.

In small steps, so that nobody waits for it at the door: each is one statement and repeats its own condition.
"""

from __future__ import annotations

import logging
from typing import Any, Final

from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from projects_app.models import Verdict, WebhookEvent
from projects_app.models.webhook_event import KEEP_BODY, KEEP_ROW

log = logging.getLogger(__name__)

MOST_BYTES: Final = 1 << 30
BATCH: Final = 500
# In one run; what is left goes with the next one.
MOST_BATCHES: Final = 200


def prune() -> tuple[int, int]:
    """Safe to call at any time; returns how many bodies and how many rows went."""
    return _old_bodies() + _too_many_bodies(), _old_rows()


def _old_bodies() -> int:
    now = timezone.now()
    old = WebhookEvent.objects.with_body().filter(received_at__lt=now - KEEP_BODY)
    gone = 0
    for _number in range(MOST_BATCHES):
        ids = list(old.order_by("received_at").values_list("pk", flat=True)[:BATCH])
        if not ids:
            break
        # Nothing waits for ever (I9): what could not be checked for a month is not going to be.
        waiting = WebhookEvent.objects.waiting().filter(pk__in=ids)
        waiting.update(
            verdict=Verdict.NOT_CONFIRMED, note=_("It could not be checked."), handled_at=now, next_look_at=None
        )
        gone += _empty(ids)
    return gone


def _too_many_bodies() -> int:
    """Oldest first; of those that wait the body is still needed."""
    kept = WebhookEvent.objects.with_body()
    over = (kept.aggregate(total=Sum("size"))["total"] or 0) - MOST_BYTES
    gone = 0
    for _number in range(MOST_BATCHES):
        if over <= 0:
            break
        ids = []
        settled = kept.exclude(verdict=Verdict.WAITING).order_by("received_at", "pk")
        for pk, size in settled.values_list("pk", "size")[:BATCH]:
            if over <= 0:
                break
            ids.append(pk)
            over -= size
        if not ids:
            log.warning("bodies of messages that wait to be looked at take more than %d bytes", MOST_BYTES)
            break
        gone += _empty(ids)
    return gone


def _empty(ids: list[Any]) -> int:
    """One that was asked for anew meanwhile keeps its body."""
    rows = WebhookEvent.objects.with_body().filter(~Q(verdict=Verdict.WAITING), pk__in=ids)
    return rows.update(body=b"", headers={}, source_ip=None, body_removed_at=timezone.now())


def _old_rows() -> int:
    old = WebhookEvent.objects.filter(received_at__lt=timezone.now() - KEEP_ROW)
    gone = 0
    for _number in range(MOST_BATCHES):
        ids = list(old.order_by("received_at").values_list("pk", flat=True)[:BATCH])
        if not ids:
            break
        gone += WebhookEvent.objects.filter(pk__in=ids).delete()[0]
    return gone
