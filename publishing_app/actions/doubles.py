"""Posts that were given up and turn up all the same: watched for a week, and told (reliability, 2.3, step 6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from dashboard import audit
from dashboard.models import LIVE_STATES, ApiKey, AuditEvent, CallState, Team, UpstreamCall
from providers import submagic
from publishing_app.actions.publications import OPERATION
from publishing_app.actions.publish_evidence import CLOCK_SLACK, SCHEDULE_SLACK
from publishing_app.models import Publication

WATCHED_FOR: Final = dt.timedelta(days=7)
VERB: Final = "publication.appeared_later"


def tell(key: ApiKey, fresh: Sequence[tuple[Publication, submagic.Publication]], at: dt.datetime) -> None:
    """`fresh`: entries of the feed that no call of ours is known to have made, with the rows just made of them."""
    if not fresh:
        return
    given_up = UpstreamCall.objects.for_team(key.team).filter(
        operation=OPERATION, state=CallState.ABANDONED, sent_at__gte=at - WATCHED_FOR
    )
    told = _told(key.team, at)
    lost = [call for call in given_up.order_by("sent_at") if str(call.pk) not in told]
    for row, entry in fresh:
        found = next((call for call in lost if _may_be(call, row, entry)), None)
        if found is None:
            continue
        others = UpstreamCall.objects.filter(operation=OPERATION, target_id=found.target_id).exclude(pk=found.pk)
        if others.filter(state__in=LIVE_STATES).exists():
            continue  # the feed may show that one before its answer is here; it becomes part of that one then
        lost.remove(found)
        later = others.filter(created_at__gt=found.created_at).exclude(state=CallState.REJECTED)
        again = later.exclude(state=CallState.ABANDONED, sent_at=None).exclude(state=CallState.DRAFT).exists()
        audit.record(team=key.team, by=None, verb=VERB, target=row, call=str(found.pk), sent_again=again)


def _told(team: Team, at: dt.datetime) -> set[str]:
    """Calls that were told already, by a row that is still there: one that became part of another was none."""
    events = AuditEvent.objects.for_team(team).filter(verb=VERB, at__gte=at - WATCHED_FOR)
    said = {event.data["call"]: event.target_id for event in events}
    there = Publication.objects.filter(pk__in=said.values()).values_list("pk", flat=True)
    kept = {str(pk) for pk in there}
    return {call for call, row in said.items() if row in kept}


def _may_be(call: UpstreamCall, row: Publication, entry: submagic.Publication) -> bool:
    """As evidence is weighed for a call of unknown outcome (publish_evidence)."""
    assert call.sent_at is not None
    if call.target_id not in (row.clip_id, row.project_id) or entry.id in call.baseline.get("ids", []):
        return False
    if entry.platforms != frozenset(call.body.get("platforms", {})):
        return False
    if entry.published_at is None:
        return bool(call.baseline.get("whole", False))
    if due := call.body.get("scheduledFor"):
        return abs(entry.published_at - dt.datetime.fromisoformat(due)) <= SCHEDULE_SLACK
    return entry.published_at >= call.sent_at - CLOCK_SLACK
