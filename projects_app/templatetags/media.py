"""{% load media %}: which video addresses a page may show, and show without a click; languages by name."""

from __future__ import annotations

import zlib
from urllib.parse import urlsplit

from django import template

from projects_app import media_csp
from projects_app.languages import language_name

register = template.Library()
register.filter("frame", media_csp.frame_url)
register.filter("playable", media_csp.safe_media_url)
register.filter("language", language_name)


@register.filter
def same_file(url: str) -> str:
    """A mark of the file that an address leads to, however it is signed: what plays goes on until it is another."""
    return f"{zlib.crc32(urlsplit(url).path.encode()):x}"
