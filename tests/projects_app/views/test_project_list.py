from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.models import ApiKey, Team, User
from projects_app.models import Project
from tests import factories

SignIn = Callable[[User], Client]


@pytest.fixture
def address(team: Team) -> str:
    return reverse("projects:project-list", kwargs={"team": team.slug})


@pytest.fixture
def viewer(vera: User, client_of: SignIn) -> Client:
    return client_of(vera)


def titles(response: Any) -> list[str]:
    return [project.title for project in response.context["rows"]]


def test_it_shows_state_kind_and_decisions(viewer: Client, address: str, team: Team, bob: User) -> None:
    project = factories.make_project(team, title="A talk", created_by=bob)
    factories.make_clip(project, decision="approved")
    factories.make_clip(project)
    text = viewer.get(address).content.decode()
    assert "A talk" in text
    assert "Ready" in text
    assert "1/2 decided" in text
    assert "Magic Clips" in text
    assert "Bob" in text


def test_the_number_of_queries_does_not_grow(
    viewer: Client, address: str, team: Team, django_assert_max_num_queries: Any
) -> None:
    for _ in range(15):
        factories.make_clip(factories.make_project(team))
    viewer.get(address)
    with django_assert_max_num_queries(10):
        viewer.get(address)


def test_clips_that_were_opened_as_projects_cost_no_query_each(
    viewer: Client, address: str, team: Team, django_assert_max_num_queries: Any
) -> None:
    for _ in range(12):
        clip = factories.make_clip(factories.make_project(team))
        factories.make_project(team, kind="captions", source="clip", clip=clip, upstream_id=clip.upstream_id)
    viewer.get(address)
    with django_assert_max_num_queries(10):
        viewer.get(address)


def test_more_pages_follow_without_gaps_or_repeats(viewer: Client, address: str, team: Team) -> None:
    made = [factories.make_project(team, title=f"P{number:02}") for number in range(45)]
    # All at one moment: the id decides then.
    Project.objects.filter(pk__in=[project.pk for project in made[:20]]).update(created_at=timezone.now())
    seen: list[str] = []
    url = address
    while url:
        page = viewer.get(url)
        seen += titles(page)
        url = page.context["more_url"]
    assert sorted(seen) == [f"P{number:02}" for number in range(45)]


def test_htmx_gets_the_rows_alone(viewer: Client, address: str, team: Team) -> None:
    factories.make_project(team, title="A talk")
    text = viewer.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "A talk" in text
    assert "<html" not in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"state": "busy"}, ["Running"]),
        ({"state": "ready"}, ["Done"]),
        ({"state": "trouble"}, ["Lost", "Stuck"]),
        ({"state": "failed"}, ["Broken"]),
        ({"kind": "captions"}, ["Done"]),
        ({"q": "STUCK"}, ["Stuck"]),
        ({"q": "interview"}, ["Done"]),
        ({"state": "ready", "kind": "magic_clips"}, []),
        ({"state": "nonsense"}, ["Broken", "Done", "Lost", "Running", "Stuck"]),
        ({"after": "nonsense"}, ["Broken", "Done", "Lost", "Running", "Stuck"]),
    ],
)
def test_filters_are_in_the_address(
    viewer: Client, address: str, team: Team, query: dict[str, str], found: list[str]
) -> None:
    factories.make_project(team, title="Running", state="processing")
    done = factories.make_project(team, title="Done", kind="captions")
    factories.make_upload(done, filename="interview.mov")
    factories.make_project(team, title="Stuck", state="needs_you")
    factories.make_project(team, title="Lost", state="unknown")
    factories.make_project(team, title="Broken", state="failed")
    if query.get("state") == "busy":
        found = ["Lost", "Running"]
    assert sorted(titles(viewer.get(address, query))) == found


def shown(html: str) -> list[str]:
    """What a page tells about its rows that move, as it asks for news of them."""
    return re.findall(r'name="show" value="([^"]+)"', html)


def test_one_request_asks_for_all_rows_under_way(viewer: Client, address: str, team: Team) -> None:
    running, other = (factories.make_project(team, title=title, state="transcribing") for title in ("A", "B"))
    factories.make_project(team, state="ready")
    text = viewer.get(address).content.decode()
    assert re.findall(r'hx-trigger="([^"]+)"', text) == ["every 2s"]
    assert [each.split(":")[0] for each in shown(text)] == [str(other.pk), str(running.pk)]

    def news(**more: Any) -> HttpResponse:
        return viewer.get(address, {"part": "news", "show": shown(text), **more}, headers={"HX-Request": "true"})

    assert news(every="2").status_code == 204
    Project.objects.filter(pk=running.pk).update(state="exporting")
    part = news(every="2").content.decode()
    assert "Exporting" in part
    assert str(other.pk) not in part
    # The older, the calmer; and no more when nothing moves.
    Project.objects.update(created_at=timezone.now() - dt.timedelta(hours=2))
    assert 'hx-trigger="every 60s"' in news(every="2").content.decode()
    Project.objects.update(state="ready")
    part = news(every="2").content.decode()
    assert part.count('hx-swap-oob="true"') == 2
    assert "hx-trigger" not in part


