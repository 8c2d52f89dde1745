"""Closing every webhook address of a team: what was given out is dead at once, what goes out later works."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from dashboard import crypto
from dashboard.actions import hook_addresses, upstream_calls
from dashboard.models import ApiKey, AuditEvent, CallState, Team, UpstreamCall, User
from projects_app.actions import hook_door
from tests import factories


@pytest.fixture(autouse=True)
def _public(settings: Any) -> None:
    settings.PUBLIC_URL = "https://desk.harbour.example"


def token_of(call: UpstreamCall, *, to_send: bool = False) -> str:
    url = (hook_addresses.url_to_send if to_send else hook_addresses.url)(call)
    assert url is not None
    return url.rpartition("/")[2]


def test_what_was_given_out_is_closed_for_that_team_alone(
    team: Team, other_team: Team, alice: User, api_key: ApiKey
) -> None:
    tokens = [token_of(factories.make_call(team, state=state)) for state in ("accepted", "unknown", "sending")]
    theirs = token_of(factories.make_call(other_team, state="accepted"))
    assert all(hook_door.call_of(token) for token in tokens)
    hook_addresses.close_all(team=team, by=alice)
    assert [hook_door.call_of(token) for token in tokens] == [None] * 3
    assert hook_door.call_of(theirs) is not None


def test_it_is_written_down_with_who_and_when(team: Team, alice: User) -> None:
    before = timezone.now()
    hook_addresses.close_all(team=team, by=alice)
    team.refresh_from_db()
    assert team.hooks_closed_at is not None
    assert team.hooks_closed_at >= before
    assert AuditEvent.objects.for_team(team).get(verb="webhook.closed_all").actor == alice


def test_a_request_made_later_has_an_address_that_works(team: Team, alice: User, api_key: ApiKey) -> None:
    hook_addresses.close_all(team=team, by=alice)
    target = factories.make_project(team).pk
    call = upstream_calls.prepare(
        team=team, api_key=api_key, operation="create_project", target_id=target, body={}, by=alice
    )
    assert hook_door.call_of(token_of(call)) == call


def test_one_that_waits_to_be_sent_goes_out_with_another_address(team: Team, alice: User, api_key: ApiKey) -> None:
    call = factories.make_call(team, state=CallState.READY)
    old = token_of(call)
    hook_addresses.close_all(team=team, by=alice)
    new = token_of(call, to_send=True)
    assert new != old
    stored = UpstreamCall.objects.get(pk=call.pk)
    assert stored.hook_hash == crypto.fingerprint(new)
    assert hook_door.call_of(new) == call
    assert hook_door.call_of(old) is None


def test_a_team_read_before_the_closing_makes_no_address_that_stays_dead(
    team: Team, alice: User, api_key: ApiKey
) -> None:
    """The closing came between reading the team and writing the call."""
    stale = Team.objects.get(pk=team.pk)
    hook_addresses.close_all(team=team, by=alice)
    call = upstream_calls.prepare(
        team=stale, api_key=api_key, operation="create_project", target_id=api_key.pk, body={}, by=alice
    )
    assert hook_door.call_of(token_of(call, to_send=True)) == call


def test_an_address_that_is_open_goes_out_as_it_is(team: Team, api_key: ApiKey) -> None:
    call = factories.make_call(team)
    assert token_of(call, to_send=True) == token_of(call)


@pytest.mark.parametrize("state", ["sending", "committing", "unknown"])
def test_one_that_is_out_already_keeps_the_address_that_its_project_echoes(
    team: Team, alice: User, api_key: ApiKey, state: str
) -> None:
    """A person may still paste the project's id, and the echo proves it."""
    call = factories.make_call(team, state=state)
    old = token_of(call)
    hook_addresses.close_all(team=team, by=alice)
    assert token_of(call, to_send=True) == old
    assert UpstreamCall.objects.get(pk=call.pk).hook_hash == crypto.fingerprint(old)


def test_of_two_senders_one_makes_the_new_address(team: Team, alice: User, api_key: ApiKey) -> None:
    call = factories.make_call(team)
    first, second = UpstreamCall.objects.get(pk=call.pk), UpstreamCall.objects.get(pk=call.pk)
    hook_addresses.close_all(team=team, by=alice)
    assert token_of(first, to_send=True) == token_of(second, to_send=True)


def test_one_without_an_address_gets_none(team: Team, alice: User, api_key: ApiKey) -> None:
    call = factories.make_call(team, state="accepted")
    UpstreamCall.objects.update(hook_sealed="")
    call.refresh_from_db()
    hook_addresses.close_all(team=team, by=alice)
    assert hook_addresses.url_to_send(call) is None


@pytest.mark.django_db(transaction=True)
def test_closing_twice_at_once_closes_twice(team: Team, alice: User) -> None:
    def close() -> None:
        try:
            hook_addresses.close_all(team=Team.objects.get(pk=team.pk), by=alice)
        finally:
            connection.close()

    threads = [threading.Thread(target=close) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    team.refresh_from_db()
    assert team.hook_round == 4
    assert AuditEvent.objects.filter(verb="webhook.closed_all").count() == 4


def test_without_a_public_address_none_is_given_and_that_is_remembered(
    team: Team, api_key: ApiKey, settings: Any
) -> None:
    before, settings.PUBLIC_URL = settings.PUBLIC_URL, ""
    call = factories.make_call(team, state=CallState.READY, operation="create_project")
    assert hook_addresses.url_to_send(call) is None
    call.refresh_from_db()
    assert not call.hook_sealed and not hook_addresses.is_given(call)
    settings.PUBLIC_URL = before
    UpstreamCall.objects.update(state=CallState.UNKNOWN)
    assert not hook_addresses.is_given(UpstreamCall.objects.get()), "what went out is what counts"
    # One that was surely not done goes out again, now with an address.
    UpstreamCall.objects.update(state=CallState.READY)
    call = UpstreamCall.objects.get()
    assert hook_door.call_of(token_of(call, to_send=True)) == call
    assert hook_addresses.is_given(UpstreamCall.objects.get())
