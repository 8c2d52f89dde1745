from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from dashboard import pulse
from dashboard.actions import permits, restores, upstream_calls
from dashboard.actions.permits import Reason
from dashboard.models import ApiKey, AuditEvent, CallState, Epoch, Team, UpstreamCall, User
from dashboard.pulse import Sign
from tests import factories

pytestmark = pytest.mark.django_db


def restore() -> None:
    """An older backup is in place of the database, as a worker's next beat finds it."""
    pulse.note(), pulse.note()
    Epoch.objects.filter(pk=1).update(pulse=1)
    assert restores.watch()


@pytest.mark.parametrize("state", [CallState.READY, CallState.SENDING, CallState.COMMITTING])
def test_calls_on_their_way_are_in_doubt(team: Team, state: CallState) -> None:
    call = factories.make_call(team, state=state, not_before=timezone.now() + dt.timedelta(hours=1))
    restore()
    call.refresh_from_db()
    assert call.state == CallState.UNKNOWN
    assert call.sent_at == call.created_at  # evidence counts from the earliest time at which it can have gone out
    assert call.next_look_at is not None and call.not_before is None
    assert "restored from a backup" in call.problem and "Nothing is sent again" in call.advice


@pytest.mark.parametrize("state", [CallState.ACCEPTED, CallState.REJECTED, CallState.UNKNOWN, CallState.ABANDONED])
def test_what_is_over_or_waits_for_a_person_stays(team: Team, state: CallState) -> None:
    call = factories.make_call(team, state=state, next_look_at=None, problem="as it was")
    restore()
    call.refresh_from_db()
    assert (call.state, call.problem) == (state, "as it was")


def test_of_posts_on_hold_somebody_may_have_sent_one_since(team: Team) -> None:
    """“Nothing was posted. Send it now” would be believed, and might be public a second time."""
    at = timezone.now() - dt.timedelta(days=1)
    missed = factories.make_call(
        team, operation="publish", state=CallState.DRAFT, not_before=at, next_look_at=None, problem="too late"
    )
    restore()
    missed.refresh_from_db()
    assert missed.state == CallState.DRAFT and missed.next_look_at is None
    assert missed.may_have_arrived and "restored from a backup" in missed.problem


def test_a_post_to_come_waits_for_a_person(team: Team) -> None:
    at = timezone.now() + dt.timedelta(days=1)
    call = factories.make_call(team, operation="publish", state=CallState.DRAFT, not_before=at, next_look_at=at)
    restore()
    call.refresh_from_db()
    assert call.state == CallState.DRAFT and call.next_look_at is None
    assert call.may_have_arrived  # somebody may have sent it at once after the backup
    assert "taken back" in call.problem


def test_a_post_whose_time_has_passed_is_looked_for(team: Team) -> None:
    at = timezone.now() - dt.timedelta(hours=2)
    call = factories.make_call(team, operation="publish", state=CallState.DRAFT, not_before=at, next_look_at=at)
    restore()
    call.refresh_from_db()
    assert call.state == CallState.UNKNOWN and call.sent_at == at


def test_two_posts_of_a_video_whose_times_have_passed(team: Team) -> None:
    """One call in flight for a video: the second one waits for a person."""
    at = timezone.now() - dt.timedelta(hours=2)
    calls = [
        factories.make_call(
            team, operation="publish", state=CallState.DRAFT, not_before=at, next_look_at=at, target_id=team.pk
        )
        for _ in range(2)
    ]
    restore()
    states = [UpstreamCall.objects.get(pk=call.pk).state for call in calls]
    assert states == [CallState.UNKNOWN, CallState.DRAFT]
    assert UpstreamCall.objects.get(pk=calls[1].pk).next_look_at is None


def test_nothing_begins_before_an_admin_lets_it_go_on(team: Team, bob: User, alice: User) -> None:
    factories.make_call(team, state=CallState.ACCEPTED)
    restore()
    call = factories.make_call(team, actor=bob)
    with pytest.raises(permits.Withdrawn) as held:
        upstream_calls.begin(call, check=permits.check)
    assert held.value.reason is Reason.RESTORED and "restored from a backup" in held.value.problem
    assert UpstreamCall.objects.get(pk=call.pk).state == CallState.READY
    assert restores.confirm(team=team, by=alice)
    assert upstream_calls.begin(call, check=permits.check)


