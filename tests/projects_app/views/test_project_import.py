from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from django.test import Client
from django.urls import reverse

from dashboard.models import ApiKey, Team, User
from projects_app.models import Project
from tests import factories
from tests.projects_app.scripted import Scripted, no_project, project

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
ID = "3f1c9a52-7a64-4d5b-9d40-2f6f6d1c8a01"


def address(team: Team) -> str:
    return reverse("projects:project-import", kwargs={"team": team.slug})


def test_the_list_leads_to_it(client_of: SignIn, bob: User, team: Team, api_key: ApiKey) -> None:
    factories.make_project(team, api_key=api_key)
    page = client_of(bob).get(reverse("projects:project-list", kwargs={"team": team.slug})).content.decode()
    assert address(team) in page


def test_it_leads_to_the_project(client_of: SignIn, bob: User, team: Team, api_key: ApiKey, provider: Scripted) -> None:
    provider.on("GET", f"/v1/projects/{ID}", project(ID, title="Made elsewhere"))
    client = client_of(bob)
    data = {"upstream": f"https://app.submagic.co/view/{ID}", "api_key": api_key.pk}
    page = client.post(address(team), data, follow=True)
    assert page.redirect_chain[-1][0] == Project.objects.get().get_absolute_url()
    assert "Taken up" in page.content.decode() and "Made elsewhere" in page.content.decode()
    assert "Your team has it already" in client.post(address(team), data, follow=True).content.decode()
    assert Project.objects.count() == 1


def test_what_went_wrong_is_said_at_the_field(
    client_of: SignIn, bob: User, team: Team, api_key: ApiKey, provider: Scripted
) -> None:
    provider.on("GET", f"/v1/projects/{ID}", no_project())
    response = client_of(bob).post(address(team), {"upstream": ID, "api_key": api_key.pk})
    page = response.content.decode()
    assert response.status_code == 409
    assert "does not know this project" in page and f">\n{ID}</textarea>" in page


def test_another_teams_key_is_no_choice(
    client_of: SignIn, bob: User, team: Team, api_key: ApiKey, provider: Scripted
) -> None:
    other = factories.make_key(factories.make_team())
    response = client_of(bob).post(address(team), {"upstream": ID, "api_key": other.pk})
    assert response.status_code == 422
    assert provider.calls == []


def test_without_a_key_the_page_that_explains_it(client_of: SignIn, bob: User, team: Team) -> None:
    response = client_of(bob).get(address(team))
    assert response["Location"] == reverse("projects:project-new", kwargs={"team": team.slug})


def test_a_reader_may_not(client_of: SignIn, vera: User, team: Team, api_key: ApiKey) -> None:
    assert client_of(vera).get(address(team)).status_code == 403


def test_a_provider_that_is_away(client_of: SignIn, bob: User, team: Team, api_key: ApiKey, provider: Scripted) -> None:
    provider.on("GET", f"/v1/projects/{ID}", httpx.ConnectError("down"))
    response = client_of(bob).post(address(team), {"upstream": ID, "api_key": api_key.pk})
    assert "Nothing was changed; try again in a minute" in response.content.decode()
