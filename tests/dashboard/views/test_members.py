from __future__ import annotations

import smtplib
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from dashboard import crypto
from dashboard.actions import teams
from dashboard.models import AuditEvent, CallState, Invitation, Membership, Role, Team, User
from tests.factories import make_call, make_member

ClientOf = Callable[[User], Client]
PAGE = "/t/harbour/settings/members/"


@pytest.fixture
def ada(team: Team) -> User:
    return make_member(team, Role.ADMIN, name="Ada")


def membership(team: Team, user: User) -> Membership:
    return Membership.objects.get(team=team, user=user)


def give(client: Client, member: Membership, role: str) -> Any:
    return client.post(f"{PAGE}{member.pk}/role/", {"role": role}, follow=True)


# --- The list -------------------------------------------------------------------------------------


def test_everybody_sees_who_is_in_the_team(team: Team, alice: User, vera: User, client_of: ClientOf) -> None:
    page = client_of(vera).get(PAGE).content.decode()
    assert "alice@team.example" in page
    assert "Invite somebody" not in page
    assert "/role/" not in page


def test_outsider_gets_404(team: Team, alice: User, charlie: User, client_of: ClientOf) -> None:
    assert client_of(charlie).get(PAGE).status_code == 404


def test_the_page_costs_the_same_for_few_and_many(
    team: Team, alice: User, client_of: ClientOf, django_assert_max_num_queries: Any
) -> None:
    for _ in range(12):
        make_member(team, Role.VIEWER)
    client = client_of(alice)
    client.get(PAGE)
    with django_assert_max_num_queries(11):
        client.get(PAGE)


# --- Roles ----------------------------------------------------------------------------------------


def test_an_admin_changes_a_role(team: Team, ada: User, bob: User, client_of: ClientOf) -> None:
    give(client_of(ada), membership(team, bob), "reviewer")
    assert membership(team, bob).role == Role.REVIEWER
    event = AuditEvent.objects.get(verb="member.role_changed")
    assert event.data == {"person": "Bob", "old": "editor", "new": "reviewer"}


@pytest.mark.parametrize("role", ["owner", "god", ""])
def test_an_admin_makes_nobody_an_owner(team: Team, alice: User, ada: User, client_of: ClientOf, role: str) -> None:
    client = client_of(ada)
    give(client, membership(team, ada), role)
    assert membership(team, ada).role == Role.ADMIN
    give(client, membership(team, alice), "viewer")
    assert membership(team, alice).role == Role.OWNER


def test_an_owner_makes_another_and_steps_down(team: Team, alice: User, ada: User, client_of: ClientOf) -> None:
    client = client_of(alice)
    give(client, membership(team, ada), "owner")
    give(client, membership(team, alice), "editor")
    assert membership(team, ada).role == Role.OWNER
    assert membership(team, alice).role == Role.EDITOR


def test_the_last_owner_stays(team: Team, alice: User, ada: User, client_of: ClientOf) -> None:
    client = client_of(alice)
    answer = give(client, membership(team, alice), "admin")
    assert "A team needs an owner" in answer.content.decode()
    client.post(f"{PAGE}{membership(team, alice).pk}/remove/")
    assert membership(team, alice).role == Role.OWNER


def test_rights_count_as_they_are_now_not_as_they_were_when_the_page_was_opened(
    team: Team, alice: User, ada: User, bob: User
) -> None:
    stale = membership(team, bob)
    membership(team, ada).delete()
    with pytest.raises(teams.NotAllowed):
        teams.change_role(membership=stale, role=Role.VIEWER, by=ada)
    with pytest.raises(teams.NotAllowed):
        teams.remove_member(membership=stale, by=ada)


# --- Removing -------------------------------------------------------------------------------------


def test_a_removed_members_access_ends_at_once(team: Team, ada: User, bob: User, client_of: ClientOf) -> None:
    bobs = client_of(bob)
    assert bobs.get("/t/harbour/").status_code == 200
    admin = client_of(ada)
    member = membership(team, bob)
    assert "loses access at once" in admin.get(f"{PAGE}{member.pk}/remove/").content.decode()
    admin.post(f"{PAGE}{member.pk}/remove/")
    assert bobs.get("/t/harbour/").status_code == 404
    assert "You are in no team" in bobs.get("/").content.decode()


def test_what_they_asked_for_and_is_not_sent_yet_is_told_before(
    team: Team, ada: User, bob: User, client_of: ClientOf
) -> None:
    for state in (CallState.DRAFT, CallState.READY, CallState.ACCEPTED):
        make_call(team, actor=bob, operation="publish", state=state)
    make_call(team, actor=bob, operation="export")
    page = client_of(ada).get(f"{PAGE}{membership(team, bob).pk}/remove/").content.decode()
    assert "2 posts that they asked for have not gone out yet" in page


