from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.models import CallState, Team, UpstreamCall, User
from publishing_app.models import Publication, PublicationState
from tests import factories

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def unknown(team: Team, bob: User) -> Publication:
    """Sent two hours ago, outcome unknown: a person decides."""
    clip = factories.make_clip(factories.make_project(team), decision="approved")
    call = factories.make_call(
        team,
        operation="publish",
        state=CallState.UNKNOWN,
        target_id=clip.pk,
        actor=bob,
        sent_at=timezone.now() - dt.timedelta(hours=2),
        next_look_at=timezone.now() + dt.timedelta(hours=1),
        reply={"looked_at": timezone.now().isoformat(), "candidates": []},
        body={"platforms": {"youtube": {"title": "A talk"}}},
    )
    return factories.make_publication(
        team, clip=clip, call=call, state=PublicationState.UNKNOWN, upstream_id="", published_at=None, created_by=bob,
        platforms={"youtube": {"title": "A talk", "tags": ["a", "b"], "firstComment": "First"}},
    )  # fmt: skip


def test_it_shows_what_was_asked_and_the_calls(client_of: SignIn, vera: User, unknown: Publication) -> None:
    page = client_of(vera).get(unknown.get_absolute_url()).content.decode()
    assert "First comment" in page and "a, b" in page
    assert "Outcome unknown" in page
    assert "An editor of the team decides" in page
    assert "send again" not in page


def test_an_editor_gets_the_three_answers(client_of: SignIn, bob: User, unknown: Publication) -> None:
    page = client_of(bob).get(unknown.get_absolute_url()).content.decode()
    for words in ("It is there", "It is not there: send again", "Leave it"):
        assert words in page


def test_sending_again_needs_the_words(client_of: SignIn, bob: User, unknown: Publication) -> None:
    client, url = client_of(bob), unknown.get_absolute_url()
    data = {"decision": "again", "form_token": str(uuid.uuid4())}
    response = client.post(url, data | {"confirm": "yes"})
    assert response.status_code == 422
    assert "Type the words exactly" in response.content.decode()
    assert UpstreamCall.objects.count() == 1
    assert client.post(url, data | {"confirm": " Send again "}).status_code == 302
    unknown.refresh_from_db()
    assert unknown.state == PublicationState.QUEUED
    assert unknown.call is not None and unknown.call.supersedes is not None
    # The same form once more finds nothing to decide.
    client.post(url, data | {"confirm": "send again"})
    assert UpstreamCall.objects.count() == 2


def test_linking_takes_one_of_the_entries_offered(
    client_of: SignIn, bob: User, team: Team, unknown: Publication
) -> None:
    found = factories.make_publication(team, upstream_project_id=unknown.upstream_project_id, title="A talk")
    factories.make_post(found, "youtube")
    stranger = factories.make_publication(team)
    client, url = client_of(bob), unknown.get_absolute_url()
    assert found.upstream_id in client.get(url).content.decode()
    client.post(url, {"decision": "link", "found": str(stranger.pk)})
    client.post(url, {"decision": "link", "found": "nonsense"})
    unknown.refresh_from_db()
    assert unknown.state == PublicationState.UNKNOWN
    client.post(url, {"decision": "link", "found": str(found.pk)})
    unknown.refresh_from_db()
    assert (unknown.state, unknown.upstream_id) == (PublicationState.PUBLISHED, found.upstream_id)
    assert unknown.posts.count() == 1
    assert not Publication.objects.filter(pk=found.pk).exists()


def test_leaving_it_and_nonsense(client_of: SignIn, bob: User, unknown: Publication) -> None:
    client, url = client_of(bob), unknown.get_absolute_url()
    client.post(url, {"decision": "nonsense"})
    unknown.refresh_from_db()
    assert unknown.state == PublicationState.UNKNOWN
    client.post(url, {"decision": "leave"})
    unknown.refresh_from_db()
    assert unknown.state == PublicationState.ABANDONED


