"""Taking secrets out of text before it is logged, stored or shown."""

from __future__ import annotations

import re
from typing import Final

# The documented key forms are "sk-" + 64 hex digits (Submagic) and "mhk_live_…" (Magic Hour); the pattern is wider on
# purpose, so that a key that was cut, mistyped or belongs to another provider is hidden as well. Keeping four
# characters lets people tell keys apart.
_KEY: Final = re.compile(r"\b(?:sk-|mhk_)[A-Za-z0-9_-]{12,}")
_HEADER: Final = re.compile(
    r"(?i)\b(x-api-key|x-access-key|x-access-token|authorization|cookie|set-cookie)(['\"]?\s*[:=]\s*['\"]?)"
    r"((?:bearer|basic)\s+)?(?!(?:sk-|mhk_)…)[^\s'\",;]+"
)


# The secret part of an address that a provider sends its messages to, wherever it is quoted.
_ADDRESS: Final = re.compile(r"(/h/(?:key/)?)[A-Za-z0-9_-]{20,}")


def mask(secret: str) -> str:
    """`sk-…last4` (or `mhk_…last4`); secrets too short to keep four characters of are hidden completely."""
    form = "mhk_" if secret.startswith("mhk_") else "sk-"
    return f"{form}…{secret[-4:]}" if len(secret) >= 12 else f"{form}…"


def scrub(text: str, *secrets: str) -> str:
    """The same text without API keys, credential headers, webhook tokens and the given secrets."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, mask(secret))
    text = _KEY.sub(lambda found: mask(found.group()), text)
    text = _ADDRESS.sub(r"\1…", text)
    return _HEADER.sub(r"\1\2…", text)


def plain(text: str, limit: int) -> str:
    """Text from outside made fit for one line on a page, in a log or in a database column."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
