"""Drafts of calls: of the clock that sends one and the person who takes it back exactly one wins."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from dashboard.actions import held_calls
from dashboard.models import AuditEvent, CallState, Team, UpstreamCall, User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(team: Team) -> UpstreamCall:
    at = timezone.now() + dt.timedelta(hours=1)
    return factories.make_call(
        team, operation="publish", state=CallState.DRAFT, target_id=uuid.uuid4(), not_before=at, next_look_at=at
    )


def test_its_time_makes_it_ready_and_is_remembered(call: UpstreamCall) -> None:
    at = call.not_before
    assert held_calls.release(call)
    call.refresh_from_db()
    assert (call.state, call.not_before) == (CallState.READY, at)
    assert call.next_look_at is not None and call.next_look_at <= timezone.now()
    assert not held_calls.release(call), "once"


def test_two_of_one_target_are_not_live_together(call: UpstreamCall, team: Team) -> None:
    factories.make_call(team, operation="publish", state=CallState.READY, target_id=call.target_id)
    with pytest.raises(IntegrityError), transaction.atomic():
        held_calls.release(call)
    call.refresh_from_db()
    assert call.state == CallState.DRAFT


def test_another_time_and_whose_rights_count(call: UpstreamCall, bob: User) -> None:
    later = timezone.now() + dt.timedelta(days=2)
    assert held_calls.keep(call, at=later, by=bob, body={"title": "new"})
    call.refresh_from_db()
    assert (call.not_before, call.next_look_at, call.actor, call.body) == (later, later, bob, {"title": "new"})


@pytest.mark.parametrize("state", [CallState.SENDING, CallState.COMMITTING, CallState.UNKNOWN, CallState.ACCEPTED])
def test_what_is_on_its_way_or_over_is_left_alone(team: Team, bob: User, state: CallState) -> None:
    call = factories.make_call(team, state=state)
    assert not held_calls.release(call)
    assert not held_calls.keep(call, at=timezone.now(), by=bob, body={})
    assert not held_calls.cannot(call, problem="gone", advice="")
    assert not held_calls.wait_for_a_person(call, problem="late", advice="")
    assert UpstreamCall.objects.get(pk=call.pk).state == state and not AuditEvent.objects.exists()


@pytest.mark.parametrize("state", [CallState.DRAFT, CallState.READY])
def test_what_can_never_go_out_ends_and_is_told(team: Team, state: CallState) -> None:
    call = factories.make_call(team, state=state)
    assert held_calls.cannot(call, problem="The project was deleted." + "x" * 600, advice="Make a new one.")
    call.refresh_from_db()
    assert call.settled_at is not None and not call.is_live and len(call.problem) == 500
    assert AuditEvent.objects.get().verb == "call.cannot"


def test_what_waits_for_a_person_is_sent_by_nothing_else(team: Team) -> None:
    call = factories.make_call(team, state=CallState.READY)
    assert held_calls.wait_for_a_person(call, problem="It is late.", advice="Send it or leave it.")
    call.refresh_from_db()
    assert (call.state, call.next_look_at, call.problem) == (CallState.DRAFT, None, "It is late.")
