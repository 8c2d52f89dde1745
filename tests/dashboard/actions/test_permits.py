from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from dashboard.actions import api_keys, permits, upstream_calls
from dashboard.actions.permits import Reason
from dashboard.models import ApiKey, CallState, Membership, Role, Team, UpstreamCall, User
from tests.factories import make_call, make_key, make_member


@pytest.fixture
def call(team: Team, bob: User, api_key: ApiKey) -> UpstreamCall:
    return make_call(team, actor=bob)


def why_not(call: UpstreamCall) -> Reason | None:
    try:
        permits.check(call)
    except permits.Withdrawn as error:
        assert error.problem
        return error.reason
    return None


def test_it_may_go_while_nothing_was_taken_away(call: UpstreamCall) -> None:
    assert why_not(call) is None


@pytest.mark.parametrize(("role", "reason"), [(Role.REVIEWER, Reason.PERSON), (Role.EDITOR, None), (Role.OWNER, None)])
def test_the_role_counts_at_this_moment(call: UpstreamCall, role: Role, reason: Reason | None) -> None:
    Membership.objects.update(role=role)
    assert why_not(call) is reason


def test_who_left_or_was_closed_out_sends_nothing(call: UpstreamCall, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)  # the call still holds the person as they were
    assert why_not(call) is Reason.PERSON
    User.objects.filter(pk=bob.pk).update(is_active=True)
    Membership.objects.all().delete()
    assert why_not(call) is Reason.PERSON


def test_another_teams_role_is_worth_nothing(call: UpstreamCall, bob: User, other_team: Team) -> None:
    Membership.objects.all().delete()
    make_member(other_team, Role.OWNER, bob)
    assert why_not(call) is Reason.PERSON


def test_nobodys_call_does_not_go(team: Team) -> None:
    assert why_not(make_call(team)) is Reason.PERSON


@pytest.mark.parametrize(
    ("state", "reason"), [(ApiKey.State.INVALID, Reason.KEY_REFUSED), (ApiKey.State.REVOKED, Reason.KEY_REMOVED)]
)
def test_the_key_counts_at_this_moment(call: UpstreamCall, state: ApiKey.State, reason: Reason) -> None:
    ApiKey.objects.update(state=state)
    assert why_not(call) is reason


def test_a_client_made_of_the_old_key_is_not_used(call: UpstreamCall) -> None:
    assert call.api_key.version == 1
    ApiKey.objects.update(version=2)
    assert why_not(call) is Reason.KEY_REPLACED
    call.refresh_from_db()
    assert why_not(call) is None


def test_what_is_withdrawn_is_neither_begun_nor_completed(call: UpstreamCall) -> None:
    ApiKey.objects.update(state=ApiKey.State.INVALID)
    with pytest.raises(permits.Withdrawn):
        upstream_calls.begin(call, check=permits.check)
    call.refresh_from_db()
    assert (call.state, call.attempts, call.sent_at) == (CallState.READY, 0, None)
    assert upstream_calls.begin(call)
    with pytest.raises(permits.Withdrawn):
        upstream_calls.committing(call, check=permits.check)
    call.refresh_from_db()
    assert call.state == CallState.SENDING


def test_an_attempt_names_the_key_it_was_made_with(call: UpstreamCall) -> None:
    ApiKey.objects.update(version=4)
    call = UpstreamCall.objects.get()
    assert upstream_calls.begin(call, check=permits.check)
    assert UpstreamCall.objects.get().key_version == 4


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_a_key_removed_meanwhile_waits_until_the_call_has_gone_or_comes_first() -> None:
    team = Team.objects.create(name="T", slug="t")
    bob, key = make_member(team, Role.ADMIN), make_key(team)
    call = make_call(team, actor=bob)
    asked, removed = threading.Event(), threading.Event()

    def remove() -> None:
        assert asked.wait(10)
        api_keys.remove(key=key, by=bob, confirmed=True)
        removed.set()
        connection.close()

    thread = threading.Thread(target=remove)
    thread.start()
    with transaction.atomic():
        permits.check(call)
        asked.set()
        assert not removed.wait(0.3), "the key is held until the call is begun"
        assert upstream_calls.begin(call)
    thread.join(10)
    assert removed.is_set()
    assert ApiKey.objects.get().state == ApiKey.State.REVOKED
