from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import time_machine
from django.utils import timezone

from dashboard import leases, needs, skew
from dashboard.actions import restores
from dashboard.models import ApiKey, AuditEvent, CallState, Membership, Role, Team, UpstreamCall, User
from dashboard.pulse import Sign
from projects_app.models import Clip
from providers.clock import ClockReading
from publishing_app.actions import feed, publications, schedules
from publishing_app.models import Keeper, Publication, PublicationState, Schedule
from tests import factories
from tests.conftest import InProcessSandbox
from tests.publishing_app import support
from tests.publishing_app.support import BOTH, YOUTUBE, applied_publishes, ask, drive, exported_clip

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def clip(team: Team, api_key: ApiKey, sandbox: InProcessSandbox) -> Clip:
    return exported_clip(team, api_key, sandbox)


def at(moment: dt.datetime, keeper: Keeper = Keeper.DESK) -> Schedule:
    return Schedule(moment, "Europe/Berlin", keeper)


def kept(clip: Clip, by: User, moment: dt.datetime | None = None, **fields: Any) -> Publication:
    return ask(clip, by, schedule=at(moment or timezone.now() + HOUR), **fields)


def call_of(publication: Publication) -> UpstreamCall:
    return UpstreamCall.objects.get(pk=publication.call_id)


_boxes: list[InProcessSandbox] = []


@pytest.fixture(autouse=True)
def _one_time(sandbox: InProcessSandbox) -> Iterator[None]:
    """Both sides' clocks agree, unless a test says otherwise."""
    _boxes.append(sandbox)
    yield
    _boxes.clear()


@contextmanager
def travel(moment: dt.datetime, *, theirs: dt.datetime | None = None) -> Iterator[None]:
    (box,) = _boxes
    box.clock.now = theirs or moment
    with time_machine.travel(moment, tick=False):
        yield