def test_an_admin_cannot_remove_an_owner(team: Team, alice: User, ada: User, client_of: ClientOf) -> None:
    make_member(team, Role.OWNER)
    client_of(ada).post(f"{PAGE}{membership(team, alice).pk}/remove/")
    assert membership(team, alice).role == Role.OWNER


def test_a_member_may_leave_but_remove_nobody(
    team: Team, alice: User, bob: User, vera: User, client_of: ClientOf
) -> None:
    client = client_of(vera)
    assert client.post(f"{PAGE}{membership(team, bob).pk}/remove/").status_code == 403
    assert client.post(f"{PAGE}{membership(team, vera).pk}/remove/").headers["Location"] == "/"
    assert not Membership.objects.filter(user=vera).exists()
    assert AuditEvent.objects.get(verb="member.left").actor == vera


def test_another_teams_member_is_not_there(team: Team, alice: User, charlie: User, client_of: ClientOf) -> None:
    member = Membership.objects.get(user=charlie)
    client = client_of(alice)
    assert client.post(f"{PAGE}{member.pk}/remove/").status_code == 404
    assert client.post(f"{PAGE}{member.pk}/role/", {"role": "viewer"}).status_code == 404
    assert Membership.objects.filter(pk=member.pk, role=Role.OWNER).exists()


# --- Invitations ----------------------------------------------------------------------------------


def invite(client: Client, email: str = "nina@team.example", role: str = "editor") -> Any:
    return client.post(f"{PAGE}invite/", {"email": email, "role": role})


def token_in(page: str) -> str:
    return page.split("/join/")[1].split("/")[0]


def test_the_link_is_shown_once_and_kept_as_a_hash(team: Team, ada: User, client_of: ClientOf) -> None:
    client = client_of(ada)
    page = invite(client).content.decode()
    token = token_in(page)
    invitation = Invitation.objects.get()
    assert invitation.token_hash == crypto.fingerprint(token)
    assert (invitation.email, invitation.role, invitation.invited_by) == ("nina@team.example", "editor", ada)
    assert "http://testserver/join/" in page
    again = client.get(PAGE).content.decode()
    assert "nina@team.example" in again
    assert token not in again
    assert all(token not in str(event.data) for event in AuditEvent.objects.all())


def test_inviting_again_renews_and_ends_the_old_link(team: Team, ada: User, client_of: ClientOf) -> None:
    client = client_of(ada)
    old = token_in(invite(client).content.decode())
    new = token_in(invite(client, email="NINA@team.example", role="viewer").content.decode())
    assert Invitation.objects.get().role == "viewer"
    assert Client().get(f"/join/{old}/").status_code == 404
    assert Client().get(f"/join/{new}/").status_code == 200


def test_a_member_is_not_invited(team: Team, ada: User, bob: User, client_of: ClientOf) -> None:
    answer = invite(client_of(ada), email="Bob@team.example")
    assert answer.status_code == 422
    assert "in the team already" in answer.content.decode()
    assert not Invitation.objects.exists()


def test_an_admin_invites_no_owner(team: Team, ada: User, alice: User, client_of: ClientOf) -> None:
    assert invite(client_of(ada), role="owner").status_code == 422
    assert invite(client_of(alice), role="owner").status_code == 200
    assert Invitation.objects.get().role == "owner"


def test_an_invitation_can_be_taken_back(team: Team, ada: User, client_of: ClientOf) -> None:
    client = client_of(ada)
    token = token_in(invite(client).content.decode())
    client.post(f"{PAGE}invitations/{Invitation.objects.get().pk}/revoke/")
    assert not Invitation.objects.exists()
    assert Client().get(f"/join/{token}/").status_code == 404


def test_with_a_mail_server_the_link_is_mailed_too(
    team: Team, ada: User, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.actions.invitations.mail_is_configured", lambda: False)
    assert "this desk sends no mail" in invite(client_of(ada)).content.decode()
    assert mail.outbox == []
    monkeypatch.setattr("dashboard.actions.invitations.mail_is_configured", lambda: True)
    page = invite(client_of(ada)).content.decode()
    assert [message.to for message in mail.outbox] == [["nina@team.example"]]
    assert f"http://testserver/join/{token_in(page)}/" in mail.outbox[0].body


def test_a_mail_server_that_fails_leaves_the_link_to_copy(
    team: Team, ada: User, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> int:
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr("dashboard.actions.invitations.mail_is_configured", lambda: True)
    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    page = invite(client_of(ada)).content.decode()
    assert "could not be sent" in page
    assert "/join/" in page


def test_an_editor_invites_nobody(team: Team, bob: User, client_of: ClientOf) -> None:
    assert invite(client_of(bob)).status_code == 403
