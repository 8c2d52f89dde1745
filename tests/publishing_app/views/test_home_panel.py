from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.models import Team, User
from tests import factories

pytestmark = pytest.mark.django_db
URL = "/t/harbour/home/publishing/"


def test_it_shows_posts_and_this_weeks_views(client_of: Callable[[User], Client], vera: User, team: Team) -> None:
    now = timezone.now()
    publication = factories.make_publication(team, title="A talk", published_at=now - dt.timedelta(days=20))
    post = factories.make_post(publication, "youtube")
    for days, views in ((19, 100), (10, 200), (8, 300), (1, 450)):
        factories.make_measurement(post, at=now - dt.timedelta(days=days), views=views)
    page = client_of(vera).get(URL).content.decode()
    assert "A talk" in page
    assert "<strong>150</strong>" in page
    assert "−25%" in page  # 150 against 200 the week before


def test_outsider_gets_404(client_of: Callable[[User], Client], charlie: User, team: Team) -> None:
    assert client_of(charlie).get(URL).status_code == 404
