"""What an account has at Picovico: listed as Picovico pages it, and taken up one by one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.test import Client
from django.urls import reverse

from dashboard.models import ApiKey, Team, User
from projects_app.actions import looks
from projects_app.models import Project
from tests import factories
from tests.conftest import InProcessSandbox
from tests.dashboard.signing import fresh_client
from tests.projects_app.picovico import Account

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
LIST = "/t/harbour/projects/picovico/"


@pytest.fixture
def account(sandbox: InProcessSandbox, team: Team) -> Account:
    return Account(sandbox, team)


def text(page: Any) -> str:
    return " ".join(page.content.decode().split())


def take_up(client: Client, account: Account, number: str) -> Any:
    address = reverse("projects:slideshow-take-up", args=["harbour"])
    return client.post(address, {"key": account.key.pk, "video": number}, follow=True)


def test_the_list_shows_what_is_there_and_what_of_it_is_here(client_of: SignIn, bob: User, account: Account) -> None:
    video = account.published("Summer at sea")
    client = client_of(bob)
    shown = client.get(LIST)
    page = text(shown)
    assert "Summer at sea" in page and "Published" in page and "Add<span" in page
    picture = re.search(r'<img src="([^"]+)"', page)
    assert picture and httpx.Client(transport=account.box.transport).get(picture[1]).status_code == 200
    assert "http://127.0.0.1:8999" in shown["Content-Security-Policy"].partition("img-src")[2].partition(";")[0]
    taken = take_up(client, account, video.id)
    assert taken.redirect_chain[-1][0] == Project.objects.get().get_absolute_url()
    assert "is here" in text(client.get(LIST))
    assert LIST in text(client.get("/t/harbour/projects/"))


def test_the_page_of_a_slideshow_has_its_films_in_three_sizes(client_of: SignIn, bob: User, account: Account) -> None:
    video, client = account.published("Summer at sea"), client_of(bob)
    take_up(client, account, video.id)
    project = Project.objects.get()
    looks.look(project.pk, force=True)
    page = text(client.get(project.get_absolute_url()))
    for said in (
        "Picovico slideshow",
        "Vanilla",
        "with music",
        "1 photo, 1 text card",
        "360p ·",
        "480p ·",
        "720p ·",
        "Picovico id",
    ):
        assert said in page, said
    assert 'id="delete-there"' in page and "Transcript<" not in page and 'id="publish"' not in page
    project.refresh_from_db()
    films = {each["height"]: each["url"] for each in project.details["downloads"]}
    assert f'src="{films[720]}"' in page  # the largest, until another is chosen
    small = text(client.get(f"{project.get_absolute_url()}?size=360"))
    assert f'src="{films[360]}"' in small and 'id="size-360" aria-current="true"' in small
    assert f'src="{films[720]}"' in text(client.get(f"{project.get_absolute_url()}?size=9999"))
    for number, told in enumerate(project.details["downloads"]):
        address = reverse("projects:project-video", args=["harbour", project.pk])
        assert client.get(f"{address}?download={number}")["Location"] == told["url"]


def test_pages_follow_one_another(client_of: SignIn, bob: User, account: Account) -> None:
    for name in ("First", "Second"):
        account.published(name)
        account.box.clock.move(seconds=10)
    first = client_of(bob).get(f"{LIST}?count=1")
    assert "Second" in text(first) and first.context["later"] == ""
    second = client_of(bob).get(LIST + first.context["earlier"])
    assert "First" in text(second) and "Second" not in text(second)
    assert "Second" in text(client_of(bob).get(LIST + second.context["later"]))


@pytest.mark.parametrize("query", ["?from=x", "?to=99999999999999999", "?key=nobody", "?count=-1&from=²"])
def test_a_wrong_address_shows_the_first_page(client_of: SignIn, bob: User, account: Account, query: str) -> None:
    account.published("Summer at sea")
    assert "Summer at sea" in text(client_of(bob).get(LIST + query))


def test_nothing_there_and_no_key(client_of: SignIn, bob: User, alice: User, account: Account) -> None:
    assert "No films yet" in text(client_of(bob).get(LIST))
    ApiKey.objects.filter(pk=account.key.pk).update(state="invalid")
    assert "Ask an admin" in text(client_of(bob).get(LIST))
    assert "?provider=picovico" in text(client_of(alice).get(LIST))


def test_a_provider_in_trouble_is_told(client_of: SignIn, bob: User, account: Account) -> None:
    with account.client() as client:
        client._wire._client.post(
            "http://127.0.0.1:8999/picovico/_sandbox/faults",
            json={"on": {"method": "GET", "path": "/v2.1/me/videos"}, "do": {"kind": "refuse", "status": 503}},
        )
    page = text(client_of(bob).get(LIST))
    assert 'data-tone="bad"' in page and "No films yet" not in page


def test_readers_look_and_do_not_take_up(client_of: SignIn, vera: User, account: Account) -> None:
    video = account.published()
    assert "Add<span" not in text(client_of(vera).get(LIST))
    assert take_up(client_of(vera), account, video.id).status_code == 403
    assert not Project.objects.exists()


def test_another_teams_key_is_none(client_of: SignIn, bob: User, account: Account, other_team: Team) -> None:
    other = Account(account.box, other_team)
    video = other.published()
    assert "not there any more" in text(take_up(client_of(bob), other, video.id))
    assert not Project.objects.exists()


def test_a_pair_is_entered_tested_and_never_shown(alice: User, account: Account) -> None:
    ApiKey.objects.all().delete()
    client, address = fresh_client(alice), "/t/harbour/settings/keys/new/?provider=picovico"
    page = text(client.get(address))
    assert "Picovico has ended" in page and "Access token" in page
    key, token = account.pair
    data = {"label": "Slides", "environment": "sandbox", "secret": key, "token": "short"}
    assert client.post(address, data).status_code == 422
    page = text(client.post(address, data | {"token": token}, follow=True))
    assert "works and is stored" in page and key not in page and token not in page
    stored = ApiKey.objects.get()
    assert (stored.provider, stored.last4, stored.next_look_at) == ("picovico", key[-4:], None)
    assert "Mohars" in text(
        client.get(f"/t/harbour/settings/keys/{stored.pk}/balance/", headers={"HX-Request": "true"})
    )


def test_submagics_key_is_not_offered_for_it(client_of: SignIn, bob: User, team: Team) -> None:
    factories.make_key(team)
    factories.make_project(team)
    assert LIST not in text(client_of(bob).get("/t/harbour/projects/"))


def test_a_team_with_only_a_key_of_picovico_is_led_to_its_slideshows(
    client_of: SignIn, bob: User, account: Account
) -> None:
    page = text(client_of(bob).get("/t/harbour/projects/"))
    assert "Start with a slideshow" in page and page.count(f'href="{LIST}"') == 1 and "Add by id" not in page


def test_an_open_draft_is_not_in_flight_on_the_home_page(client_of: SignIn, bob: User, account: Account) -> None:
    client = client_of(bob)
    opened = {"key": account.key.pk, "video": account.draft("Winter").id}
    client.post(reverse("projects:slideshow-open", args=["harbour"]), opened, follow=True)
    assert Project.objects.get().is_open_draft
    assert "Winter" not in text(client.get(reverse("projects:home-panel", args=["harbour"])))
    assert "Winter" not in text(client.get("/t/harbour/projects/?state=busy"))


def test_the_list_says_that_picovico_has_ended(client_of: SignIn, bob: User, account: Account) -> None:
    assert "The local sandbox stands in for it" in text(client_of(bob).get(LIST))
