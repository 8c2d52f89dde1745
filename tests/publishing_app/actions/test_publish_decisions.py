"""What a person decides when the outcome of a publish is unknown."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import httpx
import pytest
from django.utils import timezone

from dashboard import remote, senders
from dashboard.models import ApiKey, AuditEvent, CallState, Team, UpstreamCall, User
from providers import submagic
from publishing_app.actions import feed, publications, publish_answers, publish_evidence
from publishing_app.models import Publication, PublicationState
from tests.conftest import InProcessSandbox
from tests.publishing_app import support
from tests.publishing_app.support import applied_publishes, ask, drive, exported_clip, sent_long_ago

pytestmark = pytest.mark.django_db


def test_a_person_has_it_sent_again_and_the_new_call_names_the_old_one(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = exported_clip(team, api_key, sandbox)
    support.put(monkeypatch, support.Answering(sandbox.transport, support.is_publish, 502, b""))
    unknown = drive(ask(clip, bob))
    old = unknown.call
    assert old is not None
    sent_long_ago(unknown)
    support.put(monkeypatch, sandbox.transport)
    publications.send_again(publication=unknown, by=bob, form_token=uuid.uuid4())
    done = drive(unknown)
    assert done.state == PublicationState.SENT
    assert done.call is not None and done.call.supersedes == old
    old.refresh_from_db()
    assert old.state == CallState.ABANDONED
    assert len(applied_publishes(sandbox, api_key)) == 1
    # Twice is impossible: there is nothing to decide any more.
    with pytest.raises(publications.NotPossible):
        publications.send_again(publication=done, by=bob, form_token=uuid.uuid4())


def test_two_possible_entries_are_left_to_a_person_who_links_one(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = exported_clip(team, api_key, sandbox)
    support.put(monkeypatch, support.Cutting(sandbox.transport, support.is_publish))
    unknown = drive(ask(clip, bob))
    # A colleague posts the same video from Submagic's own page.
    monkeypatch.setattr(remote, "transport", sandbox.transport)
    with remote.client_for(api_key) as client:
        client.publish(clip.upstream_id, submagic.PublishRequest.from_json({"platforms": support.YOUTUBE}))
    looked = drive(unknown)
    assert looked.state == PublicationState.UNKNOWN

    sent_long_ago(looked)
    feed.sync(api_key.pk, full=True)
    looked = Publication.objects.get(pk=looked.pk)
    first, second = publications.candidates(looked)
    publications.link(publication=looked, found=second, by=bob)
    looked.refresh_from_db()
    assert looked.upstream_id == second.upstream_id
    assert looked.state != PublicationState.UNKNOWN
    assert set(Publication.objects.values_list("pk", flat=True)) == {looked.pk, first.pk}
    assert AuditEvent.objects.filter(verb="publication.linked", actor=bob).exists()


def test_a_person_leaves_it(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    support.put(monkeypatch, support.Answering(sandbox.transport, support.is_publish, 500, b""))
    unknown = drive(ask(exported_clip(team, api_key, sandbox), bob))
    sent_long_ago(unknown)
    publications.leave(publication=unknown, by=bob)
    assert Publication.objects.get().state == PublicationState.ABANDONED


def test_without_a_look_nobody_decides(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour went by, and the feed could not be read once: 'send again' could only be a guess."""
    support.put(monkeypatch, support.Answering(sandbox.transport, support.is_publish, 502, b""))
    unknown = drive(ask(exported_clip(team, api_key, sandbox), bob))
    UpstreamCall.objects.update(sent_at=timezone.now() - dt.timedelta(minutes=61))
    support.put(monkeypatch, support.Answering(sandbox.transport, support.is_feed, 503, b""))
    looked = drive(unknown)
    assert looked.call is not None and looked.call.looks == 0
    assert not looked.person_decides
    with pytest.raises(publications.NotPossible):
        publications.send_again(publication=looked, by=bob, form_token=uuid.uuid4())
    # A look from just after it was sent proves as little.
    early = timezone.now() - dt.timedelta(minutes=60)
    UpstreamCall.objects.update(reply={"looked_at": early.isoformat()})
    assert not Publication.objects.get().person_decides
    # With one that was made, in vain, a person may.
    support.put(monkeypatch, sandbox.transport)
    looked = drive(unknown)
    assert looked.call is not None and looked.call.looks == 1
    assert looked.person_decides


