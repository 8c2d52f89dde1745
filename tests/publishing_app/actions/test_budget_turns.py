"""Posts and looks at the feed wait for their turn (reliability, R9; contract.md, row 37)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from dashboard import budgets, remote
from dashboard.models import ApiKey, CallState, Environment, Team, UpstreamCall, User
from publishing_app.actions import feed
from publishing_app.models import PublicationState
from tests import factories
from tests.conftest import InProcessSandbox
from tests.dashboard.budget_help import headers, spend
from tests.publishing_app.support import applied_publishes, ask, drive, exported_clip

FEED, POST = "projects.published", "projects.publish"


@pytest.mark.parametrize("endpoint", [FEED, POST])
def test_a_post_without_a_turn_waits_and_goes_once(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox, endpoint: str
) -> None:
    clip = exported_clip(team, api_key, sandbox)
    budgets.learn(api_key, headers(endpoint, 50, 0, 600))
    publication = drive(ask(clip, bob))
    assert publication.state == PublicationState.QUEUED
    assert publication.problem == "Waits its turn: Submagic takes 50 of these an hour."
    assert publication.call is not None and publication.call.waits_until is not None
    assert publication.call.attempts == 0
    drive(publication)
    assert applied_publishes(sandbox, api_key) == []
    # What is waited for was not used up by waiting.
    other = POST if endpoint == FEED else FEED
    assert budgets.left(api_key, other).remaining in (None, budgets.left(api_key, other).limit)
    with time_machine.travel(publication.call.waits_until):
        done = drive(publication)
        drive(publication)
    assert done.state == PublicationState.SENT
    assert done.problem == ""
    assert len(applied_publishes(sandbox, api_key)) == 1


def test_the_page_of_the_post_says_when_it_goes(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    budgets.learn(api_key, headers(POST, 50, 0, 600))
    publication = drive(ask(exported_clip(team, api_key, sandbox), bob))
    assert publication.call is not None and publication.call.waits_until is not None
    client = Client()
    client.force_login(bob)
    html = client.get(f"/t/{team.slug}/publishing/{publication.pk}/").content.decode()
    assert "Waits its turn" in html
    assert f'<time datetime="{publication.call.waits_until.isoformat()}"' in html


def test_row_37_the_feed_keeps_to_a_careful_guess(team: Team, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """No limit is documented: a hundred an hour, a fifth of it kept for posts, and a long list goes on later."""
    key = factories.make_key(team, environment=Environment.LIVE)
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params.get("cursor", ""))
        return httpx.Response(
            200, json={"data": [], "pagination": {"hasMore": True, "nextCursor": f"page-{len(asked)}"}}
        )

    monkeypatch.setattr(remote, "transport", httpx.MockTransport(answer))
    assert not feed.sync(key.pk)
    assert len(asked) == 80
    key.refresh_from_db()
    assert key.feed_problem == ""
    assert key.next_look_at is not None
    assert key.next_look_at >= timezone.now() + dt.timedelta(minutes=59)
    feed.sync(key.pk)
    assert len(asked) == 80
    assert budgets.turn(key, FEED, click=True) == 0


def test_an_unknown_post_is_looked_for_when_there_is_a_turn(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    publication = ask(exported_clip(team, api_key, sandbox), bob)
    now = timezone.now()
    UpstreamCall.objects.update(state=CallState.UNKNOWN, sent_at=now)
    budgets.learn(api_key, headers(FEED, 10, 0, 900))
    drive(publication)
    call = UpstreamCall.objects.get()
    assert (call.state, call.looks) == (CallState.UNKNOWN, 0)
    assert call.next_look_at is not None and call.next_look_at >= now + dt.timedelta(seconds=890)


def test_an_unknown_post_may_use_what_looks_leave_to_people(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    publication = ask(exported_clip(team, api_key, sandbox), bob)
    UpstreamCall.objects.update(state=CallState.UNKNOWN, sent_at=timezone.now())
    budgets.learn(api_key, headers(FEED, 10, 2, 900))
    drive(publication)
    assert UpstreamCall.objects.get().looks == 1


def test_a_post_under_way_does_not_use_up_the_feed(team: Team) -> None:
    """Every thirty seconds would be more often than the share of looks allows."""
    key = factories.make_key(team, environment=Environment.LIVE)
    factories.make_publication(team, api_key=key, state=PublicationState.SENT)
    seconds = (feed._next_look(key, timezone.now()) - timezone.now()).total_seconds()
    assert 44 <= seconds <= 51
    assert spend(key, FEED) == 80
