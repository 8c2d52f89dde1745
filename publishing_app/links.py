"""Which addresses of posts become links; any other is shown as text (design: reliability, section 4)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# A post of a platform we do not know may still lead to Submagic's own pages.
_EVERYWHERE = ("submagic.co",)
HOSTS: dict[str, tuple[str, ...]] = {
    "youtube": ("youtube.com", "youtu.be"),
    "tiktok": ("tiktok.com",),
    "instagram": ("instagram.com",),
}


def safe_link(url: str, platform: str) -> str:
    """The address when it is https and its host belongs to the platform (or to Submagic), else ""."""
    # Browsers drop tabs and line breaks and read a backslash as a slash: what they would see is not what we checked.
    if not url or re.search(r"[\s\\\x00-\x20\x7f]", url):
        return ""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return ""
    if parts.scheme != "https" or parts.username is not None or parts.password is not None or port not in (None, 443):
        return ""
    allowed = HOSTS.get(platform, ()) + _EVERYWHERE
    return url if any(host == known or host.endswith(f".{known}") for known in allowed) else ""
