from __future__ import annotations

import pytest

from publishing_app.links import safe_link

GOOD = [
    ("https://youtube.com/watch?v=abc", "youtube"),
    ("https://www.youtube.com/shorts/abc", "youtube"),
    ("https://youtu.be/abc", "youtube"),
    ("https://vm.tiktok.com/x", "tiktok"),
    ("https://www.instagram.com/reel/x/", "instagram"),
    ("https://app.submagic.co/publishing", "pinterest"),
]
BAD = [
    ("", "youtube"),
    ("http://youtube.com/watch", "youtube"),
    ("javascript:alert(1)", "youtube"),
    ("data:text/html,x", "youtube"),
    ("//youtube.com/x", "youtube"),
    ("https://youtube.com.evil.example/", "youtube"),
    ("https://notyoutube.com/", "youtube"),
    ("https://evil.example/?youtube.com", "youtube"),
    ("https://youtube.com@evil.example/", "youtube"),
    ("https://user:word@youtube.com/", "youtube"),
    ("https://youtube.com:8443/", "youtube"),
    ("https://youtube.com\\@evil.example/", "youtube"),
    ("https://evil.example\t.youtube.com/", "youtube"),
    ("https://youtube.com/\n", "youtube"),
    ("https://[youtube.com/", "youtube"),
    ("https://tiktok.com/x", "youtube"),
    ("https://pinterest.com/x", "pinterest"),
]


@pytest.mark.parametrize(("url", "platform"), GOOD)
def test_addresses_of_the_platform_become_links(url: str, platform: str) -> None:
    assert safe_link(url, platform) == url


@pytest.mark.parametrize(("url", "platform"), BAD)
def test_any_other_address_does_not(url: str, platform: str) -> None:
    assert safe_link(url, platform) == ""
