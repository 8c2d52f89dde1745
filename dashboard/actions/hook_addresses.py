"""The secret webhook address of each call: given, given anew, and all of a team closed at once (design: reliability,
section 3)."""

from __future__ import annotations

import secrets
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from dashboard import audit, crypto, remote
from dashboard.models import CallState, KeyHook, Team, UpstreamCall, User

# In a call's baseline: it went out without an address.
WITHOUT = "withoutAddress"
# Their requests carry an address; those of other operations are made without one.
OPERATIONS = ("create_project", "create_magic_clips", "upload_project", "upload_magic_clips", "export")


def aad(call: UpstreamCall) -> str:
    """What a sealed token is bound to."""
    return f"hook:{call.team_id}:{call.pk}"


def fresh(call: UpstreamCall, hook_round: int) -> dict[str, Any]:
    """The fields of an address that nobody has seen: the token itself is kept only sealed, until it was sent."""
    token = secrets.token_urlsafe(32)
    return {
        "hook_hash": crypto.fingerprint(token),
        "hook_sealed": crypto.seal(token, aad=aad(call)),
        "hook_round": hook_round,
    }


def url(call: UpstreamCall) -> str | None:
    if not call.hook_sealed:
        return None
    token = crypto.unseal(call.hook_sealed, aad=aad(call))
    return remote.hook_url(token, call.api_key.environment)


def url_to_send(call: UpstreamCall) -> str | None:
    """For a request that is about to go out: one that arrives there with an address which works, or with none."""
    if remote.hook_url("", call.api_key.environment) is None:
        without(call)
        return None
    renew(call)
    return url(call)


def is_open(call: UpstreamCall) -> bool:
    return call.hook_round == _round(call)


def _round(call: UpstreamCall) -> int:
    """As it is now: the team that came along with the call may have been read an hour ago."""
    return Team.objects.values_list("hook_round", flat=True).get(pk=call.team_id)


def is_given(call: UpstreamCall) -> bool:
    """Whether its request goes, or went, with an address: what it made echoes that."""
    return call.operation in OPERATIONS and not call.baseline.get(WITHOUT)


def without(call: UpstreamCall) -> None:
    """Before a call goes out from a desk that nobody outside can reach: written down, so that no message is waited for
    and no echo asked of what it makes, whatever public address is set later."""
    baseline = call.baseline | {WITHOUT: True}
    if UpstreamCall.objects.filter(pk=call.pk, state=CallState.READY).update(baseline=baseline, hook_sealed=""):
        call.baseline, call.hook_sealed = baseline, ""


def renew(call: UpstreamCall) -> None:
    """Before a call goes out: an address that was closed since it was made would be dead on arrival, and without any a
    lost answer could be told by a person only. So it gets another, here and not when the others are closed: this way
    no call slips through that was made in that very moment. So does one whose token no KEY_RING opens any more."""
    now = _round(call)
    if call.hook_round == now and call.hook_sealed and crypto.opens(call.hook_sealed, aad=aad(call)):
        return
    kept = {name: value for name, value in call.baseline.items() if name != WITHOUT}
    values = fresh(call, now) | {"baseline": kept}
    unsent = UpstreamCall.objects.filter(pk=call.pk, state=CallState.READY, hook_hash=call.hook_hash)
    if unsent.update(**values):
        for name, value in values.items():
            setattr(call, name, value)
    else:
        call.refresh_from_db(fields=[*values])


@transaction.atomic
def close_all(*, team: Team, by: User) -> None:
    """Whatever was given out so far is unknown at the door from now on, also the addresses of whole accounts. Looks go
    on; new requests get new addresses, and an account one when an admin makes it."""
    KeyHook.objects.filter(api_key__team=team).delete()
    Team.objects.filter(pk=team.pk).update(hook_round=F("hook_round") + 1, hooks_closed_at=timezone.now())
    team.refresh_from_db(fields=["hook_round", "hooks_closed_at"])
    audit.record(team=team, by=by, verb="webhook.closed_all", target=team)
