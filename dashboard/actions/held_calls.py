"""Calls that are kept here until their time comes, or until a person decides about them.

A draft is no live call: several of one target may wait, and other work on the target goes on meanwhile. Its time
makes it the one live call (`release`); then it goes the way of all others (upstream_calls).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from dashboard import audit
from dashboard.actions import call_outcomes
from dashboard.models import CallState, UpstreamCall, User
from dashboard.models.upstream_call import digest_of

UNSENT = (CallState.DRAFT, CallState.READY)


def _move(call: UpstreamCall, *, allowed: tuple[CallState, ...] = (CallState.DRAFT,), **values: Any) -> bool:
    """One conditional update, so that a person who takes it back and the clock that sends it can never both win."""
    moved = UpstreamCall.objects.filter(pk=call.pk, state__in=allowed).update(**values)
    if moved:
        for name, value in values.items():
            setattr(call, name, value)
    return moved == 1


def release(call: UpstreamCall) -> bool:
    """Its time has come: from now on it may be sent. False when it is no draft any more.

    Raises IntegrityError when its target has another live call of this operation; call it inside an atomic block.
    """
    # `not_before` stays: that is its time, and how late it is counts from there.
    return _move(call, state=CallState.READY, next_look_at=timezone.now(), problem="", advice="")


def keep(call: UpstreamCall, *, at: dt.datetime, by: User, body: dict[str, Any]) -> bool:
    """Until another time, or with another body. Who changed it last answers for it: that one's rights count then."""
    what: dict[str, Any] = {"body": body, "body_sha256": digest_of(body)}
    return _move(call, not_before=at, next_look_at=at, actor=by, problem="", advice="", **what)


def reword(call: UpstreamCall, *, body: dict[str, Any]) -> bool:
    """What is to be sent is said in another way; nothing of it has gone out."""
    return _move(call, allowed=UNSENT, body=body, body_sha256=digest_of(body))


def cannot(call: UpstreamCall, *, problem: str, advice: str) -> bool:
    """It can never go out any more: what it is about is gone (R15). False when it is on its way, or over."""
    words = {"problem": problem[:500], "advice": advice[:500]}
    moved = _move(call, allowed=UNSENT, **call_outcomes.ended(), **words)
    if moved:
        audit.record(team=call.team, by=None, verb="call.cannot", target=call, problem=call.problem[:300])
    return moved


def wait_for_a_person(call: UpstreamCall, *, problem: str, advice: str) -> bool:
    """Nothing was sent, and nothing sends it any more by itself."""
    words = {"problem": problem[:500], "advice": advice[:500]}
    return _move(call, allowed=UNSENT, state=CallState.DRAFT, next_look_at=None, **words)
