"""What a project will cost, as far as it is known before (contract.md, section 2: credits). Always an estimate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from projects_app.models import Kind
from projects_app.rules_items import AI_BROLL, AI_CREDITS


@dataclass(frozen=True, slots=True)
class Line:
    """`credits` is None where the number is not known; `amount` says so in words."""

    what: str
    amount: str
    credits: int | None
    note: str = ""


def lines(kind: str, options: Mapping[str, Any], seconds: float | None = None) -> list[Line]:
    """`seconds`: how long the video is, where that is known."""
    found = [_clips() if kind == Kind.MAGIC_CLIPS else _minutes(seconds), *_ai_items(options)]
    unstated = {"magicBrolls": _("Magic B-roll"), "aiEditTemplate": _("AI edit template")}
    found += [
        Line(what, _("unknown"), None, _("Not stated by Submagic."))
        for name, what in unstated.items()
        if options.get(name)
    ]
    return found


def of_change(options: Mapping[str, Any]) -> list[Line]:
    """What changing these options of a project costs: nothing is stated but the price of AI B-roll."""
    return _ai_items(options) or [Line(_("The change"), _("nothing stated"), 0, _("Submagic names no price for it."))]


def _ai_items(options: Mapping[str, Any]) -> list[Line]:
    items = sum(item.get("type") == AI_BROLL for item in options.get("items") or [])
    if not items:
        return []
    number = items * AI_CREDITS
    return [
        Line(
            ngettext("%(count)s AI B-roll item", "%(count)s AI B-roll items", items) % {"count": items},
            ngettext("%(count)s AI credit", "%(count)s AI credits", number) % {"count": number},
            number,
            _("%(each)s for each item") % {"each": AI_CREDITS},
        )
    ]


def started_minutes(seconds: float) -> int:
    return max(1, math.ceil(seconds / 60))


def _clips() -> Line:
    return Line(_("The project"), _("1 Magic Clips credit"), 1)


def _minutes(seconds: float | None) -> Line:
    rule = _("1 for each started minute of video")
    if not seconds:
        return Line(_("The video"), _("unknown length"), None, _("API credits: %(rule)s.") % {"rule": rule})
    number = started_minutes(seconds)
    amount = ngettext("%(count)s API credit", "%(count)s API credits", number) % {"count": number}
    return Line(_("The video"), amount, number, rule)