def test_before_an_hour_is_over_nobody_decides(client_of: SignIn, bob: User, unknown: Publication) -> None:
    UpstreamCall.objects.update(sent_at=timezone.now() - dt.timedelta(minutes=20))
    client, url = client_of(bob), unknown.get_absolute_url()
    page = client.get(url).content.decode()
    assert "We are checking whether this reached Submagic" in page and "Leave it" not in page
    client.post(url, {"decision": "leave"})
    unknown.refresh_from_db()
    assert unknown.state == PublicationState.UNKNOWN


def test_without_a_look_it_says_why_nobody_decides_yet(client_of: SignIn, bob: User, unknown: Publication) -> None:
    UpstreamCall.objects.update(reply={})
    page = client_of(bob).get(unknown.get_absolute_url()).content.decode()
    assert "has to be read once more" in page and "Leave it" not in page


@pytest.fixture
def queued(team: Team, bob: User) -> Publication:
    clip = factories.make_clip(factories.make_project(team), decision="approved")
    call = factories.make_call(
        team, operation="publish", target_id=clip.pk, actor=bob, next_look_at=timezone.now(), problem="It waits."
    )
    return factories.make_publication(
        team, clip=clip, call=call, state=PublicationState.QUEUED, upstream_id="", published_at=None
    )


def test_a_waiting_post_is_taken_back_by_a_button(client_of: SignIn, bob: User, queued: Publication) -> None:
    client, url = client_of(bob), queued.get_absolute_url()
    page = client.get(url).content.decode()
    assert "Take it back" in page and "Send it now" not in page
    assert "Taken back" in client.post(url, {"decision": "take_back"}, follow=True).content.decode()
    queued.refresh_from_db()
    assert queued.state == PublicationState.ABANDONED
    assert "Take it back" not in client.get(url).content.decode()
    client.post(url, {"decision": "take_back"})
    assert UpstreamCall.objects.get().state == CallState.ABANDONED


def test_a_post_that_missed_its_time_asks(client_of: SignIn, bob: User, vera: User, queued: Publication) -> None:
    UpstreamCall.objects.update(state=CallState.DRAFT, next_look_at=None)
    Publication.objects.update(state=PublicationState.MISSED, problem="60 minutes too late.")
    url = queued.get_absolute_url()
    page = client_of(bob).get(url).content.decode()
    for words in ("60 minutes too late.", "Send it now", "Take it back", "On hold"):
        assert words in page
    assert "Take it back" not in client_of(vera).get(url).content.decode()
    client_of(bob).post(url, {"decision": "now"})
    queued.refresh_from_db()
    assert queued.state == PublicationState.QUEUED
    assert UpstreamCall.objects.get().next_look_at is not None


def test_being_sent_it_shows_no_way_back(client_of: SignIn, bob: User, queued: Publication) -> None:
    UpstreamCall.objects.update(state=CallState.SENDING)
    client, url = client_of(bob), queued.get_absolute_url()
    assert "Take it back" not in client.get(url).content.decode()
    answer = client.post(url, {"decision": "take_back"}, follow=True).content.decode()
    assert "being sent just now" in answer


@pytest.mark.parametrize("decision", ["take_back", "now"])
def test_a_reviewer_neither_takes_back_nor_sends(
    client_of: SignIn, rita: User, queued: Publication, decision: str
) -> None:
    assert client_of(rita).post(queued.get_absolute_url(), {"decision": decision}).status_code == 403


def test_a_failure_says_what_happened_and_what_to_do(client_of: SignIn, vera: User, team: Team) -> None:
    row = factories.make_publication(
        team,
        state=PublicationState.FAILED,
        upstream_id="",
        problem="Some accounts are missing.",
        advice="Connect them.",
    )
    page = client_of(vera).get(row.get_absolute_url()).content.decode()
    assert "Some accounts are missing." in page and "Connect them." in page


