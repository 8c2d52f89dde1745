"""A message is looked at again because a person asks: really, and no oftener than messages may cause looks."""

from __future__ import annotations

import datetime as dt

import httpx
import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from dashboard import leases
from dashboard.models import ApiKey, AuditEvent, Environment, Team, User
from projects_app.actions import hook_again, waking, webhooks
from projects_app.actions.projects import NotNow
from projects_app.models import Project, ProjectState, Verdict, WebhookEvent
from tests import factories
from tests.projects_app.scripted import Scripted, no_project, project

ID = "3f1c9a52-7a64-4d5b-9d40-2f6f6d1c8a01"
PATH = f"/v1/projects/{ID}"


@pytest.fixture
def job(team: Team, api_key: ApiKey) -> Project:
    return factories.make_project(team, api_key=api_key, title="A talk", kind="captions", upstream_id=ID)


def message(job: Project, status: str = "completed", **fields: object) -> WebhookEvent:
    body = f'{{"projectId": "{ID}", "status": "{status}"}}'.encode()
    return factories.make_webhook_event(job, body=body, **fields)


def again(event: WebhookEvent, by: User) -> WebhookEvent:
    hook_again.look_again(event=event, by=by)
    webhooks.handle(event.pk)
    event.refresh_from_db()
    return event


def test_one_that_came_late_is_really_looked_at(provider: Scripted, job: Project, alice: User) -> None:
    """Without the wish a finished project is answered “late” at once, and costs no read."""
    event = message(job, verdict=Verdict.LATE, note="The project had reached its end before.")
    provider.on("GET", PATH, project(ID, "completed", downloadUrl="https://app.submagic.co/f"))
    assert again(event, alice).verdict == Verdict.CONFIRMED
    assert provider.count("GET", PATH) == 1
    assert event.note == ""


def test_a_confirmed_one_can_turn_out_untrue_and_still_changes_nothing(
    provider: Scripted, job: Project, alice: User
) -> None:
    event = message(job, status="failed")
    provider.on("GET", PATH, project(ID, "completed", downloadUrl="https://app.submagic.co/f"))
    assert again(event, alice).verdict == Verdict.NOT_CONFIRMED
    assert "completed" in event.note
    job.refresh_from_db()
    assert job.state == ProjectState.READY


def test_an_earlier_look_does_not_count(provider: Scripted, job: Project, alice: User) -> None:
    """A look after the message came, but before the person asked, says nothing new."""
    event = message(job)
    Project.objects.update(state=ProjectState.PROCESSING, upstream_status="completed", seen_at=timezone.now())
    provider.on("GET", PATH, project(ID, "completed", downloadUrl="https://app.submagic.co/f"))
    again(event, alice)
    assert provider.count("GET", PATH) == 1


def test_it_waits_for_the_worker_and_wakes_it(
    job: Project, alice: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: object
) -> None:
    woken: list[object] = []
    monkeypatch.setitem(waking._senders, "webhooks", woken.extend)
    event = message(job, looks=7)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        hook_again.look_again(event=event, by=alice)
    event.refresh_from_db()
    assert (event.verdict, event.handled_at, event.looks, event.note) == (Verdict.WAITING, None, 0, "")
    assert event.next_look_at is not None
    assert event.next_look_at <= timezone.now()
    assert woken == [event.pk]


def test_it_is_written_down_and_told_with_the_project(job: Project, alice: User) -> None:
    event = message(job)
    hook_again.look_again(event=event, by=alice)
    row = AuditEvent.objects.get(verb="webhook.look_again")
    assert (row.actor, row.team, row.data["title"]) == (alice, job.team, "A talk")
    from projects_app import activity

    assert "looked at again" in {line.event.verb: line.what for line in activity.of(job)}["webhook.look_again"]


def test_once_in_half_a_minute(job: Project, alice: User) -> None:
    event, other = message(job), message(job, status="failed")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        hook_again.look_again(event=event, by=alice)
        with pytest.raises(NotNow, match="a moment ago"):
            hook_again.look_again(event=event, by=alice)
        hook_again.look_again(event=other, by=alice)  # another message is another wish
        clock.shift(31)
        hook_again.look_again(event=event, by=alice)
    assert AuditEvent.objects.filter(verb="webhook.look_again").count() == 3


