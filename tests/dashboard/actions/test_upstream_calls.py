from __future__ import annotations

import datetime as dt
import threading
import uuid
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from dashboard import crypto, pulse
from dashboard.actions import hook_addresses, permits, upstream_calls
from dashboard.models import LIVE_STATES, ApiKey, AuditEvent, CallState, Team, UpstreamCall, User
from providers.errors import (
    BadAnswer,
    NotSent,
    PaymentRequired,
    ProviderError,
    RateLimited,
    Unauthorised,
    UnknownOutcome,
)
from tests.factories import make_call, make_key

UPLOAD = "upload_magic_clips"


@pytest.fixture
def call(team: Team) -> UpstreamCall:
    return make_call(team)


def again(call: UpstreamCall) -> UpstreamCall:
    """The same row as another worker sees it."""
    return UpstreamCall.objects.get(pk=call.pk)


def seconds_ahead(call: UpstreamCall) -> float:
    call.refresh_from_db()
    assert call.next_look_at is not None
    return (call.next_look_at - timezone.now()).total_seconds()


def prepared(team: Team, key: ApiKey, by: User | None = None, **fields: Any) -> UpstreamCall:
    wanted: dict[str, Any] = {"operation": "publish", "target_id": uuid.uuid4(), "body": {"youtube": {}}} | fields
    return upstream_calls.prepare(team=team, api_key=key, by=by, **wanted)


# --- The intent -----------------------------------------------------------------------------------


def test_an_intent_is_due_audited_and_tied_to_the_keys_version(team: Team, alice: User) -> None:
    key = make_key(team, version=3)
    call = prepared(team, key, alice)
    assert (call.state, call.attempts, call.key_version, call.actor) == (CallState.READY, 0, 3, alice)
    assert call.next_look_at is not None
    assert AuditEvent.objects.get(verb="call.publish").actor == alice
    assert prepared(team, key, due=False).next_look_at is None


def test_each_intent_has_a_hook_token_of_its_own_kept_only_sealed(team: Team, api_key: ApiKey, settings: Any) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    first, second = prepared(team, api_key), prepared(team, api_key)
    url = hook_addresses.url(first)
    assert url is not None
    token = url.rpartition("/")[2]
    assert len(token) >= 43
    assert first.hook_hash == crypto.fingerprint(token) != second.hook_hash
    assert token not in first.hook_sealed
    # The sealed token of one call does not open for another.
    second.hook_sealed = first.hook_sealed
    with pytest.raises(crypto.CannotOpen):
        hook_addresses.url(second)


def test_the_same_form_sent_twice_is_one_intent(team: Team, api_key: ApiKey) -> None:
    token = uuid.uuid4()
    prepared(team, api_key, form_token=token)
    with pytest.raises(IntegrityError), transaction.atomic():
        prepared(team, api_key, form_token=token)
    assert UpstreamCall.objects.count() == 1


@pytest.mark.parametrize("state", LIVE_STATES)
def test_a_target_has_one_live_call_of_an_operation(team: Team, state: CallState) -> None:
    live = make_call(team, state=state)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_call(team, target_id=live.target_id)
    make_call(team, target_id=live.target_id, operation="export")
    make_call(team)


