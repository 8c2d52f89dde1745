"""Bodies as text: whatever came, nothing is hidden, nothing raises, and no more than 64 KiB is shown."""

from __future__ import annotations

import json
import random

import pytest

from projects_app import hook_texts
from projects_app.hook_texts import MOST, shown


def test_json_gets_line_breaks() -> None:
    found = shown('{"projectId":"1","title":"Möwe"}'.encode())
    assert found.text == '{\n  "projectId": "1",\n  "title": "Möwe"\n}'
    assert (found.is_json, found.is_cut) == (True, False)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", ""),
        (b"hello\nworld", "hello\nworld"),
        (b"a\x00b\r\n\x1b[31m", r"a\x00b\r" + "\n" + r"\x1b[31m"),
        (b"\xff\xfe caf\xc3\xa9", r"\xff\xfe café"),
        (b"\xed\xa0\x80", r"\xed\xa0\x80"),
        ("x\u202egnp.exe\u200b".encode(), r"x\u202egnp.exe\u200b"),
        (b'{"a": NaN}', '{"a": NaN}'),
        (b'{"a": 1, "a": 2}', '{"a": 1, "a": 2}'),
        (b'{"a": {"b": 1, "b": 2}}', '{"a": {"b": 1, "b": 2}}'),
        (b'{"a": "\\u0000"}', r'{"a": "\u0000"}'),
        (b"projectId=1&status=completed", "projectId=1&status=completed"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_no_json_within_the_bounds_is_shown_as_it_came(body: bytes, text: str) -> None:
    found = shown(body)
    assert (found.text, found.is_json) == (text, False)


def test_signs_that_hide_something_are_escaped_in_json_too() -> None:
    found = shown(json.dumps({"a": "x\u202ey\u2028z"}, ensure_ascii=False).encode())
    assert found.is_json
    assert r"x\u202ey\u2028z" in found.text


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"a":' * 60_000 + b"1" + b"}" * 60_000, b"9" * 10_000])
def test_deep_and_huge_json_is_shown_raw(body: bytes) -> None:
    found = shown(body)
    assert not found.is_json
    assert found.text == body[:MOST].decode()
    assert found.is_cut == (len(body) > MOST)


@pytest.mark.parametrize("body", [b"x" * 1024 * 1024, b"\xff" * 1024 * 1024, b"\x00" * 1024 * 1024])
def test_a_mebibyte_is_cut(body: bytes) -> None:
    found = shown(body)
    assert len(found.text) == MOST
    assert found.is_cut


def test_json_that_grows_beyond_the_bound_is_cut() -> None:
    found = shown(json.dumps([[n] for n in range(9000)]).encode())
    assert found.is_json
    assert found.is_cut
    assert len(found.text) == MOST


def test_no_letter_is_cut_in_two() -> None:
    found = shown(b"x" + "é".encode() * MOST)
    assert found.text == "x" + "é" * ((MOST - 1) // 2)
    assert found.is_cut


def test_exactly_the_bound_is_whole() -> None:
    found = shown(b"x" * MOST)
    assert (len(found.text), found.is_cut) == (MOST, False)


def test_random_bytes_never_raise_and_show_only_what_can_be_printed() -> None:
    dice = random.Random(3)
    for _ in range(500):
        text = shown(dice.randbytes(dice.randrange(200))).text
        assert all(sign.isprintable() or sign in "\n\t" for sign in text)
        assert hook_texts.visible(text) == text
