"""Both access values are secrets: in no error, record or repr."""

from __future__ import annotations

import json

import httpx
import pytest

from providers import errors
from providers.http import Exchange
from providers.picovico import BASE_URL, PicovicoClient
from providers.picovico.limits import RATES, rate
from tests.providers.picovico.support import CALLS, KEY, READS, TOKEN, answering, client, example, fails


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 409, 429, 500])
@pytest.mark.parametrize("name", [name for name in CALLS if name not in ("delete_video", "delete_photo", "draft")])
def test_no_error_leaks_them(name: str, status: int) -> None:
    records: list[Exchange] = []
    echo = {"error": KEY, "message": f"X-Access-Token: {TOKEN} {KEY}", "details": [{"field": TOKEN, "message": KEY}]}
    if status == 200 and name in ("render", "preview"):
        status = 500
    error = fails(name, answering(status, echo, {"x-request-id": TOKEN}), on_exchange=records.append)
    shown = [str(error), repr(error), json.dumps(vars(error), default=str), *(each.answer for each in records)]
    assert records and not any(secret in text for text in shown for secret in (KEY, TOKEN))


def test_words_of_an_answer_that_people_read_have_none() -> None:
    with client(answering(200, {"message": f"Not {TOKEN}\nyet for {KEY}", "status": 7401})) as picovico:
        said = picovico.render("v1").message
    assert said.startswith("Not ") and "\n" not in said and KEY not in said and TOKEN not in said


def test_repr_shows_the_end_of_the_key_at_most() -> None:
    with client(answering(200)) as picovico:
        assert repr(picovico) == f"PicovicoClient(…{KEY[-4:]}, base_url={BASE_URL!r})"


@pytest.mark.parametrize("bad", ["", "  ", "a b", "ä", "a\r\nX: y"])
def test_what_is_no_header_value_is_refused_without_being_repeated(bad: str) -> None:
    for pair in ((bad, TOKEN), (KEY, bad)):
        with pytest.raises(ValueError, match="access key") as caught:
            PicovicoClient(*pair)
        assert not bad.strip() or bad not in str(caught.value)


def test_wrong_pair_is_unauthorised() -> None:
    error = fails("me", answering(401, {"code": 401, "message": "Wrong access key or token"}))
    assert isinstance(error, errors.Unauthorised) and error.upstream_message == "Wrong access key or token"


@pytest.mark.parametrize("name", CALLS)
def test_each_call_has_a_rate_and_says_whether_it_may_be_repeated(name: str) -> None:
    records: list[Exchange] = []

    def cut(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("late", request=request)

    error = fails(name, httpx.MockTransport(cut), on_exchange=records.append)
    call = records[0].call
    assert call.name in RATES and rate(call.name).start == 100
    assert call.safe == (name in READS) == (call.method == "GET")
    assert error.outcome == ("failed_read" if call.safe else "unknown")


def test_last_rate_is_that_of_the_last_answer() -> None:
    with client(answering(200, example("get_video"), {"x-ratelimit-remaining": "7"})) as picovico:
        assert picovico.last_rate is None
        picovico.get_video("<some-id>")
        assert picovico.last_rate is not None and picovico.last_rate.remaining == 7
