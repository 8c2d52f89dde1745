from __future__ import annotations

import html
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.test import Client

from dashboard import heartbeat, remote
from dashboard.models import ApiKey, Environment, Role, Team, User
from tests import factories

ClientOf = Callable[[User], Client]
PAGE = "/t/harbour/settings/doctor/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Hosts that were called over the network; each is well."""
    calls: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append(request.url.host)
        return httpx.Response(200, json={"status": "healthy"})

    monkeypatch.setattr(remote, "transport", httpx.MockTransport(answer))
    return calls


@pytest.fixture
def live_key(team: Team) -> ApiKey:
    return factories.make_key(team, environment=Environment.LIVE)


def read(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def test_every_finding_in_groups_with_what_to_do(
    alice: User, live_key: ApiKey, client_of: ClientOf, asked: list[str]
) -> None:
    page = read(client_of(alice).get(PAGE))
    for title in ("This desk", "Submagic", "Your keys"):
        assert f">{title}</h2>" in page
    assert "No worker is heard." in page and "script/worker" in page
    assert "Up to date with this release." in page
    assert "Place for uploads" in page
    assert str(live_key) in page
    assert page.index("Work in the background") < page.index("Tables"), "what is broken stands first"
    assert 'aria-current="page">Health</a>' in page


def test_the_page_waits_for_nobody_and_loads_the_rest_by_itself(
    alice: User, live_key: ApiKey, client_of: ClientOf, asked: list[str]
) -> None:
    client = client_of(alice)
    page = read(client.get(PAGE))
    assert asked == []
    assert f'hx-get="{PAGE}?slow" hx-trigger="load"' in page
    assert f'href="{PAGE}?slow"' in page, "a way without a script"
    assert "skeleton" in page
    part = read(client.get(f"{PAGE}?slow", headers=HTMX))
    assert asked == ["api.submagic.co"]
    assert "<html" not in part and "says that it is well" in part and "This desk" not in part
    whole = read(client.get(f"{PAGE}?slow"))
    assert "<html" in whole and "says that it is well" in whole and "This desk" in whole
    assert 'hx-trigger="load"' not in whole.split('id="report"')[1]


def test_check_again_answers_with_the_report_alone_and_says_so(
    alice: User, team: Team, client_of: ClientOf, asked: list[str]
) -> None:
    client = client_of(alice)
    page = read(client.get(PAGE))
    assert f'id="check-again" href="{PAGE}" hx-get="{PAGE}" hx-target="#report"' in page
    answer = client.get(PAGE, headers=HTMX)
    part = read(answer)
    assert part.strip().startswith('<div class="doctor stack" id="report">')
    told = json.loads(answer.headers["HX-Trigger"])["toast"]
    assert told["level"] == "warning" and "broken" in told["text"]
    heartbeat.beat()
    assert "No worker is heard." not in read(client.get(PAGE, headers=HTMX))
    # A boosted visit is the whole page.
    assert "<html" in read(client.get(PAGE, headers={**HTMX, "HX-Boosted": "true"}))


def test_as_text_to_send_along(alice: User, live_key: ApiKey, client_of: ClientOf, asked: list[str]) -> None:
    client = client_of(alice)
    answer = client.get(f"{PAGE}?text")
    assert answer.headers["Content-Type"].startswith("text/plain")
    text = answer.content.decode()
    assert "Clipdesk health report" in text and "BAD   Work in the background" in text
    assert asked == ["api.submagic.co"], "it is the whole report"
    part = read(client.get(f"{PAGE}?text", headers=HTMX))
    assert 'data-module="copy"' in part and "Work in the background" in part
    assert live_key.sealed not in text + part


def test_no_secret_is_on_it(alice: User, team: Team, client_of: ClientOf, settings: Any, asked: list[str]) -> None:
    secret = factories.fresh_secret()
    factories.make_key(team, secret=secret, environment=Environment.LIVE)
    client = client_of(alice)
    for address in (PAGE, f"{PAGE}?slow", f"{PAGE}?text"):
        page = client.get(address).content.decode()
        for hidden in (secret, secret[3:40], settings.SECRET_KEY, settings.KEY_RING):
            assert hidden not in page


def test_another_teams_keys_are_not_there(
    alice: User, live_key: ApiKey, other_team: Team, client_of: ClientOf, asked: list[str]
) -> None:
    factories.make_key(other_team, label="Their secret label", environment=Environment.SANDBOX)
    client = client_of(alice)
    for address in (PAGE, f"{PAGE}?slow", f"{PAGE}?text"):
        page = read(client.get(address))
        assert "Their secret label" not in page and "The local sandbox" not in page


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.OWNER, 200), (Role.ADMIN, 200), (Role.EDITOR, 403), (Role.REVIEWER, 403), (Role.VIEWER, 403)],
)
def test_it_is_for_admins(team: Team, client_of: ClientOf, role: Role, status: int, asked: list[str]) -> None:
    client = client_of(factories.make_member(team, role))
    for address in (PAGE, f"{PAGE}?slow", f"{PAGE}?text"):
        assert client.get(address).status_code == status
        assert client.get(address, headers=HTMX).status_code == status
    assert (">Health</a>" in read(client.get("/t/harbour/settings/"))) == (status == 200)


def test_outsiders_and_strangers(team: Team, charlie: User, client: Client, client_of: ClientOf) -> None:
    assert client_of(charlie).get(PAGE).status_code == 404
    assert client.get(PAGE).status_code == 302


def test_wrong_method(alice: User, client_of: ClientOf) -> None:
    assert client_of(alice).post(PAGE).status_code == 405


def test_the_home_page_leads_admins_here(alice: User, vera: User, client_of: ClientOf) -> None:
    assert f'href="{PAGE}"' in read(client_of(alice).get("/t/harbour/"))
    page = read(client_of(vera).get("/t/harbour/"))
    assert "The desk does no work in the background" in page and PAGE not in page


def test_the_page_costs_the_same_for_few_and_many_keys(
    team: Team, alice: User, client_of: ClientOf, django_assert_max_num_queries: Any
) -> None:
    client = client_of(alice)
    client.get(PAGE)
    for _ in range(12):
        factories.make_key(team)
    with django_assert_max_num_queries(22):
        client.get(PAGE)
