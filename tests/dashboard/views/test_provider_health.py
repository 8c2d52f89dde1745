from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from dashboard import health, remote
from dashboard.models import ApiKey, Environment, Team, User
from projects_app.actions import media_sync
from tests import factories

ADDRESS = "/t/harbour/provider-health/"
KEYS = "/t/harbour/settings/keys/"
HTMX = {"HX-Request": "true"}
SignIn = Callable[[User], Client]


@pytest.fixture
def answers(settings: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, httpx.Response | Exception]:
    """What the two providers say, by their host; an unexpected one fails the test."""
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    given: dict[str, httpx.Response | Exception] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        found = given[request.url.host]
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(remote, "transport", httpx.MockTransport(answer))
    return given


def says(status: str, code: int = 200) -> httpx.Response:
    return httpx.Response(code, json={"status": status})


@pytest.mark.parametrize(
    ("answer", "word", "text"),
    [
        (says("healthy"), "Healthy", "Submagic says that it is well."),
        (says("degraded"), "Degraded", "Submagic works, but has trouble."),
        (says("unhealthy"), "Unhealthy", "Submagic is not working right now."),
        (says("healthy", 503), "Unhealthy", "Submagic is not working right now."),
        (httpx.ConnectError("refused"), "Unreachable", "Submagic does not answer."),
        (says("Sleepy"), "“sleepy”", "a word that the documents do not know"),
    ],
)
def test_each_state_as_word_and_sentence_with_its_time(
    vera: User, team: Team, client_of: SignIn, answers: dict[str, Any], answer: Any, word: str, text: str
) -> None:
    factories.make_key(team, environment=Environment.LIVE)
    answers["api.submagic.co"] = answer
    page = client_of(vera).get(ADDRESS, {"of": "live"}, headers=HTMX).content.decode()
    assert "<html" not in page
    assert word in page and text in page and "as of" in page
    assert 'hx-trigger="every 60s"' in page


def test_the_page_works_without_a_script_and_shows_what_the_team_uses(
    vera: User, team: Team, api_key: ApiKey, client_of: SignIn, answers: dict[str, Any]
) -> None:
    answers["127.0.0.1"] = says("degraded")
    page = client_of(vera).get(ADDRESS).content.decode()
    assert "<html" in page and "The local sandbox works, but has trouble." in page
    assert "Submagic says that" not in page
    factories.make_key(team, environment=Environment.LIVE)
    answers["api.submagic.co"] = says("healthy")
    assert "Submagic says that it is well." in client_of(vera).get(ADDRESS).content.decode()


def test_what_the_team_does_not_use_is_not_asked(vera: User, team: Team, client_of: SignIn, answers: Any) -> None:
    factories.make_key(team, environment=Environment.LIVE, state=ApiKey.State.REVOKED)
    for environment in ("live", "sandbox", "elsewhere"):
        assert client_of(vera).get(ADDRESS, {"of": environment}, headers=HTMX).status_code == 286
    page = client_of(vera).get(ADDRESS)
    assert page.status_code == 200 and "No API key yet" in page.content.decode()


def test_while_another_request_asks_it_comes_back_later(
    vera: User, team: Team, api_key: ApiKey, client_of: SignIn, answers: Any
) -> None:
    cache.add("health:sandbox:asking", 1, 15)
    page = client_of(vera).get(ADDRESS, {"of": "sandbox"}, headers=HTMX).content.decode()
    assert 'hx-trigger="load delay:3s"' in page
    assert f'href="{ADDRESS}"' in page


def test_the_keys_page_asks_nobody_and_shows_what_is_known(
    alice: User, team: Team, api_key: ApiKey, client_of: SignIn, answers: dict[str, Any]
) -> None:
    page = client_of(alice).get(KEYS).content.decode()  # `answers` is empty: a question would fail
    assert f'hx-get="{ADDRESS}?of=sandbox" hx-trigger="load"' in page
    assert f'href="{ADDRESS}"' in page
    assert "of=live" not in page
    answers["127.0.0.1"] = says("unhealthy")
    health.ask(Environment.SANDBOX)
    page = client_of(alice).get(KEYS).content.decode()
    assert "The local sandbox is not working right now." in page
    assert 'hx-trigger="every 60s"' in page


def test_banners_about_a_provider_that_could_not_be_read_say_how_it_is(
    bob: User, team: Team, api_key: ApiKey, client_of: SignIn, answers: dict[str, Any]
) -> None:
    answers["127.0.0.1"] = httpx.ConnectError("refused")
    health.ask(Environment.SANDBOX)
    ApiKey.objects.update(feed_problem="The sandbox could not be read.")
    project = factories.make_project(
        team, state="processing", upstream_status="processing", look_problem="Submagic could not be read."
    )
    media_sync._remember(api_key, media_sync.Library(problem="The list could not be read."))
    names = ("publishing:publication-list", "publishing:analytics", "projects:media-list")
    for address in (*(reverse(name, args=["harbour"]) for name in names), project.get_absolute_url()):
        page = client_of(bob).get(address).content.decode()
        assert "could not be read" in page, address
        assert "The local sandbox does not answer." in page, address


def test_outsiders_do_not_find_it(charlie: User, team: Team, client_of: SignIn) -> None:
    assert client_of(charlie).get(ADDRESS).status_code == 404
    assert client_of(charlie).post(ADDRESS).status_code in (404, 405)
