from __future__ import annotations

import base64
import datetime as dt
import hashlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects_app import tus

KEYS = st.text(st.characters(codec="ascii", exclude_characters=" ,", exclude_categories=("C", "Z")), min_size=1)


def b64(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


@given(st.dictionaries(KEYS, st.text(st.characters(exclude_categories=("Cs",)), max_size=50), max_size=5))
def test_metadata_comes_back_as_it_was_sent(pairs: dict[str, str]) -> None:
    header = ",".join(f"{key} {b64(value)}" for key, value in pairs.items())
    if len(header) <= tus.LONGEST_METADATA:
        assert tus.metadata(header) == pairs


def test_a_key_may_stand_alone_and_blanks_around_commas_do_no_harm() -> None:
    assert tus.metadata(f"filename {b64('a.mp4')}, is_private") == {"filename": "a.mp4", "is_private": ""}
    assert tus.metadata("") == {} and tus.metadata("  ") == {}


@pytest.mark.parametrize(
    "header",
    [
        "filename a.mp4",
        "filename ÄÖ",
        ",",
        f"a {b64('x')},,b",
        f"a {b64('x')},a {b64('y')}",
        "ü " + b64("x"),
        "a " * 5000,
    ],
)
def test_malformed_metadata_is_refused(header: str) -> None:
    with pytest.raises(ValueError):
        tus.metadata(header)


@given(st.text(max_size=200))
def test_any_text_is_metadata_or_a_value_error(header: str) -> None:
    try:
        found = tus.metadata(header)
    except ValueError:
        return
    assert all(key and " " not in key and "," not in key for key in found)


@pytest.mark.parametrize(
    ("algorithm", "wanted"),
    [
        ("sha1", hashlib.sha1(b"hello world").digest()),
        ("SHA256", hashlib.sha256(b"hello world").digest()),
        ("md5", hashlib.md5(b"hello world").digest()),
        ("crc32", zlib.crc32(b"hello world").to_bytes(4, "big")),
    ],
)
def test_checksums_are_checked(algorithm: str, wanted: bytes) -> None:
    good = tus.checksum(f"{algorithm} {b64(wanted)}")
    good.digest.update(b"hello ")
    good.digest.update(memoryview(b"world"))
    good.check()
    bad = tus.checksum(f"{algorithm} {b64(wanted)}")
    bad.digest.update(b"hello worlD")
    with pytest.raises(tus.Mismatch):
        bad.check()


@pytest.mark.parametrize("header", ["", "sha1", "sha3 YQ==", "sha1 ?", "YQ=="])
def test_what_is_no_checksum_of_ours_is_refused(header: str) -> None:
    if header == "sha1":
        with pytest.raises(tus.Mismatch):
            tus.checksum(header).check()  # an empty one fits nothing
    else:
        with pytest.raises(ValueError):
            tus.checksum(header)


def test_the_expiry_is_an_http_date() -> None:
    assert tus.expires(dt.datetime(2026, 11, 26, 12, 0, tzinfo=dt.UTC)) == "Thu, 26 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize("text", [None, "", "-1", "1.0", "٣", "1e3", " 1", "9" * 19])
def test_what_is_no_plain_number_is_none(text: str | None) -> None:
    assert tus.number(text) is None
