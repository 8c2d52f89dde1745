"""Any answer at all to any call: the client gives a message or raises one of its own errors, never anything else.

Much cheaper than the same through the desk (tests/projects_app/test_answers_fuzz.py), so there are many more cases.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.errors import ProviderError, RateLimited
from providers.submagic import CreateMagicClips, ExportOptions, PublishRequest, SubmagicClient, TikTok
from tests.odd_json import FEW, NUMBERS, TIMES, odd_bytes, written
from tests.providers.submagic.calls import ID
from tests.providers.submagic.support import client, example

Ask = Callable[[SubmagicClient], object]
PROJECT = "e568c322-7fa5-497a-8fb0-3ba32e9e67d2"
READS: dict[str, Ask] = {
    "project_completed": lambda api: api.get_project(ID),
    "project_magic_clips": lambda api: api.get_project(PROJECT),
    "published": lambda api: api.published(),
    "user_media": lambda api: api.user_media(),
    "languages": lambda api: api.languages(),
    "templates": lambda api: api.templates(),
    "hook_title_templates": lambda api: api.hook_title_templates(),
    "health": lambda api: api.health(),
}
SENDS: dict[str, Ask] = {
    "create_magic_clips": lambda api: api.create_magic_clips(
        CreateMagicClips(title="A", language="en", youtube_url="https://www.youtube.com/watch?v=a")
    ),
    "export_project": lambda api: api.export_project(ID, ExportOptions()),
    "publish_now": lambda api: api.publish(ID, PublishRequest(tiktok=TikTok())),
    "create_user_media": lambda api: api.create_user_media("https://a.example/a.mp4"),
}
ERROR = {
    "error": "VALIDATION_ERROR",
    "message": "Validation failed: a, b",
    "details": [{"field": "a", "message": "wrong", "value": 1, "path": ["a"]}],
    "retryAfter": 30,
}
STATUSES = (
    *range(200, 207),
    300,
    301,
    302,
    304,
    *range(400, 419),
    422,
    425,
    426,
    428,
    429,
    431,
    451,
    500,
    502,
    503,
    599,
)
HEADER = st.one_of(
    st.sampled_from(("", "0", "-1", "30", "1e999", "NaN", "inf", "9" * 400, "٣", "0x10", "1,000", *TIMES)).map(
        lambda text: text.encode("utf-8").decode("latin-1")
    ),
    st.sampled_from(NUMBERS).map(lambda number: str(number)[:400]),
    st.just("Fri, 27 Nov 99999 10:00:00 GMT"),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30),
)
NAMES = ("Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Date", "X-Request-Id")


def answer(status: int, headers: dict[str, str], body: bytes) -> httpx.MockTransport:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    return httpx.MockTransport(lambda _request: httpx.Response(status, headers=raw, content=body))


@pytest.mark.parametrize("name", [*READS, *SENDS])
@pytest.mark.parametrize("cases", [60, pytest.param(1000, marks=pytest.mark.slow)])
def test_any_answer_is_a_message_or_an_error_of_ours(name: str, cases: int) -> None:
    ask = (READS | SENDS)[name]

    def run(asked: tuple[int, dict[str, str], bytes, bytes]) -> None:
        status, headers, body, problem = asked
        is_fine = 200 <= status < 300
        with client(answer(status, headers, body if is_fine else problem)) as api:
            try:
                ask(api)
            except ProviderError as error:
                assert str(error) and len(error.sample) <= 2 * 2048
                assert "\0" not in str(error)
                str(error).encode()
                if is_fine and name in SENDS:
                    assert error.outcome == "unknown"  # it said yes: nobody may send it again
                if isinstance(error, RateLimited):
                    assert 0 < error.wait_seconds <= 86_400
            else:
                assert is_fine or name == "health"

    odd = st.tuples(
        st.sampled_from((200,) * len(STATUSES) + STATUSES),
        st.dictionaries(st.sampled_from(NAMES), HEADER, max_size=4),
        odd_bytes(example(name)),
        odd_bytes(ERROR),
    )
    settings(max_examples=cases, **FEW)(given(odd)(run))()


@pytest.mark.parametrize("digits", [20, 309, 400, 4000])
@pytest.mark.parametrize("status", [200, 429, 400])
def test_a_number_of_many_digits_is_no_number(digits: int, status: int) -> None:
    """Too large for a float: once an OverflowError, out of a call that had already been accepted."""
    large = 10**digits
    body: dict[str, Any] = {
        "id": ID,
        "projectId": ID,
        "status": "completed",
        "retryAfter": large,
        "error": "E",
        "message": "m",
    }
    body |= {"videoMetaData": {"duration": large, "width": large}, "magicBrollsPercentage": -large}
    with client(answer(status, {}, written(body))) as api:
        if status == 200:
            assert api.get_project(ID).video_meta.duration is None
            assert api.export_project(ID).id == ID
            return
        with pytest.raises(ProviderError) as caught:
            api.export_project(ID)
    assert caught.value.outcome == "rejected"
