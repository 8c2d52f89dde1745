"""The stored keys: whether their providers take them, and whether the key ring opens them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import budget_rows, crypto, remote
from dashboard.actions import hook_addresses, key_hooks
from dashboard.doctor.findings import Finding, Scope, State
from dashboard.models import ApiKey, KeyHook, Provider, UpstreamCall
from dashboard.skew import amount

# Sealed texts of a kind that are tried; with a lost ring none of them opens.
MOST: Final = 500


def kept(scope: Scope) -> QuerySet[ApiKey]:
    keys = ApiKey.objects.for_team(scope.team) if scope.team else ApiKey.objects.all()
    return keys.kept().select_related("team").order_by("team__name", "created_at")


def look(scope: Scope) -> Iterator[Finding]:
    keys = list(kept(scope))
    if not keys:
        text = _("There is no API key yet, so nothing can be sent to Submagic.")
        yield Finding(_("API key"), State.WARN, text, _("Add one under Settings → API keys."))
    for key, rows in zip(keys, budget_rows.rows_of(keys), strict=True):
        # Those of a demo team have one label, and each is of another provider.
        name = str(key) if key.provider == Provider.SUBMAGIC else f"{key} · {key.get_provider_display()}"
        yield _of(key, rows, name if scope.team else f"{key.team} · {name}")


def _of(key: ApiKey, rows: Sequence[budget_rows.Row], name: str) -> Finding:
    if key.state == ApiKey.State.INVALID:
        reason = key.problem or _("%(provider)s refuses it.") % {"provider": key.get_provider_display()}
        text = _("%(reason)s Nothing is sent with it; what waits for it is kept.") % {"reason": reason}
        return Finding(name, State.BAD, text, _("Replace it under Settings → API keys."))
    if key.is_sandbox and not settings.SANDBOX_URL:
        text = _("It belongs to the local sandbox, and none is running.")
        return Finding(name, State.WARN, text, _("Add a real key, or start the desk with its sandbox."))
    if key.problem:
        return Finding(name, State.WARN, key.problem, _("Replace it with the right one under Settings → API keys."))
    if key.feed_problem:
        return Finding(name, State.WARN, _("It works, but: %(reason)s") % {"reason": key.feed_problem})
    parts = [_("Works."), _used(key), _budget(rows)]
    if key.checked_at is None:
        parts[0] = _("Not tested yet.")
    return Finding(name, State.OK, " ".join(part for part in parts if part))


def _used(key: ApiKey) -> str:
    if key.last_used_at is None:
        return _("Never used.")
    return _("Last used %(ago)s ago.") % {"ago": amount((timezone.now() - key.last_used_at).total_seconds())}


def _budget(rows: Sequence[budget_rows.Row]) -> str:
    """Waiting for a limit is no trouble: it goes by itself."""
    now = timezone.now()
    waits = [(row.name, row.waits_until) for row in rows if row.waits_until]
    if not waits:
        return _("Calls of every kind are left.")
    parts = [
        _("%(what)s in %(time)s") % {"what": what, "time": amount((until - now).total_seconds())}
        for what, until in waits
    ]
    return _("Used up for now, there are new ones: %(parts)s.") % {"parts": ", ".join(parts)}


def secrets(scope: Scope) -> Iterator[Finding]:
    """All that must open: losing the ring is found here, and not with the next call."""
    name = _("Stored secrets")
    keys = list(kept(scope))
    shut = [key for key in keys if not _opens(key)]
    addresses = _shut_addresses(scope)
    if shut:
        told = {"shut": len(shut), "all": len(keys)}
        text = _("KEY_RING does not open %(shut)d of %(all)d stored API keys. Nothing can be sent with them.") % told
        advice = _("Put the ring entry they were sealed with behind the first one in KEY_RING, or replace the keys.")
        yield Finding(name, State.BAD, text, advice)
    elif addresses:
        text = _("KEY_RING opens the stored API keys, but not %(count)d secrets of addresses for messages.")
        advice = _(
            "Put the ring entry they were sealed with behind the first one in KEY_RING. Without it, make the addresses"
            " of accounts anew under Settings → API keys; calls that wait get other addresses by themselves."
        )
        yield Finding(name, State.WARN, text % {"count": addresses}, advice)
    elif keys:
        yield Finding(name, State.OK, _("KEY_RING opens every stored API key."))
    else:
        yield Finding(name, State.OK, _("There is nothing stored yet that KEY_RING must open."))


def _opens(key: ApiKey) -> bool:
    return crypto.opens(key.sealed, aad=remote.aad(key))


def _shut_addresses(scope: Scope) -> int:
    """Webhook tokens of calls that are not over, and what accounts' messages are signed with."""
    calls, hooks = UpstreamCall.objects.live().exclude(hook_sealed=""), KeyHook.objects.exclude(secret_sealed="")
    if scope.team:
        calls, hooks = calls.filter(team=scope.team), hooks.filter(api_key__team=scope.team)
    sealed = [(call.hook_sealed, hook_addresses.aad(call)) for call in calls[:MOST]]
    sealed += [(hook.secret_sealed, key_hooks.aad(hook, "secret")) for hook in hooks.select_related("api_key")[:MOST]]
    return sum(not crypto.opens(text, aad=aad) for text, aad in sealed)
