"""What an error, a dead sender or a fruitless look means for a call: the fields it gets (reliability, 2.2 and 2.3).

Nothing is written in here; upstream_calls.py does that.
"""

from __future__ import annotations

import datetime as dt
import random
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.models import CallState, UpstreamCall
from providers.errors import ProviderError, RateLimited, Unauthorised
from providers.http import scrub

MAX_ATTEMPTS: Final = 5
# After a send that surely had no effect: long enough in all to outlive a short outage (R7).
AGAIN_AFTER: Final = [5, 30, 120, 300]
# After the key was refused (R16): whether it works again is seen by whoever tries then.
PARKED_SECONDS: Final = 300
# After an unknown outcome: when to look for evidence (reliability.md 2.3, 5), then hourly until a day is over.
EVIDENCE_AFTER: Final = [10, 30, 120, 300, 900, 3600]
EVIDENCE_UNTIL: Final = dt.timedelta(hours=24)

_BEGUN: Final = (CallState.SENDING, CallState.COMMITTING)


def soon(seconds: float) -> dt.datetime:
    """With up to 10 % on top, so that calls that failed together do not come back together."""
    return timezone.now() + dt.timedelta(seconds=seconds * random.uniform(1.0, 1.1))


def ended() -> dict[str, Any]:
    return {
        "state": CallState.REJECTED,
        "settled_at": timezone.now(),
        "next_look_at": None,
        "hook_sealed": "",
    }


def unknown() -> dict[str, Any]:
    return {"state": CallState.UNKNOWN, "looks": 0, "next_look_at": soon(EVIDENCE_AFTER[0])}


def after_error(call: UpstreamCall, error: ProviderError, *, retry: bool = True) -> dict[str, Any]:
    """Refused, surely not sent (again later), or unknown; with the texts for a person."""
    texts: dict[str, Any] = {
        "status_code": error.status,
        "problem": scrub(error.message)[:500],
        "advice": scrub(error.advice)[:500],
        "sample": scrub(error.sample),
    }
    if error.outcome == "unknown":
        return unknown() | texts
    # A sender that was taken for dead heard after all that nothing was done. Somebody may have been asked about it
    # by now, so it ends there: it does not go again by itself.
    retry = retry and call.state != CallState.UNKNOWN
    if retry and isinstance(error, RateLimited):
        # Not a failed attempt: it waits for its turn, however often (R9).
        attempts = max(0, call.attempts - (call.state in _BEGUN))
        at = soon(error.wait_seconds)
        return {"state": CallState.READY, "attempts": attempts, "not_before": at, "next_look_at": at} | texts
    if retry and call.attempts < MAX_ATTEMPTS:
        if isinstance(error, Unauthorised):
            # Nothing is wrong with the call itself: it waits for a key that works (R16).
            return {"state": CallState.READY, "next_look_at": soon(PARKED_SECONDS)} | texts
        if error.outcome in ("not_sent", "failed_read"):
            return {"state": CallState.READY, "next_look_at": soon(AGAIN_AFTER[max(0, call.attempts - 1)])} | texts
    if not error.permanent:
        # Its own advice says that it goes again by itself, which is over now.
        texts["advice"] = _("It is not tried again by itself. Nothing was done or spent there; start it again later.")
    return ended() | texts


def after_loss(call: UpstreamCall, *, counts: bool) -> tuple[tuple[CallState, ...], dict[str, Any]]:
    """For a call whose sender is dead: the states in which that may be, and the fields."""
    if call.state != CallState.SENDING or not call.operation.startswith("upload_"):
        problem = _("The desk was interrupted while it waited for the provider's answer.")
        advice = _("Nothing is sent again by itself. We are checking whether it arrived.")
        return _BEGUN, unknown() | {"problem": problem, "advice": advice}
    again: dict[str, Any] = {"state": CallState.READY, "next_look_at": soon(1)}
    if not counts:
        return (CallState.SENDING,), again | {"attempts": max(0, call.attempts - 1)}
    if call.attempts < MAX_ATTEMPTS:
        return (CallState.SENDING,), again
    return (CallState.SENDING,), ended() | {
        "problem": _("The desk was interrupted %(times)d times while it sent this.") % {"times": call.attempts},
        "advice": _("Nothing was created or spent. Start it again; if that fails too, tell an admin."),
    }


def is_over(call: UpstreamCall) -> bool:
    """Evidence has been looked for long enough."""
    return call.sent_at is not None and timezone.now() - call.sent_at > EVIDENCE_UNTIL


def next_look(looks: int) -> dt.datetime:
    return soon(EVIDENCE_AFTER[looks] if looks < len(EVIDENCE_AFTER) else 3600)


def next_try(call: UpstreamCall, seconds: float) -> dt.datetime:
    """For a look that could not be made: after `seconds`, and the older the call is the less often."""
    age = (timezone.now() - (call.sent_at or call.created_at)).total_seconds()
    return soon(max(seconds, min(3600.0, max(10.0, age / 4))))
