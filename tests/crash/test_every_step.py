"""Crash at every step (design: reliability, T2): each flow is killed at point 1, 2, 3 … until it comes to its end.

Each time the person does the same again, the worker goes on, and in the end nothing was done twice, nothing waits for
ever, and what the provider did is known where anything tells of it.
"""

from __future__ import annotations

import itertools

import pytest

from tests.crash.conftest import Lives
from tests.crash.points import Fault
from tests.crash.scenes import SCENES

pytestmark = [pytest.mark.xdist_group("crash"), pytest.mark.timeout(1800)]
HOOKS = pytest.mark.parametrize("hooks", [True, False], ids=["with webhooks", "without webhooks"])
EACH = pytest.mark.parametrize("scene", SCENES)
# So many points of each flow in the quick run, spread over all of it.
SAMPLE = 4
DATABASE = [fault for fault in Fault if not fault.is_kill]


def at_each(
    lives: Lives, subtests: pytest.Subtests, scene: str, fault: Fault, *, hooks: bool, new_key: bool = False
) -> int:
    """1, 2, 3 … until the flow ends before it comes so far; returns how many points there were."""
    for number in itertools.count(1):
        told = lives.run(scene, fault, number, hooks=hooks, new_key=new_key)
        struck = told.get("struck", "")
        with subtests.test(f"{scene}: {fault} {struck or 'at no point'}"):
            assert told["problems"] == []
        if not struck:
            return number - 1
    return 0


def at_some(
    lives: Lives, subtests: pytest.Subtests, scene: str, fault: Fault, *, hooks: bool, new_key: bool = False
) -> None:
    """At a few of them, always the same ones."""
    points = len(lives.run(scene, fault, 0, hooks=hooks)["passed"])
    for number in {1 + place * (points - 1) // (SAMPLE - 1) for place in range(SAMPLE)}:
        told = lives.run(scene, fault, number, hooks=hooks, new_key=new_key)
        with subtests.test(f"{scene}: {fault} {told.get('struck', 'at no point')}"):
            assert told["problems"] == []


@EACH
def test_without_a_fault_all_of_it_is_done(lives: Lives, scene: str) -> None:
    told = lives.run(scene, Fault.KILL, 0, hooks=True)
    assert told["problems"] == []
    assert len(told["passed"]) >= 10, told["passed"]


@EACH
def test_kill_9_at_some_steps(lives: Lives, subtests: pytest.Subtests, scene: str) -> None:
    at_some(lives, subtests, scene, Fault.KILL, hooks=True)


@EACH
def test_database_fails_at_some_steps(lives: Lives, subtests: pytest.Subtests, scene: str) -> None:
    at_some(lives, subtests, scene, Fault.LOCKED, hooks=False)


@pytest.mark.slow
@HOOKS
@EACH
def test_kill_9_at_every_step(lives: Lives, subtests: pytest.Subtests, scene: str, hooks: bool) -> None:
    assert at_each(lives, subtests, scene, Fault.KILL, hooks=hooks) >= 10


@pytest.mark.slow
@pytest.mark.parametrize("fault", DATABASE)
@EACH
def test_database_fails_at_every_step(lives: Lives, subtests: pytest.Subtests, scene: str, fault: Fault) -> None:
    assert at_each(lives, subtests, scene, fault, hooks=True) >= 3


@pytest.mark.slow
@EACH
def test_key_is_replaced_while_the_desk_is_down(lives: Lives, subtests: pytest.Subtests, scene: str) -> None:
    assert at_each(lives, subtests, scene, Fault.KILL, hooks=True, new_key=True) >= 10
