"""Secrets in texts, and the one address that calls may go to."""

from __future__ import annotations

import pytest

from providers.http import check_base_url, scrub
from tests.providers.submagic.support import KEY


def test_scrub_hides_keys_and_headers_and_keeps_the_rest() -> None:
    assert scrub(f"a {KEY} b") == "a sk-…cdef b"
    assert scrub("Authorization: Bearer abc.def, ok") == "Authorization: …, ok"
    assert scrub("'x-api-key': 'plain-secret'") == "'x-api-key': '…'"
    assert scrub("own 12345678abcd", "12345678abcd") == "own sk-…abcd"
    assert scrub("risk-free sk-short") == "risk-free sk-short"
    assert scrub("Bearer mhk_live_0123456789abcdef") == "Bearer mhk_…cdef"
    assert scrub("x mhk_live_0123456789abcdef", "mhk_live_0123456789abcdef") == "x mhk_…cdef"


@pytest.mark.parametrize(
    "bad",
    [
        "api.submagic.co",
        "ftp://api.submagic.co",
        "https://",
        "https://user:pw@api.submagic.co",
        "https://api.submagic.co?x=1",
        "https://api.submagic.co#x",
        "http://api.submagic.co",
        "http://10.0.0.1",
    ],
)
def test_base_url_that_is_not_safe_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="address"):
        check_base_url(bad)


@pytest.mark.parametrize(
    "good", ["https://api.submagic.co", "http://127.0.0.1:8001/submagic/", "http://localhost:1", "http://[::1]:1"]
)
def test_base_url_may_be_https_or_this_machine(good: str) -> None:
    assert check_base_url(good) == good.rstrip("/")
