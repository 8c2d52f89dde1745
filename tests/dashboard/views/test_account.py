from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from dashboard.models import User

ClientOf = Callable[[User], Client]
PAGE = "/account/profile/"
FORM = {"name": "Alice Harbour", "timezone": "Asia/Kolkata", "theme": "dark"}


def test_a_person_changes_their_own_profile(alice: User, client_of: ClientOf) -> None:
    client = client_of(alice)
    answer = client.post(PAGE, FORM | {"email": "eve@team.example", "is_superuser": "on", "is_active": ""})
    assert answer.headers["Location"] == PAGE
    alice.refresh_from_db()
    assert (alice.name, alice.timezone, alice.theme) == ("Alice Harbour", "Asia/Kolkata", "dark")
    assert (alice.email, alice.is_superuser, alice.is_active) == ("alice@team.example", False, True)
    assert answer.cookies["theme"].value == "dark"
    page = client.get(PAGE).content.decode()
    assert 'data-theme="dark"' in page
    assert '<option value="Asia/Kolkata" selected>' in page


def test_the_empty_zone_means_as_the_browser_says(alice: User, client_of: ClientOf) -> None:
    client_of(alice).post(PAGE, FORM | {"timezone": ""})
    alice.refresh_from_db()
    assert alice.timezone == ""


@pytest.mark.parametrize("change", [{"timezone": "Mars/Base"}, {"theme": "neon"}, {"name": ""}, {"name": "x" * 101}])
def test_a_bad_value_changes_nothing(alice: User, client_of: ClientOf, change: dict[str, str]) -> None:
    assert client_of(alice).post(PAGE, FORM | change).status_code == 422
    alice.refresh_from_db()
    assert (alice.name, alice.timezone) == ("Alice", "")


def test_the_page_leads_to_password_second_factor_and_sessions(alice: User, client_of: ClientOf) -> None:
    page = client_of(alice).get(PAGE).content.decode()
    for link in ("/account/email/", "/account/password/change/", "/account/2fa/", "/account/sessions/"):
        assert f'href="{link}"' in page
        assert client_of(alice).get(link).status_code in (200, 302)


def test_nobody_has_no_profile(db: None, client: Client) -> None:
    assert client.get(PAGE).headers["Location"] == f"/account/login/?next={PAGE}"
    assert client.post(PAGE, FORM).status_code == 302


def test_wrong_method(alice: User, client_of: ClientOf) -> None:
    assert client_of(alice).delete(PAGE).status_code == 405


def test_a_second_factor_needs_no_verified_address(alice: User, client_of: ClientOf) -> None:
    """Many desks send no mail, so no address is ever verified there."""
    alice.set_password("harbour-wall-4711")
    alice.save()
    client = client_of(alice)
    client.get("/account/email/")  # from here on the address is known, and not verified
    client.post("/account/reauthenticate/", {"password": "harbour-wall-4711"})
    page = client.get("/account/2fa/totp/activate/")
    assert page.status_code == 200
    assert 'name="code"' in page.content.decode()
