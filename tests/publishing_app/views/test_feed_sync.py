from __future__ import annotations

from collections.abc import Callable

import pytest
import time_machine
from django.test import Client

from dashboard.models import ApiKey, User
from projects_app.models import Clip
from publishing_app.actions import publish_calls
from publishing_app.models import Measurement
from tests.conftest import InProcessSandbox
from tests.publishing_app.support import ask

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
URL = "/t/harbour/analytics/sync/"


def test_it_reads_the_feed_and_returns_to_the_same_filters(
    client_of: SignIn, vera: User, bob: User, clip: Clip, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    publication = ask(clip, bob)
    assert publication.call_id
    publish_calls.drive(publication.call_id)
    sandbox.clock.move(hours=1)
    response = client_of(vera).post(f"{URL}?period=7&platform=youtube&next=//evil.example")
    assert response["Location"] == "/t/harbour/analytics/?period=7&platform=youtube"
    api_key.refresh_from_db()
    assert api_key.feed_synced_at is not None
    assert Measurement.objects.count() == 1


def test_a_few_a_minute_are_enough(client_of: SignIn, vera: User, clip: Clip) -> None:
    client = client_of(vera)
    with time_machine.travel("2026-11-20T10:00:01Z", tick=False):
        for _ in range(4):
            assert "list of posts is being read" in client.post(URL, follow=True).content.decode()
        assert "Wait a minute" in client.post(URL, follow=True).content.decode()
