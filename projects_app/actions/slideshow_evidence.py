"""What an answer about a slideshow tells of the request for its film (document 003, POST /me/videos/<video-id>/render).

Called by the reader of looks (picovico.py), in the transaction that writes the answer.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.actions import upstream_calls
from dashboard.models import CallState, UpstreamCall
from projects_app.models import Project
from providers.picovico import UpdateVideo
from providers.picovico import Video as Seen

OPERATION: Final = "render_slideshow"
# So long an answer that still tells of the draft as it was is taken for an older one.
MAY_TAKE: Final = dt.timedelta(hours=1)


def version(seen: Seen) -> str:
    """What the draft holds, as a mark: two answers with the same one show the same. Picovico's own time counts whole
    seconds, and may be missing."""
    shown = UpdateVideo(
        name=seen.name or "",
        style=seen.style or "",
        quality=seen.quality,
        credit=seen.credit,
        odd_credit=seen.odd_credit,
        assets=seen.assets,
    )
    return hashlib.sha256(json.dumps(shown.to_json(), sort_keys=True).encode()).hexdigest()[:20]


def baseline(project: Project, version: str) -> dict[str, Any]:
    """The draft as the person saw it when the film was asked for."""
    known = project.upstream_updated_at
    return {"renders": True, "modifiedOn": known.isoformat() if known else "", "version": version}


def is_from_before(project: Project, seen: Seen) -> bool:
    """It tells of the draft just as it was although Picovico has taken the request: it must not lead to a second
    one."""
    if not seen.is_draft:
        return False
    since = timezone.now() - MAY_TAKE
    asked = UpstreamCall.objects.filter(target_id=project.pk, operation=OPERATION, settled_at__gt=since)
    call = asked.filter(state=CallState.ACCEPTED).order_by("-settled_at").first()
    if call is None:
        return False
    if seen.modified_on and call.baseline.get("modifiedOn"):
        return bool(call.baseline["modifiedOn"] == seen.modified_on.isoformat())
    return bool(call.baseline.get("version") == version(seen))


def settle(project: Project, seen: Seen) -> None:
    """Whoever asked for the film: it is being made, or was. A lost answer is known by that, and what still waits to be
    sent would ask a second time."""
    if seen.is_draft or seen.known_status is None:
        return
    calls = UpstreamCall.objects.live().filter(target_id=project.pk, operation=OPERATION)
    for call in calls.select_related("team", "api_key"):
        if call.state == CallState.UNKNOWN:
            upstream_calls.accept(call, upstream_id=project.upstream_id, reply={"seen": seen.status})
        elif call.state == CallState.READY:
            text = _("Not sent: the film was asked for at Picovico meanwhile.")
            end(call, text, _("Nothing was paid a second time."))


def end(call: UpstreamCall, problem: str, advice: str) -> None:
    """It does not go out, for a reason that is nobody's refusal."""
    if upstream_calls.abandon(call=call, by=None):
        UpstreamCall.objects.filter(pk=call.pk).update(problem=problem[:500], advice=advice[:500])
