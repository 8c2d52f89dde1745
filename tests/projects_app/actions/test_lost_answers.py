from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import pytest
from django.utils import timezone

from dashboard.actions import restores
from dashboard.models import AuditEvent, CallState, UpstreamCall, User
from dashboard.pulse import Sign
from projects_app.actions import claims, lost_calls, projects
from projects_app.models import Project, ProjectState
from tests import factories
from tests.projects_app.json_calls import CREATE, ID, call_of, send
from tests.projects_app.scripted import Scripted, no_project, project


@pytest.fixture
def lost(provider: Scripted, waiting: Project) -> Project:
    """Sent, and the answer was lost."""
    provider.on("POST", CREATE, httpx.ReadTimeout("slow"))
    send(waiting)
    return waiting


def hook_of(provider: Scripted) -> str:
    return str(next(provider.body(n) for n, c in enumerate(provider.calls) if c.method == "POST")["webhookUrl"])


def test_a_message_under_its_own_address_brings_it_back(provider: Scripted, lost: Project) -> None:
    provider.on("GET", f"/v1/projects/{ID}", project(ID, webhookUrl=hook_of(provider)))
    factories.store_hook(call=call_of(lost), body=b'{"projectId": "%s"}' % ID.encode())
    assert send(lost).state == CallState.ACCEPTED
    assert (lost.state, lost.upstream_id) == (ProjectState.PROCESSING, ID)


@pytest.mark.parametrize(
    "more",
    [
        {"webhookUrl": "https://desk.harbour.example/h/" + "x" * 43},
        {"webhookUrl": None},
        {"webhookUrl": "https://[::1"},
    ],
    ids=["another address", "none", "malformed"],
)
def test_a_project_that_does_not_echo_the_address_is_not_taken(
    provider: Scripted, lost: Project, more: dict[str, Any]
) -> None:
    provider.on("GET", f"/v1/projects/{ID}", project(ID, **more))
    assert lost_calls.adopt(call_of(lost), ID) is lost_calls.Finding.NOT_OURS
    assert call_of(lost).state == CallState.UNKNOWN


def test_the_address_is_proof_enough_whatever_the_clocks_say(provider: Scripted, lost: Project) -> None:
    """Our clock is three minutes ahead: by it the project was made before it was asked for."""
    old = (timezone.now() - dt.timedelta(minutes=3)).isoformat()
    provider.on("GET", f"/v1/projects/{ID}", project(ID, webhookUrl=hook_of(provider), createdAt=old))
    assert lost_calls.adopt(call_of(lost), ID) is lost_calls.Finding.ADOPTED
    lost.refresh_from_db()
    assert lost.upstream_id == ID


def test_an_unreachable_provider_decides_nothing(provider: Scripted, lost: Project) -> None:
    provider.on("GET", f"/v1/projects/{ID}", httpx.Response(503))
    assert lost_calls.adopt(call_of(lost), ID) is lost_calls.Finding.CANNOT_TELL
    assert call_of(lost).state == CallState.UNKNOWN


def test_after_a_day_a_person_decides(provider: Scripted, lost: Project) -> None:
    UpstreamCall.objects.update(sent_at=timezone.now() - dt.timedelta(hours=25))
    call = send(lost)
    assert (call.state, call.next_look_at) == (CallState.UNKNOWN, None)


@pytest.mark.parametrize(
    "text", [ID, f" https://app.submagic.co/view/{ID}/ ", f"http://127.0.0.1:8999/submagic/view/{ID}"]
)
def test_a_person_pastes_id_or_link(provider: Scripted, lost: Project, bob: User, text: str) -> None:
    provider.on("GET", f"/v1/projects/{ID}", project(ID, webhookUrl=hook_of(provider)))
    claims.claim(project=Project.objects.get(), text=text, by=bob)
    lost.refresh_from_db()
    assert lost.upstream_id == ID
    assert AuditEvent.objects.get(verb="project.claimed").data == {"upstream_id": ID, "checked": True}


@pytest.mark.parametrize(
    ("text", "answer"),
    [("", None), ("../../x", None), ("https://app.submagic.co/", None), (ID, no_project()), (ID, httpx.Response(500))],
    ids=["nothing", "a path", "no id", "not there", "away"],
)
def test_a_claim_that_cannot_be_confirmed_changes_nothing(
    provider: Scripted, lost: Project, bob: User, text: str, answer: httpx.Response | None
) -> None:
    if answer:
        provider.on("GET", f"/v1/projects/{ID}", answer)
    with pytest.raises(projects.NotNow):
        claims.claim(project=Project.objects.get(), text=text, by=bob)
    assert call_of(lost).state == CallState.UNKNOWN


def test_without_a_webhook_address_the_persons_word_counts_and_is_marked(
    provider: Scripted, waiting: Project, bob: User, settings: Any
) -> None:
    """Also after the desk was given a public address: what counts is how that request went out."""
    before, settings.PUBLIC_URL = settings.PUBLIC_URL, ""
    provider.on("POST", CREATE, httpx.ReadTimeout("slow"))
    assert send(waiting).state == CallState.UNKNOWN
    assert "webhookUrl" not in provider.body(0)
    settings.PUBLIC_URL = before
    assert not projects.may_be_heard_of(call_of(waiting)) and projects.waits_for_message(call_of(waiting)) is None
    lost = waiting
    provider.on("GET", f"/v1/projects/{ID}", project(ID))
    claims.claim(project=Project.objects.get(), text=ID, by=bob)
    lost.refresh_from_db()
    assert lost.upstream_id == ID
    assert AuditEvent.objects.get(verb="project.claimed").data["checked"] is False


@pytest.mark.parametrize("restored", [False, True])
def test_a_call_without_a_mark_from_a_desk_that_nobody_can_reach_is_taken_on_the_persons_word(
    provider: Scripted, waiting: Project, bob: User, settings: Any, restored: bool
) -> None:
    """Of before such marks were made, or put in doubt before it was ever prepared to go out."""
    settings.PUBLIC_URL = ""
    if restored:
        restores.begin(sign=Sign.SAID)
        Project.objects.update(state=ProjectState.UNKNOWN)
    else:
        UpstreamCall.objects.update(state=CallState.UNKNOWN, sent_at=timezone.now())
        Project.objects.update(state=ProjectState.UNKNOWN)
    assert call_of(waiting).state == CallState.UNKNOWN and call_of(waiting).baseline == {}
    provider.on("GET", f"/v1/projects/{ID}", project(ID))
    claims.claim(project=Project.objects.get(), text=ID, by=bob)
    waiting.refresh_from_db()
    assert waiting.upstream_id == ID