def test_nothing_begins_in_the_seconds_before_a_worker_notices(team: Team, bob: User) -> None:
    call = factories.make_call(team, actor=bob)
    pulse.note(), pulse.note()
    Epoch.objects.filter(pk=1).update(pulse=1)
    with pytest.raises(permits.Withdrawn):
        upstream_calls.begin(call, check=permits.check)


def test_beginning_a_call_raises_the_pulse_first(team: Team, bob: User, settings: Any) -> None:
    call = factories.make_call(team, actor=bob)
    before = pulse.note()
    assert upstream_calls.begin(call, check=permits.check)
    assert Epoch.current().pulse == before + 1
    assert f'"pulse": {before + 1}' in Path(settings.PULSE_FILE).read_text()


def test_it_is_found_once(team: Team) -> None:
    factories.make_call(team)
    restore()
    assert not restores.watch()
    assert not restores.watch()
    assert Epoch.current().number == 2


def test_a_backup_restored_a_second_time_is_held_again(team: Team, alice: User) -> None:
    factories.make_call(team)
    restore()
    restores.confirm(team=team, by=alice)
    pulse.note()
    Epoch.objects.filter(pk=1).update(pulse=1)
    assert restores.watch()
    team.refresh_from_db()
    assert team.held_since is not None and Epoch.current().number == 3


def test_no_teams_row_tells_how_much_another_has(team: Team, other_team: Team) -> None:
    factories.make_call(team)
    restore()
    events = AuditEvent.objects.filter(verb="desk.restored")
    assert {event.team for event in events} == {team, other_team}
    assert [event.data for event in events] == [{}, {}]


def test_each_team_goes_on_by_itself(team: Team, other_team: Team, alice: User) -> None:
    factories.make_call(team)
    restore()
    assert restores.confirm(team=team, by=alice)
    assert not restores.confirm(team=team, by=alice)
    other_team.refresh_from_db()
    assert other_team.held_since is not None
    verbs = list(AuditEvent.objects.for_team(team).order_by("id").values_list("verb", "actor"))
    assert verbs[-2:] == [("desk.restored", None), ("desk.goes_on", alice.pk)]


def test_the_lists_of_posts_are_read_anew(team: Team, api_key: ApiKey) -> None:
    ApiKey.objects.update(feed_synced_at=timezone.now(), feed_sweep={"cursor": "x"}, next_look_at=None)
    factories.make_call(team)
    restore()
    api_key.refresh_from_db()
    assert api_key.feed_synced_at is None and api_key.feed_sweep == {}
    assert api_key.next_look_at is not None and api_key.next_look_at <= timezone.now()


def test_what_was_asked_meanwhile_goes_at_once(team: Team, alice: User) -> None:
    factories.make_call(team, state=CallState.ACCEPTED)
    restore()
    later = timezone.now() + dt.timedelta(minutes=5)
    parked = factories.make_call(team, next_look_at=later)
    of_a_relay = factories.make_call(team, operation="upload_project", next_look_at=None)
    waits = factories.make_call(team, next_look_at=later, not_before=later)
    upload = factories.make_upload(factories.make_project(team), not_before=later, next_look_at=later)
    restores.confirm(team=team, by=alice)
    for row in (parked, of_a_relay, waits, upload):
        row.refresh_from_db()
    assert parked.next_look_at <= timezone.now() and upload.next_look_at <= timezone.now()
    assert upload.not_before is None
    assert of_a_relay.next_look_at is None and waits.next_look_at == later


def test_an_operator_says_so(team: Team, capsys: pytest.CaptureFixture[str]) -> None:
    factories.make_call(team)
    call_command("restored")
    team.refresh_from_db()
    assert team.held_since is not None and Epoch.current().sign == Sign.SAID
    assert "held for 1 team" in capsys.readouterr().out


def test_what_people_see_says_the_same_at_once(
    team: Team, api_key: ApiKey, django_capture_on_commit_callbacks: Any
) -> None:
    """Not only once the calls are looked for: until then a page would say that something is under way."""
    made, exported = (factories.make_project(team, state=state) for state in ("queued", "exporting"))
    made.upstream_id, made.call = "", factories.make_call(team, target_id=made.pk)
    made.save(update_fields=["upstream_id", "call"])
    asked = factories.make_call(team, operation="export", target_id=exported.pk)
    export = factories.make_export(exported, call=asked, state="asked")
    posted = factories.make_call(team, operation="publish")
    publication = factories.make_publication(team, call=posted, upstream_id="", state="queued")
    with django_capture_on_commit_callbacks(execute=True):
        restore()
    for row in (made, export, publication):
        row.refresh_from_db()
        assert row.state == "unknown", row
