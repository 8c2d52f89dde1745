"""Parts of a page that read themselves anew (htmx's `every`): only when they look different, the rarer the older their
subject, and no more once nothing changes by itself.

The template of such a part says where and how often: `hx-get="{{ again }}" hx-trigger="every {{ poll }}s"`.
"""

from __future__ import annotations

import datetime as dt
import re
import zlib
from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone

from dashboard.requests import TeamRequest

STOP_POLLING: Final = 286
# Seconds between two reads by the age of what is shown: "up to this age".
PACE: Final = ((120, 2), (900, 5), (3600, 15))
CALM: Final = 60
# Stands in the part until its stamp is known.
_PLACE: Final = "stamp-of-this-part"
# New at every rendering, and no news to anybody.
_TOKENS: Final = re.compile(r'<input[^>]*name="(?:csrfmiddlewaretoken|form_token)"[^>]*>')


def pace(since: dt.datetime) -> int:
    """Seconds to the next look at something that began then."""
    age = (timezone.now() - since).total_seconds()
    return next((seconds for until, seconds in PACE if age < until), CALM)


def page(
    request: TeamRequest,
    template: str,
    part: str,
    context: Mapping[str, Any],
    *,
    poll: int,
    path: str = "",
    stamp: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page; for htmx its partial `part`. `path`: where the part asks again, if not at this address.

    `stamp`: where a person may be choosing or typing in the part, what alone is worth replacing it for.
    """
    if request.htmx and not request.htmx.boosted and request.method != "POST":
        return answer(request, f"{template}#{part}", context, poll=poll, path=path, stamp=stamp)
    more: dict[str, Any] = {"poll": poll}
    if poll:
        # What the first poll will be compared with.
        shown = stamp or _stamp(_render(request, f"{template}#{part}", context, poll, path))
        more["again"] = _again(request, path, shown)
    return render(request, template, {**context, **more}, status=status)


def answer(
    request: TeamRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    poll: int,
    path: str = "",
    stamp: str = "",
) -> HttpResponse:
    """The part alone: 204 while it looks as the page says that it does, 286 with its last look."""
    html = _render(request, template, context, poll, path)
    stamp = stamp or _stamp(html)
    if poll and request.GET.get("stamp") == stamp:
        return HttpResponse(status=204)
    return HttpResponse(html.replace(_PLACE, stamp), status=200 if poll else STOP_POLLING)


def _render(request: TeamRequest, template: str, context: Mapping[str, Any], poll: int, path: str) -> str:
    more = {"poll": poll, "fragment": True, "again": _again(request, path, _PLACE)}
    return render_to_string(template, {**context, **more}, request)


def _stamp(html: str) -> str:
    return f"{zlib.crc32(_TOKENS.sub('', html).encode()):x}"


def _again(request: TeamRequest, path: str, stamp: str) -> str:
    query = request.GET.copy()
    query["stamp"] = stamp
    return f"{path or request.path}?{query.urlencode()}"
