from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.models import Team, User
from projects_app.models import Clip
from publishing_app import needs
from publishing_app.models import Publication
from tests import factories


@pytest.fixture
def clip(team: Team) -> Clip:
    return factories.make_clip(factories.make_project(team), title="The first lesson")


@pytest.fixture
def refused(team: Team, clip: Clip) -> Publication:
    """Taken by one platform, refused by the other."""
    made = factories.make_publication(team, clip=clip, state="partly_failed")
    factories.make_post(made, "youtube")
    factories.make_post(made, "tiktok", publish_status="failed", error="TikTok said: token expired")
    return made


def test_a_post_that_a_platform_refused_is_on_the_home_page(
    team: Team, refused: Publication, vera: User, client_of: Callable[[User], Client]
) -> None:
    page = client_of(vera).get("/t/harbour/").content.decode()
    assert "The first lesson: not published on TikTok" in page
    assert "token expired. Connect the TikTok account again" in page
    assert f'href="{refused.get_absolute_url()}"' in page


def test_it_goes_when_it_was_sent_out_again(team: Team, refused: Publication, clip: Clip) -> None:
    assert len(needs.of_team(team)) == 1
    again = factories.make_publication(team, clip=clip, state="failed")
    factories.make_post(again, "tiktok", publish_status="failed")
    assert len(needs.of_team(team)) == 2
    factories.make_publication(team, clip=clip, state="sent")
    assert needs.of_team(team) == []


def test_it_goes_after_some_days(team: Team, refused: Publication) -> None:
    Publication.objects.update(published_at=timezone.now() - dt.timedelta(days=4))
    assert needs.of_team(team) == []


def test_what_submagic_itself_refused_is_told_once(team: Team, clip: Clip) -> None:
    """By its call (dashboard.needs): no platform has seen it."""
    factories.make_publication(team, clip=clip, state="failed", upstream_id="", published_at=None)
    assert needs.of_team(team) == []


def test_old_entries_that_the_feed_brings_are_no_news(team: Team, clip: Clip) -> None:
    found = factories.make_publication(team, state="failed", published_at=None)
    factories.make_post(found, "tiktok", publish_status="failed")
    assert needs.of_team(team) == []


def test_other_teams_posts_are_theirs(other_team: Team, refused: Publication) -> None:
    assert needs.of_team(other_team) == []
