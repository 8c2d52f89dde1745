"""A project that was deleted at the provider (reliability, R15), and a key of another account (R16)."""

from __future__ import annotations

import datetime as dt
import uuid

import httpx
import pytest
import time_machine
from django.utils import timezone

from dashboard import crypto, remote
from dashboard.actions import api_keys
from dashboard.models import ApiKey, AuditEvent, CallState, Team, UpstreamCall, User
from projects_app.models import Clip, Project, ProjectState
from publishing_app.models import Keeper, Publication, PublicationState, Schedule
from tests import factories
from tests.projects_app.looking import ID, PATH, look, make_job
from tests.projects_app.scripted import Scripted, no_project, project
from tests.publishing_app.support import ask

LANGUAGES = "/v1/languages"


@pytest.fixture
def job(team: Team, api_key: ApiKey) -> Project:
    return make_job(team, api_key)


@pytest.fixture
def clip(job: Project) -> Clip:
    return factories.make_clip(job, upstream_id="clip", decision="approved", video="https://video.submagic.co/a.mp4")


def found_gone(provider: Scripted, job: Project, *, others: bool = True) -> None:
    """Two looks in vain, ten minutes apart; the key sees another project, or nothing at all."""
    factories.make_project(job.team, api_key=job.api_key, upstream_id="other")
    provider.on("GET", PATH, no_project())
    provider.on("GET", "/v1/projects/other", project("other", "completed") if others else no_project())
    look(job)
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=11)):
        look(job)
    assert job.state == ProjectState.NEEDS_YOU


def wished(clip: Clip, by: User) -> Publication:
    at = timezone.now() + dt.timedelta(days=1)
    return ask(clip, by, schedule=Schedule(at, "UTC", Keeper.DESK))


@pytest.mark.django_db(transaction=True)
def test_what_still_waits_about_a_deleted_project_cannot_go_out(
    provider: Scripted, job: Project, clip: Clip, bob: User
) -> None:
    scheduled = wished(clip, bob)
    export = factories.make_call(job.team, operation="export", target_id=job.pk, actor=bob, next_look_at=None)
    found_gone(provider, job)
    for pk in (scheduled.call_id, export.pk):
        call = UpstreamCall.objects.get(pk=pk)
        assert call.state == CallState.REJECTED and "deleted at Submagic" in call.problem
        assert "Nothing was posted" in call.advice
    scheduled.refresh_from_db()
    assert scheduled.state == PublicationState.FAILED and "deleted at Submagic" in scheduled.problem
    assert AuditEvent.objects.for_team(job.team).filter(verb="call.cannot").count() == 2
    assert not [request for request in provider.calls if request.method != "GET"]


@pytest.mark.django_db
def test_what_is_on_its_way_is_left_to_its_answer(provider: Scripted, job: Project, bob: User) -> None:
    calls = [
        factories.make_call(job.team, operation=operation, target_id=job.pk, state=state, sent_at=timezone.now())
        for operation, state in (("export", CallState.COMMITTING), ("update", CallState.UNKNOWN))
    ]
    found_gone(provider, job)
    assert [UpstreamCall.objects.get(pk=call.pk).state for call in calls] == ["committing", "unknown"]


@pytest.mark.django_db
def test_a_key_that_sees_nothing_lets_what_waits_wait(provider: Scripted, job: Project, clip: Clip, bob: User) -> None:
    scheduled = wished(clip, bob)
    found_gone(provider, job, others=False)
    assert UpstreamCall.objects.get(pk=scheduled.call_id).state == CallState.DRAFT


@pytest.mark.django_db
def test_calls_about_other_projects_go_on(provider: Scripted, job: Project, team: Team) -> None:
    other = factories.make_call(team, operation="export", target_id=uuid.uuid4())
    found_gone(provider, job)
    assert UpstreamCall.objects.get(pk=other.pk).state == CallState.READY


# --- A key of another account --------------------------------------------------------------------------------------


def seen(team: Team, key: ApiKey, upstream_id: str, *, minutes: int = 1) -> Project:
    at = timezone.now() - dt.timedelta(minutes=minutes)
    return factories.make_project(team, api_key=key, upstream_id=upstream_id, title=f"Talk {upstream_id}", seen_at=at)


def secret_of(key: ApiKey) -> str:
    key.refresh_from_db()
    return crypto.unseal(key.sealed, aad=remote.aad(key))


@pytest.fixture
def answers(provider: Scripted) -> Scripted:
    provider.on("GET", LANGUAGES, httpx.Response(200, json={"languages": []}))
    return provider


@pytest.mark.django_db
def test_a_new_secret_of_the_same_account_takes_over(
    answers: Scripted, team: Team, api_key: ApiKey, alice: User
) -> None:
    seen(team, api_key, "older", minutes=9), seen(team, api_key, ID)
    answers.on("GET", PATH, project(ID))
    fresh = factories.fresh_secret()
    assert api_keys.replace(key=api_key, secret=fresh, by=alice).version == 2
    asked = [request for request in answers.calls if request.url.path.endswith(ID)]
    assert [request.headers["x-api-key"] for request in asked] == [fresh]
    assert answers.count("GET", "/v1/projects/older") == 0


@pytest.mark.django_db
def test_one_project_that_was_deleted_is_no_other_account(
    answers: Scripted, team: Team, api_key: ApiKey, alice: User
) -> None:
    seen(team, api_key, "older", minutes=9), seen(team, api_key, ID)
    answers.on("GET", PATH, no_project())
    answers.on("GET", "/v1/projects/older", project("older"))
    assert api_keys.replace(key=api_key, secret=factories.fresh_secret(), by=alice).version == 2


@pytest.mark.django_db
def test_a_secret_that_sees_none_of_the_projects_is_asked_about(
    answers: Scripted, team: Team, api_key: ApiKey, alice: User
) -> None:
    seen(team, api_key, ID)
    before = secret_of(api_key)
    answers.on("GET", PATH, no_project())
    with pytest.raises(api_keys.OtherAccount, match=f"Talk {ID}.*another account"):
        api_keys.replace(key=api_key, secret=factories.fresh_secret(), by=alice)
    assert secret_of(api_key) == before and api_key.version == 1
    fresh = factories.fresh_secret()
    api_keys.replace(key=api_key, secret=fresh, by=alice, other_account=True)
    assert secret_of(api_key) == fresh


@pytest.mark.django_db
@pytest.mark.parametrize("answer", [httpx.Response(500), httpx.ReadTimeout("slow"), httpx.Response(429)], ids=str)
def test_where_it_cannot_be_asked_nothing_is_stored(
    answers: Scripted, team: Team, api_key: ApiKey, alice: User, answer: httpx.Response | Exception
) -> None:
    seen(team, api_key, ID)
    answers.on("GET", PATH, answer)
    with pytest.raises(api_keys.KeyNotAccepted, match="could not be asked") as refused:
        api_keys.replace(key=api_key, secret=factories.fresh_secret(), by=alice)
    assert not isinstance(refused.value, api_keys.OtherAccount)
    api_key.refresh_from_db()
    assert api_key.version == 1


@pytest.mark.django_db
def test_a_team_without_projects_is_not_asked(answers: Scripted, api_key: ApiKey, alice: User) -> None:
    assert api_keys.replace(key=api_key, secret=factories.fresh_secret(), by=alice).version == 2
