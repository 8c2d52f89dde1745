"""Settings that do not fit together, found at start instead of at night."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from dashboard import crypto
from providers.http import check_base_url


@register()
def key_ring_opens(**_: Any) -> list[CheckMessage]:
    try:
        sealed = crypto.seal("probe", aad="check")
        crypto.unseal(sealed, aad="check")
    except Exception as error:
        return [
            Error(
                f"KEY_RING cannot be used: {error}",
                hint="Set it to 'kid:base64key'; `manage.py new_ring_key` prints a fresh entry.",
                id="dashboard.E001",
            )
        ]
    return []


@register()
def provider_addresses_can_be_called(**_: Any) -> list[CheckMessage]:
    """The client refuses them as well, but then at every call of every worker."""
    found: list[CheckMessage] = []
    for name in ("SUBMAGIC_URL", "SANDBOX_URL", "MAGIC_HOUR_URL", "PICOVICO_URL"):
        url = str(getattr(settings, name))
        try:
            if url or name == "SUBMAGIC_URL":
                check_base_url(url)
        except ValueError as error:
            hint = "https://host, or http:// on this machine."
            found.append(Error(f"{name} cannot be used: {error}", hint=hint, id="dashboard.E002"))
    return found


@register()
def shared_things_are_shared(**_: Any) -> list[CheckMessage]:
    """PostgreSQL means several nodes are meant: then secrets and queue must not lie in a folder of one of them."""
    found: list[CheckMessage] = []
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        return found
    if settings.LOCAL_SECRETS:
        found.append(
            Warning(
                "The database is shared but SECRET_KEY and KEY_RING come from this node's data folder.",
                hint="Set both in the environment, the same on every node.",
                id="dashboard.W001",
            )
        )
    if settings.QUEUE_URL == "sqlite":
        found.append(
            Warning(
                "The database is shared but the queue is a file on this node.",
                hint="Set QUEUE_URL to redis://… or postgresql://….",
                id="dashboard.W002",
            )
        )
    return found


@register(deploy=True)
def public_url_is_https(**_: Any) -> list[CheckMessage]:
    if settings.PUBLIC_URL.startswith("https://"):
        return []
    return [
        Warning(
            "PUBLIC_URL is not a public https address, so no provider is given a webhook address.",
            hint="Everything works by looking, only slower. Set PUBLIC_URL=https://… behind your proxy.",
            id="dashboard.W003",
        )
    ]
