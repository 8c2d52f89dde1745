"""Every documented error, provoked on both targets where it can be: its status, its code, its names and their types."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.live import refused
from tests.live.documented import Case
from tests.live.refused import error_cases, name_of, provoke
from tests.live.shapes import unlike
from tests.live.target import PATIENCE, Target
from tests.providers.submagic.examples import INDEX

pytestmark = [pytest.mark.xdist_group("contract"), pytest.mark.timeout(2 * PATIENCE)]
CASES = error_cases()


def test_the_error_has_the_code_and_the_names_of_the_documented_one(
    case: Case, target: Target, beyond: Callable[[Target, list[str]], None]
) -> None:
    printed = case.example.data
    error = provoke(case.example, target)
    answer = target.heard[-1]
    body = answer.json()
    assert (answer.status_code, body["error"]) == (case.example.status, printed["error"])
    # An empty `details` says nothing; the real service was seen without any at all (contract row 47).
    optional = {"details"} if target.is_live or not printed.get("details") else set()
    wrong, more = unlike([printed], body, optional=optional)
    assert not wrong
    # Details beside the words are documented for other errors of the same kind (contract row 47).
    beyond(target, [name for name in more if name != "details"])
    if error is not None:
        assert (error.status, error.code) == (case.example.status, printed["error"])
        assert error.upstream_message == body["message"] and error.advice


def test_every_documented_error_is_a_case_or_has_a_reason() -> None:
    printed = {name_of(each) for each in INDEX if each.kind == "error"}
    assert {name_of(case.example) for case in CASES} == printed - set(refused.NOT_GIVEN)
    tables = (refused.FREE, refused.SPENDING, refused.ONLY_SANDBOX, refused.NOT_GIVEN)
    named = [name for table in tables for name in table]
    assert len(named) == len(set(named)) and set(named) <= printed


def test_what_runs_live_without_a_yes_cannot_cost_anything() -> None:
    free = [case for case in CASES if not case.spends and not case.only_sandbox]
    assert {name_of(case.example) for case in free if case.example.status != 401} == set(refused.FREE)