def test_all_wishes_together_cost_no_more_reads_than_messages_may(
    provider: Scripted, job: Project, alice: User
) -> None:
    ApiKey.objects.update(environment=Environment.LIVE)
    provider.on("GET", PATH, project(ID, "processing"))
    event = message(job)
    with time_machine.travel(timezone.now().replace(minute=0, second=5), tick=False) as clock:
        for _ in range(50):
            clock.shift(61)
            again(event, alice)
    assert provider.count("GET", PATH) == 20


def test_of_one_address_once_a_minute(provider: Scripted, job: Project, alice: User) -> None:
    ApiKey.objects.update(environment=Environment.LIVE)
    provider.on("GET", PATH, project(ID, "completed", downloadUrl="https://app.submagic.co/f"))
    first, second = message(job), message(job, status="failed")
    again(first, alice)
    assert again(second, alice).verdict == Verdict.WAITING
    assert provider.count("GET", PATH) == 1


def test_without_its_body_there_is_nothing_to_compare(job: Project, alice: User) -> None:
    event = message(job, body_removed_at=timezone.now())
    with pytest.raises(NotNow, match="body was removed"):
        hook_again.look_again(event=event, by=alice)
    event.refresh_from_db()
    assert event.verdict == Verdict.CONFIRMED


def test_a_body_that_went_in_this_moment(job: Project, alice: User) -> None:
    event = message(job)
    WebhookEvent.objects.update(body=b"", body_removed_at=timezone.now())
    with pytest.raises(NotNow):
        hook_again.look_again(event=event, by=alice)
    assert WebhookEvent.objects.get().verdict == Verdict.CONFIRMED
    assert not AuditEvent.objects.filter(verb="webhook.look_again").exists()


def test_not_while_a_worker_has_it(job: Project, alice: User) -> None:
    event = message(job, verdict=Verdict.WAITING)
    assert leases.claim(event, owner="a worker")
    with pytest.raises(NotNow, match="just now"):
        hook_again.look_again(event=event, by=alice)


def test_a_provider_that_is_away_leaves_it_waiting(provider: Scripted, job: Project, alice: User) -> None:
    provider.on("GET", PATH, httpx.Response(503))
    event = again(message(job, verdict=Verdict.LATE), alice)
    assert event.verdict == Verdict.WAITING
    assert event.next_look_at is not None
    assert event.next_look_at > timezone.now() - dt.timedelta(seconds=1)


def test_three_untrue_messages_are_told_once_however_often_they_are_looked_at(
    provider: Scripted, job: Project, alice: User
) -> None:
    provider.on("GET", PATH, project(ID, "processing"))
    Project.objects.update(state=ProjectState.PROCESSING, upstream_status="processing")
    events = [factories.make_webhook_event(job, body=b'{"projectId": "no", "n": %d}' % n) for n in range(3)]
    WebhookEvent.objects.update(verdict=Verdict.WAITING)
    provider.on("GET", "/v1/projects/no", *[no_project()] * 6)
    for event in events:
        cache.clear()
        webhooks.handle(event.pk)
    assert AuditEvent.objects.filter(verb="webhook.not_confirmed").count() == 1
    for event in events:
        cache.clear()
        assert again(event, alice).verdict == Verdict.NOT_CONFIRMED
    assert AuditEvent.objects.filter(verb="webhook.not_confirmed").count() == 1


def test_what_was_given_up_is_told_once_and_a_provider_away_is_no_proof(
    provider: Scripted, team: Team, api_key: ApiKey, alice: User
) -> None:
    token = "t" * 43
    made = factories.make_project(team, api_key=api_key, state="failed", upstream_id="", upstream_status="")
    call = factories.make_call(team, token=token, state="abandoned", target_id=made.pk, sent_at=timezone.now())
    event = factories.make_webhook_event(
        made, call=call, body=b'{"projectId": "%s"}' % ID.encode(), verdict=Verdict.WAITING
    )
    provider.on("GET", PATH, httpx.Response(503))
    webhooks.handle(event.pk)
    assert WebhookEvent.objects.get().verdict == Verdict.WAITING
    provider.on("GET", PATH, project(ID, webhookUrl=f"https://desk.harbour.example/h/{token}"))
    for _ in range(2):
        cache.clear()
        assert again(event, alice).verdict == Verdict.LATE
    assert AuditEvent.objects.filter(verb="call.appeared_later").count() == 1
