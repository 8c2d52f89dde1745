"""Which addresses may be handed to a provider to fetch (contract.md, rows 22 and 44; design: reliability, section 4).

We never fetch them ourselves. The rules keep addresses of internal machines from leaving the team.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LONGEST = 2048
SOCIAL_HOSTS = (
    *("youtube.com", "youtu.be", "tiktok.com", "instagram.com", "facebook.com", "fb.watch", "twitter.com", "x.com"),
    *("vimeo.com", "linkedin.com", "twitch.tv", "dailymotion.com", "snapchat.com", "pinterest.com", "reddit.com"),
)
# Names that only mean something inside a network, or nowhere (RFC 2606, RFC 6761, RFC 6762, RFC 8375).
PRIVATE_ENDS = (
    *("localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "private"),
    *("test", "invalid", "example", "onion", "home.arpa", "in-addr.arpa", "ip6.arpa"),
)
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_YOUTUBE_ID = re.compile(r"[A-Za-z0-9_-]{11}")


def clean_video_url(text: str, *, sandbox: bool) -> str:
    """A direct link to a video file; raises ValidationError with what to do.

    `sandbox`: the key is of the local sandbox, which takes its own samples' addresses beside public ones.
    """
    url = text.strip()
    if sandbox and _is_sample(url):
        return url
    host = _public_host(url)
    if _is_or_under(host, SOCIAL_HOSTS):
        raise ValidationError(
            _("Submagic cannot fetch videos from %(host)s by link. For YouTube choose Magic Clips and “YouTube”; "
              "else download the video and drop the file."),
            code="social",
            params={"host": host},
        )  # fmt: skip
    return url


def clean_youtube_url(text: str) -> str:
    """A YouTube video's address in its plain form, without lists and times; raises ValidationError."""
    url = text.strip()
    found = _youtube_id(url)
    if not found:
        raise ValidationError(
            _("This is no address of a YouTube video. It looks like https://www.youtube.com/watch?v=…"),
            code="youtube",
        )
    return f"https://www.youtube.com/watch?v={found}"


def is_share_page(url: str) -> bool:
    """Pages of cloud drives that show a video instead of being one (contract.md, row 44)."""
    return _is_or_under(urlsplit(url).hostname or "", ("drive.google.com", "docs.google.com", "1drv.ms", "we.tl"))


def _public_host(url: str) -> str:
    if len(url) > LONGEST:
        raise ValidationError(_("The address is too long (more than 2,048 characters)."), code="long")
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".").encode("idna").decode().lower()
        _port = parts.port
    except ValueError:
        raise ValidationError(_("This is no web address."), code="url") from None
    if parts.scheme != "https" or re.search(r"[\s\\\x00-\x1f\x7f]", url):
        raise ValidationError(_("The address must start with https:// and hold no blanks."), code="https")
    if parts.username is not None or parts.password is not None:
        raise ValidationError(_("The address must not hold a user name or a password."), code="credentials")
    if not _is_public_name(host):
        raise ValidationError(
            _("Submagic fetches the video itself, so the address must have a public host name, "
              "not an internal one and not a number."),
            code="host",
        )  # fmt: skip
    return host


def _is_public_name(host: str) -> bool:
    labels = host.split(".")
    if len(labels) < 2 or len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return False
    # Addresses in any notation end in a number (127.1, 0x7f.1, 2130706433); public names never do.
    if re.fullmatch(r"\d+|0x[0-9a-f]*", labels[-1]):
        return False
    return not _is_or_under(host, PRIVATE_ENDS)


def _is_or_under(host: str, names: tuple[str, ...]) -> bool:
    host = host.lower().rstrip(".")
    return any(host == name or host.endswith("." + name) for name in names)


def _is_sample(url: str) -> bool:
    start = f"{settings.SANDBOX_URL}/submagic/samples/"
    return bool(settings.SANDBOX_URL) and bool(re.fullmatch(re.escape(start) + r"[a-z0-9-]{1,60}\.mp4", url))


def _youtube_id(url: str) -> str:
    try:
        parts = urlsplit(url if "//" in url else f"https://{url}")
    except ValueError:
        return ""
    host = (parts.hostname or "").lower()
    if parts.scheme not in ("https", "http") or parts.username or parts.password:
        return ""
    found = ""
    if host == "youtu.be":
        found = parts.path.strip("/")
    elif host in ("youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com"):
        if parts.path.rstrip("/") == "/watch":
            found = parse_qs(parts.query).get("v", [""])[0]
        elif parts.path.startswith(("/shorts/", "/live/", "/embed/")):
            found = parts.path.split("/")[2]
    return found if _YOUTUBE_ID.fullmatch(found) else ""
