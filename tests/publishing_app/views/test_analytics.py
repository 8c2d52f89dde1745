from __future__ import annotations

import csv
import datetime as dt
import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.models import ApiKey, Team, User
from publishing_app.models import Post
from tests import factories

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
URL = "/t/harbour/analytics/"
DAY = dt.timedelta(days=1)


def post(team: Team, title: str = "A talk", *, platform: str = "youtube", age: float = 2, **fields: Any) -> Post:
    clip = factories.make_clip(factories.make_project(team), title=title, virality_total=fields.pop("score", 82.0))
    at = timezone.now() - age * DAY
    publication = factories.make_publication(team, clip=clip, title=title, published_at=at)
    return factories.make_post(publication, platform, **fields)


def measured(row: Post, *values: tuple[float, int]) -> None:
    for days_ago, views in values:
        factories.make_measurement(row, at=timezone.now() - days_ago * DAY, views=views)


def tiles(response: Any) -> dict[str, Any]:
    return {tile.name: tile for tile in response.context["report"].tiles}


def test_it_counts_what_came_in_during_the_period(client_of: SignIn, vera: User, team: Team) -> None:
    old = post(team, "Old", age=40, views=1000)
    measured(old, (39, 100), (20, 400), (8, 600), (1, 1000))
    new = post(team, "New", age=3, views=50)
    measured(new, (2, 50))
    client = client_of(vera)
    week = tiles(client.get(URL + "?period=7"))
    assert week["views"].value == (1000 - 600) + 50
    # The week before: 600 − 400 of the old one.
    assert week["views"].change == pytest.approx((450 - 200) / 200)
    assert week["posts"].value == 1
    assert tiles(client.get(URL + "?period=all"))["views"].value == 1050
    assert tiles(client.get(URL + "?period=all"))["views"].change is None


def test_a_change_that_was_not_measured_is_a_dash(client_of: SignIn, vera: User, team: Team) -> None:
    row = post(team, age=40, views=1000)
    measured(row, (3, 700), (1, 1000))
    response = client_of(vera).get(URL + "?period=7")
    assert tiles(response)["views"].value == 300
    assert tiles(response)["views"].change is None
    assert "counted only from" in response.content.decode()


def test_missing_numbers_are_dashes_and_stay_out_of_sums_and_medians(client_of: SignIn, vera: User, team: Team) -> None:
    post(team, "Synced", views=100, likes=10, comments=None, shares=None)
    post(team, "Synced too", views=300, likes=None, comments=None, shares=None)
    post(
        team, "Waiting", views=None, likes=None, comments=None, shares=None, measured_at=None, sync_status="pending"
    )  # fmt: skip
    response = client_of(vera).get(URL + "?period=all")
    (row,) = response.context["report"].platforms
    assert (row.posts, row.views, row.likes, row.comments) == (3, 400, 10, None)
    assert row.median_views == 200
    assert row.engagement == pytest.approx(0.1)
    page = response.content.decode()
    assert "not synced yet" in page
    assert tiles(response)["comments"].value is None
    assert "–" in page


def test_no_rate_without_views(client_of: SignIn, vera: User, team: Team) -> None:
    row = post(team, views=0, likes=0)
    assert row.engagement is None
    assert client_of(vera).get(URL + "?period=all").context["report"].platforms[0].engagement is None


def test_sorting_puts_what_has_no_number_last(client_of: SignIn, vera: User, team: Team) -> None:
    post(team, "None", views=None, score=None)
    post(team, "Few", views=1, score=90.0)
    post(team, "Many", views=500, score=10.0)
    client = client_of(vera)

    def order(sort: str) -> list[str]:
        rows = client.get(f"{URL}?sort={sort}").context["report"].rows
        return [row.post.publication.title for row in rows]

    assert order("views") == ["Many", "Few", "None"]
    assert order("score") == ["Few", "Many", "None"]
    assert len(order("nonsense")) == 3


def test_views_a_day_need_a_day(client_of: SignIn, vera: User, team: Team) -> None:
    post(team, "Old", age=4, views=400)
    post(team, "New", age=0.5, views=400)
    rows = {r.post.publication.title: r for r in client_of(vera).get(URL).context["report"].rows}
    assert rows["Old"].views_a_day == pytest.approx(100, rel=0.01)
    assert rows["New"].views_a_day is None


