"""The local sandbox's own media, for trying the library out; nothing without a sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import httpx
from django.conf import settings
from django.core.cache import cache

from dashboard import remote
from projects_app.forms.media import is_sample
from projects_app.media_spool import KINDS, ending_of

FRESH_SECONDS: Final = 3600
QUIET_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class MediaSample:
    title: str
    url: str
    type: str


def samples() -> list[MediaSample]:
    """Asked once an hour; an empty list while the sandbox does not answer."""
    if not settings.SANDBOX_URL:
        return []
    name = f"media-samples:{settings.SANDBOX_URL}"
    found: list[MediaSample] | None = cache.get(name)
    if found is None:
        found = _ask()
        cache.set(name, found, FRESH_SECONDS if found else QUIET_SECONDS)
    return found


def _ask() -> list[MediaSample]:
    try:
        with httpx.Client(transport=remote.transport, trust_env=False, timeout=3) as client:
            data = client.get(f"{settings.SANDBOX_URL}/submagic/samples/").json()
    except (httpx.HTTPError, ValueError):
        return []
    entries = data.get("media") if isinstance(data, dict) else None
    return [made for entry in entries or () if (made := _read(entry))]


def _read(entry: Any) -> MediaSample | None:
    if not isinstance(entry, dict) or not is_sample(url := str(entry.get("url", ""))):
        return None
    return MediaSample(str(entry.get("title") or entry.get("name") or url), url, KINDS[ending_of(url)].type)
