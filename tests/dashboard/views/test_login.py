from __future__ import annotations

from typing import Any

from django.conf import settings
from django.test import Client

from dashboard.models import Role, Team, User
from tests.dashboard.signing import fresh_client
from tests.factories import PASSWORD, make_member, make_user

LOGIN = "/account/login/"


def test_signing_in_leads_to_the_first_teams_home(alice: User) -> None:
    client = Client()
    answer = client.post(LOGIN, {"login": "ALICE@team.example", "password": PASSWORD}, follow=True)
    assert answer.redirect_chain == [("/", 302), ("/t/harbour/", 302)]


def test_next_is_followed_inside_the_desk_only(alice: User) -> None:
    credentials = {"login": alice.email, "password": PASSWORD}
    inside = Client().post(f"{LOGIN}?next=/t/harbour/settings/", credentials)
    assert inside.headers["Location"] == "/t/harbour/settings/"
    for outside in ("https://evil.example/", "//evil.example", "javascript:alert(1)", "https:evil.example"):
        answer = Client().post(LOGIN, credentials | {"next": outside})
        assert answer.headers["Location"] == "/", outside


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(alice: User) -> None:
    pages = []
    for login in (alice.email, "nobody@team.example"):
        answer = Client().post(LOGIN, {"login": login, "password": "not the password"})
        assert answer.status_code == 200
        pages.append("not correct" in answer.content.decode())
    assert pages == [True, True]


def test_guessing_is_slowed_down(alice: User) -> None:
    client = Client()
    for _ in range(30):
        client.post(LOGIN, {"login": alice.email, "password": "not the password"})
    client.post(LOGIN, {"login": alice.email, "password": PASSWORD})
    assert client.get("/t/harbour/").status_code == 302


def test_nobody_signs_themselves_up(db: None) -> None:
    form = {"email": "eve@team.example", "password1": PASSWORD, "password2": PASSWORD}
    Client().post("/account/signup/", form)
    assert not User.objects.exists()


def test_the_session_gets_a_new_id_at_sign_in_and_is_empty_after_sign_out(alice: User) -> None:
    client = fresh_client(alice)
    old = client.cookies[settings.SESSION_COOKIE_NAME].value
    client.post("/account/logout/")
    stolen = Client()
    stolen.cookies[settings.SESSION_COOKIE_NAME] = old
    assert stolen.get("/t/harbour/").status_code == 302


def test_a_disabled_persons_session_ends(alice: User) -> None:
    client = fresh_client(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert client.get("/t/harbour/").status_code == 302


def test_a_person_without_a_team_is_told_so(db: None) -> None:
    page = fresh_client(make_user()).get("/")
    assert page.status_code == 200
    assert "You are in no team" in page.content.decode()


def test_the_first_team_by_name_is_home(alice: User, team: Team, other_team: Team) -> None:
    other_team.name = "Aardvark"
    other_team.save()
    other_team.memberships.create(user=alice, role="viewer")
    assert fresh_client(alice).get("/").headers["Location"] == "/t/other/"


def test_demo_is_closed_where_no_sandbox_runs_although_nobody_ran_set_up(settings: Any, team: Team) -> None:
    """A bare web server, started on the data of a desk that once had a sandbox."""
    demo = make_member(team, Role.OWNER, make_user("Demo", email=settings.DEMO_EMAIL))
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    beside = Client()
    beside.post(LOGIN, {"login": demo.email, "password": PASSWORD})
    assert beside.get("/t/harbour/").status_code == 200

    settings.SANDBOX_URL = ""
    assert beside.get("/t/harbour/").status_code == 302, "its open session is worth nothing"
    fresh = Client()
    answer = fresh.post(LOGIN, {"login": demo.email, "password": PASSWORD})
    assert answer.headers.get("Location") == "/account/inactive/"
    assert fresh.get("/t/harbour/").status_code == 302
