"""What a restored backup means for publications (reliability, I10): called with it, in its transaction."""

from __future__ import annotations

from django.utils import timezone

from dashboard.models import CallState, UpstreamCall
from publishing_app.actions import outcomes
from publishing_app.actions.publications import OPERATION
from publishing_app.models import Publication


def doubt() -> None:
    """Those that were put in doubt say so; and what the backup knows of the feed was there before any of them, so none
    of it is taken for one."""
    calls = UpstreamCall.objects.filter(operation=OPERATION, state__in=(CallState.UNKNOWN, CallState.DRAFT))
    for call in calls.select_related("publication"):
        if call.state == CallState.UNKNOWN and not call.baseline and hasattr(call, "publication"):
            project_id, key = call.publication.upstream_project_id, call.api_key_id
            rows = Publication.objects.filter(api_key=key, upstream_project_id=project_id).exclude(upstream_id="")
            known = sorted(rows.values_list("upstream_id", flat=True))
            # The feed itself may have had more than the backup knows.
            baseline = {"ids": known, "at": timezone.now().isoformat(), "whole": False}
            UpstreamCall.objects.filter(pk=call.pk).update(baseline=baseline)
        outcomes.tell(call)
