"""Writing down what a publish call answered, and having the feed read soon after."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from dashboard.actions import kept_answers, upstream_calls
from dashboard.models import ApiKey, UpstreamCall
from publishing_app.actions import outcomes
from publishing_app.models import Publication


def accept(
    call: UpstreamCall, publication: Publication, *, upstream_id: str, status: str, reply: dict[str, Any]
) -> None:
    """The provider has it. One that a person settled meanwhile stays so, and its id is in the audit."""

    @transaction.atomic
    def once() -> None:
        if upstream_calls.accept(call, upstream_id=upstream_id, reply=reply):
            outcomes.take_over(publication=publication, upstream_id=upstream_id, status=status)

    def write() -> None:
        for _try in range(2):
            try:
                once()
                return
            except IntegrityError:
                # The feed stored the same entry at this moment: next time it is there to be taken over.
                call.refresh_from_db()
                publication.refresh_from_db()
        once()

    kept_answers.keep(call, upstream_id, write)


def look_soon(key: ApiKey) -> None:
    """Something new is in the feed: read it in a moment instead of at the usual time."""
    soon = timezone.now() + dt.timedelta(seconds=2 if key.is_sandbox else 30)
    ApiKey.objects.filter(Q(next_look_at=None) | Q(next_look_at__gt=soon), pk=key.pk).update(next_look_at=soon)
