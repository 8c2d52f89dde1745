"""create by URL, export, publish now, scheduled publish: each fault, against what the sandbox really did."""

from __future__ import annotations

import datetime as dt

import httpx
import pytest
from django.utils import timezone

from dashboard import needs
from dashboard.actions import api_keys
from dashboard.actions.call_outcomes import AGAIN_AFTER, MAX_ATTEMPTS
from dashboard.models import ApiKey, CallState, Membership, Role, User
from publishing_app.actions import schedules
from publishing_app.models import Publication, PublicationState
from tests import factories
from tests.matrix import wire as faults
from tests.matrix.failing import DISK_FULL, LOCKED, refusing
from tests.matrix.sending import ALL, CREATE, EXPORT, FILM, LATER, NOW, MakeStep, Step
from tests.matrix.table import cell

pytestmark = pytest.mark.django_db
CALLS = "dashboard_upstreamcall"


def unknown(it: Step) -> None:
    """Not known to a machine, and never sent again by one: it says so, and looks for evidence."""
    call = it.call
    assert call.state == CallState.UNKNOWN
    assert call.next_look_at is not None
    assert "unknown" in it.told
    posts = len(it.wire.posts)
    for _ in range(3):
        it.deliver()
    assert len(it.wire.posts) == posts


def accepted(it: Step, *, times: int = 1) -> None:
    call = it.call
    assert (call.state, len(it.done_there)) == (CallState.ACCEPTED, times), it.told
    assert call.upstream_id
    it.deliver()
    assert len(it.done_there) == times


@cell(ALL, "kill -9")
def test_the_sender_is_killed_before_the_answer_is_stored(step: str, step_of: MakeStep) -> None:
    it = step_of(step)
    it.wish()
    it.wire.break_next(faults.killed_after, hits=faults.is_post)
    with pytest.raises(faults.Killed):
        it.deliver()
    assert it.call.state == CallState.SENDING
    it.deliver()  # the lease is over: another worker finds the row
    unknown(it)
    assert len(it.done_there) == 1


@cell(LATER, "kill -9")
def test_a_worker_that_was_dead_over_its_time_sends_only_what_is_not_late(step: str, step_of: MakeStep) -> None:
    it = step_of(step)
    it.wish()
    it.pass_time(dt.timedelta(minutes=14))
    it.deliver()
    accepted(it)


@cell(ALL, "disk full")
@pytest.mark.django_db(transaction=True)
def test_no_request_starts_without_a_stored_beginning(step: str, step_of: MakeStep) -> None:
    it = step_of(step)
    it.wish()
    with refusing(DISK_FULL, writes=CALLS, times=99) as refused:
        it.deliver()
    assert refused and it.wire.posts == [] and it.call.state in (CallState.READY, CallState.DRAFT)
    it.pass_time(dt.timedelta(minutes=2))
    it.deliver()
    accepted(it)


@cell(ALL, "DB locked")
@pytest.mark.django_db(transaction=True)
def test_a_locked_database_sends_nothing_and_loses_nothing(step: str, step_of: MakeStep) -> None:
    it = step_of(step)
    it.wish()
    with refusing(LOCKED, writes=CALLS) as refused:
        it.deliver()
    assert len(refused) == 1 and it.wire.posts == []
    it.pass_time(dt.timedelta(minutes=2))
    it.deliver()
    accepted(it)


@cell(ALL, "net cut")
def test_a_connection_that_never_was_goes_again_five_times_at_most(step: str, step_of: MakeStep) -> None:
    it = step_of(step)
    it.wish()
    it.wire.break_next(faults.no_connection, hits=faults.is_post, times=MAX_ATTEMPTS)
    for number in range(MAX_ATTEMPTS):
        assert it.call.state in (CallState.READY, CallState.DRAFT), number
        it.deliver()
        it.pass_time(dt.timedelta(seconds=AGAIN_AFTER[min(number, 3)] * 1.2))
    assert it.call.state == CallState.REJECTED and it.done_there == []
    assert "again" in it.told


@cell(ALL, "net cut")
def test_a_cut_after_the_request_is_unknown(step: str, step_of: MakeStep) -> None:
    it = step_of(step)
    it.wish()
    it.wire.break_next(faults.cut_after, hits=faults.is_post)
    it.deliver()
    unknown(it)
    assert len(it.done_there) == 1


