"""The only place where a stored key becomes a provider client."""

from __future__ import annotations

from functools import partial

import httpx
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import budgets, crypto, skew
from dashboard.models import ApiKey, Environment
from providers import submagic
from providers.http import Timeouts
from providers.submagic import Health, SubmagicClient

# For reads made inside a web request: a provider that hangs must not hold the page, and a thread of the server with it.
WHILE_SOMEBODY_WAITS = Timeouts(connect=4, read=8, slow_read=8, write=8, answer=8)

# For a line about the provider's health, which is worth no wait at all.
FOR_A_GLANCE = Timeouts(connect=3, read=4, slow_read=4, write=4, answer=4)

# Tests put a transport here that reaches the sandbox in process.
transport: httpx.BaseTransport | None = None


class NoUsableKey(Exception):
    """The team has no key that works, or the one asked for was removed or refused."""


def aad(key: ApiKey) -> str:
    """What a sealed key is bound to: its row, team and version."""
    return f"api_key:{key.team_id}:{key.pk}:{key.version}"


def base_url(environment: str) -> str:
    if environment == Environment.SANDBOX:
        if not settings.SANDBOX_URL:
            raise NoUsableKey(_("This key belongs to the local sandbox, and none is running."))
        return f"{settings.SANDBOX_URL}/submagic"
    return str(settings.SUBMAGIC_URL)


def client_for(key: ApiKey, *, timeouts: Timeouts | None = None) -> SubmagicClient:
    """A client that calls the provider with this key; close it (it is a context manager).

    `timeouts`: `WHILE_SOMEBODY_WAITS` in a web request; the provider's own pace otherwise.
    """
    if key.state != ApiKey.State.VALID:
        raise NoUsableKey(
            _("The key %(key)s cannot be used: %(state)s.") % {"key": key, "state": key.get_state_display()}
        )
    ApiKey.objects.filter(pk=key.pk).update(last_used_at=timezone.now())
    return client_with(crypto.unseal(key.sealed, aad=aad(key)), key.environment, timeouts=timeouts, key=key)


def client_with(
    secret: str, environment: str, *, timeouts: Timeouts | None = None, key: ApiKey | None = None
) -> SubmagicClient:
    """For testing a secret before it is stored. With the `key` it belongs to, its budgets learn from each answer."""
    return SubmagicClient(
        secret,
        base_url=base_url(environment),
        transport=transport,
        timeouts=timeouts,
        on_rate=partial(budgets.learn, key) if key else None,
        on_exchange=partial(budgets.hear, key) if key else None,
        on_clock=partial(skew.learn, environment),
    )


def health(environment: str) -> Health:
    """How the provider of this environment says it is: without a key, and outside all budgets."""
    return submagic.health(
        base_url=base_url(environment),
        transport=transport,
        timeouts=FOR_A_GLANCE,
        on_clock=partial(skew.learn, environment),
    )


def hook_url(token: str, environment: str) -> str | None:
    """The webhook address to send along, or None when the provider could not reach us.

    A real provider needs public HTTPS (contract.md, row 22); the sandbox takes loopback http.
    """
    if not settings.PUBLIC_URL:
        return None
    if environment != Environment.SANDBOX and not settings.PUBLIC_URL.startswith("https://"):
        return None
    return f"{settings.PUBLIC_URL}/h/{token}"
