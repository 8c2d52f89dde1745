from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.models import Team, User
from publishing_app.models import Post
from tests import factories

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def post(team: Team) -> Post:
    row = factories.make_post(factories.make_publication(team, title="A talk"), "youtube", clicks=None)
    for hours, views in ((3, 10), (2, 40), (1, 55)):
        factories.make_measurement(row, at=timezone.now() - dt.timedelta(hours=hours), views=views)
    return row


def test_it_has_a_curve_and_its_table(client_of: SignIn, vera: User, post: Post) -> None:
    vera.timezone = "Asia/Kolkata"
    vera.save(update_fields=["timezone"])
    page = client_of(vera).get(post.get_absolute_url()).content.decode()
    found = re.search(r'<script id="post-data" type="application/json">(.*?)</script>', page)
    assert found
    data = json.loads(found[1])
    assert data["zone"] == "Asia/Kolkata"
    assert data["lines"] == [{"name": "Views", "y": [10, 40, 55]}]
    assert len(data["x"]) == 3
    assert page.count('<tr><th scope="row"><time') == 3
    assert 'class="chart-line"' in page  # drawn without a script too
    assert " IST" in page


def test_one_measurement_makes_no_curve(client_of: SignIn, vera: User, post: Post) -> None:
    post.measurements.exclude(views=55).delete()
    page = client_of(vera).get(post.get_absolute_url()).content.decode()
    assert "Two readings make a curve" in page
    assert "post-data" not in page


def test_a_failed_post_says_why(client_of: SignIn, vera: User, post: Post) -> None:
    Post.objects.update(publish_status="failed", error="Daily quota exceeded", views=None)
    page = client_of(vera).get(post.get_absolute_url()).content.decode()
    assert "Daily quota exceeded" in page and "takes no more posts for now" in page


def test_outsider_gets_404(client_of: SignIn, charlie: User, other_team: Team, post: Post) -> None:
    client = client_of(charlie)
    assert client.get(post.get_absolute_url()).status_code == 404
    assert client.get(f"/t/other/analytics/posts/{post.pk}/").status_code == 404


def test_bad_id_and_wrong_method(client_of: SignIn, vera: User, post: Post) -> None:
    client = client_of(vera)
    assert client.get(f"/t/harbour/analytics/posts/{uuid.uuid4()}/").status_code == 404
    assert client.post(post.get_absolute_url()).status_code == 405
