from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django_htmx.middleware import HtmxDetails

from dashboard import addresses
from dashboard.addresses import show_address
from dashboard.models import User
from tests import factories


def seen(settings: Any, proxies: int, remote: str = "10.0.0.1", told: str | None = None) -> str:
    settings.TRUSTED_PROXIES = proxies
    headers = {} if told is None else {"X-Forwarded-For": told}
    return addresses.of_client(RequestFactory().get("/", headers=headers, REMOTE_ADDR=remote))


def test_without_a_proxy_nobody_is_believed(settings: Any) -> None:
    assert seen(settings, 0, told="6.6.6.6") == "10.0.0.1"


@pytest.mark.parametrize(
    ("proxies", "told", "client"),
    [
        (1, "198.51.100.9", "198.51.100.9"),
        (1, "6.6.6.6, 198.51.100.9", "198.51.100.9"),
        (2, "6.6.6.6,203.0.113.4 , 198.51.100.9", "203.0.113.4"),
        (1, "198.51.100.9:4711", "198.51.100.9"),
        (1, "2001:db8::7", "2001:db8::7"),
        (1, "[2001:db8::7]:4711", "2001:db8::7"),
        (1, "[2001:db8::7]", "2001:db8::7"),
        (1, "fe80::1%eth0", "fe80::1"),
    ],
)
def test_our_own_proxies_words_count(settings: Any, proxies: int, told: str, client: str) -> None:
    assert seen(settings, proxies, told=told) == client


@pytest.mark.parametrize("told", [None, "", "unknown", "6.6.6.6' OR 1=1", "_hidden", "1.2.3.4.5"])
def test_a_header_that_says_nothing_leaves_what_the_socket_says(settings: Any, told: str | None) -> None:
    assert seen(settings, 1, told=told) == "10.0.0.1"


def test_fewer_words_than_proxies_are_none_of_ours(settings: Any) -> None:
    assert seen(settings, 3, told="6.6.6.6, 198.51.100.9") == "10.0.0.1"


def test_on_a_unix_socket_there_is_no_address(settings: Any) -> None:
    assert seen(settings, 0, remote="") == ""
    assert seen(settings, 1, remote="", told="198.51.100.9") == "198.51.100.9"


@pytest.mark.django_db
@pytest.mark.parametrize(("proxies", "status"), [(0, 429), (1, 302)])
def test_strangers_behind_the_proxy_lock_nobody_else_out(alice: User, settings: Any, proxies: int, status: int) -> None:
    settings.TRUSTED_PROXIES = proxies
    url = reverse("account_login")
    for number in range(21):
        headers = {"X-Forwarded-For": "6.6.6.6"}
        Client().post(url, {"login": f"nobody{number}@x.example", "password": "x"}, headers=headers)
    mine = {"login": alice.email, "password": factories.PASSWORD}
    assert Client().post(url, mine, headers={"X-Forwarded-For": "198.51.100.9"}).status_code == status


HERE = "http://testserver/t/harbour/clips/"


@pytest.mark.parametrize(
    ("before", "now", "header"),
    [
        ("", "?q=har", "HX-Push-Url"),
        ("?q=har", "?q=harbour", "HX-Replace-Url"),
        ("?state=approved&q=har", "?q=harbour&state=approved", "HX-Replace-Url"),
        ("?q=har", "?q=harbour&state=approved", "HX-Push-Url"),
        ("?q=har", "", "HX-Push-Url"),
        ("?state=approved", "?state=rejected", "HX-Push-Url"),
    ],
)
def test_a_word_that_is_being_typed_is_one_entry(before: str, now: str, header: str) -> None:
    request = RequestFactory().get("/t/harbour/clips/", headers={"HX-Current-URL": HERE + before})
    request.htmx = HtmxDetails(request)  # type: ignore[attr-defined]
    response = HttpResponse()
    show_address(request, response, f"/t/harbour/clips/{now}")
    assert [name for name in ("HX-Push-Url", "HX-Replace-Url") if name in response.headers] == [header]
    assert response.headers[header] == f"/t/harbour/clips/{now}"
