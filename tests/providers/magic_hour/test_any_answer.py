"""Any answer at all to any call: the client gives a message or raises one of our errors, never anything else."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.errors import BadAnswer, ProviderError, RateLimited
from providers.magic_hour import Event, MagicHourClient, VideoProject
from tests.odd_json import FEW, odd_bytes
from tests.providers.magic_hour.support import ID, client, example
from tests.providers.submagic.test_any_answer import HEADER, NAMES, STATUSES

ACCOUNT = {"id": "u", "email": "a@b.example", "credits": 3, "tier": "pro", "subscription": {"name": "Pro"}}
CALLS: dict[str, tuple[Callable[[MagicHourClient], object], object]] = {
    "get": (lambda api: api.get_video_project(ID), example("video_project")),
    "delete": (lambda api: api.delete_video_project(ID), {"message": "done"}),
    "account": (lambda api: api.account(), ACCOUNT),
}
KINDS = ("application/json", "text/html", "application/octet-stream", "image/png; a=b", "", "application/problem+json")


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("cases", [60, pytest.param(1000, marks=pytest.mark.slow)])
def test_any_answer_is_a_message_or_an_error_of_ours(name: str, cases: int) -> None:
    ask, document = CALLS[name]

    def run(asked: tuple[int, dict[str, str], str, bytes, bytes]) -> None:
        status, headers, kind, body, problem = asked
        is_fine = 200 <= status < 300
        raw = [(key.encode(), value.encode("latin-1")) for key, value in (headers | {"Content-Type": kind}).items()]

        def answer(_request: httpx.Request) -> httpx.Response:
            return httpx.Response(status, headers=raw, content=body if is_fine else problem)

        with client(httpx.MockTransport(answer)) as api:
            try:
                found = ask(api)
            except ProviderError as error:
                assert str(error) and "\0" not in str(error)
                str(error).encode()
                if is_fine and name == "delete":
                    assert error.outcome == "unknown"  # it said yes
                if isinstance(error, RateLimited):
                    assert 0 < error.wait_seconds <= 86_400
            else:
                assert is_fine
                if isinstance(found, VideoProject):
                    assert found.id == ID and (not found.is_ready or found.downloads[0].url.startswith("http"))

    odd = st.tuples(
        st.sampled_from((200,) * len(STATUSES) + STATUSES),
        st.dictionaries(st.sampled_from(NAMES), HEADER, max_size=4),
        st.sampled_from(KINDS),
        odd_bytes(document),
        odd_bytes({"message": "Not Found"}),
    )
    settings(max_examples=cases, **FEW)(given(odd)(run))()


def test_any_body_is_an_event_or_refused() -> None:
    def run(body: bytes) -> None:
        try:
            event = Event.from_body(body)
        except BadAnswer:
            return
        assert event.project_id and event.type == event.type.lower()

    document = {"type": "video.completed", "payload": example("video_project")}
    settings(max_examples=100, **FEW)(given(odd_bytes(document))(run))()
