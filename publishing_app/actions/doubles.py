"""Posts that were given up and turn up all the same: watched for a week, and told (reliability, 2.3, step 6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from dashboard import audit
from dashboard.models import ApiKey, AuditEvent, CallState, UpstreamCall
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
    known = AuditEvent.objects.for_team(key.team).filter(verb=VERB, at__gte=at - WATCHED_FOR)
    told = set(known.values_list("data__call", flat=True))
    lost = [call for call in given_up.order_by("sent_at") if str(call.pk) not in told]
    for row, entry in fresh:
        found = next((call for call in lost if _may_be(call, row, entry)), None)
        if found:
            lost.remove(found)
            again = UpstreamCall.objects.filter(supersedes=found).exclude(state=CallState.REJECTED).exists()
            audit.record(team=key.team, by=None, verb=VERB, target=row, call=str(found.pk), sent_again=again)


def _may_be(call: UpstreamCall, row: Publication, entry: submagic.Publication) -> bool:
    """As evidence is weighed for a call of unknown outcome (publish_evidence)."""
    assert call.sent_at is not None
    if call.target_id not in (row.clip_id, row.project_id) or entry.id in call.baseline.get("ids", []):
        return False
    if entry.platforms != frozenset(call.body.get("platforms", {})):
        return False
    if entry.published_at is None:
        return bool(call.baseline.get("whole", True))
    if due := call.body.get("scheduledFor"):
        return abs(entry.published_at - dt.datetime.fromisoformat(due)) <= SCHEDULE_SLACK
    return entry.published_at >= call.sent_at - CLOCK_SLACK
