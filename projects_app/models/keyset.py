"""Pages of a list by the last row that was shown, newest first, so that new rows do not shift them."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db.models import Q
from django.utils import timezone


def place_of(created_at: dt.datetime, pk: uuid.UUID) -> str:
    return f"{created_at.isoformat()}~{pk}"


def older_than(place: str) -> Q:
    """The rows behind a place that `place_of` gave; all of them for anything else that an address may hold."""
    moment, _sign, pk = place.partition("~")
    try:
        at, key = dt.datetime.fromisoformat(moment), uuid.UUID(pk)
        if timezone.is_naive(at):
            return Q()
        at = at.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return Q()
    return Q(created_at__lt=at) | Q(created_at=at, pk__lt=key)
