from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.models import Team, User
from projects_app.models import Project
from tests import factories

ClientOf = Callable[[User], Client]


def panel(client: Client, team: Team) -> str:
    response = client.get(reverse("projects:home-panel", kwargs={"team": team.slug}))
    assert response.status_code in (200, 286)
    return str(response.content.decode())


def test_an_upload_under_way_shows_both_legs(team: Team, vera: User, client_of: ClientOf) -> None:
    project = factories.make_project(team, title="Long talk", state="uploading", upstream_id="")
    factories.make_upload(project, size=1000, offset=630)
    text = panel(client_of(vera), team)
    assert "Long talk" in text
    assert "63%" in text
    assert "To Submagic" in text
    assert "every 2s" in text
    Project.objects.update(created_at=timezone.now() - dt.timedelta(hours=2))
    assert "every 60s" in panel(client_of(vera), team)


def test_with_nothing_in_flight_it_does_not_ask_again(team: Team, vera: User, client_of: ClientOf) -> None:
    factories.make_project(team, title="Done")
    text = panel(client_of(vera), team)
    assert "hx-trigger" not in text
    assert "Done" not in text


def test_the_best_undecided_clips_come_first_and_other_teams_do_not_show(
    team: Team, other_team: Team, vera: User, client_of: ClientOf
) -> None:
    project = factories.make_project(team)
    factories.make_clip(project, title="Fair", virality_total=61)
    factories.make_clip(project, title="Best", virality_total=91)
    factories.make_clip(project, title="Taken", virality_total=99, decision="approved")
    factories.make_clip(factories.make_project(other_team), title="Foreign", virality_total=95)
    text = panel(client_of(vera), team)
    assert text.index("Best") < text.index("Fair")
    assert "Taken" not in text
    assert "Foreign" not in text


def test_a_cancelled_upload_is_no_trouble(team: Team, vera: User, client_of: ClientOf) -> None:
    for title, state in (("Called off", "cancelled"), ("Too large", "refused")):
        factories.make_upload(factories.make_project(team, title=title, state="failed"), state=state)
    text = panel(client_of(vera), team)
    assert "Too large" in text
    assert "Called off" not in text


def test_outsider_gets_404(team: Team, charlie: User, client_of: ClientOf) -> None:
    assert client_of(charlie).get(reverse("projects:home-panel", kwargs={"team": team.slug})).status_code == 404
