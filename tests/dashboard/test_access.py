from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.test import RequestFactory

from dashboard import access
from dashboard.models import ApiKey, Membership, Role, Team, User
from dashboard.requests import TeamRequest
from tests.factories import make_key, make_member, make_user


@access.team_view(need=Role.EDITOR)
def edit(request: TeamRequest, word: str) -> HttpResponse:
    return HttpResponse(f"{request.team.slug} {request.membership.role} {word}")


def ask(user: User, team: str) -> HttpResponse:
    request = RequestFactory().get("/")
    request.user = user
    return edit(request, team, word="hello")


def test_a_member_gets_in_with_team_and_membership_on_the_request(team: Team, bob: User) -> None:
    assert ask(bob, "harbour").content == b"harbour editor hello"


def test_outsider_and_invented_team_look_the_same(team: Team, charlie: User) -> None:
    for slug in ("harbour", "no-such-team"):
        with pytest.raises(Http404):
            ask(charlie, slug)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_reaches_what_is_at_or_below_it(team: Team, role: Role) -> None:
    person = make_member(team, role)
    if role.rank >= Role.EDITOR.rank:
        assert ask(person, "harbour").status_code == 200
    else:
        with pytest.raises(PermissionDenied, match="Editor"):
            ask(person, "harbour")


def test_roles_are_a_ladder() -> None:
    ladder = [Role.VIEWER, Role.REVIEWER, Role.EDITOR, Role.ADMIN, Role.OWNER]
    for low, lower in enumerate(ladder):
        for high, higher in enumerate(ladder):
            assert higher.reaches(lower) == (high >= low)
    assert sorted(role.rank for role in Role) == list(range(len(Role)))


def test_the_needed_role_can_be_read_from_the_view() -> None:
    assert edit.needed_role == Role.EDITOR  # type: ignore[attr-defined]
    assert edit.__name__ == "edit"


def test_access_ends_with_the_membership(team: Team, bob: User) -> None:
    assert ask(bob, "harbour").status_code == 200
    Membership.objects.filter(user=bob).delete()
    with pytest.raises(Http404):
        ask(bob, "harbour")


def test_nobody_is_no_member(team: Team) -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    with pytest.raises(Http404):
        edit(request, "harbour", word="")


def test_another_teams_row_does_not_exist(team: Team, other_team: Team) -> None:
    ours, theirs = make_key(team), make_key(other_team)
    assert access.get_or_404(ApiKey.objects.all(), team, ours.pk) == ours
    for pk in (theirs.pk, uuid.uuid4()):
        with pytest.raises(Http404):
            access.get_or_404(ApiKey.objects.all(), team, pk)


@pytest.mark.parametrize("pk", ["not-a-uuid", "", "0" * 40])
def test_an_id_that_is_none_is_404(team: Team, pk: Any) -> None:
    with pytest.raises(Http404):
        access.get_or_404(ApiKey.objects.all(), team, pk)


def test_rights_are_asked_again_at_the_moment_of_sending(team: Team, other_team: Team, bob: User) -> None:
    assert access.still_may(bob, team, Role.EDITOR)
    assert not access.still_may(bob, team, Role.ADMIN)
    assert not access.still_may(bob, other_team, Role.VIEWER)
    assert not access.still_may(make_user(), team, Role.VIEWER)
    assert not access.still_may(None, team, Role.VIEWER)
    bob.is_active = False
    assert not access.still_may(bob, team, Role.EDITOR)
