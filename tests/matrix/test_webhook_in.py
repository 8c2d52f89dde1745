"""webhook in: a message that comes, does not come, comes twice or lies. The clock finds out what it would have said."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from dashboard import leases
from dashboard.actions import api_keys
from dashboard.models import ApiKey, Membership, Team, User
from projects_app.actions import hook_door, looks, webhooks
from projects_app.models import Project, ProjectState, Verdict, WebhookEvent
from tests import factories
from tests.matrix.failing import DISK_FULL, LOCKED, refusing
from tests.matrix.table import cell
from tests.matrix.wire import Killed
from tests.projects_app.scripted import Scripted, no_project, project

pytestmark = pytest.mark.django_db
STEP = "webhook in"
ID = "3f1c9a52-7a64-4d5b-9d40-2f6f6d1c8a01"
PATH = f"/v1/projects/{ID}"
READY = {"transcriptionStatus": "COMPLETED", "directUrl": "https://v.submagic.co/a.mp4"}
Post = Callable[..., int]


@pytest.fixture
def token() -> str:
    return secrets.token_urlsafe(32)


@pytest.fixture
def job(team: Team, api_key: ApiKey, token: str) -> Project:
    """A captions project that is being worked on; its message may come any moment."""
    made = factories.make_project(
        team, api_key=api_key, kind="captions", state="processing", upstream_id=ID, upstream_status="processing"
    )
    made.call = factories.make_call(team, token=token, state="accepted", target_id=made.pk, upstream_id=ID)
    made.next_look_at = timezone.now() + dt.timedelta(minutes=1)
    made.save(update_fields=["call", "next_look_at"])
    return made


@pytest.fixture
def post(job: Project, token: str) -> Post:
    def send(body: object = None, path: str = f"/h/{token}") -> int:
        said = {"projectId": ID, "status": "completed"} if body is None else body
        status = Client().post(path, said, content_type="application/json").status_code
        for event in WebhookEvent.objects.filter(verdict=Verdict.WAITING):
            webhooks.handle(event.pk)  # as the worker does that was woken
        return status

    return send


@pytest.fixture
def done(provider: Scripted) -> Scripted:
    provider.on("GET", PATH, project(ID, "completed", **READY))
    return provider


def verdicts() -> list[str]:
    return list(WebhookEvent.objects.order_by("received_at").values_list("verdict", flat=True))


def is_ready(job: Project) -> bool:
    job.refresh_from_db()
    return job.state == ProjectState.READY


def found_by_the_clock(job: Project) -> None:
    """Without any message: the row's own next look finds out."""
    job.refresh_from_db()
    assert job.next_look_at is not None
    with time_machine.travel(job.next_look_at + dt.timedelta(seconds=1)):
        leases.sweep()
    assert is_ready(job)


@cell(STEP, "kill -9")
def test_what_was_acknowledged_is_stored_and_handled_by_another_worker(
    step: str, post: Post, job: Project, done: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_args: Any, **_more: Any) -> bool:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(looks, "look", killed)
        with pytest.raises(Killed):
            post()  # answered and stored; then the worker that handles it is killed
        assert verdicts() == [Verdict.WAITING]
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=2)):
        leases.sweep()
    # Either the message's own look came first, or the project's.
    assert verdicts() in ([Verdict.CONFIRMED], [Verdict.LATE]) and is_ready(job)


@cell(STEP, "disk full")
@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_stored_is_not_acknowledged(step: str, post: Post, job: Project, done: Scripted) -> None:
    with refusing(DISK_FULL, writes=WebhookEvent._meta.db_table) as refused:
        assert post() == 503
    assert refused and verdicts() == []
    assert post() == 204  # the sender comes again
    assert is_ready(job)


@cell(STEP, "DB locked")
@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_locked_for_a_moment_is_waited_for(
    step: str, post: Post, job: Project, done: Scripted
) -> None:
    with refusing(LOCKED, writes=WebhookEvent._meta.db_table):
        assert post() == 204  # it was free again a moment later
    assert len(verdicts()) == 1


@cell(STEP, "DB locked")
@pytest.mark.django_db(transaction=True)
def test_a_database_that_stays_locked_is_503(
    step: str, post: Post, job: Project, done: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook_door, "PATIENCE", 0.05)
    with refusing(LOCKED, writes=WebhookEvent._meta.db_table, times=1_000_000):
        assert post() == 503
    assert verdicts() == []
    found_by_the_clock(job)


@cell([STEP], "net cut")
def test_a_message_that_never_comes_is_not_needed(step: str, job: Project, done: Scripted) -> None:
    found_by_the_clock(job)
    assert verdicts() == []


