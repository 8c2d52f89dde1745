from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import pytest
from django.utils import timezone

from dashboard import crypto
from dashboard.models import ApiKey, CallState, Membership, Team, UpstreamCall, User
from projects_app.actions import project_calls
from projects_app.models import Project, ProjectState
from providers.submagic import Exported
from tests import factories
from tests.projects_app.json_calls import CREATE, call_of, created, send
from tests.projects_app.scripted import Scripted


def test_the_sandbox_takes_it(sandbox: Any, waiting: Project) -> None:
    call = send(waiting)
    assert call.state == CallState.ACCEPTED
    assert waiting.state == ProjectState.PROCESSING
    assert waiting.upstream_id == call.upstream_id != ""


def test_only_what_was_set_is_sent(provider: Scripted, waiting: Project) -> None:
    provider.on("POST", CREATE, created())
    send(waiting)
    body = provider.body()
    hook = body.pop("webhookUrl")
    assert body == {
        "title": "A talk",
        "language": "en",
        "templateName": "seth",
        "maxClipLength": 90,
        "faceTracking": False,
        "youtubeUrl": "https://www.youtube.com/watch?v=sandbox0002",
    }
    assert crypto.fingerprint(hook.rpartition("/")[2]) == call_of(waiting).hook_hash


def test_our_secret_address_is_not_kept_with_the_reply(provider: Scripted, waiting: Project) -> None:
    provider.on("POST", CREATE, lambda request: created(webhookUrl="https://desk.harbour.example/h/secret"))
    call = send(waiting)
    assert "webhookUrl" not in call.reply
    assert call.hook_sealed == ""


def test_it_is_sent_once_however_often_it_is_delivered(provider: Scripted, waiting: Project) -> None:
    provider.on("POST", CREATE, created())
    for _ in range(3):
        send(waiting)
    assert provider.count("POST", CREATE) == 1


def test_a_refusal_is_shown_with_advice(provider: Scripted, waiting: Project) -> None:
    provider.on("POST", CREATE, httpx.Response(402, json={"error": "INSUFFICIENT_CREDITS", "message": "No credits"}))
    call = send(waiting)
    assert call.state == CallState.REJECTED
    assert waiting.state == ProjectState.FAILED
    assert "credits" in waiting.failure_reason
    assert waiting.advice


REFUSAL = httpx.Response(401, json={"error": "UNAUTHORIZED", "message": "Invalid key"})


def test_a_401_marks_the_key_and_the_call_waits_for_one_that_works(provider: Scripted, waiting: Project) -> None:
    provider.on("POST", CREATE, REFUSAL, created())
    provider.on("GET", "/v1/languages", REFUSAL)
    assert send(waiting).state == CallState.READY
    assert ApiKey.objects.get().state == ApiKey.State.INVALID
    assert waiting.state == ProjectState.NEEDS_YOU
    assert "refused the API key" in waiting.failure_reason
    ApiKey.objects.update(state=ApiKey.State.VALID)
    assert send(waiting).state == CallState.ACCEPTED
    assert (waiting.state, waiting.failure_reason) == (ProjectState.PROCESSING, "")


def test_one_401_alone_stops_nothing(provider: Scripted, waiting: Project) -> None:
    """The provider is asked once more before all work of the key stops."""
    provider.on("POST", CREATE, httpx.Response(401, text="<html>a proxy's page</html>"), created())
    provider.on("GET", "/v1/languages", httpx.Response(200, json={"languages": []}))
    call = send(waiting)
    assert (call.state, waiting.state) == (CallState.READY, ProjectState.QUEUED)
    assert call.next_look_at is not None and call.next_look_at > timezone.now()
    assert ApiKey.objects.get().state == ApiKey.State.VALID
    assert send(waiting).state == CallState.ACCEPTED


