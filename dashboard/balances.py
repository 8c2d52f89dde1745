"""What a key's account can still spend, as its provider says; asked at most once a minute for everybody.

Submagic's API tells no balance. Magic Hour tells credits and plan (the official client's account.list), Picovico its
#Mohars (contract.md, section 1).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard import budgets, connections, crypto, remote
from dashboard.models import ApiKey, Provider
from dashboard.templatetags.timefmt import thin
from providers.errors import ProviderError

FRESH_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Balance:
    """`text` is for people, and says why there is no number where there is none."""

    text: str
    at: dt.datetime


def is_told(key: ApiKey) -> bool:
    return key.provider != Provider.SUBMAGIC


def known(key: ApiKey) -> Balance | None:
    """What was heard within the last minute."""
    found = cache.get(_name(key))
    return Balance(*found) if found else None


def ask(key: ApiKey) -> Balance:
    """As `known`, but asks when nothing is known; never raises."""
    if found := known(key):
        return found
    connections.let_go()
    balance = Balance(_text(key), timezone.now())
    cache.set(_name(key), (balance.text, balance.at), FRESH_SECONDS)
    return balance


def _text(key: ApiKey) -> str:
    if budgets.turn(key, remote.HARMLESS[Provider(key.provider)], click=True):
        return _("Asked too often; try again later.")
    try:
        if key.provider == Provider.MAGIC_HOUR:
            with remote.magic_hour(key, timeouts=remote.FOR_A_GLANCE) as client:
                account = client.account()
            return " · ".join(filter(None, (_credits(account.credits), account.name or account.tier)))
        with remote.picovico(key, timeouts=remote.FOR_A_GLANCE) as picovico:
            return _mohars(picovico.me().mohars)
    except (ProviderError, remote.NoUsableKey, crypto.CannotOpen) as error:
        reason = error.message if isinstance(error, ProviderError) else str(error)
        return _("Not known just now. %(reason)s") % {"reason": reason}


def _credits(count: int | None) -> str:
    if count is None:
        return _("not told")
    return ngettext("%(count)s credit", "%(count)s credits", count) % {"count": thin(count)}


def _mohars(count: int | None) -> str:
    if count is None:
        return _("not told")
    return _("%(count)s Mohars") % {"count": thin(count)}


def _name(key: ApiKey) -> str:
    return f"balance:{key.pk}:{key.version}"
