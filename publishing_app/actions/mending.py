"""Publications that say something else than their call, found by looking for them once a minute (reliability, I9)."""

from __future__ import annotations

import logging

from django.db.models import Q

from dashboard.models import CallState, UpstreamCall
from publishing_app.actions import outcomes
from publishing_app.models import Publication, PublicationState

log = logging.getLogger(__name__)

MOST = 200


def mend() -> int:
    """Safe to call at any time; returns how many were told. Both are written together: this is for rows from before
    that, and for whatever else comes between."""
    kept = Q(call__state=CallState.DRAFT)
    said = {
        PublicationState.UNKNOWN: Q(call__state=CallState.UNKNOWN),
        PublicationState.FAILED: Q(call__state=CallState.REJECTED),
        PublicationState.ABANDONED: Q(call__state=CallState.ABANDONED),
        PublicationState.MISSED: kept & Q(call__next_look_at=None),
        PublicationState.SCHEDULED: kept & Q(call__next_look_at__isnull=False),
        PublicationState.QUEUED: Q(call__state__in=(CallState.READY, CallState.SENDING, CallState.COMMITTING)),
    }
    right = Q()
    for state, is_so in said.items():
        right |= Q(state=state) & is_so
    wrong = Publication.objects.filter(call__isnull=False, upstream_id="").exclude(right)
    calls = list(UpstreamCall.objects.filter(pk__in=wrong.values("call"))[:MOST])
    for call in calls:
        outcomes.tell(call)
        log.warning("what became of publish call %s is told now", call.pk)
    return len(calls)
