"""The address for a provider's signed messages about a whole account, and the secret that they are signed with.

Only Magic Hour has such messages (contract.md, section 1b). They are optional: looks alone keep every video true, and
`canceled` sends no message at all.
"""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables

from dashboard import audit, crypto
from dashboard.models import ApiKey, KeyHook, User


def aad(hook: KeyHook, what: str) -> str:
    """What a sealed text is bound to; `what` is token or secret."""
    return f"key_hook:{hook.api_key_id}:{hook.pk}:{what}"


def address(hook: KeyHook) -> str:
    """Without a PUBLIC_URL only the path: nobody outside can reach it then. Raises crypto.CannotOpen."""
    token = crypto.unseal(hook.token_sealed, aad=aad(hook, "token"))
    return f"{settings.PUBLIC_URL}{reverse('projects:signed-message', args=[token])}"


def is_reachable(key: ApiKey) -> bool:
    return settings.PUBLIC_URL.startswith("https://") or bool(settings.PUBLIC_URL and key.is_sandbox)


@transaction.atomic
def make(*, key: ApiKey, by: User) -> KeyHook:
    """The key's address; a new one takes the place of an old one, which is unknown from then on."""
    KeyHook.objects.filter(api_key=key).delete()
    token = secrets.token_urlsafe(32)
    hook = KeyHook(api_key=key, token_hash=crypto.fingerprint(token), created_by=by)
    hook.token_sealed = crypto.seal(token, aad=aad(hook, "token"))
    hook.save(force_insert=True)
    audit.record(team=key.team, by=by, verb="webhook.key_address_made", target=key, label=key.label)
    return hook


@sensitive_variables("secret")
@transaction.atomic
def set_secret(*, hook: KeyHook, secret: str, by: User) -> None:
    """What the provider shows beside the address; messages count from now on."""
    hook.secret_sealed = crypto.seal(secret, aad=aad(hook, "secret"))
    hook.refused_at, hook.refused_reason = None, ""
    hook.save(update_fields=["secret_sealed", "refused_at", "refused_reason"])
    audit.record(team=hook.api_key.team, by=by, verb="webhook.key_secret_set", target=hook.api_key)


@transaction.atomic
def close(*, key: ApiKey, by: User) -> None:
    if KeyHook.objects.filter(api_key=key).delete()[0]:
        audit.record(team=key.team, by=by, verb="webhook.key_address_closed", target=key, label=key.label)
