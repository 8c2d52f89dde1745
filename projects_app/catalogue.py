"""What the provider offers (languages, templates, hook titles), asked once a day for each key.

When the provider is away the last good copy is used; without one a caller gets an empty list and a sentence for the
person, never an exception.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _

from dashboard import budgets, crypto, remote
from dashboard.actions import api_keys
from dashboard.models import ApiKey
from providers.errors import ProviderError, Unauthorised
from providers.submagic import SubmagicClient

FRESH_SECONDS = 24 * 3600
KEPT_SECONDS = 90 * 24 * 3600
# After a failure the provider is left alone for a while: a page must not wait for it again at each load.
QUIET_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Listing:
    """`problem` is "" when the list is at most a day old; `choices` may be an older copy, or empty."""

    choices: tuple[Choice, ...]
    problem: str = ""

    @property
    def values(self) -> list[str]:
        return [choice.value for choice in self.choices]


@dataclass(frozen=True, slots=True)
class Sample:
    """A video that the local sandbox can "fetch" by itself."""

    title: str
    url: str


def languages(key: ApiKey) -> Listing:
    """GET /v1/languages: codes and their names."""

    def read(client: SubmagicClient) -> list[list[str]]:
        return [[language.code, language.name] for language in client.languages()]

    return _listing(key, "languages", read)


def templates(key: ApiKey) -> Listing:
    """GET /v1/templates: names exactly as returned, they are case-sensitive (contract.md, row 15)."""
    return _listing(key, "templates", lambda client: [[name, name] for name in client.templates()])


def hook_titles(key: ApiKey) -> Listing:
    """GET /v1/hook-title/templates: names exactly as returned."""
    return _listing(key, "hook-titles", lambda client: [[name, name] for name in client.hook_title_templates()])


def sample_videos() -> dict[str, Sample]:
    """By source: what "Try it with our sample" fills in; empty without a sandbox (sandbox/README.md)."""
    if not settings.SANDBOX_URL:
        return {}
    title = "Three lessons about short videos"
    return {
        "youtube": Sample(title, "https://www.youtube.com/watch?v=sandbox0001"),
        "url": Sample(title, f"{settings.SANDBOX_URL}/submagic/samples/three-lessons.mp4"),
    }


# The classes of the lists (providers.submagic.limits.RATES).
_CLASSES = {"languages": "languages", "templates": "templates", "hook-titles": "hook_title_templates"}


def _listing(key: ApiKey, what: str, read: Callable[[SubmagicClient], list[list[str]]]) -> Listing:
    name = f"catalogue:{key.pk}:{key.version}:{what}"
    quiet = f"catalogue:{key.pk}:{key.version}:quiet"
    fresh = cache.get(name)
    if fresh is not None:
        return _of(fresh)
    last = cache.get(f"{name}:last", [])
    if cache.get(f"{name}:away") or cache.get(quiet):
        return _of(last, _sentence(last))
    try:
        with remote.client_for(key, timeouts=remote.WHILE_SOMEBODY_WAITS) as client:
            if budgets.turn(key, _CLASSES[what], click=True):
                return _of(last, _no_turn(last))
            rows = read(client)
    except (ProviderError, remote.NoUsableKey, crypto.CannotOpen) as error:
        if isinstance(error, Unauthorised):
            api_keys.doubt(key=key, problem=error.message)
        # A provider that is not there or hangs is so for its other lists as well: a page waits for it once.
        unreachable = isinstance(error, ProviderError) and error.status is None
        cache.set(quiet if unreachable else f"{name}:away", time.time(), QUIET_SECONDS)
        return _of(last, _sentence(last))
    cache.set(name, rows, FRESH_SECONDS)
    cache.set(f"{name}:last", rows, KEPT_SECONDS)
    return _of(rows)


def _of(rows: list[Any], problem: str = "") -> Listing:
    return Listing(tuple(Choice(value, label) for value, label in rows), problem)


def _no_turn(last: list[Any]) -> str:
    if last:
        return _("Submagic's limit for asking this is used up; the list is from its last answer.")
    return _("Submagic's limit for asking this is used up, so its list cannot be shown yet. It comes back by itself.")


def _sentence(last: list[Any]) -> str:
    if last:
        return _("Submagic does not answer right now; this list is from its last answer.")
    return _("Submagic does not answer right now, so its list cannot be shown.")