def test_looks_go_on_until_there_was_one_or_the_key_is_removed(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    support.put(monkeypatch, support.Answering(sandbox.transport, support.is_publish, 502, b""))
    unknown = drive(ask(exported_clip(team, api_key, sandbox), bob))
    UpstreamCall.objects.update(sent_at=timezone.now() - dt.timedelta(hours=30))
    ApiKey.objects.update(state=ApiKey.State.INVALID)
    looked = drive(unknown)
    assert looked.call is not None and looked.call.next_look_at is not None
    assert not looked.person_decides
    ApiKey.objects.update(state=ApiKey.State.REVOKED)
    looked = drive(unknown)
    assert looked.call is not None and looked.call.next_look_at is None
    assert looked.person_decides, "nobody here can look any more, so a person must"


def test_there_is_a_look_from_just_before_a_person_is_asked(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    support.put(monkeypatch, support.Answering(sandbox.transport, support.is_publish, 502, b""))
    unknown = drive(ask(exported_clip(team, api_key, sandbox), bob))
    sent = timezone.now() - dt.timedelta(minutes=25)
    UpstreamCall.objects.update(sent_at=sent, looks=4)
    looked = drive(unknown)
    assert looked.call is not None
    assert looked.call.next_look_at == sent + dt.timedelta(hours=1)


def test_an_old_entry_without_a_time_is_not_taken_for_it(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the post only the first page of the feed was read; what stood behind it is not known."""
    clip = exported_clip(team, api_key, sandbox)
    old = {
        "id": "pub_old", "projectId": clip.upstream_id, "status": "published", "scheduled": False,
        "posts": [{"platform": "youtube", "publishStatus": "published", "syncStatus": "pending"}],
    }  # fmt: skip

    class Feed(httpx.BaseTransport):
        cursor: str | None = "2"

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if support.is_publish(request):
                return httpx.Response(502, content=b"")
            behind = request.url.params.get("cursor") or self.cursor is None
            paging = {"hasMore": not behind, "nextCursor": None if behind else self.cursor}
            return httpx.Response(200, json={"data": [old] if behind else [], "pagination": paging})

    support.put(monkeypatch, Feed())
    unknown = drive(ask(clip, bob))
    assert drive(unknown).state == PublicationState.UNKNOWN
    # Had the baseline seen the whole feed, it could only be new.
    UpstreamCall.objects.update(baseline={"ids": [], "whole": True})
    assert drive(unknown).upstream_id == "pub_old"


def test_a_post_of_a_moment_before_is_not_taken_for_it(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A colleague posted the same clip in the app, so close to ours that the clocks cannot tell: it was seen before."""
    clip = exported_clip(team, api_key, sandbox)
    at = (timezone.now() - dt.timedelta(seconds=20)).isoformat()
    theirs = {
        "id": "pub_theirs", "projectId": clip.upstream_id, "status": "published", "scheduled": False, "publishedAt": at,
        "posts": [{"platform": "youtube", "publishStatus": "published", "syncStatus": "pending"}],
    }  # fmt: skip

    class Feed(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if support.is_publish(request):
                return httpx.Response(502, content=b"")
            return httpx.Response(200, json={"data": [theirs], "pagination": {"hasMore": False, "nextCursor": None}})

    support.put(monkeypatch, Feed())
    unknown = drive(ask(clip, bob))
    assert drive(unknown).state == PublicationState.UNKNOWN
    # Had it not been there before, it would be the one.
    UpstreamCall.objects.update(baseline={"ids": [], "whole": True})
    assert drive(unknown).upstream_id == "pub_theirs"


def test_the_wish_is_kept_while_the_queue_is_away(
    team: Team,
    bob: User,
    api_key: ApiKey,
    sandbox: InProcessSandbox,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    def away(call_id: uuid.UUID) -> None:
        raise ConnectionError("the queue is away")

    clip = exported_clip(team, api_key, sandbox)
    monkeypatch.setattr(senders, "deliver", away)
    with django_capture_on_commit_callbacks(execute=True):
        publication = ask(clip, bob)
    assert publication.call is not None
    assert publication.call.state == CallState.READY
    assert publication.call.next_look_at is not None, "the sweep finds it"


def test_a_late_answer_that_comes_while_the_feed_is_read_keeps_its_own_words(
    team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    support.put(monkeypatch, support.Answering(sandbox.transport, support.is_publish, 502, b""))
    unknown = drive(ask(exported_clip(team, api_key, sandbox), bob))
    support.put(monkeypatch, sandbox.transport)
    inner = publish_evidence._find

    def find(client: Any, call: UpstreamCall, publication: Publication) -> Any:
        found = inner(client, call, publication)
        late = UpstreamCall.objects.get(pk=call.pk)
        publish_answers.accept(late, publication, upstream_id="pub_late", status="published", reply={"id": "pub_late"})
        return found

    monkeypatch.setattr(publish_evidence, "_find", find)
    done = drive(unknown)
    assert done.upstream_id == "pub_late" and done.call is not None
    assert (done.call.state, done.call.reply) == (CallState.ACCEPTED, {"id": "pub_late"})
