"""Decisions about clips. Deciding the same twice changes nothing and leaves no second audit row."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from dashboard import audit
from dashboard.models import Team, User
from projects_app.models import Clip, Decision

_VERBS = {
    Decision.APPROVED: "clip.approved",
    Decision.REJECTED: "clip.rejected",
    Decision.UNDECIDED: "clip.reset",
}


def approve(*, clip: Clip, by: User) -> bool:
    """True when this changed the decision; `clip` carries the new state either way."""
    return decide(clip=clip, decision=Decision.APPROVED, by=by)


def reject(*, clip: Clip, by: User) -> bool:
    return decide(clip=clip, decision=Decision.REJECTED, by=by)


def reset(*, clip: Clip, by: User) -> bool:
    """Undo: the clip waits for a decision again."""
    return decide(clip=clip, decision=Decision.UNDECIDED, by=by)


def decide(*, clip: Clip, decision: Decision, by: User) -> bool:
    changed = decide_many(team=clip.team, ids=[clip.pk], decision=decision, by=by)
    clip.refresh_from_db(fields=["decision", "decided_by", "decided_at"])
    return bool(changed)


@transaction.atomic
def decide_many(*, team: Team, ids: Iterable[uuid.UUID], decision: Decision, by: User) -> list[Clip]:
    """Decide about several clips of one team at once; returns those whose decision changed.

    Ids of other teams, and of clips that are gone, are passed over.
    """
    # The rows are locked, so that of two people deciding at once the later one sees (and audits) the earlier.
    waiting = Clip.objects.for_team(team).filter(pk__in=list(ids)).exclude(decision=decision)
    changed = list(waiting.select_for_update().order_by("pk"))
    undo = decision == Decision.UNDECIDED
    for clip in changed:
        audit.record(team=team, by=by, verb=_VERBS[decision], target=clip, title=clip.title, before=clip.decision)
        clip.decision = decision
        clip.decided_by = None if undo else by
        clip.decided_at = None if undo else timezone.now()
    Clip.objects.bulk_update(changed, ["decision", "decided_by", "decided_at"])
    return changed