@pytest.mark.parametrize("state", [CallState.ACCEPTED, CallState.REJECTED, CallState.ABANDONED])
def test_after_it_is_settled_another_may_follow_but_supersede_it_only_once(team: Team, state: CallState) -> None:
    old = make_call(team, state=state)
    new = make_call(team, target_id=old.target_id, supersedes=old)
    upstream_calls.abandon(call=new, by=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_call(team, target_id=old.target_id, supersedes=old)


@pytest.mark.django_db(transaction=True)
def test_of_many_clicks_at_once_one_becomes_the_intent() -> None:
    team = Team.objects.create(name="T", slug="t")
    key, target, gate = make_key(team), uuid.uuid4(), threading.Barrier(8)
    outcomes: list[str] = []

    def click() -> None:
        gate.wait()
        try:
            prepared(team, key, target_id=target)
            outcomes.append("made")
        except IntegrityError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made"] + ["refused"] * 7
    assert UpstreamCall.objects.count() == 1
    assert AuditEvent.objects.count() == 1


# --- Sending --------------------------------------------------------------------------------------


def test_only_one_worker_begins(call: UpstreamCall) -> None:
    other = again(call)
    assert upstream_calls.begin(call)
    assert not upstream_calls.begin(other)
    assert (call.state, call.attempts) == (CallState.SENDING, 1)
    assert call.sent_at is not None


def test_a_call_whose_sender_died_is_due_when_its_lease_ends(call: UpstreamCall, settings: Any) -> None:
    settings.LEASE_SECONDS = 3
    for step in (upstream_calls.begin, upstream_calls.committing):
        began = timezone.now()
        assert step(call)
        assert call.next_look_at is not None
        assert 3 <= (call.next_look_at - began).total_seconds() < 4


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_at_once_one_begins() -> None:
    call = make_call(Team.objects.create(name="T", slug="t"))
    gate, won = threading.Barrier(8), []

    def work() -> None:
        mine = again(call)
        gate.wait()
        won.append(upstream_calls.begin(mine))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]


def test_committing_follows_sending_only(call: UpstreamCall) -> None:
    assert not upstream_calls.committing(call)
    upstream_calls.begin(call)
    assert upstream_calls.committing(call)
    assert not upstream_calls.committing(call)
    assert again(call).state == CallState.COMMITTING


def test_an_accepted_call_is_over(call: UpstreamCall) -> None:
    upstream_calls.begin(call)
    assert upstream_calls.accept(call, upstream_id="abc", reply={"id": "abc"})
    call = again(call)
    assert (call.state, call.upstream_id, call.reply, call.next_look_at) == ("accepted", "abc", {"id": "abc"}, None)
    assert call.hook_sealed == ""
    assert call.settled_at is not None
    assert not upstream_calls.accept(call, upstream_id="other", reply={})
    assert not upstream_calls.begin(call)
    assert not upstream_calls.abandon(call=call, by=None)
    assert again(call).upstream_id == "abc"
    assert AuditEvent.objects.filter(verb="call.accepted").count() == 1


# --- What an error means --------------------------------------------------------------------------


def begun(team: Team, **fields: Any) -> UpstreamCall:
    call = make_call(team, **fields)
    assert upstream_calls.begin(call)
    return call


def test_a_refusal_ends_it_and_says_why(team: Team) -> None:
    call = begun(team)
    error = PaymentRequired("Not enough credits.", advice="Buy some.", status=402)
    assert upstream_calls.fail(call, error) == CallState.REJECTED
    call = again(call)
    assert (call.problem, call.advice, call.status_code) == ("Not enough credits.", "Buy some.", 402)
    assert call.settled_at is not None
    assert call.next_look_at is None
    assert AuditEvent.objects.get(verb="call.rejected").data == {"problem": "Not enough credits."}


def test_an_unknown_outcome_is_looked_into_and_never_sent_again(team: Team) -> None:
    call = begun(team)
    upstream_calls.committing(call)
    assert upstream_calls.fail(call, UnknownOutcome("The answer was lost.")) == CallState.UNKNOWN
    assert 9 <= seconds_ahead(call) <= 11.5
    assert not upstream_calls.begin(call)
    assert upstream_calls.lost(call) == CallState.UNKNOWN


@pytest.mark.parametrize("error", [PaymentRequired("No credits."), NotSent("cut"), RateLimited("x", wait_seconds=9)])
def test_a_sender_taken_for_dead_that_hears_a_no_settles_the_unknown_outcome(team: Team, error: ProviderError) -> None:
    sender = begun(team)
    assert upstream_calls.lost(again(sender)) == CallState.UNKNOWN
    assert upstream_calls.fail(sender, error) == CallState.REJECTED
    settled = again(sender)
    assert (settled.problem, settled.next_look_at) == (error.message, None)
    assert settled.settled_at is not None


def test_a_no_to_an_earlier_attempt_settles_nothing(team: Team) -> None:
    first = begun(team, operation=UPLOAD)
    second = again(first)
    upstream_calls.lost(second)
    assert upstream_calls.begin(second)
    upstream_calls.committing(second)
    assert upstream_calls.lost(second) == CallState.UNKNOWN
    assert upstream_calls.fail(first, PaymentRequired("No credits.")) == CallState.UNKNOWN


