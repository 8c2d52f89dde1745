from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from dashboard.middleware import PersonMiddleware, PrivatePagesMiddleware
from dashboard.models import Team, User

ClientOf = Callable[[User], Client]


def zone_seen(user: Any, **cookies: str) -> str:
    def view(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(timezone.get_current_timezone_name())

    request = RequestFactory().get("/")
    request.user = user
    request.COOKIES.update(cookies)
    return PersonMiddleware(view)(request).content.decode()


def test_the_profiles_zone_comes_first() -> None:
    assert zone_seen(User(timezone="Asia/Kolkata"), timezone="Europe/Lisbon", tz="Europe/Lisbon") == "Asia/Kolkata"


def test_without_one_the_browsers_zone_counts() -> None:
    assert zone_seen(User(), timezone="Europe/Lisbon") == "Europe/Lisbon"
    assert zone_seen(AnonymousUser(), timezone="Europe/Lisbon") == "Europe/Lisbon"


def test_the_cookie_is_read_as_the_script_writes_it() -> None:
    """static/js/timezone.js percent-encodes the slash."""
    assert zone_seen(User(), timezone="America%2FArgentina%2FBuenos_Aires") == "America/Argentina/Buenos_Aires"


@pytest.mark.parametrize(
    "zone", ["", "Nowhere/Atall", "../../etc/passwd", "/etc/localtime", "Europe/Lisbon\n", "a" * 500]
)
def test_an_invented_zone_is_utc(zone: str) -> None:
    assert zone_seen(User(), timezone=zone) == "UTC"
    assert zone_seen(User(timezone=zone)) == "UTC"


def test_the_zone_does_not_stay_for_the_next_request() -> None:
    zone_seen(User(timezone="Asia/Kolkata"))
    assert timezone.get_current_timezone_name() == "UTC"


def test_a_signed_in_persons_page_is_never_stored(alice: User, client_of: ClientOf) -> None:
    answer = client_of(alice).get("/t/harbour/")
    assert "no-store" in answer.headers["Cache-Control"]
    assert "private" in answer.headers["Cache-Control"]
    assert "HX-Request" in answer.headers["Vary"]


def test_a_view_may_set_its_own_cache_rules(team: Team) -> None:
    def view(_request: HttpRequest) -> HttpResponse:
        return HttpResponse("x", headers={"Cache-Control": "max-age=60"})

    request = RequestFactory().get("/")
    request.user = User()
    assert PrivatePagesMiddleware(view)(request).headers["Cache-Control"] == "max-age=60"


@pytest.mark.parametrize("path", ["/t/harbour/", "/nothing-here/", "/account/login/", "/healthz"])
def test_every_answer_carries_the_security_headers(alice: User, client_of: ClientOf, path: str) -> None:
    headers = client_of(alice).get(path).headers
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "'unsafe" not in headers["Content-Security-Policy"]


# --- Signed out while a page is open ----------------------------------------------------------------------------------

PAGE = "http://testserver/t/harbour/projects/?state=busy"


def asked_by_htmx(path: str, page: str = PAGE, **more: str) -> HttpResponse:
    return Client().get(path, headers={"HX-Request": "true", "HX-Current-URL": page, **more})


def test_a_fragments_request_leads_the_whole_page_to_the_sign_in_and_back(team: Team) -> None:
    answer = asked_by_htmx("/t/harbour/home/projects/")
    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers["HX-Redirect"] == "/account/login/?next=/t/harbour/projects/%3Fstate%3Dbusy"


@pytest.mark.parametrize(
    "page",
    [
        "https://evil.example/t/harbour/",
        "http://testserver//evil.example/",
        "http://testserver/nothing-here/",
        "http://testserver.evil.example/t/harbour/",
        "javascript:alert(1)",
        "http://[",
        "",
    ],
)
def test_the_way_back_is_a_page_of_ours_or_none(team: Team, page: str) -> None:
    assert asked_by_htmx("/t/harbour/home/projects/", page).headers["HX-Redirect"] == "/account/login/"


def test_a_form_that_was_sent_comes_back_to_its_page(team: Team) -> None:
    """Its own address may take nothing but a POST."""
    decide = "/t/harbour/clips/decide/"
    answer = Client().post(decide, headers={"HX-Boosted": "true", "HX-Current-URL": PAGE})
    assert answer.headers["Location"] == "/account/login/?next=/t/harbour/projects/%3Fstate%3Dbusy"
    answer = Client().post(decide, headers={"Referer": "http://testserver/t/harbour/clips/"})
    assert answer.headers["Location"] == "/account/login/?next=/t/harbour/clips/"
    assert Client().post(decide).headers["Location"] == "/account/login/"


def test_a_page_is_its_own_way_back(team: Team) -> None:
    answer = Client().get("/t/harbour/?x=1", headers={"Referer": "http://testserver/t/harbour/clips/"})
    assert answer.headers["Location"] == "/account/login/?next=/t/harbour/%3Fx%3D1"