def test_one_that_was_found_in_the_feed_says_so(client_of: SignIn, vera: User, team: Team) -> None:
    row = factories.make_publication(team, title="Elsewhere")
    factories.make_post(row, "youtube", views=None)
    page = client_of(vera).get(row.get_absolute_url()).content.decode()
    assert "found in Submagic" in page
    assert ">–<" in page


def test_a_reviewer_may_not_decide(client_of: SignIn, rita: User, unknown: Publication) -> None:
    assert client_of(rita).post(unknown.get_absolute_url(), {"decision": "leave"}).status_code == 403


def test_outsider_gets_404(client_of: SignIn, charlie: User, unknown: Publication) -> None:
    client = client_of(charlie)
    assert client.get(unknown.get_absolute_url()).status_code == 404
    assert client.get(f"/t/other/publishing/{unknown.pk}/").status_code == 404
    assert client.post(f"/t/other/publishing/{unknown.pk}/", {"decision": "leave"}).status_code == 404


def test_bad_id_and_wrong_method(client_of: SignIn, bob: User, unknown: Publication) -> None:
    client = client_of(bob)
    assert client.get(f"/t/harbour/publishing/{uuid.uuid4()}/").status_code == 404
    assert client.delete(unknown.get_absolute_url()).status_code == 405


def test_the_clips_own_id_leads_to_its_newest_publication(client_of: SignIn, vera: User, unknown: Publication) -> None:
    """Lists of calls know only what a call is about."""
    response = client_of(vera).get(f"/t/harbour/publishing/{unknown.clip_id}/")
    assert response["Location"] == unknown.get_absolute_url()


def test_an_answer_about_another_call_than_the_page_showed_does_nothing(
    client_of: SignIn, bob: User, unknown: Publication
) -> None:
    """Two look at the same question; one has it sent again, and that is lost too: the other's page looks the same."""
    data = {"decision": "again", "confirm": "send again", "form_token": str(uuid.uuid4())}
    client = client_of(bob)
    page = client.get(unknown.get_absolute_url()).content.decode()
    assert page.count(f'name="call" value="{unknown.call_id}"') == 3
    answer = client.post(unknown.get_absolute_url(), data | {"call": str(uuid.uuid4())}, follow=True)
    assert "Somebody else has decided about it meanwhile" in answer.content.decode()
    assert UpstreamCall.objects.count() == 1
    client.post(unknown.get_absolute_url(), data | {"call": str(unknown.call_id)})
    assert UpstreamCall.objects.count() == 2


def test_a_post_on_hold_that_may_be_public_is_sent_with_the_typed_words(
    client_of: SignIn, bob: User, team: Team
) -> None:
    clip = factories.make_clip(factories.make_project(team), decision="approved")
    call = factories.make_call(
        team, operation="publish", state=CallState.DRAFT, target_id=clip.pk, actor=bob, next_look_at=None,
        not_before=timezone.now() - dt.timedelta(hours=2), reply={"doubted": "2026-11-01T10:00:00Z"},
    )  # fmt: skip
    held = factories.make_publication(
        team, clip=clip, call=call, state=PublicationState.MISSED, upstream_id="", published_at=None,
        platforms={"youtube": {"title": "A talk"}},
    )  # fmt: skip
    client = client_of(bob)
    page = client.get(held.get_absolute_url()).content.decode()
    assert "Sent now it may be public twice" in page and "itself, before the backup was restored" in page
    assert "To send it all the same type" in page
    refused = client.post(held.get_absolute_url(), {"decision": "now", "confirm": "yes"}, follow=True)
    assert "may be public already" in refused.content.decode()
    call.refresh_from_db()
    assert call.state == CallState.DRAFT
    client.post(held.get_absolute_url(), {"decision": "now", "confirm": "send again"})
    call.refresh_from_db()
    assert call.state != CallState.DRAFT