def test_a_refused_key_is_no_fault_of_the_call_which_waits(team: Team) -> None:
    call = begun(team)
    assert upstream_calls.fail(call, Unauthorised("Submagic does not accept this API key.", status=401)) == "ready"
    assert 299 <= seconds_ahead(call) <= 331
    UpstreamCall.objects.update(attempts=upstream_calls.MAX_ATTEMPTS, state=CallState.SENDING)
    assert upstream_calls.fail(again(call), Unauthorised("Still not.", status=401)) == CallState.REJECTED


@pytest.mark.parametrize("settle", ["abandon", "refuse"])
def test_an_answer_that_comes_after_all_leaves_its_id_behind(team: Team, alice: User, settle: str) -> None:
    sender = begun(team)
    if settle == "abandon":
        upstream_calls.lost(again(sender))
        assert upstream_calls.abandon(call=again(sender), by=alice)
    else:
        upstream_calls.fail(again(sender), PaymentRequired("No credits."))
    assert not upstream_calls.accept(sender, upstream_id="paid-1", reply={})
    assert AuditEvent.objects.get(verb="call.appeared_later").data == {"upstream_id": "paid-1"}


def test_an_answer_that_was_found_before_it_came_is_no_news(team: Team) -> None:
    sender = begun(team)
    assert upstream_calls.accept(again(sender), upstream_id="abc", reply={"adopted": True})
    assert not upstream_calls.accept(sender, upstream_id="abc", reply={})
    assert not AuditEvent.objects.filter(verb="call.appeared_later").exists()
    assert not upstream_calls.accept(sender, upstream_id="another", reply={})
    assert AuditEvent.objects.filter(verb="call.appeared_later").count() == 1


@pytest.mark.parametrize("error", [NotSent("No connection."), BadAnswer("Not JSON.")])
def test_what_was_surely_not_applied_goes_again_five_times_at_most(team: Team, error: ProviderError) -> None:
    call = make_call(team)
    waits = []
    for attempt in range(1, upstream_calls.MAX_ATTEMPTS + 1):
        assert upstream_calls.begin(call)
        state = upstream_calls.fail(call, error)
        if attempt < upstream_calls.MAX_ATTEMPTS:
            assert state == CallState.READY
            waits.append(seconds_ahead(call))
    assert state == CallState.REJECTED
    assert waits == sorted(waits)
    assert sum(waits) > 5 * 60, "a short outage of the provider is outlived"
    assert again(call).attempts == upstream_calls.MAX_ATTEMPTS
    assert "not tried again" in again(call).advice


def test_a_caller_may_forbid_the_repetition(team: Team) -> None:
    call = begun(team)
    assert upstream_calls.fail(call, NotSent("no"), retry=False) == CallState.REJECTED


def test_a_rate_limit_is_waited_for_however_often_and_costs_no_attempt(team: Team) -> None:
    call = make_call(team)
    for _ in range(2 * upstream_calls.MAX_ATTEMPTS):
        assert upstream_calls.begin(call)
        assert upstream_calls.fail(call, RateLimited("Slow down.", wait_seconds=600)) == CallState.READY
        assert 599 <= seconds_ahead(call) <= 661
        assert not upstream_calls.begin(call)
        UpstreamCall.objects.update(not_before=timezone.now())
        call.refresh_from_db()
    assert upstream_calls.begin(call)
    assert upstream_calls.fail(call, NotSent("no")) == CallState.READY


def test_an_error_after_the_webhook_settled_it_changes_nothing(team: Team) -> None:
    call = begun(team)
    upstream_calls.accept(again(call), upstream_id="abc", reply={})
    assert upstream_calls.fail(call, UnknownOutcome("The answer was lost.")) == CallState.ACCEPTED
    assert upstream_calls.lost(call) == CallState.ACCEPTED
    assert again(call).upstream_id == "abc"


def test_a_long_message_is_cut_and_not_refused(team: Team) -> None:
    call = begun(team)
    upstream_calls.fail(call, PaymentRequired("x" * 5000, advice="y" * 5000))
    assert (len(again(call).problem), len(again(call).advice)) == (500, 500)


