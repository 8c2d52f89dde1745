"""From which hosts a page may play videos and show pictures (design: reliability, section 4).

A provider's media hosts are shared with all of its cloud's customers, so the policy never names a pattern: only the
exact origins of videos that we were given in verified answers, and only those that `settings.MEDIA_HOSTS` (or the
sandbox's own address) admits.

A boosted click swaps the body and keeps the first document's policy. Therefore every page of a team names the origins
that were lately seen in this team's rows (`remember`, kept in the cache), not only those it shows itself; and should
one be missing all the same, static/js/media-policy.js loads the page afresh once.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponseBase

REMEMBERED_SECONDS = 30 * 24 * 3600
MOST_ORIGINS = 20
DIRECTIVES = ("media-src", "img-src")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


def origin(url: str) -> str:
    """scheme://host[:port] of an allowed media address, "" for any other."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return ""
    if parts.username or parts.password or not _HOST.fullmatch(host) or re.search(r"[\s\\\x00-\x1f]", url):
        return ""
    found = f"{parts.scheme}://{host}" + (f":{port}" if port else "")
    if found == sandbox_origin():
        return found
    if parts.scheme != "https" or port not in (None, 443):
        return ""
    return f"https://{host}" if any(_admits(pattern, host) for pattern in settings.MEDIA_HOSTS) else ""


def _admits(pattern: str, host: str) -> bool:
    pattern = pattern.lower()
    return host == pattern.lstrip(".") or (pattern.startswith(".") and host.endswith(pattern))


def sandbox_origin() -> str:
    if not settings.SANDBOX_URL:
        return ""
    parts = urlsplit(settings.SANDBOX_URL)
    return f"{parts.scheme}://{parts.netloc}".lower()


def safe_media_url(url: str | None) -> str:
    """The address when a page may play it, else "" (an unknown host, another scheme, credentials in it)."""
    return url if url and origin(url) else ""


def frame_url(url: str | None) -> str:
    """The address when a picture of it may be shown without a click: only the sandbox's, on this machine. A real host
    learns that somebody looks only when the person presses play (design: reliability, section 4)."""
    return url if url and origin(url) and origin(url) == sandbox_origin() else ""


def remember(team_id: uuid.UUID, urls: Iterable[str | None]) -> None:
    """These addresses came from a verified answer about a row of this team."""
    fresh = {origin(url) for url in urls if url} - {"", sandbox_origin()}
    if not fresh:
        return
    known: list[str] = cache.get(_cache_key(team_id), [])
    if not fresh <= set(known):
        # The newest come first, so that the oldest fall out of a list that grew too long for a header.
        merged = sorted(fresh) + [old for old in known if old not in fresh]
        cache.set(_cache_key(team_id), merged[:MOST_ORIGINS], REMEMBERED_SECONDS)


def remembered(team_id: uuid.UUID) -> list[str]:
    """Checked again when read: MEDIA_HOSTS may have become narrower since."""
    found: list[str] = cache.get(_cache_key(team_id), [])
    return [each for each in found if origin(each)]


def allow_media[Response: HttpResponseBase](response: Response, urls: Iterable[str | None]) -> Response:
    """Let this page play these addresses (those that are allowed at all)."""
    return _admit(response, [origin(url) for url in urls if url])


def apply_policy(response: HttpResponseBase, team_id: uuid.UUID | None) -> None:
    """What the middleware does to every page: the sandbox's origin, and what was seen in this team's rows."""
    _admit(response, [sandbox_origin(), *(remembered(team_id) if team_id else [])])


def _admit[Response: HttpResponseBase](response: Response, origins: Iterable[str]) -> Response:
    # `_csp_config` is what Django's csp_override decorator sets; its middleware renders it (django/middleware/csp.py).
    config: dict[str, Any] = getattr(response, "_csp_config", settings.SECURE_CSP)
    if not config or "media-src" not in config:
        return response
    wanted = [each for each in dict.fromkeys(origins) if each]
    # Pictures of the media library come from the same hosts.
    changed = {name: [*config[name], *_new(wanted, config[name])] for name in DIRECTIVES if name in config}
    if wanted:
        response._csp_config = {**config, **changed}  # type: ignore[attr-defined]
    return response


def _new(wanted: list[str], sources: Iterable[str]) -> list[str]:
    return [each for each in wanted if each not in sources]


def _cache_key(team_id: uuid.UUID) -> str:
    return f"media-origins:{team_id}"
