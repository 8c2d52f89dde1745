"""Roles, and invitations that wait."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from dashboard.models import Invitation, Membership, Role, Team, User
from tests import factories

pytestmark = pytest.mark.django_db
UPWARDS = [Role.VIEWER, Role.REVIEWER, Role.EDITOR, Role.ADMIN, Role.OWNER]


def test_each_role_reaches_what_the_ones_below_it_reach() -> None:
    assert [role.rank for role in UPWARDS] == sorted(role.rank for role in Role)
    for number, role in enumerate(UPWARDS):
        assert [role.reaches(needed) for needed in UPWARDS] == [place <= number for place in range(len(UPWARDS))]


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.VIEWER, (False, False, False)),
        (Role.REVIEWER, (True, False, False)),
        (Role.EDITOR, (True, True, False)),
        (Role.ADMIN, (True, True, True)),
        (Role.OWNER, (True, True, True)),
    ],
)
def test_what_a_member_may(team: Team, role: Role, may: tuple[bool, bool, bool]) -> None:
    member = Membership.objects.get(user=factories.make_member(team, role))
    assert (member.may_review, member.may_edit, member.may_administer) == may


def test_nobody_is_in_a_team_twice(team: Team, bob: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(team=team, user=bob, role=Role.VIEWER)


def test_an_invitation_is_open_for_a_week_and_until_it_is_accepted(team: Team) -> None:
    invitation = Invitation.objects.create(team=team, email="new@team.example", token_hash="a" * 64)
    assert list(Invitation.objects.open()) == [invitation] and not invitation.is_expired
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.create(team=team, email="new@team.example", token_hash="b" * 64)
    with time_machine.travel(timezone.now() + dt.timedelta(days=7, seconds=1), tick=False):
        assert invitation.is_expired and not Invitation.objects.open().exists()
    Invitation.objects.update(accepted_at=timezone.now())
    assert not Invitation.objects.open().exists()
    Invitation.objects.create(team=team, email="new@team.example", token_hash="b" * 64)
