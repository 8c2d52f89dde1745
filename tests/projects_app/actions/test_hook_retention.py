"""Bodies for 30 days and 1 GiB, rows for 180 days; what still waits keeps its body."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from dashboard.models import Team
from projects_app import tasks
from projects_app.actions import hook_retention
from projects_app.models import Project, Verdict, WebhookEvent
from tests import factories

Make = Callable[..., WebhookEvent]


@pytest.fixture
def make(team: Team) -> Make:
    job = factories.make_project(team)

    def made(days: float, **fields: Any) -> WebhookEvent:
        return factories.make_webhook_event(job, received_at=timezone.now() - dt.timedelta(days=days), **fields)

    return made


def kept(event: WebhookEvent) -> bool:
    event.refresh_from_db()
    return event.body_removed_at is None


def test_after_thirty_days_body_headers_and_address_go_and_the_rest_stays(make: Make) -> None:
    old, young = make(30.01, note="so it was"), make(29.99)
    size, digest = old.size, old.sha256
    assert hook_retention.prune() == (1, 0)
    old.refresh_from_db()
    assert (bytes(old.body), old.headers, old.source_ip) == (b"", {}, None)
    assert (old.size, old.sha256, old.verdict, old.note) == (size, digest, Verdict.CONFIRMED, "so it was")
    assert old.body_removed_at is not None
    assert not old.removed_early
    young.refresh_from_db()
    assert bytes(young.body)
    assert young.headers
    assert young.source_ip
    assert hook_retention.prune() == (0, 0)


def test_its_repeat_has_no_effect_as_long_as_the_row_is_there(make: Make) -> None:
    event = make(31)
    body = bytes(event.body)
    hook_retention.prune()
    assert not factories.store_hook(call=event.call, body=body)
    WebhookEvent.objects.update(received_at=timezone.now() - dt.timedelta(days=181))
    hook_retention.prune()
    assert factories.store_hook(call=event.call, body=body)


def test_rows_go_after_a_hundred_and_eighty_days(make: Make) -> None:
    make(180.01)
    stays = make(179.99)
    assert hook_retention.prune()[1] == 1
    assert list(WebhookEvent.objects.all()) == [stays]


def test_what_waits_keeps_its_body_until_then_and_is_closed_after(make: Make) -> None:
    young = make(29, verdict=Verdict.WAITING, handled_at=None)
    old = make(31, verdict=Verdict.WAITING, handled_at=None, next_look_at=timezone.now())
    hook_retention.prune()
    assert kept(young)
    assert young.verdict == Verdict.WAITING
    assert not kept(old)
    assert (old.verdict, old.next_look_at) == (Verdict.NOT_CONFIRMED, None)
    assert old.handled_at is not None
    assert old.note


def test_all_bodies_together_have_a_bound_and_the_oldest_go_first(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook_retention, "MOST_BYTES", 250)
    events = [make(days, size=100) for days in (1, 2, 3, 4)]
    assert hook_retention.prune() == (2, 0)
    assert [kept(event) for event in events] == [True, True, False, False]
    assert events[3].removed_early
    assert hook_retention.prune() == (0, 0)


def test_the_bound_spares_what_waits_and_says_so(
    make: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(hook_retention, "MOST_BYTES", 50)
    waits = make(5, size=100, verdict=Verdict.WAITING, handled_at=None)
    done = make(1, size=100)
    with caplog.at_level(logging.WARNING):
        hook_retention.prune()
    assert kept(waits)
    assert not kept(done)
    assert "wait to be looked at" in caplog.text


def test_it_goes_in_steps_to_the_end(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook_retention, "BATCH", 2)
    for number in range(5):
        make(31 + number)
        make(181 + number)
    assert hook_retention.prune() == (10, 5)
    assert WebhookEvent.objects.with_body().count() == 0


def test_it_goes_in_steps_also_for_the_bound(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook_retention, "BATCH", 2)
    monkeypatch.setattr(hook_retention, "MOST_BYTES", 100)
    for number in range(6):
        make(number + 1, size=100)
    assert hook_retention.prune() == (5, 0)


def test_one_that_is_asked_for_anew_in_this_moment_keeps_its_body(make: Make) -> None:
    event = make(3)
    WebhookEvent.objects.update(verdict=Verdict.WAITING)
    assert hook_retention._empty([event.pk]) == 0
    assert kept(event)


def test_however_many_clocks_call_it_is_done_once_an_hour(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[int] = []
    monkeypatch.setattr(hook_retention, "prune", lambda: runs.append(1))
    for _ in range(3):
        tasks.prune_webhooks.call_local()
    assert runs == [1]


def test_a_lost_call_is_not_told_by_a_body_that_is_gone(team: Team, make: Make) -> None:
    from projects_app.actions import hook_bodies

    event = make(31)
    assert list(hook_bodies.claims_on(event.call)) == [Project.objects.get().upstream_id]
    hook_retention.prune()
    assert list(hook_bodies.claims_on(event.call)) == []
