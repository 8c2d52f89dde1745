"""What each provider's documents allow, by the kind of a key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from providers import magic_hour, picovico, submagic
from providers.limits import Rate

__all__ = ["GUESSED", "Rate", "rate", "rates"]

# By `Provider`, whose values these are: the models stand on this module.
_TABLES: Final[Mapping[str, Mapping[str, Rate]]] = {
    "submagic": submagic.limits.RATES,
    "magic_hour": magic_hour.limits.RATES,
    "picovico": picovico.limits.RATES,
}
# A table starts these with a number of our own: the documents name none, or only one that others contradict.
GUESSED: Final[Mapping[str, frozenset[str]]] = {
    "submagic": frozenset(
        {
            *("magic_clips.create", "magic_clips.upload", "projects.publish", "projects.published"),
            *("user_media.list", "user_media.create", "user_media.upload"),
        }
    ),
    "magic_hour": frozenset(magic_hour.limits.RATES),
    "picovico": frozenset(picovico.limits.RATES),
}
_UNSTATED: Final = Rate(100, 100, source="unstated")


def rates(provider: str) -> Mapping[str, Rate]:
    """Every class of calls of a provider, in the order in which they are shown."""
    return _TABLES[provider]


def rate(provider: str, endpoint: str) -> Rate:
    return _TABLES[provider].get(endpoint, _UNSTATED)
