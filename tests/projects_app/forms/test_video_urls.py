from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from projects_app.forms import video_urls

GOOD = [
    "https://cdn.harbour-films.com/talk.mp4",
    "https://cdn.harbour-films.com:8443/a%20b/talk.mp4?sig=x&y=1#t",
    "https://bücher.de/talk.mov",
    "https://xn--bcher-kva.de/talk.mov",
    "https://1.2.3.4.nip.io/talk.mp4",
    "https://notyoutube.com/a.mp4",
]
BAD = [
    *("http://cdn.harbour-films.com/a.mp4", "ftp://cdn.harbour-films.com/a.mp4", "//cdn.harbour-films.com/a.mp4"),
    *("cdn.harbour-films.com/a.mp4", "https://", "https:///a.mp4", "https://host/a.mp4", "javascript:alert(1)"),
    *("file:///etc/passwd", "data:video/mp4,x", "https://user:pass@a.com/v.mp4", "https://user@a.com/v.mp4"),
    *("https://@a.com/v.mp4", "https://localhost/v.mp4", "https://a.localhost/v.mp4", "https://printer.local/v.mp4"),
    *("https://db.internal/v.mp4", "https://nas.lan/v.mp4", "https://nas.home.arpa/v.mp4", "https://x.test/v.mp4"),
    *("https://127.0.0.1/v.mp4", "https://127.1/v.mp4", "https://2130706433/v.mp4", "https://0x7f000001/v.mp4"),
    *("https://0x7f.1/v.mp4", "https://017700000001/v.mp4", "https://10.0.0.8/v.mp4", "https://192.168.1.1/v.mp4"),
    *("https://169.254.169.254/latest/meta-data", "https://[::1]/v.mp4", "https://[fd00::1]/v.mp4"),
    *("https://[::ffff:127.0.0.1]/v.mp4", "https://127.0.0.1./v.mp4", "https://a..com/v.mp4", "https://-a.com/v.mp4"),
    *("https://a_b.com/v.mp4", "https://a.com:99999/v.mp4", "https://a.com:x/v.mp4", "https://a.com/v .mp4"),
    *("https://a.com\\@b.com/v.mp4", "https://a.com/\nv.mp4", "https://a.com/" + "x" * 2050, "https://[::1/v.mp4"),
    *("https://www.youtube.com/watch?v=abc", "https://youtu.be/abc", "https://www.tiktok.com/@x/video/1"),
    *("https://instagram.com/reel/x", "https://x.com/a/status/1", "https://m.facebook.com/watch"),
    *("https://WWW.YouTube.COM./watch?v=abc", "https://１２７.0.0.1/v.mp4", "https://127。0。0。1/v.mp4"),
]  # fmt: skip


@pytest.mark.parametrize("url", GOOD)
def test_public_addresses_are_taken(url: str) -> None:
    assert video_urls.clean_video_url(f" {url} ", sandbox=False) == url


@pytest.mark.parametrize("url", BAD)
def test_what_is_not_public_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        video_urls.clean_video_url(url, sandbox=False)


def test_social_hosts_come_with_a_hint() -> None:
    with pytest.raises(ValidationError, match="Magic Clips"):
        video_urls.clean_video_url("https://www.youtube.com/watch?v=abc", sandbox=False)


def test_the_sandboxs_samples_are_for_its_own_keys(settings: Any) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    url = "http://127.0.0.1:8999/submagic/samples/two-tips.mp4"
    assert video_urls.clean_video_url(url, sandbox=True) == url
    for each, sandbox in ((url, False), ("http://127.0.0.1:8999/submagic/samples/../v1/x.mp4", True)):
        with pytest.raises(ValidationError):
            video_urls.clean_video_url(each, sandbox=sandbox)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=x",
        "http://youtube.com/watch?v=dQw4w9WgXcQ",
        "youtu.be/dQw4w9WgXcQ?t=3",
        "https://m.youtube.com/shorts/dQw4w9WgXcQ",
        "https://www.youtube.com/live/dQw4w9WgXcQ?feature=share",
    ],
)
def test_every_form_of_a_youtube_address_becomes_the_plain_one(url: str) -> None:
    assert video_urls.clean_youtube_url(url) == "https://www.youtube.com/watch?v=dQw4w9WgXcQ"


@pytest.mark.parametrize(
    "url",
    [
        "https://www.youtube.com/",
        "https://www.youtube.com/@someone",
        "https://www.youtube.com/playlist?list=x",
        "https://youtube.com.evil.net/watch?v=dQw4w9WgXcQ",
        "https://www.youtube.com/watch?v=short",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ%00",
        "javascript:alert(1)",
        "https://[youtube.com/watch?v=dQw4w9WgXcQ",
        "",
    ],
)
def test_what_is_no_youtube_video_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        video_urls.clean_youtube_url(url)
