"""Which addresses the stand-in gives out and which it takes."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import parse_qs, quote, urlsplit

from flask import request

from sandbox.submagic.context import context
from sandbox.submagic.samples import SAMPLES

SOCIAL_HOSTS = (
    *("youtube.com", "youtu.be", "tiktok.com", "instagram.com", "facebook.com", "fb.watch", "twitter.com", "x.com"),
    *("vimeo.com", "linkedin.com", "twitch.tv", "dailymotion.com", "snapchat.com", "pinterest.com", "reddit.com"),
)


def base_url() -> str:
    """`https://host` of the current request, or what --public-url says; without a slash at the end."""
    given = context().settings.public_url
    return (given or request.host_url).rstrip("/")


def direct_url(base: str, token: str) -> str:
    return f"{base}/submagic/files/{token}/video.mp4"


def download_url(base: str, token: str, project: str, title: str) -> str:
    name = re.sub(r'[\\/:*?"<>|\x00-\x1f]+', " ", title).strip() or "video"
    path = f"{token}/{project}-download.mp4"
    return f"{base}/submagic/api/file/download?path={quote(path)}&newFileName={quote(name + '.mp4')}"


def preview_url(base: str, project: str) -> str:
    return f"{base}/submagic/view/{project}"


def is_loopback(host: str | None) -> bool:
    if host is None:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def may_receive_webhooks(url: str) -> bool:
    """HTTPS as documented; on this machine itself plain HTTP too, because nothing else exists offline."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    if not parts.hostname or parts.username or parts.password:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))


def is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def is_social(url: str) -> bool:
    host = (urlsplit(url).hostname or "").removeprefix("www.").removeprefix("m.")
    return any(host == name or host.endswith("." + name) for name in SOCIAL_HOSTS)


def is_own(url: str) -> bool:
    """Whether the URL points to this server."""
    return urlsplit(url).netloc in {urlsplit(base_url()).netloc, request.host}


def sample_of_video_url(url: str) -> str | None:
    """The name of our own sample that this URL points to, or None."""
    found = re.fullmatch(r"/submagic/samples/([a-z0-9-]+)\.mp4", urlsplit(url).path)
    if not is_own(url) or found is None:
        return None
    return found[1] if found[1] in SAMPLES else None


def youtube_id(url: str) -> str | None:
    """The video id of a YouTube address, or None when it is none."""
    if not is_url(url):
        return None
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    found: str | None = None
    if host == "youtu.be":
        found = parts.path.strip("/")
    elif host == "youtube.com":
        if parts.path == "/watch":
            found = parse_qs(parts.query).get("v", [""])[0]
        elif parts.path.startswith(("/shorts/", "/live/", "/embed/")):
            found = parts.path.split("/")[2]
    return found if found and re.fullmatch(r"[A-Za-z0-9_-]{5,20}", found) else None


def sample_of_youtube_url(url: str) -> str | None:
    found = youtube_id(url)
    for name, sample in SAMPLES.items():
        if sample.youtube_id == found:
            return name
    return None
