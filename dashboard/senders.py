"""Who sends which kind of upstream call. Upper apps register; the sweeper in dashboard only delivers ids."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.db.models import Q

from dashboard.models import UpstreamCall

Sender = Callable[[uuid.UUID], object]
_senders: dict[str, Sender] = {}


def register(operation: str, sender: Sender) -> None:
    """`sender(call_id)` enqueues the task that sends or settles calls of this operation."""
    _senders[operation] = sender


def where_sendable() -> Q:
    return Q(operation__in=list(_senders))


def deliver(call_id: uuid.UUID) -> None:
    operation = UpstreamCall.objects.values_list("operation", flat=True).get(pk=call_id)
    _senders[operation](call_id)