@cell(ALL, "time-out")
def test_a_time_out_is_unknown(step: str, step_of: MakeStep) -> None:
    it = step_of(step)
    it.wish()
    it.wire.break_next(faults.timed_out, hits=faults.is_post)
    it.deliver()
    unknown(it)


@cell(ALL, "5xx")
def test_a_fault_of_the_provider_is_unknown(step: str, step_of: MakeStep) -> None:
    it = step_of(step)
    it.wish()
    it.wire.break_next(faults.answer(502, "<html>bad gateway</html>"), hits=faults.is_post)
    it.deliver()
    unknown(it)


@cell(ALL, "bad JSON")
def test_a_yes_that_cannot_be_read_is_unknown(step: str, step_of: MakeStep) -> None:
    it = step_of(step)
    it.wish()
    it.wire.break_next(faults.unreadable_after, hits=faults.is_post)
    it.deliver()
    unknown(it)
    assert len(it.done_there) == 1


@cell(ALL, "4xx")
def test_a_refusal_is_final_and_says_what_to_do(step: str, step_of: MakeStep) -> None:
    it = step_of(step)
    it.wish()
    it.wire.break_next(faults.NO_CREDITS, hits=faults.is_post)
    it.deliver()
    call = it.call
    assert (call.state, call.status_code) == (CallState.REJECTED, 402)
    assert call.problem and call.advice and "credits" in it.told
    it.deliver()
    assert len(it.wire.posts) == 1 and it.done_there == []


@cell(ALL, "429")
def test_a_full_hour_is_waited_for(step: str, step_of: MakeStep) -> None:
    it = step_of(step)
    it.wish()
    it.wire.break_next(faults.WAIT_600, hits=faults.is_post)
    it.deliver()
    before = it.call
    assert before.state == CallState.READY and before.attempts == 0
    assert before.not_before is not None and before.not_before >= timezone.now() + dt.timedelta(seconds=600)
    it.pass_time(dt.timedelta(seconds=590))
    it.deliver()
    assert len(it.wire.posts) == 1  # not a second early
    it.pass_time(dt.timedelta(seconds=75))
    it.deliver()
    accepted(it)


@cell(LATER, "429")
def test_a_wait_that_makes_it_late_asks_a_person(step: str, step_of: MakeStep) -> None:
    it = step_of(step)
    it.wish()
    it.pass_time(dt.timedelta(minutes=10))
    it.wire.break_next(faults.WAIT_600, hits=faults.is_post)
    it.deliver()
    it.pass_time(dt.timedelta(minutes=12))
    it.deliver()
    assert it.call.state == CallState.DRAFT and it.call.next_look_at is None
    assert Publication.objects.get(call=it.call_id).state == PublicationState.MISSED
    assert it.done_there == []


@cell(ALL, "accepted, reply lost")
def test_evidence_settles_what_no_answer_told(step: str, step_of: MakeStep) -> None:
    it = step_of(step)
    it.wish()
    hook = it.hook
    it.wire.break_next(faults.cut_after, hits=faults.is_post)
    it.deliver()
    unknown(it)
    if step == CREATE:  # there is no list of projects: only its own message names it
        assert it.hear(it.done_there[0]["projectId"], path=hook) == ["confirmed"]
    else:
        it.look()
    accepted(it)
    if step in (NOW, LATER):
        assert Publication.objects.get(call=it.call_id).matched_by_us
    else:
        assert it.call.upstream_id == it.done_there[0]["projectId"]


@cell([CREATE, EXPORT], "dup or late hook")
def test_a_message_that_comes_twice_or_late_changes_nothing(step: str, step_of: MakeStep) -> None:
    it = step_of(step)
    it.wish()
    hook = it.hook
    it.deliver()
    accepted(it)
    project = it.call.upstream_id
    for status in ("completed", "completed", "processing"):
        it.hear(project, status, path=hook)
    it.pass_time(dt.timedelta(minutes=5))
    accepted(it)
    events = it.call.webhook_events.all()
    assert events.count() == 2  # the same body is the same message, for ever


@cell([CREATE, EXPORT], "forged")
def test_a_message_that_is_not_true_is_not_believed(step: str, step_of: MakeStep) -> None:
    it = step_of(step)
    foreign = it.finished_project().upstream_id
    it.wish()
    hook = it.hook
    it.wire.break_next(faults.timed_out, hits=faults.is_post)
    it.deliver()
    unknown(it)
    assert it.hear(foreign, path=hook) == ["not_confirmed"]
    assert it.call.state == CallState.UNKNOWN
    assert it.call.upstream_id != foreign


