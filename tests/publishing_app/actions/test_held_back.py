"""Posts that must not go out: rights taken away meanwhile, taken back by a person, or too late (R16 to R18)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import httpx
import pytest
import time_machine
from django.utils import timezone

from dashboard import skew
from dashboard.actions import api_keys, upstream_calls
from dashboard.models import ApiKey, AuditEvent, CallState, Membership, Role, Team, UpstreamCall, User
from projects_app.models import Clip
from providers.clock import ClockReading
from publishing_app.actions import mending, publications, publish_calls, schedules
from publishing_app.models import Publication, PublicationState
from tests import factories
from tests.conftest import InProcessSandbox
from tests.publishing_app import support
from tests.publishing_app.support import applied_publishes, ask, drive, exported_clip

pytestmark = pytest.mark.django_db


@pytest.fixture
def clip(team: Team, api_key: ApiKey, sandbox: InProcessSandbox) -> Clip:
    return exported_clip(team, api_key, sandbox)


@pytest.fixture
def waiting(clip: Clip, bob: User) -> Publication:
    return ask(clip, bob)


def later(minutes: float) -> dt.datetime:
    return timezone.now() + dt.timedelta(minutes=minutes)


# --- Taken away while the feed is read ------------------------------------------------------------


def approval(bob: User) -> None:
    Clip.objects.update(decision="rejected", decided_at=timezone.now())


def role(bob: User) -> None:
    Membership.objects.filter(user=bob).update(role=Role.REVIEWER)


def key(bob: User) -> None:
    api_keys.remove(key=ApiKey.objects.get(), by=bob, confirmed=True)


def key_for_now(bob: User) -> None:
    ApiKey.objects.update(state=ApiKey.State.INVALID)


class Meanwhile(httpx.BaseTransport):
    """Something happens while the answer about the feed is on its way."""

    def __init__(self, inner: httpx.BaseTransport, happens: Callable[[], None]) -> None:
        self.inner, self.happens = inner, happens

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if support.is_feed(request):
            self.happens()
        return self.inner.handle_request(request)


@pytest.mark.parametrize(
    ("take", "state", "said"),
    [
        (approval, PublicationState.MISSED, "no longer approved"),
        (role, PublicationState.MISSED, "may no longer publish"),
        (key, PublicationState.MISSED, "key was removed"),
        (key_for_now, PublicationState.QUEUED, "does not accept"),
    ],
)
def test_what_is_taken_away_while_the_feed_is_read_stops_the_post(
    waiting: Publication, bob: User, api_key: ApiKey, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch,
    take: Callable[[User], None], state: PublicationState, said: str,
) -> None:  # fmt: skip
    sealed = api_key.sealed
    support.put(monkeypatch, Meanwhile(sandbox.transport, lambda: take(bob)))
    done = drive(waiting)
    ApiKey.objects.update(sealed=sealed)
    assert applied_publishes(sandbox, api_key) == []
    assert (done.state, said in done.problem) == (state, True)
    assert done.call is not None and done.call.attempts == 0


def test_with_a_key_that_was_replaced_meanwhile_it_goes_by_the_new_one(
    waiting: Publication, bob: User, api_key: ApiKey, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = factories.fresh_secret()
    support.put(monkeypatch, Meanwhile(sandbox.transport, lambda: api_keys._swap(key=api_key, secret=fresh, by=bob)))
    used: list[str] = []

    def look(request: httpx.Request) -> bool:
        used.append(request.headers["x-api-key"][-4:])
        return support.is_publish(request)

    assert drive(waiting).state == PublicationState.QUEUED
    call = UpstreamCall.objects.get()
    assert call.next_look_at is not None and call.next_look_at <= timezone.now()
    answer = {"id": "pub_1", "status": "published", "projectId": waiting.upstream_project_id}
    support.put(monkeypatch, support.Answering(sandbox.transport, look, 200, answer))
    assert drive(waiting).state == PublicationState.SENT
    assert set(used) == {fresh[-4:]}
    assert UpstreamCall.objects.get().key_version == 2


# --- A kill between the call and the telling ------------------------------------------------------


class Killed(BaseException):
    pass


@pytest.mark.parametrize("status", [402, 502])
def test_a_publication_is_told_after_its_sender_was_killed_in_that_moment(
    waiting: Publication, bob: User, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    refusal = {"error": "PAYMENT_REQUIRED", "message": "no credits"} if status == 402 else b"<html>"
    support.put(monkeypatch, support.Answering(sandbox.transport, support.is_publish, status, refusal))
    save = Publication.save

    def die(row: Publication, *args: object, **how: object) -> None:
        if row.state != PublicationState.QUEUED:
            raise Killed
        save(row, *args, **how)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(Publication, "save", die)
        with pytest.raises(Killed):
            drive(waiting)
    assert drive(waiting).state == PublicationState.UNKNOWN
    assert UpstreamCall.objects.get().next_look_at is not None


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (CallState.UNKNOWN, PublicationState.UNKNOWN),
        (CallState.REJECTED, PublicationState.FAILED),
        (CallState.ABANDONED, PublicationState.ABANDONED),
        (CallState.ACCEPTED, PublicationState.SENT),
    ],
)
@pytest.mark.parametrize("by", ["the clock", "a delivery"])
def test_a_publication_that_says_something_else_than_its_call_is_found(
    waiting: Publication, state: CallState, shown: PublicationState, by: str
) -> None:
    assert mending.mend() == 0
    now = timezone.now()
    settled = None if state == CallState.UNKNOWN else now
    UpstreamCall.objects.update(state=state, settled_at=settled, sent_at=now, upstream_id="pub_1", next_look_at=None)
    if by == "the clock":
        assert mending.mend() == 1
        assert mending.mend() == 0
    else:
        drive(waiting)
    assert Publication.objects.get().state == shown


# --- Taken back -----------------------------------------------------------------------------------


def test_a_waiting_post_is_taken_back_and_never_goes(
    waiting: Publication, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    ApiKey.objects.update(state=ApiKey.State.INVALID)
    drive(waiting)
    publications.take_back(publication=waiting, by=bob)
    back = Publication.objects.get()
    assert back.state == PublicationState.ABANDONED
    assert back.problem == "Taken back by Bob before it was sent. Nothing was posted."
    assert AuditEvent.objects.filter(verb="publication.taken_back", actor=bob).count() == 1
    ApiKey.objects.update(state=ApiKey.State.VALID)
    assert drive(waiting).state == PublicationState.ABANDONED
    assert applied_publishes(sandbox, api_key) == []
    assert publications.earlier(back.clip) == [], "nothing of it went out, so nothing warns"  # type: ignore[arg-type]


def test_of_taking_back_and_sending_only_one_wins(waiting: Publication, bob: User) -> None:
    call = UpstreamCall.objects.get()
    assert upstream_calls.begin(call)
    with pytest.raises(publications.NotPossible, match="being sent just now"):
        publications.take_back(publication=waiting, by=bob)
    UpstreamCall.objects.update(state=CallState.READY)
    publications.take_back(publication=waiting, by=bob)
    assert not upstream_calls.begin(UpstreamCall.objects.get())


def test_a_worker_that_parks_it_in_that_moment_does_not_bring_it_back(
    waiting: Publication, bob: User, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            publications.take_back(publication=Publication.objects.get(), by=bob)
            raise httpx.ConnectError("no route")

    support.put(monkeypatch, Away())
    done = drive(waiting)
    assert done.state == PublicationState.ABANDONED
    assert "Taken back" in done.problem
    assert done.call is not None and done.call.next_look_at is None


@pytest.mark.parametrize("state", [CallState.UNKNOWN, CallState.ACCEPTED, CallState.REJECTED])
def test_what_went_out_cannot_be_taken_back(waiting: Publication, bob: User, state: CallState) -> None:
    UpstreamCall.objects.update(state=state, settled_at=timezone.now())
    with pytest.raises(publications.NotPossible):
        publications.take_back(publication=waiting, by=bob)


# --- Too late -------------------------------------------------------------------------------------


def parked(publication: Publication) -> None:
    ApiKey.objects.update(state=ApiKey.State.INVALID)
    drive(publication)
    ApiKey.objects.update(state=ApiKey.State.VALID)


def test_a_post_that_was_parked_too_long_asks_a_person(
    waiting: Publication, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    parked(waiting)
    with time_machine.travel(later(7 * 24 * 60)):
        skew.learn("sandbox", ClockReading(0, 0.5))
        missed = drive(waiting)
        drive(waiting)
    assert missed.state == PublicationState.MISSED
    assert "10080 minutes too late" in missed.problem
    assert missed.call is not None
    assert (missed.call.state, missed.call.next_look_at) == (CallState.DRAFT, None)
    assert applied_publishes(sandbox, api_key) == []
    assert AuditEvent.objects.filter(verb="publication.missed").count() == 1
    assert mending.mend() == 0


def test_within_a_quarter_of_an_hour_it_still_goes_by_itself(
    waiting: Publication, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    parked(waiting)
    with time_machine.travel(later(14)):
        assert drive(waiting).state == PublicationState.SENT
    assert len(applied_publishes(sandbox, api_key)) == 1


def test_a_time_that_was_promised_is_not_late(waiting: Publication, api_key: ApiKey, sandbox: InProcessSandbox) -> None:
    """It waited an hour for its turn, as its page said it would."""
    UpstreamCall.objects.update(not_before=later(60))
    with time_machine.travel(later(61)):
        assert drive(waiting).state == PublicationState.SENT


def test_neither_is_another_try_after_one_in_time(
    waiting: Publication, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Down(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if support.is_publish(request):
                raise httpx.ConnectError("no route")
            return sandbox.transport.handle_request(request)

    UpstreamCall.objects.update(not_before=later(60))
    support.put(monkeypatch, Down())
    with time_machine.travel(later(61)):
        assert drive(waiting).state == PublicationState.QUEUED
    support.put(monkeypatch, sandbox.transport)
    with time_machine.travel(later(66)):
        assert drive(waiting).state == PublicationState.SENT


def test_a_person_has_a_late_one_sent_and_stands_for_it(
    waiting: Publication, team: Team, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    parked(waiting)
    with time_machine.travel(later(60)):
        skew.learn("sandbox", ClockReading(0, 0.5))
        missed = drive(waiting)
        # Who asked for it has left; what counts now is the right of who says so.
        Membership.objects.filter(user=bob).delete()
        erin = factories.make_member(team, Role.EDITOR, name="Erin")
        schedules.send_now(publication=missed, by=erin)
        assert Publication.objects.get().state == PublicationState.QUEUED
        assert drive(missed).state == PublicationState.SENT
    assert len(applied_publishes(sandbox, api_key)) == 1
    assert AuditEvent.objects.filter(verb="publication.sent_now", actor=erin).count() == 1


def test_or_takes_it_back(waiting: Publication, bob: User) -> None:
    parked(waiting)
    with time_machine.travel(later(60)):
        publications.take_back(publication=drive(waiting), by=bob)
    assert Publication.objects.get().state == PublicationState.ABANDONED


def test_only_a_late_one_is_sent_by_a_click(waiting: Publication, bob: User) -> None:
    with pytest.raises(publications.NotPossible, match="already on its way"):
        schedules.send_now(publication=waiting, by=bob)


# --- Already published there ----------------------------------------------------------------------


def test_a_post_accepted_while_the_form_was_open_is_asked_about(
    clip: Clip, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    assert publications.earlier(clip) == []
    drive(ask(clip, bob))
    with pytest.raises(publications.NotPossible, match="published there a moment ago"):
        ask(clip, bob, again=False)
    # Another platform is nobody's second time, and who knows of the first may do it.
    ask(clip, bob, {"tiktok": {"content": "Look"}}, again=False)
    UpstreamCall.objects.filter(state=CallState.READY).update(state=CallState.REJECTED, settled_at=timezone.now())
    assert ask(clip, bob, again=True).pk
    assert len(applied_publishes(sandbox, api_key)) == 1


@pytest.mark.parametrize("then", ["left", "sent again and refused"])
def test_one_of_unknown_outcome_still_warns(
    clip: Clip, waiting: Publication, bob: User, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    import uuid

    support.put(monkeypatch, support.Answering(sandbox.transport, support.is_publish, 502, b"<html>"))
    unknown = drive(waiting)
    support.sent_long_ago(unknown)
    if then == "left":
        publications.leave(publication=unknown, by=bob)
    else:
        publications.send_again(publication=unknown, by=bob, form_token=uuid.uuid4())
        refusal = {"error": "PAYMENT_REQUIRED", "message": "no credits"}
        support.put(monkeypatch, support.Answering(sandbox.transport, support.is_publish, 402, refusal))
        assert drive(unknown).state == PublicationState.FAILED
    assert [platform for platform, _row in publications.earlier(clip)] == ["youtube"]


def test_one_that_surely_was_not_sent_does_not(
    clip: Clip, waiting: Publication, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = {"error": "PAYMENT_REQUIRED", "message": "no credits"}
    support.put(monkeypatch, support.Answering(sandbox.transport, support.is_publish, 402, refusal))
    assert drive(waiting).state == PublicationState.FAILED
    assert publications.earlier(clip) == []


def test_a_request_that_cannot_be_made_is_refused_before_anything_is_begun(
    waiting: Publication, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    Publication.objects.update(platforms={"instagram": {"content": "no format"}})
    done = drive(waiting)
    assert done.state == PublicationState.FAILED
    assert "Nothing was posted" in done.problem
    assert done.call is not None and done.call.attempts == 0


def test_what_goes_wrong_after_it_went_out_is_no_refusal(
    waiting: Publication, api_key: ApiKey, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_how: object) -> None:
        raise ValueError("a mistake of ours")

    with monkeypatch.context() as patched, pytest.raises(ValueError):
        patched.setattr(publish_calls.publish_answers, "accept", fail)
        drive(waiting)
    assert UpstreamCall.objects.get().state == CallState.SENDING
    assert drive(waiting).state == PublicationState.UNKNOWN
    assert drive(waiting).state == PublicationState.SENT, "found in the feed"
    assert len(applied_publishes(sandbox, api_key)) == 1


def test_the_time_that_counts_is_the_last_that_was_promised_or_tried(team: Team) -> None:
    now = timezone.now()
    call = factories.make_call(team, operation="publish")
    post = factories.make_publication(team, call=call)
    with time_machine.travel(now + dt.timedelta(hours=2), tick=False):
        assert schedules.is_late(call, post)
        for field in ("not_before", "sent_at"):
            setattr(call, field, timezone.now() - schedules.LATE)
            assert not schedules.is_late(call, post)
            setattr(call, field, None)
