"""Every documented request, sent to both targets: each answer has the names and types of the documented one."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from tests.live.documented import SEND, Case, answer_to, request_cases, request_of, responses
from tests.live.shapes import unlike
from tests.live.target import PATIENCE, Target
from tests.providers.submagic.calls import CALLS
from tests.providers.submagic.examples import INDEX

pytestmark = [pytest.mark.xdist_group("contract"), pytest.mark.timeout(2 * PATIENCE)]
CASES = request_cases()


def test_the_answer_has_the_names_and_types_of_the_documented_one(
    case: Case, target: Target, beyond: Callable[[Target, list[str]], None]
) -> None:
    example = case.example
    if example.method == "published":
        target.post(target)
    elif example.method == "user_media":
        target.media(target, "AUDIO")
    data = request_of(example, target) or dict(httpx.URL(example.path).params)
    SEND[example.method](target.client(), data, target)
    answer = target.heard[-1]
    assert answer.is_success
    documented, told_back = answer_to(example)
    others = [each.data for each in responses(example.method)]
    wrong, more = unlike(documented, answer.json(), optional=told_back, others=others)
    if target.is_live:
        # Numbers of a post may lack some of the names (contract row 38).
        wrong = [each for each in wrong if "analytics" not in each]
    assert not wrong
    beyond(target, more)
    if not target.is_live:
        # Any 2xx will do for the client (contract row 32); the sandbox gives the documented one.
        assert answer.status_code in {each.status for each in responses(example.method)}
        if example.method in ("published", "user_media"):
            assert any(answer.json().values()), "a list with nothing in it proves nothing"


def test_every_documented_request_is_a_case() -> None:
    assert {case.example.method for case in CASES} == set(CALLS) == set(SEND)
    printed = [example for example in INDEX if example.kind in ("request", "multipart")]
    # Languages and hook titles are asked for on two pages each, and one page is printed in both documents.
    assert len(printed) - len(CASES) == 3
    assert {case.example.method for case in CASES if case.only_sandbox} == {"publish"}