# --- A sender that died, or only seemed to ---------------------------------------------------------


def test_an_upload_that_was_cut_before_its_end_goes_again(team: Team) -> None:
    call = begun(team, operation=UPLOAD)
    assert upstream_calls.lost(again(call)) == CallState.READY
    assert upstream_calls.begin(again(call))


def test_an_upload_that_kills_its_worker_each_time_ends(team: Team) -> None:
    call = make_call(team, operation=UPLOAD)
    for _ in range(upstream_calls.MAX_ATTEMPTS - 1):
        assert upstream_calls.begin(call)
        assert upstream_calls.lost(call) == CallState.READY
    assert upstream_calls.begin(call)
    assert upstream_calls.lost(call) == CallState.REJECTED
    ended = again(call)
    assert (ended.next_look_at, ended.hook_sealed) == (None, "")
    assert "interrupted 5 times" in ended.problem
    assert "Nothing was created" in ended.advice
    assert AuditEvent.objects.filter(verb="call.rejected").count() == 1


def test_a_browser_that_stalls_costs_no_attempt(team: Team) -> None:
    call = make_call(team, operation=UPLOAD)
    for _ in range(3 * upstream_calls.MAX_ATTEMPTS):
        assert upstream_calls.begin(call)
        assert upstream_calls.lost(call, counts=False) == CallState.READY
    assert again(call).attempts == 0


def test_an_upload_that_was_complete_is_unknown(team: Team) -> None:
    call = begun(team, operation=UPLOAD)
    upstream_calls.committing(call)
    assert upstream_calls.lost(again(call)) == CallState.UNKNOWN


def test_lost_reads_the_state_again(team: Team) -> None:
    stale = begun(team, operation=UPLOAD)
    upstream_calls.committing(again(stale))
    assert upstream_calls.lost(stale) == CallState.UNKNOWN


@pytest.mark.parametrize("operation", ["publish", "export", "create_project"])
def test_any_other_call_that_was_being_sent_is_unknown(team: Team, operation: str) -> None:
    call = begun(team, operation=operation)
    assert upstream_calls.lost(again(call)) == CallState.UNKNOWN
    assert again(call).problem


@pytest.mark.parametrize("state", [CallState.READY, CallState.ACCEPTED, CallState.ABANDONED, CallState.REJECTED])
def test_lost_does_nothing_where_nothing_was_under_way(team: Team, state: CallState) -> None:
    call = make_call(team, state=state)
    assert upstream_calls.lost(call) == state


def test_a_paused_sender_cannot_complete_or_fail_the_attempt_of_its_successor(team: Team) -> None:
    """Paused for longer than its lease: another worker took the upload over and is sending it from the start."""
    paused = begun(team, operation=UPLOAD)
    successor = again(paused)
    upstream_calls.lost(successor)
    assert upstream_calls.begin(successor)

    assert not upstream_calls.committing(paused)
    assert upstream_calls.fail(paused, NotSent("cut")) == CallState.SENDING
    assert upstream_calls.lost(paused) == CallState.SENDING
    assert upstream_calls.committing(successor)
    assert upstream_calls.fail(paused, NotSent("cut")) == CallState.COMMITTING
    assert upstream_calls.accept(successor, upstream_id="abc", reply={})


# --- Evidence and persons -------------------------------------------------------------------------


def test_looks_for_evidence_come_at_growing_distances_and_end_after_a_day(team: Team) -> None:
    call = begun(team)
    upstream_calls.fail(call, UnknownOutcome("lost"))
    waits = []
    for _ in range(7):
        assert upstream_calls.no_evidence(call)
        waits.append(seconds_ahead(call))
    for wait, wanted in zip(waits, [30, 120, 300, 900, 3600, 3600, 3600], strict=True):
        assert wanted - 1 <= wait <= wanted * 1.1 + 1
    UpstreamCall.objects.update(sent_at=timezone.now() - dt.timedelta(hours=25))
    call = again(call)
    assert not upstream_calls.no_evidence(call)
    assert again(call).next_look_at is None
    assert again(call).state == CallState.UNKNOWN


