"""Where calls may go: one checked base URL for each client, and paths that no id can change."""

from __future__ import annotations

import ipaddress
from urllib.parse import quote, urlsplit

from providers import reading


def check_base_url(url: str, *, any_http: bool = False) -> str:
    """The base URL without a final slash. It must be https, or http on this machine (the sandbox).

    Raises ValueError with a text for the person who configures it.
    """
    parts = urlsplit(url.strip())
    host = parts.hostname or ""
    if parts.scheme not in ("https", "http") or not host:
        raise ValueError("A provider's address must start with https:// and name a host.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("A provider's address must not hold a user name, a password, a query or a fragment.")
    if parts.scheme == "http" and not any_http and not _is_loopback(host):
        raise ValueError("A provider's address must be https; http is taken on this machine only.")
    return url.strip().rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def segment(name: str, value: str) -> str:
    """An id as one part of a path; ValueError for one that cannot be a part (`name` is for its text)."""
    if not value or len(value) > reading.LONGEST_ID or value in (".", ".."):
        raise ValueError(f"{name} must have 1 to {reading.LONGEST_ID} characters")
    return quote(value, safe="")


def path(template: str, **parts: str) -> str:
    """A path with ids put in so that no id can reach another path."""
    return template.format(**{name: segment(name, value) for name, value in parts.items()})
