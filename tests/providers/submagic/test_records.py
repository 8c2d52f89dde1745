"""What a call leaves behind: one record, and never the key."""

from __future__ import annotations

import json

import httpx
import pytest

from providers.http import Exchange
from providers.submagic import SubmagicClient
from tests.providers.submagic.calls import CALLS, fails, raising
from tests.providers.submagic.support import KEY, answering, client, example


def test_every_call_leaves_one_scrubbed_record() -> None:
    records: list[Exchange] = []
    echo = {"error": "UNAUTHORIZED", "message": f"bad key {KEY}"}
    error = fails("publish", answering(401, echo), on_exchange=records.append)
    [record] = records
    assert record.error is error
    assert (record.call.name, record.status, record.seconds >= 0) == ("projects.publish", 401, True)
    assert KEY not in record.answer and "sk-…cdef" in record.answer
    fails("health", raising(httpx.ConnectError("x")), on_exchange=records.append)
    assert (records[-1].status, records[-1].answer) == (None, "")


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 409, 429, 500])
@pytest.mark.parametrize("name", CALLS)
def test_no_error_leaks_the_key(name: str, status: int) -> None:
    echo = {"error": KEY, "message": f"x-api-key: {KEY}", "details": [{"field": KEY, "message": KEY, "value": KEY}]}
    error = fails(name, answering(status, echo, {"x-request-id": KEY}))
    shown = [str(error), repr(error), json.dumps(vars(error), default=str), repr(error.details)]
    assert not any(KEY in text for text in shown)
    assert KEY not in repr(client(answering(200)))


@pytest.mark.parametrize("bad", ["", "  ", "sk-a b", "sk-ä", "sk-a\r\nX: y"])
def test_key_that_is_no_header_value_is_refused_without_being_repeated(bad: str) -> None:
    with pytest.raises(ValueError, match="API key") as caught:
        SubmagicClient(bad)
    assert not bad.strip() or bad not in str(caught.value)


def test_listener_that_fails_does_not_hide_the_answer(caplog: pytest.LogCaptureFixture) -> None:
    def broken(news: object) -> None:
        raise RuntimeError("database is away")

    with client(answering(201, example("create_project")), on_rate=broken, on_exchange=broken) as submagic:
        assert CALLS["create_project"](submagic).id == example("create_project")["id"]
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == ["database is away"] * 2