def test_a_429_waits_and_is_no_failure(provider: Scripted, waiting: Project) -> None:
    provider.on(
        "POST", CREATE, httpx.Response(429, headers={"Retry-After": "600"}, json={"error": "R", "message": "m"})
    )
    before = timezone.now()
    call = send(waiting)
    assert call.state == CallState.READY
    assert call.next_look_at is not None
    assert call.next_look_at >= before + dt.timedelta(seconds=600)
    assert waiting.state == ProjectState.QUEUED
    assert "limit" in waiting.look_problem


def test_no_connection_is_surely_not_sent_and_goes_again(provider: Scripted, waiting: Project) -> None:
    provider.on("POST", CREATE, httpx.ConnectError("no route"), created())
    assert send(waiting).state == CallState.READY
    assert send(waiting).state == CallState.ACCEPTED


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ReadTimeout("slow"),
        httpx.Response(500, json={"error": "INTERNAL", "message": "oops"}),
        httpx.Response(202, text="<html>"),
        httpx.Response(409, json={"error": "CONFLICT", "message": "conflict"}),
    ],
    ids=["time-out", "500", "unreadable yes", "409"],
)
def test_an_ambiguous_end_is_never_sent_again_by_itself(
    provider: Scripted, waiting: Project, answer: httpx.Response | Exception
) -> None:
    provider.on("POST", CREATE, answer)
    assert send(waiting).state == CallState.UNKNOWN
    assert waiting.state == ProjectState.UNKNOWN
    for _ in range(3):
        send(waiting)
    assert provider.count("POST", CREATE) == 1
    assert call_of(waiting).looks == 3


def test_a_dead_sender_leaves_an_unknown_outcome(provider: Scripted, waiting: Project) -> None:
    UpstreamCall.objects.update(state=CallState.SENDING, sent_at=timezone.now(), attempts=1)
    assert send(waiting).state == CallState.UNKNOWN
    assert waiting.state == ProjectState.UNKNOWN
    assert provider.calls == []


def test_rights_count_at_the_moment_of_sending(provider: Scripted, waiting: Project, bob: User) -> None:
    Membership.objects.filter(user=bob).delete()
    assert send(waiting).state == CallState.ABANDONED
    assert waiting.state == ProjectState.NEEDS_YOU
    assert provider.calls == []


def test_a_refused_key_parks_the_call_until_it_works_again(provider: Scripted, waiting: Project) -> None:
    ApiKey.objects.update(state=ApiKey.State.INVALID)
    call = send(waiting)
    assert (call.state, waiting.state) == (CallState.READY, ProjectState.NEEDS_YOU)
    assert call.next_look_at is not None
    assert call.next_look_at > timezone.now()
    assert provider.calls == []
    ApiKey.objects.update(state=ApiKey.State.VALID)
    provider.on("POST", CREATE, created())
    assert send(waiting).state == CallState.ACCEPTED
    assert waiting.state == ProjectState.PROCESSING
    assert waiting.failure_reason == ""


def test_a_removed_key_ends_it(provider: Scripted, waiting: Project) -> None:
    ApiKey.objects.update(state=ApiKey.State.REVOKED, sealed="")
    assert send(waiting).state == CallState.ABANDONED
    assert waiting.state == ProjectState.NEEDS_YOU


@pytest.mark.parametrize("operation", ["export", "update"])
def test_an_answer_locks_the_project_before_its_call(
    team: Team, api_key: ApiKey, operation: str, django_assert_max_num_queries: Any
) -> None:
    """As a person who decides at the same moment does: in two orders the database would throw the answer away."""
    made = factories.make_project(team, api_key=api_key, kind="captions")
    body = {"removeBadTakes": True} if operation == "update" else {}
    call = factories.make_call(
        team, operation=operation, state="sending", target_id=made.pk, body=body, sent_at=timezone.now()
    )
    with django_assert_max_num_queries(20) as queries:
        assert project_calls._accept(call, made, Exported.from_json({"projectId": made.upstream_id}))
    said = [query["sql"] for query in queries.captured_queries if "SAVEPOINT" not in query["sql"]]
    assert 'FROM "projects_project"' in said[0]
    assert any('UPDATE "dashboard_upstreamcall"' in each for each in said[1:])
