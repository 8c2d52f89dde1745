"""Secrets at rest: AES-256-GCM with a ring of keys, bound to the row they belong to.

A sealed text is `v1.<kid>.<base64url(nonce + ciphertext)>`. The associated data names the row, so a sealed text
copied to another row does not open (ASVS 5.0, 11.3.2).
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings


class CannotOpen(Exception):
    """The text was sealed with a key that is not on the ring, for another row, or was changed."""


@lru_cache(maxsize=4)
def _ring(text: str) -> dict[str, AESGCM]:
    ring: dict[str, AESGCM] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        kid, _, key = entry.partition(":")
        ring[kid] = AESGCM(base64.urlsafe_b64decode(key))
    if not ring:
        raise CannotOpen("KEY_RING is empty: set it to 'kid:base64key' (see README, Settings).")
    return ring


def seal(text: str, *, aad: str) -> str:
    kid, cipher = next(iter(_ring(settings.KEY_RING).items()))
    nonce = secrets.token_bytes(12)
    data = nonce + cipher.encrypt(nonce, text.encode(), aad.encode())
    return f"v1.{kid}.{base64.urlsafe_b64encode(data).decode()}"


def unseal(sealed: str, *, aad: str) -> str:
    try:
        version, kid, payload = sealed.split(".", 2)
        data = base64.urlsafe_b64decode(payload)
        if version != "v1":
            raise CannotOpen(f"unknown version {version}")
        return _ring(settings.KEY_RING)[kid].decrypt(data[:12], data[12:], aad.encode()).decode()
    except (ValueError, KeyError, InvalidTag) as error:
        raise CannotOpen("The stored secret cannot be opened with the configured KEY_RING.") from error


def fingerprint(token: str) -> str:
    """SHA-256 in hex, for tokens that have 256 random bits themselves."""
    return hashlib.sha256(token.encode()).hexdigest()


def opens(sealed: str, *, aad: str) -> bool:
    """Whether KEY_RING opens it."""
    try:
        unseal(sealed, aad=aad)
    except CannotOpen:
        return False
    return True