@cell(ALL, "clock")
def test_a_clock_that_jumps_sends_nothing_early_and_nothing_twice(step: str, step_of: MakeStep) -> None:
    it = step_of(step)
    it.wish()
    if step == LATER:
        it.clock.shift(dt.timedelta(days=-1))  # the machine was set back: its time has not come
        it.deliver()
        assert it.wire.posts == [] and it.call.state == CallState.DRAFT
        it.clock.shift(dt.timedelta(days=1))
    it.deliver()
    accepted(it)
    for jump in (-1, 1, 1):
        it.clock.shift(dt.timedelta(days=jump))
        it.deliver()
    accepted(it)


@cell(LATER, "clock")
def test_a_clock_that_jumps_a_day_ahead_sends_nothing_late_unasked(step: str, step_of: MakeStep) -> None:
    it = step_of(step)
    it.wish()
    it.clock.shift(dt.timedelta(days=1))
    for _ in range(schedules.TRIES + 1):
        it.clock.shift(schedules.AGAIN_AFTER)
        it.deliver()
    assert it.wire.posts == [] and it.call.state == CallState.DRAFT and it.call.next_look_at is None


@cell([EXPORT, FILM, NOW, LATER], "project deleted")
def test_a_project_that_is_gone_ends_what_waits_about_it(step: str, step_of: MakeStep) -> None:
    it = step_of(step)
    it.wish()
    it.wire.break_next(faults.NO_PROJECT, hits=faults.is_post)
    it.deliver()
    assert (it.call.state, it.call.status_code) == (CallState.REJECTED, 404)
    assert it.call.problem and it.call.advice and it.done_there == []
    it.deliver()
    assert len(it.wire.posts) == 1


def ended(it: Step) -> None:
    """Nothing went out and nothing will by itself: a post is held for whoever is in charge now (R17), of the rest the
    project tells, with a button to send it again."""
    assert it.wire.posts == [] and it.done_there == []
    held = it.call.operation == "publish"
    assert it.call.state == (CallState.DRAFT if held else CallState.ABANDONED) and it.call.next_look_at is None
    if held:
        ada = factories.make_member(it.call.team, Role.ADMIN, name="Ada")
        found = needs.of_team(it.call.team, Membership.objects.get(user=ada))
        assert [need.title for need in found if need.key == f"call-{it.call.pk}"] == ["A post is on hold"]


@cell(ALL, "key revoked")
def test_a_removed_key_is_used_no_more(step: str, step_of: MakeStep, alice: User) -> None:
    it = step_of(step)
    it.wish()
    api_keys.remove(key=it.key, by=alice, confirmed=True)
    it.deliver()
    ended(it)
    assert "key" in it.told


@cell(ALL, "key revoked")
def test_a_refused_key_parks_it_until_one_works(step: str, step_of: MakeStep) -> None:
    it = step_of(step)
    it.wish()
    for ending in ("/languages", "/published", "/me"):
        it.wire.break_next(faults.NO_KEY, hits=faults.ends_with(ending), times=9)
    it.wire.break_next(faults.NO_KEY, hits=faults.is_post)
    it.deliver()
    assert ApiKey.objects.get(pk=it.key.pk).state == ApiKey.State.INVALID
    assert it.call.state == CallState.READY and it.done_there == []
    asked = len(it.wire.sent)
    it.deliver()
    assert len(it.wire.sent) == asked  # nothing more is asked with it
    it.wire.mend()
    ApiKey.objects.update(state=ApiKey.State.VALID)
    it.pass_time(dt.timedelta(minutes=6))
    it.deliver()
    accepted(it)


@cell(ALL, "member removed")
def test_what_a_removed_member_asked_for_does_not_go_out(step: str, step_of: MakeStep, bob: User) -> None:
    it = step_of(step)
    it.wish()
    Membership.objects.filter(user=bob).delete()
    it.deliver()
    ended(it)
    assert "may no" in it.told or "may not" in it.told


@cell(ALL, "member removed")
def test_what_was_sent_or_is_unknown_goes_on_under_the_team(step: str, step_of: MakeStep, bob: User) -> None:
    it = step_of(step)
    it.wish()
    it.wire.break_next(faults.cut_after, hits=faults.is_post)
    it.deliver()
    Membership.objects.filter(user=bob).delete()
    unknown(it)
    assert isinstance(it.wire.posts[0], httpx.Request)
