"""The table of codes (003, Response Codes), however it comes, and the checklist before it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from providers import errors
from providers.picovico import ImageAsset, MusicAsset, OtherAsset, TextAsset, Video, missing
from tests.providers.picovico.support import answering, client, example, fails

TABLE = {int(code): text for code, text in example("codes").items()}
PARTS = {7401: "style", 7402: "music", 7403: "assets", 7404: "title", 7405: "credits"}


def rendered(status: int, body: Any) -> Any:
    with client(answering(status, body)) as picovico:
        return picovico.render("abc")


@pytest.mark.parametrize("code", TABLE)
def test_each_code_of_the_table(code: int) -> None:
    answer = rendered(200, {"message": TABLE[code], "status": code})
    assert (answer.status, answer.message) == (code, TABLE[code])
    assert answer.outcome == ("accepted" if code < 7300 else "blocked")
    assert [(part.code, part.part) for part in answer.missing] == ([(code, PARTS[code])] if code in PARTS else [])
    assert all(part.reason for part in answer.missing)


@pytest.mark.parametrize("code", [7101, 7102, 7201])
def test_row_51_the_example_says_7101_and_the_table_7201(code: int) -> None:
    assert rendered(200, {"message": "", "status": code}).outcome == "accepted"
    assert rendered(200, {"message": "", "status": str(code)}).outcome == "accepted"


@pytest.mark.parametrize("http", [400, 402, 403, 422, 500])
@pytest.mark.parametrize("code", PARTS)
def test_the_same_codes_as_an_http_error(code: int, http: int) -> None:
    answer = rendered(http, {"message": TABLE[code], "status": code})
    assert (answer.outcome, answer.status, answer.message) == ("blocked", code, TABLE[code])
    assert [part.code for part in answer.missing] == [code]
    answer = rendered(http, {"message": TABLE[code], "code": str(code)})
    assert [part.code for part in answer.missing] == [code]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"message": "?", "status": 7301}, 7301),
        ({"message": "?", "status": 200}, 0),
        ({"message": "?"}, 0),
        ({}, 0),
        ({"status": True}, 0),
        ({"status": "done"}, 0),
    ],
)
def test_any_other_answer_is_unknown(body: Any, code: int) -> None:
    answer = rendered(200, body)
    assert (answer.outcome, answer.status, answer.missing) == ("unknown", code, ())


def test_another_74xx_is_blocked_without_a_named_part() -> None:
    answer = rendered(200, {"message": "Too long", "status": 7406})
    assert (answer.outcome, answer.missing) == ("blocked", ())


@pytest.mark.parametrize("status", [400, 402, 403, 404, 422])
@pytest.mark.parametrize(
    ("code", "outcome"), [(7101, "accepted"), (7201, "accepted"), (7406, "blocked"), (7999, "unknown")]
)
def test_a_code_counts_beside_any_refusal_of_http(status: int, code: int, outcome: str) -> None:
    answer = rendered(status, {"message": "Hm", "status": code})
    assert (answer.outcome, answer.status) == (outcome, code)


@pytest.mark.parametrize(("status", "kind"), [(401, errors.Unauthorised), (429, errors.RateLimited)])
def test_a_key_and_a_limit_are_what_http_says(status: int, kind: type[Exception]) -> None:
    assert isinstance(fails("render", answering(status, {"message": "No", "status": 7101})), kind)


def test_an_error_without_such_a_code_stays_an_error() -> None:
    assert isinstance(fails("render", answering(404, {"code": 404, "message": "Video not found"})), errors.NotFound)
    error = fails("render", answering(500, {"message": "Oops", "status": 7101}))
    assert (error.outcome, error.code) == ("unknown", "7101")


def test_a_render_whose_answer_is_lost_is_unknown() -> None:
    def cut(request: httpx.Request) -> httpx.Response:
        raise httpx.RemoteProtocolError("gone", request=request)

    error = fails("render", httpx.MockTransport(cut))
    assert (type(error), error.outcome) == (errors.UnknownOutcome, "unknown")


def test_checklist_names_what_is_missing_in_the_order_of_the_codes() -> None:
    empty = Video("a", "initial")
    assert [part.code for part in missing(empty)] == [7401, 7402, 7403, 7404]
    blank = Video("a", "initial", name=" ", style=" ", assets=(MusicAsset("m"),))
    assert [part.code for part in missing(blank)] == [7401, 7403, 7404]
    card = Video("a", "initial", name="N", style="vanilla", assets=(TextAsset(0, 5, "T"),))
    assert [part.part for part in missing(card)] == ["music"]
    whole = Video("a", "initial", name="N", style="vanilla", assets=(ImageAsset("p", 0, 5), MusicAsset("m")))
    assert missing(whole) == []


def test_checklist_does_not_call_an_unknown_kind_nothing() -> None:
    strange = Video("a", "initial", name="N", style="s", assets=(OtherAsset({"name": "videoclip"}), MusicAsset("m")))
    assert missing(strange) == []
