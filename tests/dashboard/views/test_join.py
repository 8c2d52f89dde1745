from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from dashboard.actions import invitations, teams
from dashboard.models import AuditEvent, Invitation, Membership, Role, Team, User
from tests.dashboard.signing import fresh_client
from tests.factories import PASSWORD, make_member, make_team, make_user

ClientOf = Callable[[User], Client]
FORM = {"name": "Nina", "password": PASSWORD, "password_again": PASSWORD}


@pytest.fixture
def invited(team: Team, alice: User) -> tuple[Invitation, str]:
    invitation, token = invitations.invite(team=team, email="Nina@team.example", role=Role.REVIEWER, by=alice)
    return invitation, f"/join/{token}/"


def test_a_new_person_sets_name_and_password_and_is_in(team: Team, invited: tuple[Invitation, str]) -> None:
    client = Client()
    page = client.get(invited[1]).content.decode()
    assert "Join Harbour Films" in page
    assert "Reviewer" in page
    answer = client.post(invited[1], FORM)
    assert answer.headers["Location"] == "/t/harbour/"
    nina = User.objects.get(email="nina@team.example")
    assert Membership.objects.get(user=nina).role == Role.REVIEWER
    assert client.get("/t/harbour/").status_code == 200
    assert AuditEvent.objects.filter(team=team, verb="member.joined", actor=nina).exists()
    # And they can come back by themselves.
    fresh_client(nina)


def test_the_address_comes_from_the_invitation_alone(invited: tuple[Invitation, str]) -> None:
    Client().post(invited[1], FORM | {"email": "eve@team.example", "role": "owner", "is_superuser": "on"})
    nina = User.objects.get(email="nina@team.example")
    assert not User.objects.filter(email="eve@team.example").exists()
    assert not nina.is_superuser
    assert Membership.objects.get(user=nina).role == Role.REVIEWER


def test_the_link_works_once(invited: tuple[Invitation, str]) -> None:
    Client().post(invited[1], FORM)
    for answer in (Client().get(invited[1]), Client().post(invited[1], FORM)):
        assert answer.status_code == 404
        assert "This invitation does not work" in answer.content.decode()
    assert User.objects.filter(email="nina@team.example").count() == 1


def test_old_taken_back_and_invented_links_look_the_same(team: Team, alice: User) -> None:
    def path(email: str) -> tuple[Invitation, str]:
        invitation, token = invitations.invite(team=team, email=email, role=Role.EDITOR, by=alice)
        return invitation, f"/join/{token}/"

    (old, old_path), (back, back_path) = path("old@team.example"), path("back@team.example")
    Invitation.objects.filter(pk=old.pk).update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    invitations.revoke(invitation=back, by=alice)
    pages = []
    for closed in (old_path, back_path, "/join/invented/"):
        answer = Client().post(closed, FORM)
        assert answer.status_code == 404
        pages.append("This invitation does not work" in answer.content.decode())
    assert pages == [True] * 3


def test_a_known_person_signs_in_first_and_then_joins(team: Team, invited: tuple[Invitation, str]) -> None:
    nina = make_user("Nina")
    client = Client()
    page = client.get(invited[1]).content.decode()
    assert 'name="password"' not in page
    assert f"/account/login/?next={invited[1]}" in page
    # A password sent all the same changes nothing.
    client.post(invited[1], FORM | {"password": "another password", "password_again": "another password"})
    nina.refresh_from_db()
    assert nina.check_password(PASSWORD)
    assert not team.memberships.filter(user=nina).exists()
    answer = client.post(f"/account/login/?next={invited[1]}", {"login": nina.email, "password": PASSWORD})
    assert answer.headers["Location"] == invited[1]
    assert client.post(invited[1]).headers["Location"] == "/t/harbour/"
    assert team.memberships.get(user=nina).role == Role.REVIEWER


def test_opening_a_link_joins_nothing_by_itself(charlie: User, team: Team, invited: tuple[Invitation, str]) -> None:
    client = fresh_client(charlie)
    assert "You are signed in as Charlie" in client.get(invited[1]).content.decode()
    assert not team.memberships.filter(user=charlie).exists()


