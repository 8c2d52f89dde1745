from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from dashboard.doctor import Finding, Scope, State, Visit, address

OK, WARN, BAD = State.OK, State.WARN, State.BAD


@pytest.fixture
def public(settings: Any) -> Any:
    """A desk behind one proxy, as it should be."""
    settings.PUBLIC_URL = "https://desk.example"
    settings.ALLOWED_HOSTS = ["desk.example"]
    settings.TRUSTED_PROXIES = 1
    settings.SANDBOX_URL = ""
    return settings


def look(visit: Visit | None = None) -> dict[str, Finding]:
    return {finding.name: finding for finding in address.look(Scope(visit=visit))}


def visit(url: str = "https://desk.example", forwarded: int = 1, proto: str = "https") -> Visit:
    return Visit(url, forwarded, proto)


def test_a_desk_behind_a_proxy_as_it_should_be(public: Any) -> None:
    found = look(visit())
    assert {finding.state for finding in found.values()} == {OK}
    assert not any(finding.advice for finding in found.values())
    assert "by webhook" in found["Public address"].found
    assert list(look()) == ["Public address", "Names answered to"], "a terminal came no way"


@pytest.mark.parametrize(
    ("url", "state", "text"),
    [
        ("", WARN, "not set"),
        ("http://desk.example", WARN, "not https"),
        ("https://10.0.0.7", WARN, "cannot be reached from outside"),
        ("https://localhost", WARN, "cannot be reached from outside"),
        ("https://desk", WARN, "cannot be reached from outside"),
        ("https://[fd00::1]", WARN, "cannot be reached from outside"),
        ("https://8.8.8.8", OK, "by webhook"),
    ],
)
def test_what_the_public_address_means_for_webhooks(public: Any, url: str, state: State, text: str) -> None:
    public.PUBLIC_URL = url
    found = look()["Public address"]
    assert found.state == state and text in found.found
    assert bool(found.advice) == (state != OK)


def test_beside_the_sandbox_nothing_is_missing_without_https(public: Any) -> None:
    public.SANDBOX_URL = "http://127.0.0.1:8999"
    for public.PUBLIC_URL in ("", "http://127.0.0.1:8000"):
        assert look()["Public address"].state == OK


def test_a_name_that_is_not_answered_to(public: Any) -> None:
    public.ALLOWED_HOSTS = ["localhost"]
    found = look()["Names answered to"]
    assert (found.state, "desk.example" in found.found) == (BAD, True)
    public.ALLOWED_HOSTS = [".example"]
    assert look()["Names answered to"].state == OK
    public.ALLOWED_HOSTS = ["*"]
    assert look()["Names answered to"].state == WARN


@pytest.mark.parametrize(
    ("came", "state", "text"),
    [
        (visit("https://other.example"), WARN, "lead to https://desk.example"),
        (visit("http://desk.example", proto=""), WARN, "You came by http://desk.example"),
        (visit(), OK, "as PUBLIC_URL says"),
    ],
)
def test_the_way_a_person_came(public: Any, came: Visit, state: State, text: str) -> None:
    found = look(came)["Your way here"]
    assert found.state == state and text in found.found


def test_two_names_of_this_machine_are_one(public: Any) -> None:
    public.PUBLIC_URL = "http://127.0.0.1:8000"
    assert look(visit("http://localhost:8000", proto=""))["Your way here"].state == OK
    assert "speaks https" in look(visit("http://127.0.0.1:8000"))["Your way here"].found
    public.PUBLIC_URL = ""
    assert look(visit("http://anything", proto=""))["Your way here"].state == OK


@pytest.mark.parametrize(
    ("trusted", "named", "state"), [(0, 0, OK), (0, 1, WARN), (1, 0, WARN), (2, 1, WARN), (1, 1, OK), (1, 3, OK)]
)
def test_proxies_that_are_believed(public: Any, trusted: int, named: int, state: State) -> None:
    """More than believed is what a visitor wrote there himself."""
    public.TRUSTED_PROXIES = trusted
    assert look(visit(forwarded=named))["Proxies in front"].state == state


def test_what_is_read_of_a_request(public: Any) -> None:
    headers = {"Host": "desk.example", "X-Forwarded-For": "1.2.3.4, 5.6.7.8", "X-Forwarded-Proto": "HTTPS"}
    request = RequestFactory().get("/", headers=headers)
    assert Visit.of(request) == Visit("http://desk.example", 2, "https")
    assert Visit.of(RequestFactory().get("/", headers={"Host": "desk.example"})).forwarded_for == 0
