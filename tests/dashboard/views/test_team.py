from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from dashboard.actions import teams
from dashboard.models import AuditEvent, Membership, Role, Team, User
from tests.factories import make_member

ClientOf = Callable[[User], Client]
PAGE = "/t/harbour/settings/"


def test_an_admin_renames_the_team_and_its_address_stays(team: Team, client_of: ClientOf) -> None:
    ada = make_member(team, Role.ADMIN)
    assert client_of(ada).post(PAGE, {"name": "Pier Films", "slug": "stolen"}).headers["Location"] == PAGE
    team.refresh_from_db()
    assert (team.name, team.slug) == ("Pier Films", "harbour")
    assert AuditEvent.objects.get(verb="team.renamed").data == {"old": "Harbour Films", "new": "Pier Films"}


def test_saving_the_same_name_is_no_event(alice: User, team: Team, client_of: ClientOf) -> None:
    client_of(alice).post(PAGE, {"name": team.name})
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_a_bad_name_is_refused_in_place(alice: User, team: Team, client_of: ClientOf, name: str) -> None:
    assert client_of(alice).post(PAGE, {"name": name}).status_code == 422
    team.refresh_from_db()
    assert team.name == "Harbour Films"


def test_a_team_mate_looks_but_does_not_change(team: Team, bob: User, client_of: ClientOf) -> None:
    page = client_of(bob).get(PAGE)
    assert page.status_code == 200
    assert 'name="name"' not in page.content.decode()
    assert client_of(bob).post(PAGE, {"name": "Bob's"}).status_code == 403
    team.refresh_from_db()
    assert team.name == "Harbour Films"


def test_outsider_gets_404(team: Team, charlie: User, client_of: ClientOf) -> None:
    assert client_of(charlie).get(PAGE).status_code == 404
    assert client_of(charlie).post(PAGE, {"name": "Mine"}).status_code == 404


def test_wrong_method(alice: User, client_of: ClientOf) -> None:
    assert client_of(alice).put(PAGE).status_code == 405


def test_an_owner_makes_another_team_and_owns_it(alice: User, client_of: ClientOf) -> None:
    answer = client_of(alice).post("/teams/new/", {"name": "Harbour Films"})
    assert answer.headers["Location"] == "/t/harbour-films/"
    made = Team.objects.get(slug="harbour-films")
    assert Membership.objects.get(team=made).user == alice
    assert AuditEvent.objects.get(team=made).verb == "team.created"


def test_somebody_who_owns_nothing_makes_no_team(bob: User, client_of: ClientOf) -> None:
    assert client_of(bob).get("/teams/new/").status_code == 403
    assert client_of(bob).post("/teams/new/", {"name": "Bob's"}).status_code == 403
    assert Team.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "slug"), [("Café Été", "cafe-ete"), ("日本", "team"), ("-- --", "team"), ("x" * 80, "x" * 34)]
)
def test_an_address_is_made_from_any_name(db: None, name: str, slug: str) -> None:
    assert teams.free_slug(name) == slug
    Team.objects.create(name=name, slug=slug)
    assert teams.free_slug(name) == f"{slug}-2"