def test_it_is_kept_here_until_its_time_and_then_sent_once(
    clip: Clip, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    moment = timezone.now() + HOUR
    publication = kept(clip, bob, moment, platforms=BOTH)
    call = call_of(publication)
    assert (publication.state, call.state, call.next_look_at) == (PublicationState.SCHEDULED, CallState.DRAFT, moment)
    assert drive(publication).state == PublicationState.SCHEDULED  # a stray message, long before
    with travel(moment - dt.timedelta(seconds=1)):
        assert leases.sweep() == 0
        assert drive(publication).state == PublicationState.SCHEDULED
    assert applied_publishes(sandbox, api_key) == []
    with travel(moment):
        done = drive(publication)
        drive(publication)
    assert (done.state, done.scheduled_for) == (PublicationState.SENT, moment)
    (entry,) = applied_publishes(sandbox, api_key)
    assert entry["fields"] == {"platforms": BOTH}  # it goes out at once, so no schedule is told


def hear(ahead: float) -> None:
    for _ in range(2):
        skew.learn("sandbox", ClockReading(ahead, 0.5))


def test_with_a_clock_that_is_fast_it_waits_for_the_providers(
    clip: Clip, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    """Half an hour is more than a post may be late, which must not count here (reliability, R14 and R18)."""
    moment, fast = timezone.now() + HOUR, dt.timedelta(minutes=30)
    publication = kept(clip, bob, moment)
    with travel(moment + fast - dt.timedelta(seconds=1), theirs=moment - dt.timedelta(seconds=1)):
        hear(fast.total_seconds())
        assert drive(publication).state == PublicationState.SCHEDULED
        assert call_of(publication).next_look_at == moment + fast
    assert applied_publishes(sandbox, api_key) == []
    second = dt.timedelta(seconds=1)  # no Date tells more
    with travel(moment + fast + second, theirs=moment + second):
        assert drive(publication).state == PublicationState.SENT
    assert len(applied_publishes(sandbox, api_key)) == 1


def test_with_a_clock_that_is_slow_it_goes_by_our_own(clip: Clip, bob: User, sandbox: InProcessSandbox) -> None:
    moment = timezone.now() + HOUR
    publication = kept(clip, bob, moment)
    with travel(moment, theirs=moment + dt.timedelta(minutes=30)):
        hear(-1800)
        assert drive(publication).state == PublicationState.SENT


def test_a_clock_that_has_just_become_fast_sends_nothing_early(
    clip: Clip, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    """Nobody has measured it yet: the first answer that tells is the one that is read just before the post."""
    moment, fast = timezone.now() + HOUR, dt.timedelta(hours=2)
    publication = kept(clip, bob, moment)
    for late in range(3):
        at = moment + dt.timedelta(minutes=5 + late)
        with travel(at, theirs=at - fast):
            drive(publication)
            call = call_of(publication)
            assert call.is_live or call.state == CallState.DRAFT
            assert call.next_look_at is not None and call.next_look_at <= at + schedules.ASK_AGAIN
    assert applied_publishes(sandbox, api_key) == []
    second = dt.timedelta(seconds=1)
    with travel(moment + fast + second, theirs=moment + second):
        drive(publication)  # what was known of the clock is an hour old
        assert applied_publishes(sandbox, api_key) == []
        feed.sync(api_key.pk)
        assert drive(publication).state == PublicationState.SENT
    assert len(applied_publishes(sandbox, api_key)) == 1


def test_one_odd_answer_holds_a_post_back_for_a_moment_only(
    clip: Clip, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    moment = timezone.now() + HOUR
    publication = kept(clip, bob, moment)
    with travel(moment):
        skew.learn("sandbox", ClockReading(7200, 0.5))
        assert drive(publication).state == PublicationState.SCHEDULED
        api_key.refresh_from_db()
        assert api_key.next_look_at is not None and api_key.next_look_at <= moment + dt.timedelta(seconds=30)
        assert call_of(publication).next_look_at == moment + schedules.ASK_AGAIN
    with travel(moment + schedules.ASK_AGAIN):
        feed.sync(api_key.pk)  # the next answer agrees
        assert drive(publication).state == PublicationState.SENT


def test_nothing_is_called_too_late_before_the_clocks_were_compared(
    clip: Clip, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    """A machine that has just started may be hours ahead, and the post's time still to come."""
    moment, fast = timezone.now() + HOUR, dt.timedelta(hours=2)
    publication = kept(clip, bob, moment)
    wrong = moment + dt.timedelta(minutes=90)
    with travel(wrong, theirs=wrong - fast):
        assert drive(publication).state == PublicationState.SCHEDULED
        feed.sync(api_key.pk), feed.sync(api_key.pk, full=True)
        waiting = drive(publication)
        assert (waiting.state, call_of(waiting).state) == (PublicationState.SCHEDULED, CallState.DRAFT)
    second = dt.timedelta(seconds=1)
    with travel(moment + fast + second, theirs=moment + second):
        assert drive(publication).state == PublicationState.SENT
    assert len(applied_publishes(sandbox, api_key)) == 1


def test_the_clock_delivers_it_by_itself(clip: Clip, bob: User, api_key: ApiKey, sandbox: InProcessSandbox) -> None:
    publication = kept(clip, bob)
    assert publication.scheduled_for is not None
    with travel(publication.scheduled_for + dt.timedelta(seconds=2)):
        leases.sweep()  # tasks run at once in tests
    publication.refresh_from_db()
    assert publication.state == PublicationState.SENT
    assert len(applied_publishes(sandbox, api_key)) == 1


def test_two_times_for_one_clip_wait_side_by_side_and_each_goes_out(
    clip: Clip, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    now = timezone.now()
    first, second = kept(clip, bob, now + HOUR), kept(clip, bob, now + 2 * HOUR, platforms={"tiktok": {"content": "x"}})
    with travel(now + HOUR):
        assert drive(first).state == PublicationState.SENT
    with travel(now + 2 * HOUR):
        assert drive(second).state == PublicationState.SENT
    assert [entry["fields"]["platforms"] for entry in applied_publishes(sandbox, api_key)] == [
        YOUTUBE,
        {"tiktok": {"content": "x"}},
    ]


def test_it_waits_while_another_post_of_the_clip_is_not_settled(
    clip: Clip, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    publication = kept(clip, bob)
    assert publication.scheduled_for is not None
    with travel(publication.scheduled_for):
        other = ask(clip, bob, {"tiktok": {"content": "now"}})
        waiting = drive(publication)
        assert (waiting.state, waiting.problem) == (
            PublicationState.SCHEDULED, "Waits until another post of this video is settled.",
        )  # fmt: skip
        assert call_of(publication).state == CallState.DRAFT
        drive(other)
        assert drive(publication).state == PublicationState.SENT
    assert len(applied_publishes(sandbox, api_key)) == 2


@pytest.mark.parametrize(
    ("late", "sent"), [(dt.timedelta(minutes=15), True), (dt.timedelta(minutes=15, seconds=1), False)]
)
def test_up_to_a_quarter_of_an_hour_late_it_goes_out_and_later_a_person_decides(
    clip: Clip, bob: User, api_key: ApiKey, sandbox: InProcessSandbox, late: dt.timedelta, sent: bool
) -> None:
    publication = kept(clip, bob)
    assert publication.scheduled_for is not None
    with travel(publication.scheduled_for + late):
        done = drive(publication)
        if not sent:  # nobody has compared the clocks yet: that is waited for, but not for ever
            for tries in range(schedules.TRIES):
                call = call_of(publication)
                assert call.next_look_at is not None, tries
                done = drive(publication)
    assert len(applied_publishes(sandbox, api_key)) == sent
    assert done.state == (PublicationState.SENT if sent else PublicationState.MISSED)
    if not sent:
        assert "15 minutes too late" in done.problem and "Nothing was posted" in done.advice
        assert call_of(done).next_look_at is None  # nothing sends it by itself any more
        (need,) = [
            need for need in needs.of_team(done.team, Membership.objects.get(user=bob)) if "on hold" in need.title
        ]
        assert need.tone == "warn"
        assert AuditEvent.objects.filter(verb="publication.missed").count() == 1


def test_a_dead_key_holds_it_up_until_a_person_decides(
    clip: Clip, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    publication = kept(clip, bob)
    assert publication.scheduled_for is not None
    ApiKey.objects.update(state=ApiKey.State.INVALID)
    with travel(publication.scheduled_for):
        assert drive(publication).state == PublicationState.QUEUED
    ApiKey.objects.update(state=ApiKey.State.VALID)
    with travel(publication.scheduled_for + HOUR):
        hear(0)
        missed = drive(publication)
    assert missed.state == PublicationState.MISSED
    assert "does not accept the team's API key" in missed.problem
    assert applied_publishes(sandbox, api_key) == []
    with travel(publication.scheduled_for + HOUR):
        schedules.send_now(publication=missed, by=bob)
        assert drive(missed).state == PublicationState.SENT


def test_taken_back_it_never_goes_out(clip: Clip, bob: User, api_key: ApiKey, sandbox: InProcessSandbox) -> None:
    publication = kept(clip, bob)
    assert publication.scheduled_for is not None
    publications.take_back(publication=publication, by=bob)
    assert publication.state == PublicationState.ABANDONED
    with travel(publication.scheduled_for):
        leases.sweep()
        drive(publication)
    assert applied_publishes(sandbox, api_key) == []
    assert publications.earlier(clip) == []
    with pytest.raises(publications.NotPossible):
        publications.take_back(publication=publication, by=bob)


def test_what_is_on_its_way_is_neither_changed_nor_taken_back(
    clip: Clip, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    sent = drive(ask(clip, bob))
    for action in (
        lambda: schedules.send_now(publication=sent, by=bob),
        lambda: schedules.change(publication=sent, platforms=BOTH, schedule=at(timezone.now() + HOUR), by=bob),
    ):
        with pytest.raises(publications.NotPossible, match="already on its way"):
            action()
    assert len(applied_publishes(sandbox, api_key)) == 1


def test_other_words_and_another_time_are_what_goes_out(
    clip: Clip, bob: User, alice: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    publication, now = kept(clip, bob), timezone.now()
    schedules.change(publication=publication, platforms=BOTH, schedule=at(now + 3 * HOUR), by=alice)
    assert call_of(publication).actor == alice  # who changed it last answers for it
    with travel(now + 2 * HOUR):
        assert leases.sweep() == 0
    with travel(now + 3 * HOUR):
        assert drive(publication).state == PublicationState.SENT
    (entry,) = applied_publishes(sandbox, api_key)
    assert entry["fields"]["platforms"] == BOTH


def test_a_member_who_left_sends_nothing_any_more(
    team: Team, clip: Clip, bob: User, alice: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    publication = kept(clip, bob)
    assert publication.scheduled_for is not None
    Membership.objects.filter(team=team, user=bob).update(role=Role.VIEWER)
    with travel(publication.scheduled_for):
        done = drive(publication)
    assert applied_publishes(sandbox, api_key) == []
    assert "may no longer publish" in done.problem


def test_submagic_keeps_it_when_asked_and_the_feed_shows_it_as_due(
    clip: Clip, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    moment = (timezone.now() + dt.timedelta(days=2)).replace(microsecond=0)
    publication = ask(clip, bob, schedule=at(moment, Keeper.PROVIDER))
    assert publication.state == PublicationState.QUEUED
    assert not publication.is_kept
    done = drive(publication)
    (entry,) = applied_publishes(sandbox, api_key)
    assert dt.datetime.fromisoformat(entry["fields"]["scheduledFor"].replace("Z", "+00:00")) == moment
    feed.sync(api_key.pk, full=True)
    done.refresh_from_db()
    assert (done.state, done.scheduled, done.published_at) == (PublicationState.SCHEDULED, True, moment)
    assert done.is_due and not done.may_be_taken_back
    assert [row.pk for row in Publication.objects.upcoming(clip.team)] == [done.pk]


def test_a_lost_answer_to_a_schedule_is_found_by_its_time(
    clip: Clip, bob: User, api_key: ApiKey, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    cutting = support.Cutting(sandbox.transport, support.is_publish)
    support.put(monkeypatch, cutting)
    moment = (timezone.now() + dt.timedelta(days=2)).replace(microsecond=0)
    lost = drive(ask(clip, bob, schedule=at(moment, Keeper.PROVIDER)))
    assert (lost.state, cutting.cut) == (PublicationState.UNKNOWN, 1)
    found = drive(lost)
    assert found.matched_by_us and found.upstream_id.startswith("pub_")
    assert len(applied_publishes(sandbox, api_key)) == 1


def test_another_schedule_of_the_same_video_is_not_taken_for_it(
    clip: Clip, bob: User, api_key: ApiKey, sandbox: InProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is lost before it was applied; a colleague schedules the same video for another minute meanwhile."""
    refused = support.Answering(sandbox.transport, support.is_publish, 502, {"error": "BAD_GATEWAY"})
    support.put(monkeypatch, refused)
    moment = (timezone.now() + dt.timedelta(days=2)).replace(microsecond=0)
    lost = drive(ask(clip, bob, schedule=at(moment, Keeper.PROVIDER)))
    assert lost.state == PublicationState.UNKNOWN
    with httpx.Client(transport=sandbox.transport, base_url="http://sandbox/submagic") as colleague:
        answer = colleague.post(
            f"/v1/projects/{clip.upstream_id}/publish",
            json={"platforms": YOUTUBE, "scheduledFor": (moment + HOUR).isoformat().replace("+00:00", "Z")},
            headers={"x-api-key": support.secret_of(api_key)},
        )
    assert answer.status_code == 202
    assert drive(lost).state == PublicationState.UNKNOWN


def test_a_time_that_passed_while_it_waited_for_its_turn_goes_out_at_once(
    clip: Clip, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    """Submagic refuses times that are over."""
    moment = timezone.now() + dt.timedelta(minutes=5)
    publication = ask(clip, bob, schedule=at(moment, Keeper.PROVIDER))
    with travel(moment + dt.timedelta(minutes=1)):
        done = drive(publication)
    assert (done.state, done.keeper) == (PublicationState.SENT, Keeper.DESK)
    assert call_of(done).body == {"platforms": YOUTUBE}, "evidence is looked for without a time"
    (entry,) = applied_publishes(sandbox, api_key)
    assert entry["fields"] == {"platforms": YOUTUBE}


def test_a_time_that_is_almost_there_is_waited_for_here(
    clip: Clip, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    """Too near for Submagic, but nothing goes out early; however often a worker comes by."""
    moment = timezone.now() + dt.timedelta(minutes=5)
    publication = ask(clip, bob, schedule=at(moment, Keeper.PROVIDER))
    with travel(moment - dt.timedelta(seconds=50)):
        for _time in range(2):
            assert drive(publication).state == PublicationState.QUEUED
        assert call_of(publication).next_look_at == moment
    assert applied_publishes(sandbox, api_key) == []
    with travel(moment):
        leases.sweep()  # tasks run at once in tests
    publication.refresh_from_db()
    assert publication.state == PublicationState.SENT
    (entry,) = applied_publishes(sandbox, api_key)
    assert entry["fields"] == {"platforms": YOUTUBE}


# --- What would be public twice --------------------------------------------------------------------------------------


def missed(publication: Publication) -> Publication:
    assert publication.scheduled_for is not None
    with travel(publication.scheduled_for + HOUR):
        hear(0)
        found = drive(publication)
    assert found.state == PublicationState.MISSED
    return found


def test_a_missed_post_that_somebody_made_anew_is_not_sent_unasked(
    clip: Clip, bob: User, alice: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    late = missed(kept(clip, bob))
    assert publications.doubled_by(late) == []
    other = drive(ask(clip, alice))
    assert publications.doubled_by(late) == [("youtube", other)]
    with pytest.raises(publications.NotPossible, match="may be public already"):
        schedules.send_now(publication=late, by=bob)
    with pytest.raises(publications.NotPossible, match="published there a moment ago"):
        schedules.change(publication=late, platforms=YOUTUBE, schedule=None, by=bob)
    schedules.change(
        publication=late, platforms={"tiktok": {"content": "x"}}, schedule=at(timezone.now() + HOUR), by=bob
    )
    assert len(applied_publishes(sandbox, api_key)) == 1
    schedules.send_now(publication=late, by=bob)  # another platform is no second time
    drive(late)
    assert len(applied_publishes(sandbox, api_key)) == 2


def test_of_two_that_missed_their_time_the_second_is_asked_about(
    clip: Clip, bob: User, alice: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    """Nobody was asked when the newer one was made: nothing was public then. It counts when the other went out."""
    older = missed(kept(clip, bob))
    newer = missed(kept(clip, alice))
    schedules.send_now(publication=older, by=bob)
    with travel(timezone.now() + dt.timedelta(minutes=1)):
        assert drive(older).state == PublicationState.SENT
    with pytest.raises(publications.NotPossible, match="may be public already"):
        schedules.send_now(publication=newer, by=alice)
    assert len(applied_publishes(sandbox, api_key)) == 1


def test_a_time_that_turns_out_to_have_passed_goes_out_without_it(
    clip: Clip, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    """Submagic was to keep it; by one odd answer there was time, by the next there is none."""
    moment = timezone.now() + dt.timedelta(minutes=5)
    publication = ask(clip, bob, schedule=at(moment, Keeper.PROVIDER))
    with travel(moment + dt.timedelta(minutes=1)):
        skew.learn("sandbox", ClockReading(7200, 0.5))
        done = drive(publication)
    assert (done.state, done.keeper) == (PublicationState.SENT, Keeper.DESK)
    (entry,) = applied_publishes(sandbox, api_key)
    assert entry["fields"] == {"platforms": YOUTUBE}


def test_whoever_wants_it_twice_says_so(clip: Clip, bob: User, api_key: ApiKey, sandbox: InProcessSandbox) -> None:
    late = missed(kept(clip, bob))
    drive(ask(clip, bob))
    schedules.send_now(publication=late, by=bob, again=True)
    assert drive(late).state == PublicationState.SENT
    assert len(applied_publishes(sandbox, api_key)) == 2


def test_what_went_out_before_it_was_made_was_asked_about_then(
    clip: Clip, bob: User, sandbox: InProcessSandbox
) -> None:
    drive(ask(clip, bob))
    assert publications.doubled_by(kept(clip, bob)) == []


def test_after_a_restored_backup_a_post_on_hold_may_be_public_itself(
    clip: Clip, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    late = missed(kept(clip, bob))
    restores.begin(sign=Sign.SAID)
    late.refresh_from_db()
    assert late.state == PublicationState.MISSED and "restored from a backup" in late.problem
    assert late.call is not None and late.call.may_have_arrived
    restores.confirm(team=clip.team, by=bob)
    with pytest.raises(publications.NotPossible, match="may be public already"):
        schedules.send_now(publication=late, by=bob)
    assert drive(late).state == PublicationState.MISSED
    assert applied_publishes(sandbox, api_key) == []


def test_after_a_restored_backup_what_the_feed_had_before_is_none_of_the_lost(
    clip: Clip, bob: User, api_key: ApiKey, sandbox: InProcessSandbox
) -> None:
    """An old entry of the same video and platforms, without a time: it was there when the backup was made."""
    old = factories.make_publication(
        clip.team, clip=clip, api_key=api_key, upstream_project_id=clip.upstream_id, upstream_id="pub_old",
        published_at=None,
    )  # fmt: skip
    post = kept(clip, bob)
    assert post.scheduled_for is not None
    with travel(post.scheduled_for + dt.timedelta(minutes=5)):
        restores.begin(sign=Sign.SAID)
    call = call_of(post)
    assert call.state == CallState.UNKNOWN
    assert call.baseline["ids"] == [old.upstream_id] and call.baseline["whole"] is False
