"""Rate headers and how long to wait after a refusal for too many calls."""

from __future__ import annotations

from typing import Any

import pytest

from providers import errors
from providers.ratelimit import RateHeaders
from tests.providers.submagic.calls import fails
from tests.providers.submagic.support import answering, client, example

DATE = "Mon, 15 Jan 2024 10:00:00 GMT"  # 1705312800


@pytest.mark.parametrize(
    ("headers", "content", "wait", "stated"),
    [
        ({"Retry-After": "45"}, {}, 45, True),
        ({"Retry-After": "Mon, 15 Jan 2024 10:02:00 GMT", "Date": DATE}, {}, 120, True),
        ({"Retry-After": "Mon, 15 Jan 2024 09:00:00 GMT", "Date": DATE}, {}, 5, False),
        ({"Retry-After": "0"}, {}, 5, False),
        ({"Retry-After": "3"}, {}, 5, True),
        ({"Retry-After": "0"}, {"retryAfter": 30}, 30, True),
        ({}, {"retryAfter": 30}, 30, True),
        ({"X-RateLimit-Reset": "1705314600", "Date": DATE}, {}, 1800, True),
        ({"X-RateLimit-Reset": "1705314600000", "Date": DATE}, {}, 1800, True),
        ({"X-RateLimit-Reset": "1800", "Date": DATE}, {}, 1800, True),
        ({"X-RateLimit-Reset": "0", "Date": DATE}, {}, 5, False),
        ({"Retry-After": "9", "X-RateLimit-Reset": "1705312860", "Date": DATE}, {"retryAfter": 30}, 9, True),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1705314600", "Date": DATE}, {"retryAfter": 30}, 30, True),
        ({"X-RateLimit-Remaining": "3", "X-RateLimit-Reset": "1705314600", "Date": DATE}, {"retryAfter": 30}, 30, True),
        ({"Retry-After": "1e99"}, {}, 86_400, True),
        ({"Retry-After": "soon"}, {"retryAfter": True}, 60, False),
        ({"Retry-After": "-5"}, {"retryAfter": "30"}, 60, False),
        ({"Retry-After": "-5"}, {"retryAfter": -30}, 60, False),
        ({"Retry-After": "nan"}, None, 60, False),
    ],
)
def test_wait_after_429(headers: dict[str, str], content: Any, wait: float, stated: bool) -> None:
    error = fails("publish", answering(429, content, headers))
    assert isinstance(error, errors.RateLimited)
    assert (error.wait_seconds, error.stated) == (wait, stated)
    assert (error.outcome, error.permanent) == ("rejected", False)


def test_rate_headers_of_each_answer_reach_the_callback() -> None:
    rates: list[RateHeaders] = []
    headers = {
        "x-ratelimit-limit": "30",
        "x-ratelimit-remaining": "29",
        "x-ratelimit-reset": "1705316400",
        "date": DATE,
    }
    with client(answering(200, example("templates"), headers), on_rate=rates.append) as submagic:
        assert submagic.last_rate is None
        submagic.templates()
        [rate] = rates
        assert submagic.last_rate == rate
    assert (rate.endpoint, rate.limit, rate.remaining, rate.reset_in) == ("templates", 30, 29, 3600)
    fails("publish", answering(429, {}, headers), on_rate=rates.append)
    assert (rates[-1].endpoint, rates[-1].status) == ("projects.publish", 429)
