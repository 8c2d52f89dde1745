"""Signed messages about a whole account (Magic Hour): verified before anything in them counts, and then no more than a
doorbell. The video that a message is about is read again from the API."""

from __future__ import annotations

import hashlib
import logging
from enum import StrEnum
from typing import Final

from django.core.cache import cache
from django.utils import timezone

from dashboard import crypto
from dashboard.actions import key_hooks
from dashboard.models import ApiKey, KeyHook
from projects_app.actions import looks, readers, waking
from projects_app.models import Project
from providers.errors import BadAnswer
from providers.magic_hour import BadSignature, Event, verify

log = logging.getLogger(__name__)

LARGEST: Final = 256 * 1024
# A message that is played back within its five minutes makes no further look; another one (the end, soon after the
# beginning) does.
ONE_LOOK_SECONDS: Final = 300


class Verdict(StrEnum):
    UNKNOWN = "unknown"  # no such address
    REFUSED = "refused"  # not signed, or not by the secret that we know, or too long ago
    TAKEN = "taken"


def knows(token: str) -> bool:
    return _hook(token) is not None


def _hook(token: str) -> KeyHook | None:
    hook = KeyHook.objects.select_related("api_key").filter(token_hash=crypto.fingerprint(token)).first()
    return None if hook is None or hook.api_key.state == ApiKey.State.REVOKED else hook


def take(*, token: str, body: bytes, signature: str, timestamp: str) -> Verdict:
    """What the door answers. Nothing of the body is looked into before its signature was found right."""
    if (hook := _hook(token)) is None:
        return Verdict.UNKNOWN
    now = timezone.now()
    try:
        secret = crypto.unseal(hook.secret_sealed, aad=key_hooks.aad(hook, "secret")) if hook.secret_sealed else ""
        verify(body, signature, timestamp, secret, now)
    except (BadSignature, crypto.CannotOpen) as error:
        reason = error.reason if isinstance(error, BadSignature) else str(error)
        # Somebody who guesses, or replays, costs one write in a few seconds at most.
        if cache.add(f"signed-refused:{hook.pk}", 1, 5):
            KeyHook.objects.filter(pk=hook.pk).update(refused_at=now, refused_reason=reason[:200])
        return Verdict.REFUSED
    KeyHook.objects.filter(pk=hook.pk).update(believed_at=now)
    _ring(hook.api_key, body)
    return Verdict.TAKEN


def _ring(key: ApiKey, body: bytes) -> None:
    try:
        number = Event.from_body(body).project_id
    except BadAnswer:
        log.info("a signed message for key %s is about nothing that this desk knows", key.pk)
        return
    project = Project.objects.filter(api_key=key, upstream_id=number).first()
    is_over = project is None or (project.is_final and not readers.of(key).asks_more(project))
    if project and not is_over and cache.add(_name(project, body), 1, ONE_LOOK_SECONDS):
        looks.soon(project)
        waking.project(project.pk)


def _name(project: Project, body: bytes) -> str:
    return f"signed-look:{project.pk}:{hashlib.sha256(body).hexdigest()[:32]}"
