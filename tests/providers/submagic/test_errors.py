"""How calls fail: every documented error, and what is known about the outcome of each failure."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from providers import errors
from providers.http import LARGEST_ANSWER
from providers.submagic import (
    Timeouts,
)
from tests.providers.submagic.calls import CALLS, POSTS, READS, fails, raising
from tests.providers.submagic.support import answering, example


@pytest.mark.parametrize("status", [408, 409, 500, 502, 503, 504, 302, 303])
@pytest.mark.parametrize("name", POSTS)
def test_ambiguous_answer_to_a_post_is_unknown(name: str, status: int) -> None:
    error = fails(name, answering(status, {"error": "X", "message": "y"}, {"location": "http://169.254.169.254/"}))
    assert isinstance(error, errors.UnknownOutcome)
    assert (error.outcome, error.permanent, error.status) == ("unknown", False, status)
    assert isinstance(error, errors.Conflict) == (status == 409)


@pytest.mark.parametrize("status", [400, 402, 403, 404, 412, 422])
def test_refusal_without_an_error_body_leaves_a_post_unknown(status: int) -> None:
    assert fails("publish", answering(status, b"<html>")).outcome == "unknown"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, errors.Unauthorised),
        (413, errors.TooLarge),
        (415, errors.UnsupportedMedia),
        (429, errors.RateLimited),
    ],
)
def test_refusal_that_speaks_for_itself_needs_no_body(status: int, kind: type[Exception]) -> None:
    error = fails("upload_project", answering(status, b"<html>"))
    assert type(error) is kind
    assert error.outcome == "rejected"


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"{}", b'{"id":7}', b'{"id":"x"'])
@pytest.mark.parametrize("name", POSTS)
def test_yes_that_cannot_be_read_is_unknown(name: str, content: bytes) -> None:
    error = fails(name, answering(200, content))
    assert type(error) is errors.UnknownOutcome
    assert error.sample == content.decode()


LATE = [
    httpx.ReadTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.RemoteProtocolError("Server disconnected without sending a response."),
    httpx.WriteError("pipe"),
    httpx.WriteTimeout("stuck"),
]


@pytest.mark.parametrize("late", LATE, ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("name", CALLS)
def test_break_after_sending_is_unknown_for_posts_and_harmless_for_reads(name: str, late: Exception) -> None:
    error = fails(name, raising(late))
    assert error.outcome == ("failed_read" if name in READS else "unknown")
    assert not error.permanent


@pytest.mark.parametrize("early", [httpx.ConnectError("refused"), httpx.ConnectTimeout("t"), httpx.PoolTimeout("t")])
@pytest.mark.parametrize("name", CALLS)
def test_no_connection_means_not_sent(name: str, early: Exception) -> None:
    error = fails(name, raising(early))
    assert type(error) is errors.NotSent
    assert (error.outcome, error.permanent) == ("not_sent", False)


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize("status", [408, 500, 503])
def test_fault_on_a_read_may_be_asked_again(name: str, status: int) -> None:
    error = fails(name, answering(status, b"<html>"))
    assert type(error) is errors.UpstreamFault
    assert (error.outcome, error.permanent) == ("failed_read", False)


def test_redirect_is_never_followed() -> None:
    seen: list[httpx.Request] = []
    error = fails("get_project", answering(302, None, {"location": "http://169.254.169.254/"}, seen))
    assert type(error) is errors.BadAnswer
    assert len(seen) == 1


def test_conflict_on_a_read_is_no_question() -> None:
    assert type(fails("get_project", answering(409, {"error": "CONFLICT", "message": "busy"}))) is errors.Conflict


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"error": "NOT_FOUND", "message": "Project doesn't exist or doesn't belong to user"}, errors.ProjectNotFound),
        ({"error": "NOT_FOUND", "message": "Project not found"}, errors.ProjectNotFound),
        ({"error": "NOT_FOUND", "message": "The requested endpoint does not exist"}, errors.RouteNotFound),
        ({"error": "NOT_FOUND", "message": "Theme not found"}, errors.NotFound),
        (b"<html>nginx</html>", errors.RouteNotFound),
    ],
)
def test_missing_project_and_missing_route_are_told_apart(content: Any, kind: type[Exception]) -> None:
    assert type(fails("get_project", answering(404, content))) is kind


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ([{"field": "title", "message": "too long", "value": None}], [("title", "too long")]),
        ({"title": "too long", "tags": ["a", "b"]}, [("title", "too long"), ("tags", "a; b")]),
        (["bad"], [("", "bad")]),
        ({}, []),
        (None, []),
        (7, []),
    ],
)
def test_details_in_every_form(details: Any, expected: list[tuple[str, str]]) -> None:
    error = fails("create_project", answering(422, {"error": "V", "message": "m", "details": details}))
    assert type(error) is errors.Invalid
    assert [(d.field, d.message) for d in error.details] == expected


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ("presetId cannot be combined with templateName", errors.OptionsConflict),
        ("userThemeId and templateName cannot be used together", errors.OptionsConflict),
        ("Insufficient AI credits", errors.PaymentRequired),
        ("Must be a valid UUID", errors.Invalid),
    ],
)
@pytest.mark.parametrize("form", ["list", "object"])
def test_what_only_the_details_say_decides_the_error(told: str, kind: type[Exception], form: str) -> None:
    details = {"presetId": told} if form == "object" else [{"field": "presetId", "message": told, "value": "x"}]
    body = {"error": "VALIDATION_ERROR", "message": "Request validation failed", "details": details}
    error = fails("create_project", answering(400, body))
    assert type(error) is kind
    assert told in error.message and "Nothing was spent." in error.message


def test_several_problems_in_one_message_are_taken_apart() -> None:
    message = "Validation failed: youtubeUrl is required, Unknown field: videoUrl"
    error = fails("create_magic_clips", answering(400, {"error": "VALIDATION_ERROR", "message": message}))
    assert [d.message for d in error.details] == ["youtubeUrl is required", "Unknown field: videoUrl"]
    assert error.upstream_message == message


def test_answer_over_the_cap_is_dropped() -> None:
    class Endless(httpx.SyncByteStream):
        given = 0

        def __iter__(self) -> Any:
            while True:
                Endless.given += 1 << 20
                yield b" " * (1 << 20)

    def handle(request: httpx.Request) -> httpx.Response:
        request.read()
        return httpx.Response(200, stream=Endless())

    assert type(fails("get_project", httpx.MockTransport(handle))) is errors.BadAnswer
    assert Endless.given <= LARGEST_ANSWER + (2 << 20)
    assert type(fails("publish", httpx.MockTransport(handle))) is errors.UnknownOutcome


def test_dripping_answer_ends_at_the_deadline() -> None:
    transport = answering(200, example("health"))
    assert type(fails("health", transport, timeouts=Timeouts(answer=-1))) is errors.BadAnswer


def test_answer_cut_in_the_middle_keeps_its_status() -> None:
    class Cut(httpx.SyncByteStream):
        def __iter__(self) -> Any:
            yield b'{"error":'
            raise httpx.ReadError("reset")

    def handle(request: httpx.Request) -> httpx.Response:
        request.read()
        return httpx.Response(200 if "health" in request.url.path else 401, stream=Cut())

    assert type(fails("health", httpx.MockTransport(handle))) is errors.BadAnswer
    assert type(fails("publish", httpx.MockTransport(handle))) is errors.Unauthorised


def test_texts_for_a_person() -> None:
    error = fails("upload_project", answering(415, {"error": "UNSUPPORTED_MEDIA_TYPE", "message": "no"}))
    assert error.message == "Submagic refused the file: format not supported. Nothing was spent."
    assert error.advice == "Convert it to MP4 and drop it again."
    limited = fails("templates", answering(429, {"retryAfter": 600}))
    assert limited.message == "Submagic's limit of calls is used up; it takes more in 10 minutes."
