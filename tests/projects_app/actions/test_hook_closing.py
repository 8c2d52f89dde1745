"""Requests that are sent after a team's addresses were closed, and those whose answer was lost before."""

from __future__ import annotations

import json
import uuid

import httpx
import pytest
from django.utils import timezone

from dashboard import crypto
from dashboard.actions import hook_addresses
from dashboard.models import ApiKey, CallState, Team, UpstreamCall, User
from projects_app.actions import claims, exports, hook_door, project_calls, projects, webhooks
from projects_app.models import Project, ProjectState, Verdict, WebhookEvent
from tests import factories
from tests.projects_app.json_calls import CREATE, ID, call_of, created, send
from tests.projects_app.scripted import Scripted, project

PATH = f"/v1/projects/{ID}"


def sent_token(provider: Scripted) -> str:
    return str(provider.body()["webhookUrl"]).rpartition("/")[2]


def test_what_waited_is_sent_with_an_address_that_works(provider: Scripted, waiting: Project, alice: User) -> None:
    old = call_of(waiting).hook_hash
    hook_addresses.close_all(team=waiting.team, by=alice)
    provider.on("POST", CREATE, created())
    call = send(waiting)
    token = sent_token(provider)
    assert crypto.fingerprint(token) == call.hook_hash != old
    assert hook_door.call_of(token) == call


def test_its_answer_lost_it_is_found_by_the_new_address(provider: Scripted, waiting: Project, alice: User) -> None:
    hook_addresses.close_all(team=waiting.team, by=alice)
    provider.on("POST", CREATE, httpx.ReadTimeout("no answer"))
    assert send(waiting).state == CallState.UNKNOWN
    token = sent_token(provider)
    call = hook_door.call_of(token)
    assert call is not None
    provider.on("GET", PATH, project(ID, webhookUrl=f"https://desk.harbour.example/h/{token}"))
    factories.store_hook(call=call, body=b'{"projectId": "%s"}' % ID.encode())
    webhooks.handle(WebhookEvent.objects.get().pk)
    assert WebhookEvent.objects.get().verdict == Verdict.CONFIRMED
    assert call_of(waiting).state == CallState.ACCEPTED


def test_an_export_goes_out_with_an_address_that_works(
    provider: Scripted, team: Team, alice: User, api_key: ApiKey
) -> None:
    made = factories.make_project(team, api_key=api_key, kind="captions", upstream_id=ID)
    exports.ask(project=made, by=alice, form_token=uuid.uuid4())
    made.refresh_from_db()
    hook_addresses.close_all(team=team, by=alice)
    provider.on("GET", PATH, project(ID, "completed", transcriptionStatus="COMPLETED"))
    provider.on("POST", f"{PATH}/export", httpx.Response(200, json={"id": ID, "status": "exporting"}))
    call = UpstreamCall.objects.get(operation="export")
    project_calls.deliver(call.pk)
    sent = next(each for each in provider.calls if each.method == "POST")
    token = json.loads(sent.content)["webhookUrl"].rpartition("/")[2]
    assert hook_door.call_of(token) == call


@pytest.fixture
def lost(provider: Scripted, waiting: Project) -> Project:
    provider.on("POST", CREATE, httpx.ReadTimeout("no answer"))
    send(waiting)
    waiting.refresh_from_db()
    assert waiting.state == ProjectState.UNKNOWN
    return waiting


def test_of_a_lost_answer_no_message_tells_any_more_but_a_person_can(
    provider: Scripted, lost: Project, alice: User, bob: User
) -> None:
    token = sent_token(provider)
    assert hook_door.call_of(token) is not None
    hook_addresses.close_all(team=lost.team, by=alice)
    assert hook_door.call_of(token) is None
    # The project still echoes the closed address, so a pasted id is proved by it as before.
    provider.on("GET", PATH, project(ID, webhookUrl="https://desk.harbour.example/h/" + "x" * 43))
    with pytest.raises(projects.NotNow):
        claims.claim(project=lost, text=ID, by=bob)
    provider.on("GET", PATH, project(ID, webhookUrl=f"https://desk.harbour.example/h/{token}"))
    claims.claim(project=lost, text=ID, by=bob)
    lost.refresh_from_db()
    assert (lost.upstream_id, call_of(lost).state) == (ID, CallState.ACCEPTED)


def test_nobody_waits_for_a_message_that_cannot_come(lost: Project, alice: User) -> None:
    until = projects.waits_for_message(call_of(lost))
    assert until is not None
    assert until > timezone.now()
    hook_addresses.close_all(team=lost.team, by=alice)
    assert projects.waits_for_message(call_of(lost)) is None
    assert hook_addresses.url(call_of(lost)) is not None