@cell(STEP, "time-out")
def test_a_look_that_times_out_is_left_to_the_next(step: str, post: Post, job: Project, provider: Scripted) -> None:
    provider.on("GET", PATH, httpx.ReadTimeout("slow"), project(ID, "completed", **READY))
    assert post() == 204
    assert verdicts() == [Verdict.WAITING] and not is_ready(job)
    found_by_the_clock(job)


@cell(STEP, "429")
def test_too_many_under_one_address_are_429_and_cost_nothing_else(
    step: str, post: Post, job: Project, done: Scripted
) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        assert [post({"n": number}) for number in range(61)] == [204] * 60 + [429]
    assert done.count("GET", PATH) <= 2


@cell(STEP, "bad JSON")
@pytest.mark.parametrize(
    "body", [b"\xff\x00", b'{"projectId": "\\u0000"}', b"[" * 50_000], ids=["bytes", "NUL", "deep"]
)
def test_an_unreadable_message_is_still_a_doorbell(
    step: str, post: Post, job: Project, done: Scripted, body: bytes
) -> None:
    assert post(body) == 204
    assert verdicts() == [Verdict.UNREADABLE] and is_ready(job)


@cell(STEP, "dup or late hook")
def test_twice_is_once_and_late_is_nothing(step: str, post: Post, job: Project, done: Scripted) -> None:
    assert [post(), post()] == [204, 204]
    assert post({"projectId": ID, "status": "processing"}) == 204
    assert verdicts() == [Verdict.CONFIRMED, Verdict.LATE]
    assert is_ready(job) and done.count("GET", PATH) == 1


@cell(STEP, "accepted, reply lost")
def test_a_sender_that_missed_our_answer_repeats_it_without_effect(
    step: str, post: Post, job: Project, done: Scripted
) -> None:
    assert post() == 204  # and the sender did not hear it
    with time_machine.travel(timezone.now() + dt.timedelta(hours=1)):
        assert post() == 204
    assert len(verdicts()) == 1 and done.count("GET", PATH) == 1


@cell(STEP, "forged")
def test_a_lie_under_a_good_address_moves_nothing(step: str, post: Post, job: Project, provider: Scripted) -> None:
    provider.on("GET", PATH, project(ID, "processing"))
    assert post({"projectId": ID, "status": "completed"}) == 204
    assert verdicts() == [Verdict.NOT_CONFIRMED] and not is_ready(job)


@cell(STEP, "forged")
def test_guessed_addresses_are_404_and_counted_only(step: str, post: Post, job: Project, provider: Scripted) -> None:
    assert {post(path=f"/h/{secrets.token_urlsafe(32)}") for _ in range(20)} == {404}
    assert verdicts() == [] and provider.calls == []


@cell(STEP, "clock")
def test_a_message_under_a_wrong_clock_is_recorded_and_checked(
    step: str, post: Post, job: Project, done: Scripted
) -> None:
    with time_machine.travel(timezone.now() - dt.timedelta(days=1)):
        assert post() == 204
        assert is_ready(job)
    assert verdicts() == [Verdict.CONFIRMED]


@cell(STEP, "project deleted")
def test_a_message_about_a_project_that_is_gone_asks_twice(
    step: str, post: Post, job: Project, provider: Scripted, team: Team
) -> None:
    factories.make_project(team, api_key=job.api_key, upstream_id="other", seen_at=timezone.now())
    provider.on("GET", PATH, no_project())
    provider.on("GET", "/v1/projects/other", project("other", "completed"))
    assert post() == 204
    job.refresh_from_db()
    assert job.state == ProjectState.PROCESSING and job.missing_since is not None
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=12)):
        looks.look(job.pk)
    job.refresh_from_db()
    assert job.state == ProjectState.NEEDS_YOU and "deleted" in job.failure_reason


@cell(STEP, "key revoked")
def test_a_message_for_a_removed_key_asks_nobody(
    step: str, post: Post, job: Project, provider: Scripted, alice: User
) -> None:
    api_keys.remove(key=ApiKey.objects.get(), by=alice, confirmed=True)
    assert post() == 204
    assert provider.calls == [] and verdicts() == [Verdict.WAITING]


@cell(STEP, "member removed")
def test_it_is_the_teams(step: str, post: Post, job: Project, done: Scripted, bob: User) -> None:
    Project.objects.update(created_by=bob)
    Membership.objects.filter(user=bob).delete()
    assert post() == 204
    assert is_ready(job)
