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
EACH = pytest.mark.parametrize("scene", SCENES)
# Two processes share what takes longest. Once: on PostgreSQL each life has a database made for it.
HALVES = pytest.mark.parametrize(
    "scene",
    [
        pytest.param(scene, marks=(pytest.mark.once, pytest.mark.xdist_group(f"crash {number % 2}")))
        for number, scene in enumerate(SCENES)
    ],
)
# Where in each flow the quick run kills it.
SAMPLE = (0.05, 0.25, 0.6)
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


def at_one(lives: Lives, subtests: pytest.Subtests, scene: str, fault: Fault, number: int, *, hooks: bool) -> None:
    told = lives.run(scene, fault, number, hooks=hooks)
    with subtests.test(f"{scene}: {fault} {told.get('struck') or 'at no point'}"):
        assert told["problems"] == []


def points_of(lives: Lives, scene: str) -> int:
    """How many points a kill has in the flow, asked for once."""
    if scene not in lives.points:
        lives.points[scene] = len(lives.run(scene, Fault.KILL, 0, hooks=True)["passed"])
    return lives.points[scene]


@EACH
def test_without_a_fault_all_of_it_is_done(lives: Lives, scene: str) -> None:
    told = lives.run(scene, Fault.KILL, 0, hooks=True)
    assert told["problems"] == []
    lives.points[scene] = len(told["passed"])
    assert lives.points[scene] >= 10, told["passed"]


@pytest.mark.slow
@EACH
def test_kill_9_at_some_steps(lives: Lives, subtests: pytest.Subtests, scene: str) -> None:
    """Always the same ones: early, when the request is about to leave or has just left, and late."""
    points = points_of(lives, scene)
    for part in SAMPLE:
        at_one(lives, subtests, scene, Fault.KILL, max(1, round(part * points)), hooks=part < 0.5)


@pytest.mark.slow
@EACH
def test_database_fails_at_one_step(lives: Lives, subtests: pytest.Subtests, scene: str) -> None:
    at_one(lives, subtests, scene, Fault.LOCKED, max(1, points_of(lives, scene) // 4), hooks=True)


@pytest.mark.slow
@HALVES
def test_kill_9_at_every_step(lives: Lives, subtests: pytest.Subtests, scene: str) -> None:
    assert at_each(lives, subtests, scene, Fault.KILL, hooks=True) >= 10


@pytest.mark.exhaustive
@EACH
def test_kill_9_at_every_step_without_webhooks(lives: Lives, subtests: pytest.Subtests, scene: str) -> None:
    assert at_each(lives, subtests, scene, Fault.KILL, hooks=False) >= 10


@pytest.mark.exhaustive
@pytest.mark.parametrize("fault", DATABASE)
@EACH
def test_database_fails_at_every_step(lives: Lives, subtests: pytest.Subtests, scene: str, fault: Fault) -> None:
    assert at_each(lives, subtests, scene, fault, hooks=True) >= 3


@pytest.mark.exhaustive
@EACH
def test_key_is_replaced_while_the_desk_is_down(lives: Lives, subtests: pytest.Subtests, scene: str) -> None:
    assert at_each(lives, subtests, scene, Fault.KILL, hooks=True, new_key=True) >= 10
