"""A post that was given up and turns up in the feed after all is told; nothing else is taken for one."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from dashboard import needs
from dashboard.models import ApiKey, AuditEvent, Membership, Team, User
from projects_app.models import Clip
from providers import submagic
from publishing_app.actions import doubles, feed_pages, publications, publish_answers, publish_calls
from publishing_app.models import Publication
from tests.conftest import InProcessSandbox
from tests.publishing_app import support
from tests.publishing_app.support import ask, drive, exported_clip, sent_long_ago

pytestmark = pytest.mark.django_db


@pytest.fixture
def clip(team: Team, api_key: ApiKey, sandbox: InProcessSandbox) -> Clip:
    return exported_clip(team, api_key, sandbox)


@pytest.fixture
def lost(clip: Clip, bob: User, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch) -> Publication:
    """Sent an hour ago; nobody knows whether it arrived, and the feed was read in vain."""
    answering = support.Answering(sandbox.transport, support.is_publish, 502, b"<html>bad gateway</html>")
    support.put(monkeypatch, answering)
    publication = drive(drive(ask(clip, bob)))
    sent_long_ago(publication)
    support.put(monkeypatch, sandbox.transport)
    return Publication.objects.get(pk=publication.pk)


def appears(key: ApiKey, clip: Clip, **fields: Any) -> Publication:
    posts = fields.pop("posts", [{"platform": "youtube", "publishStatus": "published"}])
    told = {
        "id": f"pub_{uuid.uuid4().hex}",
        "projectId": clip.upstream_id,
        "status": "published",
        "publishedAt": (timezone.now() - dt.timedelta(minutes=60)).isoformat(),
        "posts": posts,
    }
    entry = submagic.Publication.from_json(told | fields)
    feed_pages.take(key, [entry], timezone.now())
    feed_pages.take(key, [entry], timezone.now())
    return Publication.objects.get(upstream_id=entry.id)


def told(team: Team, bob: User) -> list[str]:
    found = needs.of_team(team, Membership.objects.get(user=bob))
    return [need.title for need in found if need.key.startswith("double-")]


def test_one_that_was_sent_again_may_be_public_twice(
    lost: Publication, clip: Clip, team: Team, bob: User, api_key: ApiKey, client_of: Any
) -> None:
    publications.send_again(publication=lost, by=bob, form_token=uuid.uuid4())
    assert lost.call_id
    publish_calls.drive(lost.call_id)
    assert told(team, bob) == []
    late = appears(api_key, clip)
    assert told(team, bob) == ["A talk may be public twice"]
    event = AuditEvent.objects.get(verb=doubles.VERB)
    assert event.target_id == str(late.pk) and event.data["sent_again"] is True
    client: Client = client_of(bob)
    assert client.get(late.get_absolute_url()).status_code == 200
    with time_machine.travel(timezone.now() + doubles.WATCHED_FOR * 1.1):
        assert told(team, bob) == []


def test_one_that_was_left_did_go_out(lost: Publication, clip: Clip, team: Team, bob: User, api_key: ApiKey) -> None:
    publications.leave(publication=lost, by=bob)
    appears(api_key, clip)
    assert told(team, bob) == ["A talk did go out"]
    appears(api_key, clip)  # of one lost call no two are told
    assert AuditEvent.objects.filter(verb=doubles.VERB).count() == 1


@pytest.mark.parametrize(
    "other",
    [
        {"projectId": "another"},
        {"posts": [{"platform": "tiktok", "publishStatus": "published"}]},
        {"publishedAt": "2026-01-01T00:00:00Z"},
    ],
    ids=["another video", "another platform", "of before"],
)
def test_another_post_is_none(
    lost: Publication, clip: Clip, team: Team, bob: User, api_key: ApiKey, other: dict[str, Any]
) -> None:
    publications.leave(publication=lost, by=bob)
    appears(api_key, clip, **other)
    assert told(team, bob) == []


def test_it_is_watched_for_a_week(lost: Publication, clip: Clip, team: Team, bob: User, api_key: ApiKey) -> None:
    publications.leave(publication=lost, by=bob)
    with time_machine.travel(timezone.now() + doubles.WATCHED_FOR * 1.1):
        appears(api_key, clip)
        assert told(team, bob) == []


def test_what_may_be_another_call_of_ours_is_waited_for(
    lost: Publication, clip: Clip, team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    """The feed may show a post before its answer is stored: it is not taken for the lost one, which is still told."""
    publications.leave(publication=lost, by=bob)
    second = ask(clip, bob)
    early = appears(api_key, clip)
    assert told(team, bob) == []
    assert second.call is not None
    publish_answers.accept(second.call, second, upstream_id=early.upstream_id, status="published", reply={})
    assert not Publication.objects.filter(pk=early.pk).exists(), "it became part of the one that we made"
    appears(api_key, clip)
    assert told(team, bob) == ["A talk may be public twice"], "left, and published anew by the form"
