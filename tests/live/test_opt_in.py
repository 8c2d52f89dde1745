"""Says in one line each that the real Submagic was left out; with a key, that it is there, and all of it."""

from __future__ import annotations

import os
import subprocess

import pytest

from providers.submagic import limits
from tests.desk import ROOT
from tests.live.documented import goes_live, request_cases
from tests.live.refused import error_cases
from tests.live.target import is_given, live, may_spend


@pytest.mark.skipif(not is_given(), reason="the real Submagic was not asked: SUBMAGIC_API_KEY is not set")
def test_real_submagic_knows_the_key(open_network: None) -> None:
    target = live()
    client = target.client()
    assert client.languages()
    assert client.last_rate is not None and client.last_rate.limit
    assert client.last_rate.limit >= limits.rate("languages").start
    target.close()


@pytest.mark.skipif(is_given() and not may_spend(), reason="nothing was spent: SUBMAGIC_LIVE_SPEND is not 1")
def test_spending_needs_a_key_and_a_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUBMAGIC_LIVE_SPEND", "1")
    monkeypatch.delenv("SUBMAGIC_API_KEY", raising=False)
    assert not may_spend()
    monkeypatch.setenv("SUBMAGIC_API_KEY", "sk-given")
    assert may_spend()
    monkeypatch.setenv("SUBMAGIC_LIVE_SPEND", "yes")
    assert not may_spend()


def test_the_documented_command_runs_all_of_it() -> None:
    """Collected only: the key is none, and nothing is asked."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("SUBMAGIC_", "PYTEST_"))}
    env |= {"SUBMAGIC_API_KEY": "sk-none", "SUBMAGIC_LIVE_SPEND": "1"}
    command = ["script/test", "--sqlite", "tests/live", "--collect-only", "-q"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "deselected" not in done.stdout
    cases = {line.rpartition("::")[2] for line in done.stdout.splitlines() if "[live" in line}
    assert {"test_magic_clips_from_youtube[live]", "test_health[live]"} <= cases
    assert "test_captions_by_link_are_transcribed_changed_and_exported[live]" in cases
    documented = {case.id for case in (*request_cases(), *error_cases()) if not case.only_sandbox}
    assert {case.partition("[live ")[2].rstrip("]") for case in cases if "[live " in case} == documented


@pytest.mark.parametrize(("yes", "spends"), [("1", True), ("", False), ("yes", False)])
def test_what_may_cost_something_goes_live_only_with_a_yes(
    monkeypatch: pytest.MonkeyPatch, yes: str, spends: bool
) -> None:
    monkeypatch.setenv("SUBMAGIC_API_KEY", "sk-given")
    monkeypatch.setenv("SUBMAGIC_LIVE_SPEND", yes)
    cases = [*request_cases(), *error_cases()]
    assert {case.spends for case in cases if goes_live(case)} == ({True, False} if spends else {False})
    assert not any(goes_live(case) for case in cases if case.only_sandbox)
    monkeypatch.delenv("SUBMAGIC_API_KEY")
    assert not any(goes_live(case) for case in cases)