def test_rows_that_come_later_are_asked_for_too(viewer: Client, address: str, team: Team) -> None:
    factories.make_project(team, state="processing", title="Oldest")
    for _number in range(20):
        factories.make_project(team)
    page = viewer.get(address)
    assert shown(page.content.decode()) == []
    later = viewer.get(page.context["more_url"], headers={"HX-Request": "true"}).content.decode()
    assert len(shown(later)) == 1
    assert re.search(r'id="project-news" hx-swap-oob="true" hx-get="[^"]+"', later)


def test_news_are_of_ones_own_team_only(viewer: Client, address: str, other_team: Team) -> None:
    foreign = factories.make_project(other_team, title="Secret", state="processing")
    asked = {"part": "news", "show": [f"{foreign.pk}:0", "nonsense", "x:y"]}
    part = viewer.get(address, asked, headers={"HX-Request": "true"}).content.decode()
    assert "Secret" not in part
    assert "hx-trigger" not in part


def test_an_empty_list_teaches(
    address: str, team: Team, bob: User, client_of: SignIn, api_key: ApiKey, settings: Any
) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    text = client_of(bob).get(address).content.decode()
    assert "Start with one video" in text
    assert "?sample=youtube" in text


def test_an_empty_list_without_a_key_leads_to_the_keys(address: str, alice: User, client_of: SignIn) -> None:
    assert reverse("dashboard:keys", kwargs={"team": "harbour"}) in client_of(alice).get(address).content.decode()


def test_a_viewer_is_not_offered_what_they_may_not_do(
    viewer: Client, address: str, team: Team, api_key: ApiKey
) -> None:
    assert reverse("projects:project-new", kwargs={"team": "harbour"}) not in viewer.get(address).content.decode()
    factories.make_project(team)
    assert reverse("projects:project-new", kwargs={"team": "harbour"}) not in viewer.get(address).content.decode()


def test_a_search_without_result_offers_the_way_back(viewer: Client, address: str, team: Team) -> None:
    factories.make_project(team)
    assert "Nothing matches" in viewer.get(address, {"q": "zebra"}).content.decode()


def test_other_teams_projects_are_not_in_it(viewer: Client, address: str, team: Team, other_team: Team) -> None:
    factories.make_project(other_team, title="Secret", api_key=factories.make_key(other_team))
    factories.make_project(team, title="Ours")
    assert "Secret" not in viewer.get(address).content.decode()


def test_outsider_gets_404(team: Team, charlie: User, client_of: SignIn, address: str) -> None:
    assert client_of(charlie).get(address).status_code == 404


def test_wrong_method(viewer: Client, address: str) -> None:
    assert viewer.post(address).status_code == 405


def test_titles_are_text(viewer: Client, address: str, team: Team) -> None:
    factories.make_project(team, title="<script>alert(1)</script>")
    assert b"<script>alert(1)" not in viewer.get(address).content


def test_frames_are_shown_from_the_sandbox_only(viewer: Client, address: str, team: Team, settings: Any) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:8999"
    ours = factories.make_project(team)
    factories.make_clip(ours, video="http://127.0.0.1:8999/submagic/files/x/video.mp4")
    factories.make_clip(factories.make_project(team), video="https://media.submagic.co/a.mp4")
    text = viewer.get(address).content.decode()
    assert "http://127.0.0.1:8999/submagic/files/x/video.mp4#t=1" in text
    assert "https://media.submagic.co/a.mp4" not in text


def test_age_is_by_creation(viewer: Client, address: str, team: Team) -> None:
    old = factories.make_project(team, title="Old")
    factories.make_project(team, title="New")
    Project.objects.filter(pk=old.pk).update(created_at=timezone.now() - dt.timedelta(days=2))
    assert titles(viewer.get(address)) == ["New", "Old"]


def test_a_place_at_the_beginning_of_time_is_no_place(viewer: Client, address: str, team: Team) -> None:
    place = "0001-01-01T00:00:00+14:00~00000000-0000-4000-8000-000000000000"
    assert viewer.get(address, {"after": place}).status_code == 200
