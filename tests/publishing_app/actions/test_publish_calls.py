from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest
import time_machine
from django.utils import timezone

from dashboard import needs
from dashboard.actions import upstream_calls
from dashboard.models import ApiKey, AuditEvent, CallState, Membership, Role, Team, UpstreamCall, User
from projects_app.models import Clip
from publishing_app.actions import feed, publications, schedules
from publishing_app.models import Publication, PublicationState
from tests import factories
from tests.conftest import InProcessSandbox
from tests.publishing_app import support
from tests.publishing_app.support import BOTH, applied_publishes, ask, drive, exported_clip, sent_long_ago

pytestmark = pytest.mark.django_db


def test_an_approved_clip_is_published_and_the_call_is_accepted(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    clip = exported_clip(team, api_key, sandbox)
    done = drive(ask(clip, bob, BOTH))
    assert done.state == PublicationState.SENT
    assert done.upstream_id.startswith("pub_")
    assert done.call is not None and done.call.state == CallState.ACCEPTED
    (entry,) = applied_publishes(sandbox, api_key)
    assert entry["fields"] == {"platforms": BOTH}
    assert AuditEvent.objects.filter(team=team, verb="publication.asked", actor=bob).count() == 1


def test_the_same_form_sent_twice_is_one_publication_and_one_publish(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    clip = exported_clip(team, api_key, sandbox)
    token = uuid.uuid4()
    first = ask(clip, bob, form_token=token)
    second = ask(clip, bob, form_token=token)
    assert first.pk == second.pk
    drive(first)
    drive(second)
    assert ask(clip, bob, form_token=token).pk == first.pk
    assert len(applied_publishes(sandbox, api_key)) == 1


def test_a_second_publish_of_the_same_clip_waits_for_the_first(
    team: Team, bob: User, sandbox: InProcessSandbox
) -> None:
    clip = exported_clip(team, factories.make_key(team), sandbox)
    ask(clip, bob)
    with pytest.raises(publications.AlreadyPublishing, match="already being published"):
        ask(clip, bob)
    assert Publication.objects.count() == 1


@pytest.mark.parametrize("decision", ["undecided", "rejected"])
def test_a_clip_that_is_not_approved_is_not_published(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox, decision: str
) -> None:
    clip = exported_clip(team, api_key, sandbox, decision=decision)
    with pytest.raises(publications.NotPossible):
        ask(clip, bob)
    assert not UpstreamCall.objects.exists()


def test_a_clip_rejected_while_it_waited_is_not_sent(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    clip = exported_clip(team, api_key, sandbox)
    publication = ask(clip, bob)
    clip.decision = "rejected"
    clip.save(update_fields=["decision"])
    done = drive(publication)
    assert done.state == PublicationState.MISSED
    assert "no longer approved" in done.problem
    schedules.send_now(publication=done, by=bob)
    assert drive(done).state == PublicationState.MISSED, "still not approved"
    Clip.objects.update(decision="approved")
    assert applied_publishes(sandbox, api_key) == []
    schedules.send_now(publication=done, by=bob)
    assert drive(done).state == PublicationState.SENT
    assert len(applied_publishes(sandbox, api_key)) == 1


def test_a_clip_that_stays_rejected_is_never_sent(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    clip = exported_clip(team, api_key, sandbox)
    publication = ask(clip, bob)
    clip.decision = "rejected"
    clip.save(update_fields=["decision"])
    for _time in range(3):
        assert drive(publication).state == PublicationState.MISSED
    assert applied_publishes(sandbox, api_key) == []


def test_a_removed_members_waiting_publish_is_held_for_others(
    team: Team, alice: User, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    publication = ask(exported_clip(team, api_key, sandbox), bob)
    Membership.objects.filter(user=bob).update(role=Role.VIEWER)
    done = drive(publication)
    assert done.state == PublicationState.MISSED
    assert "may no longer publish" in done.problem
    assert applied_publishes(sandbox, api_key) == []
    assert AuditEvent.objects.filter(verb="publication.held").count() == 1
    # Whoever is in charge now finds it where things wait for a person, and answers for it from then on.
    (need,) = needs.of_team(team, Membership.objects.get(user=alice))[-1:]
    assert need.title == "A post is on hold" and "may no longer publish" in need.text
    schedules.send_now(publication=done, by=alice)
    assert drive(done).state == PublicationState.SENT


def test_a_lost_answer_is_found_in_the_feed_and_never_sent_again(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = exported_clip(team, api_key, sandbox)
    cutting = support.Cutting(sandbox.transport, support.is_publish)
    support.put(monkeypatch, cutting)
    unknown = drive(ask(clip, bob, BOTH))
    assert cutting.cut == 1
    assert unknown.state == PublicationState.UNKNOWN
    assert unknown.call is not None and unknown.call.next_look_at is not None

    found = drive(unknown)
    assert found.state == PublicationState.SENT
    assert found.matched_by_us
    assert found.upstream_id.startswith("pub_")
    assert len(applied_publishes(sandbox, api_key)) == 1
    assert cutting.cut == 1


def test_a_lost_answer_that_the_feed_showed_first_becomes_one_publication(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = exported_clip(team, api_key, sandbox)
    support.put(monkeypatch, support.Cutting(sandbox.transport, support.is_publish))
    unknown = drive(ask(clip, bob))
    sandbox.clock.move(seconds=30)
    assert feed.sync(api_key.pk)
    assert Publication.objects.count() == 2

    found = drive(unknown)
    assert Publication.objects.get() == found
    assert found.state == PublicationState.PUBLISHED
    assert found.posts.get().views is not None
    assert len(applied_publishes(sandbox, api_key)) == 1


def test_an_answer_lost_before_anything_was_done_stays_open_and_is_asked_of_a_person_after_an_hour(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = exported_clip(team, api_key, sandbox)
    support.put(monkeypatch, support.Answering(sandbox.transport, support.is_publish, 502, b"<html>bad gateway</html>"))
    unknown = drive(ask(clip, bob))
    looked = drive(unknown)
    assert looked.state == PublicationState.UNKNOWN
    assert not looked.person_decides
    assert looked.call is not None and looked.call.looks == 1
    with pytest.raises(publications.NotPossible):
        publications.send_again(publication=looked, by=bob, form_token=uuid.uuid4())

    sent_long_ago(looked)
    assert Publication.objects.get(pk=looked.pk).person_decides
    assert applied_publishes(sandbox, api_key) == []


def test_a_sender_that_died_leaves_the_outcome_unknown(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    publication = ask(exported_clip(team, api_key, sandbox), bob)
    assert publication.call is not None
    assert upstream_calls.begin(publication.call)
    found = drive(publication)
    assert found.state == PublicationState.UNKNOWN
    assert "interrupted" in found.problem
    assert applied_publishes(sandbox, api_key) == []


REFUSALS: list[tuple[int, dict[str, Any], str]] = [
    (412, {"error": "PRECONDITION_FAILED", "message": "Some platform accounts are not connected"}, "Connect the acc"),
    (402, {"error": "PAYMENT_REQUIRED", "message": "Insufficient API credits to publish"}, "Add credits"),
    (403, {"error": "FORBIDDEN", "message": "Your plan does not allow publishing via the API"}, "Upgrade the plan"),
    (
        400,
        {"error": "BAD_REQUEST", "message": "Project must be exported before it can be published"},
        "Export the project first",
    ),
]


@pytest.mark.parametrize(("status", "body", "advice"), REFUSALS)
def test_a_refusal_says_what_to_do(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch,
    status: int, body: dict[str, Any], advice: str,
) -> None:  # fmt: skip
    support.put(monkeypatch, support.Answering(sandbox.transport, support.is_publish, status, body))
    done = drive(ask(exported_clip(team, api_key, sandbox), bob))
    assert done.state == PublicationState.FAILED
    assert body["message"] in done.problem
    assert advice in done.advice
    assert done.call is not None and done.call.state == CallState.REJECTED


def test_a_rate_limit_is_waited_for_and_then_it_goes_once(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = exported_clip(team, api_key, sandbox)
    support.put(
        monkeypatch,
        support.Answering(sandbox.transport, support.is_publish, 429, {"error": "X"}, {"Retry-After": "90"}),
    )
    waiting = drive(ask(clip, bob))
    assert waiting.state == PublicationState.QUEUED
    assert waiting.call is not None and waiting.call.next_look_at is not None
    assert 85 < (waiting.call.next_look_at - timezone.now()).total_seconds() < 105
    support.put(monkeypatch, sandbox.transport)
    assert drive(waiting).state == PublicationState.QUEUED
    assert not applied_publishes(sandbox, api_key)
    with time_machine.travel(waiting.call.next_look_at):
        assert drive(waiting).state == PublicationState.SENT
    assert len(applied_publishes(sandbox, api_key)) == 1


def test_an_unreachable_provider_is_tried_again(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Down(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("refused")

    clip = exported_clip(team, api_key, sandbox)
    support.put(monkeypatch, Down())
    waiting = drive(ask(clip, bob))
    assert waiting.state == PublicationState.QUEUED
    assert "could not be reached" in waiting.problem
    support.put(monkeypatch, sandbox.transport)
    assert drive(waiting).state == PublicationState.SENT


def test_a_key_the_provider_refuses_parks_the_call(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = exported_clip(team, api_key, sandbox)
    answering = support.Answering(sandbox.transport, lambda _request: True, 401, {"error": "UNAUTHORIZED"})
    support.put(monkeypatch, answering)
    waiting = drive(ask(clip, bob))
    assert waiting.state == PublicationState.QUEUED
    assert "does not accept the team's API key" in waiting.problem
    api_key.refresh_from_db()
    assert api_key.state == ApiKey.State.INVALID
    drive(waiting)
    assert answering.asked == 2, "the feed, and once more something harmless"

    ApiKey.objects.update(state=ApiKey.State.VALID)
    support.put(monkeypatch, sandbox.transport)
    assert drive(waiting).state == PublicationState.SENT


def test_a_removed_key_holds_it(team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox) -> None:
    publication = ask(exported_clip(team, api_key, sandbox), bob)
    ApiKey.objects.update(state=ApiKey.State.REVOKED, sealed="")
    done = drive(publication)
    assert done.state == PublicationState.MISSED
    assert "key was removed" in done.problem and "at Submagic itself" in done.advice


def test_two_workers_send_once(team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox) -> None:
    from dashboard import leases

    publication = ask(exported_clip(team, api_key, sandbox), bob)
    call = publication.call
    assert call is not None
    assert leases.claim(call, owner="another")
    drive(publication)
    assert applied_publishes(sandbox, api_key) == []
    leases.release(call, owner="another")
    drive(publication)
    assert len(applied_publishes(sandbox, api_key)) == 1


def test_a_key_that_is_refused_with_the_post_itself_is_marked(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = exported_clip(team, api_key, sandbox)
    refusal = {"error": "UNAUTHORIZED", "message": "Invalid API key"}
    refused = lambda request: support.is_publish(request) or request.url.path.endswith("/languages")  # noqa: E731
    support.put(monkeypatch, support.Answering(sandbox.transport, refused, 401, refusal))
    publication = drive(ask(clip, bob))
    assert publication.state == PublicationState.QUEUED
    assert "does not accept the team's API key" in publication.problem
    api_key.refresh_from_db()
    assert api_key.state == ApiKey.State.INVALID
    # With a working key it goes on.
    ApiKey.objects.update(state=ApiKey.State.VALID)
    support.put(monkeypatch, sandbox.transport)
    assert drive(publication).state == PublicationState.SENT
    assert len(applied_publishes(sandbox, api_key)) == 1
