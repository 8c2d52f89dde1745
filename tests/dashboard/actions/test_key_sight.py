"""A key that works and finds nothing is told once, and of the secret that was used alone (reliability, R15)."""

from __future__ import annotations

import pytest

from dashboard.actions import key_sight
from dashboard.models import ApiKey, AuditEvent, Team
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(team: Team) -> ApiKey:
    return factories.make_key(team)


def problem_of(key: ApiKey) -> str:
    return ApiKey.objects.get(pk=key.pk).problem


def test_it_is_told_once_and_the_key_stays_usable(key: ApiKey) -> None:
    assert key_sight.blind(key=key) and not key_sight.blind(key=key)
    assert "another account" in problem_of(key)
    assert ApiKey.objects.get(pk=key.pk).state == ApiKey.State.VALID
    assert AuditEvent.objects.filter(verb="api_key.sees_nothing").count() == 1
    key_sight.sees(key=key)
    assert problem_of(key) == key.problem == ""
    assert key_sight.blind(key=key), "another time it is news again"


def test_what_the_old_secret_saw_says_nothing_of_the_new_one(key: ApiKey) -> None:
    ApiKey.objects.update(version=key.version + 1)
    assert not key_sight.blind(key=key)
    assert problem_of(key) == "" and not AuditEvent.objects.exists()


@pytest.mark.parametrize("state", [ApiKey.State.INVALID, ApiKey.State.REVOKED])
def test_a_key_that_does_not_work_has_its_own_problem(key: ApiKey, state: str) -> None:
    ApiKey.objects.update(state=state, problem="It was refused.")
    assert not key_sight.blind(key=key)
    key_sight.sees(key=key)
    assert problem_of(key) == "It was refused."