def test_a_look_that_was_not_made_does_not_count(team: Team) -> None:
    call = begun(team)
    upstream_calls.fail(call, UnknownOutcome("lost"))
    upstream_calls.not_looked(call, 600)
    assert (again(call).looks, 599 <= seconds_ahead(call) <= 661) == (0, True)
    UpstreamCall.objects.update(sent_at=timezone.now() - dt.timedelta(hours=25))
    call = again(call)
    upstream_calls.not_looked(call, until_looked=True)
    assert 3599 <= seconds_ahead(call) <= 3961
    upstream_calls.not_looked(call)
    assert again(call).next_look_at is None


def test_a_person_gives_up_what_waits_or_is_unknown_but_not_what_is_under_way(team: Team, alice: User) -> None:
    waiting, unknown, sending = make_call(team), make_call(team, state=CallState.UNKNOWN), begun(team)
    assert upstream_calls.abandon(call=waiting, by=alice)
    assert upstream_calls.abandon(call=unknown, by=alice)
    assert not upstream_calls.abandon(call=sending, by=alice)
    assert not upstream_calls.begin(waiting)
    assert AuditEvent.objects.filter(verb="call.abandoned", actor=alice).count() == 2


def test_of_what_was_given_up_only_what_may_have_arrived_says_so(team: Team, alice: User) -> None:
    tried, unknown = begun(team), begun(team)
    upstream_calls.fail(tried, NotSent("no connection"))
    upstream_calls.fail(unknown, UnknownOutcome("lost"))
    for call in (tried, unknown):
        assert upstream_calls.abandon(call=call, by=alice)
    assert not again(tried).may_have_arrived
    assert again(unknown).may_have_arrived


# --- The database's own rules ---------------------------------------------------------------------


def test_no_code_can_invent_a_state(call: UpstreamCall) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        UpstreamCall.objects.update(state="maybe")


def test_no_code_can_settle_without_a_time(call: UpstreamCall) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        UpstreamCall.objects.update(state=CallState.ACCEPTED)


def test_a_key_with_calls_cannot_be_deleted(call: UpstreamCall) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        call.api_key.delete()


def test_what_was_not_understood_is_kept_without_the_calls_own_secret(call: UpstreamCall) -> None:
    """The answer to a creation echoes the webhook address, which is open while the outcome is unknown."""
    upstream_calls.begin(call)
    token = "Zq3_kA-" * 6
    said = '{"webhookUrl": "https://desk.example/h/' + token + '", "id": 5, "x": "\u2026"'
    upstream_calls.fail(call, UnknownOutcome("It could not be read.", advice="", sample=said, status=201))
    kept = again(call).sample
    assert token not in kept and "https://desk.example/h/…" in kept and '"id": 5' in kept


def test_another_attempt_begins_without_what_the_last_one_heard(call: UpstreamCall) -> None:
    UpstreamCall.objects.update(sample="502 Bad Gateway", status_code=502)
    call.refresh_from_db()
    upstream_calls.begin(call)
    upstream_calls.lost(call)
    assert (again(call).sample, again(call).status_code, again(call).state) == ("", None, CallState.UNKNOWN)


def test_nothing_that_is_shown_of_an_answer_holds_the_calls_own_address(call: UpstreamCall) -> None:
    token = "Zq3_kA-x" * 5 + "abc"
    upstream_calls.begin(call)
    quoted = f"could not register the webhook https://desk.example/h/{token}"
    upstream_calls.fail(call, UnknownOutcome(quoted, advice=quoted, sample=quoted))
    call.refresh_from_db()
    assert call.state == CallState.UNKNOWN
    for text in (call.problem, call.advice, call.sample):
        assert token not in text and "/h/…" in text


def test_a_desk_that_cannot_write_sends_nothing_and_leaves_no_question(
    call: UpstreamCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pulse, "note", full)
    with pytest.raises(permits.Withdrawn, match="disk may be full") as raised:
        upstream_calls.begin(call)
    assert raised.value.reason in permits.WAITS and "Nothing was sent" in raised.value.advice
    call.refresh_from_db()
    assert (call.state, call.attempts) == (CallState.READY, 0)
    assert call.next_look_at is not None and call.next_look_at > timezone.now()