def test_a_member_keeps_the_role_they_have(team: Team, bob: User, invited: tuple[Invitation, str]) -> None:
    fresh_client(bob).post(invited[1])
    assert team.memberships.get(user=bob).role == Role.EDITOR


def test_a_weak_password_is_refused(invited: tuple[Invitation, str]) -> None:
    answer = Client().post(invited[1], {"name": "Nina", "password": "nina@team.ex", "password_again": "nina@team.ex"})
    assert answer.status_code == 422
    assert not User.objects.filter(email="nina@team.example").exists()
    assert Invitation.objects.open().exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_people_with_one_link_one_joins() -> None:
    team = make_team("T", slug="t")
    owner = make_member(team, Role.OWNER)
    invitation, _token = invitations.invite(team=team, email="n@team.example", role=Role.EDITOR, by=owner)
    people = [make_user() for _ in range(4)]
    gate, outcomes = threading.Barrier(4), []

    def join(person: User) -> None:
        gate.wait()
        try:
            invitations.accept(invitation=invitation, by=person)
            outcomes.append("in")
        except invitations.InvitationClosed:
            outcomes.append("closed")
        finally:
            connection.close()

    threads = [threading.Thread(target=join, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["closed"] * 3 + ["in"]
    assert team.memberships.count() == 2


def closed(path: str, person: User | None = None) -> bool:
    client = fresh_client(person) if person else Client()
    answers = [client.get(path), client.post(path, FORM)]
    return [answer.status_code for answer in answers] == [404, 404]


def test_a_removed_admin_does_not_come_back_by_an_invitation_of_their_own(team: Team, alice: User) -> None:
    eve = make_member(team, Role.ADMIN, name="Eve")
    _invitation, token = invitations.invite(team=team, email="second@eve.example", role=Role.ADMIN, by=eve)
    kept, _token = invitations.invite(team=team, email="nina@team.example", role=Role.EDITOR, by=alice)
    teams.remove_member(membership=Membership.objects.get(user=eve), by=alice)
    assert closed(f"/join/{token}/", eve) and closed(f"/join/{token}/")
    assert not team.memberships.filter(user=eve).exists()
    assert list(Invitation.objects.open()) == [kept]
    assert AuditEvent.objects.filter(verb="invitation.revoked", actor=alice).count() == 1


def test_neither_does_one_whose_invitation_was_open_already(team: Team, alice: User) -> None:
    eve = make_member(team, Role.ADMIN, name="Eve")
    invitation, _token = invitations.invite(team=team, email="second@eve.example", role=Role.ADMIN, by=eve)
    Membership.objects.filter(user=eve).delete()
    with pytest.raises(invitations.InvitationClosed):
        invitations.accept(invitation=invitation, by=eve)


@pytest.mark.parametrize(("now", "given", "works"), [("admin", "editor", True), ("editor", "viewer", False)])
@pytest.mark.parametrize("first", ["owner", "admin"])
def test_an_invitation_is_worth_what_its_maker_may_give_now(
    team: Team, alice: User, first: str, now: str, given: str, works: bool
) -> None:
    eve = make_member(team, Role(first), name="Eve")
    _invitation, token = invitations.invite(team=team, email="nina@team.example", role=Role(given), by=eve)
    Membership.objects.filter(user=eve).update(role=now)
    assert closed(f"/join/{token}/") is not works


def test_an_admin_makes_no_owner_by_an_invitation_from_better_days(team: Team, alice: User) -> None:
    eve = make_member(team, Role.OWNER, name="Eve")
    _invitation, token = invitations.invite(team=team, email="nina@team.example", role=Role.OWNER, by=eve)
    Membership.objects.filter(user=eve).update(role=Role.ADMIN)
    assert closed(f"/join/{token}/")


def test_wrong_method(invited: tuple[Invitation, str], client: Any) -> None:
    assert client.delete(invited[1]).status_code == 405
