from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.models import ApiKey, Team, User
from publishing_app.models import Publication, PublicationState
from tests import factories
from tests.polling import HTMX, again_of

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
URL = "/t/harbour/publishing/"


def publication(team: Team, title: str = "A talk", *, platform: str = "youtube", **fields: Any) -> Any:
    clip = factories.make_clip(factories.make_project(team), title=title)
    post = fields.pop("post", {})
    row = factories.make_publication(team, clip=clip, **fields)
    factories.make_post(row, platform, **post)
    return row


def test_it_lists_what_became_of_each_platform(client_of: SignIn, vera: User, team: Team) -> None:
    row = publication(team, "A talk")
    factories.make_post(row, "tiktok", publish_status="failed", error="TikTok said: token expired", url="")
    page = client_of(vera).get(URL).content.decode()
    assert "A talk" in page
    assert 'href="https://youtube.com/watch?v=abc" target="_blank" rel="noopener noreferrer"' in page
    assert "TikTok said: token expired" in page
    assert "Connect the TikTok account again" in page


@pytest.mark.parametrize(
    "url", ["https://evil.example/watch", "javascript:alert(1)", "http://youtube.com/x", "https://youtube.com.evil.io/"]
)
def test_an_address_that_is_not_the_platforms_is_text(client_of: SignIn, vera: User, team: Team, url: str) -> None:
    publication(team, post={"url": url})
    page = client_of(vera).get(URL).content.decode()
    assert f'href="{url}"' not in page
    assert url in page


def test_it_is_empty_at_first_and_says_what_to_do(client_of: SignIn, vera: User) -> None:
    page = client_of(vera).get(URL).content.decode()
    assert "Nothing is published yet" in page
    assert 'href="/t/harbour/clips/?state=approved"' in page


def test_publishing_begins_with_the_approved_clips(client_of: SignIn, bob: User, team: Team) -> None:
    made = factories.make_project(team)
    for title, decision in (("Taken", "approved"), ("Open", "undecided")):
        factories.make_clip(made, title=title, decision=decision)
    factories.make_publication(team)
    client = client_of(bob)
    found = re.search(r'button-primary" href="([^"]+)"', client.get(URL).content.decode())
    assert found
    clips = client.get(found[1]).content.decode()
    assert "Taken" in clips
    assert ">Open<" not in clips


def test_filters_are_in_the_address(client_of: SignIn, vera: User, team: Team) -> None:
    one = publication(team, "One")
    publication(team, "Two", platform="tiktok", state=PublicationState.FAILED)
    client = client_of(vera)
    for query, shown, hidden in (
        ("platform=youtube", "One", "Two"),
        ("state=failed", "Two", "One"),
        (f"project={one.clip.project_id}", "One", "Two"),
    ):
        page = client.get(f"{URL}?{query}").content.decode()
        assert f">{shown}<" in page and f">{hidden}<" not in page
    both = client.get(f"{URL}?platform=nonsense&state=nonsense&project=nonsense&after=nonsense").content.decode()
    assert ">One<" in both and ">Two<" in both
    assert "Nothing matches" in client.get(f"{URL}?platform=instagram").content.decode()


def test_it_polls_while_something_is_under_way_and_stops_after(client_of: SignIn, vera: User, team: Team) -> None:
    row = publication(team, state=PublicationState.SENT, post={"publish_status": "processing"})
    client = client_of(vera)
    page = client.get(URL, {"platform": "youtube"})
    assert 'hx-trigger="every 2s"' in page.content.decode()
    assert client.get(again_of(page), headers=HTMX).status_code == 204
    Publication.objects.update(created_at=timezone.now() - dt.timedelta(minutes=20))
    part = client.get(again_of(page), headers=HTMX)
    assert part.status_code == 200 and "<html" not in part.content.decode()
    assert 'hx-trigger="every 15s"' in part.content.decode()
    # Boosted links in it lead to pages, not into it.
    assert "hx-target" not in part.content.decode()
    row.posts.update(publish_status="published")
    row.state = PublicationState.PUBLISHED
    row.save(update_fields=["state"])
    part = client.get(URL, headers={"HX-Request": "true"})
    assert part.status_code == 286
    assert "hx-trigger" not in part.content.decode()


def test_older_ones_are_on_the_next_page(
    client_of: SignIn, vera: User, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("publishing_app.views.publications.PER_PAGE", 2)
    rows = [publication(team, f"Talk {number}") for number in range(5)]
    at = timezone.now()
    for row in rows[:3]:  # the same moment: the id decides
        type(row).objects.filter(pk=row.pk).update(created_at=at - dt.timedelta(days=1))
    client, url, seen = client_of(vera), URL, []
    while True:
        response = client.get(url)
        seen += [row.title for row in response.context["publications"]]
        if not response.context["more_url"]:
            break
        url = URL + response.context["more_url"]
    assert sorted(seen) == [f"Talk {number}" for number in range(5)]


def test_a_feed_that_cannot_be_read_is_said(client_of: SignIn, vera: User, team: Team, api_key: ApiKey) -> None:
    ApiKey.objects.update(feed_problem="Submagic could not be read. It did not answer in time.")
    assert "It did not answer in time." in client_of(vera).get(URL).content.decode()


def test_the_number_of_queries_does_not_grow(
    client_of: SignIn, vera: User, team: Team, django_assert_max_num_queries: Any
) -> None:
    for number in range(8):
        publication(team, f"Talk {number}", created_by=vera)
    client = client_of(vera)
    client.get(URL)
    # Nine are the frame of every page: session, person, membership, teams; ours are rows, posts and keys.
    with django_assert_max_num_queries(12):
        client.get(URL)


def test_outsider_gets_404_and_sees_nothing_in_the_own_team(
    client_of: SignIn, charlie: User, team: Team, other_team: Team
) -> None:
    publication(team, "Secret talk")
    client = client_of(charlie)
    assert client.get(URL).status_code == 404
    assert "Secret talk" not in client.get("/t/other/publishing/").content.decode()


def test_wrong_method(client_of: SignIn, bob: User) -> None:
    assert client_of(bob).post(URL).status_code == 405
