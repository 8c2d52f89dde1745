"""Jobs that stand still, and what is known of them growing old, are shown with their age."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dashboard import needs
from dashboard.models import ApiKey, Environment, Membership, Team, User
from projects_app.models import Project
from projects_app.models.standing import STALE_AFTER, STALLED_AFTER
from tests import factories

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def at_work(team: Team, **fields: Any) -> Project:
    now = timezone.now()
    told = {"state": "processing", "upstream_status": "processing", "accepted_at": now - 5 * HOUR, "seen_at": now}
    return factories.make_project(team, title="Long talk", **told | fields)


@pytest.mark.parametrize(
    ("fields", "stands"),
    [
        ({}, True),
        ({"state": "exporting"}, True),
        ({"upstream_updated_at": -HOUR}, False),
        ({"upstream_updated_at": -4 * HOUR}, True),
        ({"moved_at": -HOUR}, False),
        ({"state": "exporting", "accepted_at": -700 * HOUR, "moved_at": -HOUR}, False),
        ({"state": "exporting", "accepted_at": -700 * HOUR, "moved_at": -4 * HOUR}, True),
        ({"accepted_at": -HOUR}, False),
        ({"state": "ready"}, False),
        ({"state": "needs_you"}, False),
        ({"state": "queued", "upstream_status": "draft"}, False),
        ({"state": "uploading", "upstream_id": ""}, False),
    ],
)
def test_which_stand_still(team: Team, fields: dict[str, Any], stands: bool) -> None:
    now = timezone.now()
    moments = {name: now + each if isinstance(each, dt.timedelta) else each for name, each in fields.items()}
    project = at_work(team, **moments)
    assert (project.stalled_since is not None) is stands
    assert list(Project.objects.stalled()) == ([project] if stands else [])


def test_it_is_told_in_the_list_on_its_page_and_where_things_wait_for_a_person(
    team: Team, other_team: Team, vera: User, client_of: Callable[[User], Client]
) -> None:
    project, client = at_work(team), client_of(vera)
    at_work(other_team)
    assert "last step" in client.get("/t/harbour/projects/").content.decode()
    page = client.get(project.get_absolute_url()).content.decode()
    assert "Submagic has shown no step since" in page and "nothing of it is lost here" in page
    found = needs.of_team(team, Membership.objects.get(user=vera))
    assert [need.title for need in found if need.key.startswith("stalled-")] == ["Long talk stands still at Submagic"]
    assert [need.url for need in found if need.key.startswith("stalled-")] == [project.get_absolute_url()]


def test_what_was_read_long_ago_says_so(team: Team, vera: User, client_of: Callable[[User], Client]) -> None:
    now = timezone.now()
    fresh = at_work(team, accepted_at=now - 2 * HOUR)
    assert fresh.stale_since is None and "last read" not in client_of(vera).get("/t/harbour/projects/").content.decode()
    old = now - STALE_AFTER * 1.5
    Project.objects.update(seen_at=old)
    fresh.refresh_from_db()
    assert fresh.stale_since == old and STALE_AFTER < STALLED_AFTER
    assert "last read" in client_of(vera).get("/t/harbour/projects/").content.decode()


def test_the_list_notices_that_it_stands(team: Team) -> None:
    project = at_work(team, accepted_at=timezone.now() - HOUR)
    before = project.look
    project.accepted_at = timezone.now() - 5 * HOUR
    assert project.look != before


def test_of_a_live_key_too(team: Team) -> None:
    key = factories.make_key(team, environment=Environment.LIVE)
    assert isinstance(key, ApiKey) and at_work(team, api_key=key).stalled_since is not None
