"""Parts of a file, as players ask for them (RFC 9110, section 14.1.2 and 14.2)."""

from __future__ import annotations

import io

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from projects_app import ranges

pytestmark = pytest.mark.django_db  # an answer that is closed tells Django that a request has ended
FILE = bytes(range(100))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", (0, 0)),
        ("bytes=10-", (10, 99)),
        ("bytes=10-1000", (10, 99)),
        ("bytes= 10-19", (10, 19)),
        ("bytes=-10", (90, 99)),
        ("bytes=-1000", (0, 99)),
        # The whole file: what is no range, several, another unit, backwards.
        ("", None),
        ("bytes=-", None),
        ("bytes=0-1,5-6", None),
        ("items=0-1", None),
        ("bytes=20-10", None),
        ("bytes=a-b", None),
        ("bytes=٣-", (3, 99)),
        ("bytes=99999999999999999999-", None),
    ],
)
def test_what_is_asked_for(header: str, expected: tuple[int, int] | None) -> None:
    assert ranges.wanted(header, 100) == expected


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=500-600", "bytes=-0"])
def test_behind_the_end(header: str) -> None:
    with pytest.raises(ranges.Unsatisfiable):
        ranges.wanted(header, 100)


@given(st.text(max_size=20) | st.from_regex(r"bytes=\d{0,4}-\d{0,4}", fullmatch=True), st.integers(0, 300))
def test_any_header_gives_bytes_that_are_there(header: str, size: int) -> None:
    try:
        part = ranges.wanted(header, size)
    except ranges.Unsatisfiable:
        return
    assert part is None or 0 <= part[0] <= part[1] < size


def respond(
    method: str = "GET", most: int | None = None, **headers: str
) -> tuple[int, bytes, dict[str, str], io.BytesIO]:
    file = io.BytesIO(FILE)
    request = RequestFactory().generic(method, "/", headers=headers)
    response = ranges.respond(request, file, size=100, etag='"v1"', content_type="video/mp4", most=most)
    body = b"".join(response) if response.streaming else response.content
    response.close()
    return response.status_code, body, dict(response.headers), file


def test_whole_and_in_parts() -> None:
    status, body, headers, file = respond()
    assert (status, body, headers["Content-Length"], headers["Accept-Ranges"]) == (200, FILE, "100", "bytes")
    assert file.closed
    status, body, headers, file = respond(Range="bytes=10-19")
    assert (status, body, headers["Content-Range"]) == (206, FILE[10:20], "bytes 10-19/100")
    assert headers["Content-Length"] == "10" and file.closed


def test_the_head_alone_and_behind_the_end() -> None:
    status, body, headers, file = respond("HEAD", Range="bytes=10-19")
    assert (status, body, headers["Content-Length"]) == (200, b"", "100") and file.closed, "a range is for GET alone"
    status, _body, headers, file = respond(Range="bytes=100-")
    assert (status, headers["Content-Range"]) == (416, "bytes */100") and file.closed


@pytest.mark.parametrize(("guard", "status"), [('"v1"', 206), ('"v0"', 200), ("Sat, 29 Oct 1994 19:43:31 GMT", 200)])
def test_a_part_of_another_version_is_the_whole(guard: str, status: int) -> None:
    assert respond(Range="bytes=1-1", **{"If-Range": guard})[0] == status


@pytest.mark.parametrize(
    ("header", "expected"),
    [("bytes=0-", "bytes 0-9/100"), ("bytes=95-", "bytes 95-99/100"), ("bytes=0-49", "bytes 0-49/100")],
)
def test_a_player_gets_some_at_a_time(header: str, expected: str) -> None:
    status, _body, headers, _file = respond(most=10, Range=header)
    assert (status, headers["Content-Range"]) == (206, expected)
    assert respond(most=10)[0] == 200
