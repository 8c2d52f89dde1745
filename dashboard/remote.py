"""The only place where a stored key becomes a provider client."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, TypedDict

import httpx
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from dashboard import budgets, crypto, skew
from dashboard.models import ApiKey, Environment, Provider
from providers import submagic
from providers.clock import ClockReading
from providers.http import Exchange, Timeouts
from providers.magic_hour import MagicHourClient
from providers.picovico import PicovicoClient
from providers.ratelimit import RateHeaders
from providers.submagic import Health, SubmagicClient

# For reads made inside a web request: a provider that hangs must not hold the page, and a thread of the server with it.
WHILE_SOMEBODY_WAITS = Timeouts(connect=4, read=8, slow_read=8, write=8, answer=8)

# For a line about the provider's health, which is worth no wait at all.
FOR_A_GLANCE = Timeouts(connect=3, read=4, slow_read=4, write=4, answer=4)

# The setting with the real address, and where in the sandbox the stand-in is.
_PLACES: Final = {
    Provider.SUBMAGIC: ("SUBMAGIC_URL", "/submagic"),
    Provider.MAGIC_HOUR: ("MAGIC_HOUR_URL", "/magic-hour"),
    Provider.PICOVICO: ("PICOVICO_URL", "/picovico/v2.1"),
}
# The class of the call that `ask` makes (providers/<name>/limits.py).
HARMLESS: Final = {Provider.SUBMAGIC: "languages", Provider.MAGIC_HOUR: "account.get", Provider.PICOVICO: "me"}

# Tests put a transport here that reaches the sandbox in process.
transport: httpx.BaseTransport | None = None


class NoUsableKey(Exception):
    """The team has no key that works, or the one asked for was removed or refused."""


def aad(key: ApiKey) -> str:
    """What a sealed key is bound to: its row, team and version."""
    return f"api_key:{key.team_id}:{key.pk}:{key.version}"


def base_url(environment: str, provider: str = Provider.SUBMAGIC) -> str:
    real, in_sandbox = _PLACES[Provider(provider)]
    if environment == Environment.SANDBOX:
        if not settings.SANDBOX_URL:
            raise NoUsableKey(_("This key belongs to the local sandbox, and none is running."))
        return f"{settings.SANDBOX_URL}{in_sandbox}"
    return str(getattr(settings, real))


def client_for(key: ApiKey, *, timeouts: Timeouts | None = None) -> SubmagicClient:
    """A client that calls Submagic with this key; close it (it is a context manager).

    `timeouts`: `WHILE_SOMEBODY_WAITS` in a web request; the provider's own pace otherwise.
    """
    return client_with(_secret_of(key, Provider.SUBMAGIC), key.environment, timeouts=timeouts, key=key)


def client_with(
    secret: str, environment: str, *, timeouts: Timeouts | None = None, key: ApiKey | None = None
) -> SubmagicClient:
    """For testing a secret before it is stored. With the `key` it belongs to, its budgets learn from each answer."""
    return SubmagicClient(secret, **_how(environment, Provider.SUBMAGIC, timeouts, key))


def magic_hour(key: ApiKey, *, timeouts: Timeouts | None = None) -> MagicHourClient:
    """As `client_for`, for a key of Magic Hour."""
    secret = _secret_of(key, Provider.MAGIC_HOUR)
    return MagicHourClient(secret, **_how(key.environment, Provider.MAGIC_HOUR, timeouts, key))


def picovico(key: ApiKey, *, timeouts: Timeouts | None = None) -> PicovicoClient:
    """As `client_for`, for a key of Picovico, which is a pair."""
    pair = pair_in(_secret_of(key, Provider.PICOVICO))
    return PicovicoClient(*pair, **_how(key.environment, Provider.PICOVICO, timeouts, key))


@sensitive_variables("secret")
def ask(
    secret: str,
    environment: str,
    provider: Provider,
    *,
    timeouts: Timeouts | None = None,
    key: ApiKey | None = None,
) -> None:
    """Something harmless that needs this secret, counted as `HARMLESS`. Raises `ProviderError`."""
    how = _how(environment, provider, timeouts, key)
    if provider == Provider.MAGIC_HOUR:
        with MagicHourClient(secret, **how) as magic_hour:
            magic_hour.account()
    elif provider == Provider.PICOVICO:
        with PicovicoClient(*pair_in(secret), **how) as picovico:
            picovico.me()
    else:
        with SubmagicClient(secret, **how) as submagic_client:
            submagic_client.languages()


@sensitive_variables("secret")
def find(secret: str, key: ApiKey, upstream_id: str, *, timeouts: Timeouts | None = None) -> None:
    """Whether this secret sees a project that `key` saw: raises NotFound when not, ProviderError for all else."""
    provider = Provider(key.provider)
    how = _how(key.environment, provider, timeouts, None)
    if provider == Provider.MAGIC_HOUR:
        with MagicHourClient(secret, **how) as magic_hour:
            magic_hour.get_video_project(upstream_id)
    elif provider == Provider.PICOVICO:
        with PicovicoClient(*pair_in(secret), **how) as picovico:
            picovico.get_video(upstream_id)
    else:
        with SubmagicClient(secret, **how) as submagic_client:
            submagic_client.get_project(upstream_id)


def pair(access_key: str, access_token: str) -> str:
    """Picovico's two secrets as the one that is sealed. Neither has blanks."""
    return f"{access_key} {access_token}"


def pair_in(secret: str) -> tuple[str, str]:
    access_key, _blank, access_token = secret.partition(" ")
    return access_key, access_token


def _secret_of(key: ApiKey, provider: Provider) -> str:
    if key.provider != provider:
        raise NoUsableKey(_("The key %(key)s is not one of %(provider)s.") % {"key": key, "provider": provider.label})
    if key.state != ApiKey.State.VALID:
        raise NoUsableKey(
            _("The key %(key)s cannot be used: %(state)s.") % {"key": key, "state": key.get_state_display()}
        )
    ApiKey.objects.filter(pk=key.pk).update(last_used_at=timezone.now())
    return crypto.unseal(key.sealed, aad=aad(key))


class _How(TypedDict):
    base_url: str
    transport: httpx.BaseTransport | None
    timeouts: Timeouts | None
    on_rate: Callable[[RateHeaders], None] | None
    on_exchange: Callable[[Exchange], None] | None
    on_clock: Callable[[ClockReading], None] | None


def _how(environment: str, provider: Provider, timeouts: Timeouts | None, key: ApiKey | None) -> _How:
    return {
        "base_url": base_url(environment, provider),
        "transport": transport,
        "timeouts": timeouts,
        "on_rate": partial(budgets.learn, key) if key else None,
        "on_exchange": partial(budgets.hear, key) if key else None,
        "on_clock": partial(skew.learn, environment),
    }


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
