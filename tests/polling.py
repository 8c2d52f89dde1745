"""The address at which a part of a page asks for itself again."""

from __future__ import annotations

import html
import re

from django.http import HttpResponse

HTMX = {"HX-Request": "true"}


def again_of(answer: HttpResponse) -> str:
    found = re.search(r'hx-get="([^"]*\bstamp=[^"]+)"', answer.content.decode())
    assert found, "nothing in it asks again"
    return html.unescape(found[1])