def test_filters_by_platform_and_key(client_of: SignIn, vera: User, team: Team, api_key: ApiKey) -> None:
    post(team, "Tube")
    other = factories.make_key(team, label="Second", is_default=False)
    publication = factories.make_publication(team, title="Tok", api_key=other)
    factories.make_post(publication, "tiktok")
    client = client_of(vera)
    assert len(client.get(URL).context["report"].rows) == 2
    (row,) = client.get(f"{URL}?platform=tiktok").context["report"].rows
    assert row.post.platform == "tiktok"
    (row,) = client.get(f"{URL}?key={other.pk}").context["report"].rows
    assert row.post.publication.title == "Tok"
    assert len(client.get(f"{URL}?key={uuid.uuid4()}&platform=x&period=x").context["report"].rows) == 2


def test_the_trend_adds_up_the_posts(client_of: SignIn, vera: User, team: Team) -> None:
    measured(post(team, "One", age=5), (4, 10), (2, 30))
    measured(post(team, "Two", age=5, platform="tiktok"), (3, 5), (1, 8))
    response = client_of(vera).get(URL)
    chart = response.context["report"].chart
    assert [value for _at, value in chart.lines[0].points] == [10, 15, 35, 38]
    assert [line.name for line in chart.lines] == ["All platforms", "TikTok", "YouTube"]
    page = response.content.decode()
    assert 'id="trend-data" type="application/json"' in page
    assert "<svg" in page


def test_sandbox_numbers_say_what_they_are(client_of: SignIn, vera: User, team: Team) -> None:
    post(team)
    assert "Sandbox numbers come from a model, not from people." in client_of(vera).get(URL).content.decode()


def test_a_failed_sync_keeps_the_last_numbers_and_says_so(client_of: SignIn, vera: User, team: Team) -> None:
    post(team, views=77)
    ApiKey.objects.update(feed_problem="It did not answer in time.", feed_synced_at=timezone.now() - DAY)
    page = client_of(vera).get(URL).content.decode()
    assert "these are the last good numbers" in page and "It did not answer in time." in page
    assert "as of yesterday" in page
    assert ">77<" in page


def test_it_is_empty_at_first(client_of: SignIn, vera: User) -> None:
    assert "No posts to measure yet" in client_of(vera).get(URL).content.decode()


def test_the_number_of_queries_does_not_grow(
    client_of: SignIn, vera: User, team: Team, django_assert_max_num_queries: Any
) -> None:
    for number in range(6):
        measured(post(team, f"Talk {number}", age=40), (39, 1), (20, 5), (3, 9))
    client = client_of(vera)
    client.get(URL)
    # Nine are the frame of every page; ours: keys, posts, first, two starting points, curves.
    with django_assert_max_num_queries(15):
        client.get(URL)


def test_csv_has_the_posts_and_no_formulas(client_of: SignIn, vera: User, team: Team) -> None:
    post(team, '=HYPERLINK("https://evil.example","x")', views=12, likes=None)
    response = client_of(vera).get(URL + "csv/?period=all")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in response["Content-Disposition"]
    (row,) = csv.DictReader(io.StringIO(response.content.decode("utf-8-sig")))
    assert row["title"] == '\'=HYPERLINK("https://evil.example","x")'
    assert (row["views"], row["likes"]) == ("12", "")


def test_outsider_gets_404_and_the_own_team_shows_nothing_of_ours(
    client_of: SignIn, charlie: User, team: Team, api_key: ApiKey
) -> None:
    post(team, "Secret talk")
    client = client_of(charlie)
    for url in (URL, URL + "csv/"):
        assert client.get(url).status_code == 404
        own = url.replace("harbour", "other")
        assert "Secret talk" not in client.get(f"{own}?period=all&key={api_key.pk}").content.decode()
    assert client.post(URL + "sync/").status_code == 404


def test_wrong_method(client_of: SignIn, bob: User) -> None:
    client = client_of(bob)
    assert client.post(URL).status_code == 405
    assert client.get(URL + "sync/").status_code == 405
