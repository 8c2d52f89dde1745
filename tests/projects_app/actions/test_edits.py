"""Changing a project: what is sent, what becomes of it here, and what a lost answer does."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import httpx
import pytest
from django.utils import timezone

from dashboard.models import ApiKey, AuditEvent, CallState, Team, UpstreamCall, User
from projects_app.actions import edits, exports, looks, project_calls, projects
from projects_app.models import Kind, Project, ProjectState, Source
from tests import factories
from tests.projects_app.scripted import Scripted, project

ID = "3f1c9a52-7a64-4d5b-9d40-2f6f6d1c8a01"
PATH = f"/v1/projects/{ID}"
VIDEO = "https://d1.cloudfront.net/old.mp4"
AI = {"type": "ai-broll", "startTime": 1, "endTime": 4, "prompt": "A harbour at dawn", "layout": "cover"}


@pytest.fixture
def made(team: Team, api_key: ApiKey) -> Project:
    return factories.make_project(
        team,
        kind="captions",
        upstream_id=ID,
        api_key=api_key,
        direct_url=VIDEO,
        options={"templateName": "Sara", "removeSilencePace": "natural"},
        upstream_updated_at=timezone.now() - dt.timedelta(days=1),
        seen_at=timezone.now(),
    )


def ask(made: Project, by: User, **changes: Any) -> UpstreamCall:
    return edits.update(project=made, by=by, changes=changes, form_token=uuid.uuid4())


def taken(message: str = "Project updated successfully") -> httpx.Response:
    return httpx.Response(200, json={"message": message, "id": ID, "status": "processing"})


def send(call: UpstreamCall) -> UpstreamCall:
    project_calls.deliver(call.pk)
    return UpstreamCall.objects.get(pk=call.pk)


def look(made: Project) -> Project:
    looks.look(made.pk)
    made.refresh_from_db()
    return made


def seen(status: str = "completed", **more: Any) -> httpx.Response:
    about = {"transcriptionStatus": "COMPLETED", "directUrl": VIDEO, "updatedAt": "2099-01-01T00:00:00Z"}
    return project(ID, status, **(about | more))


def test_only_the_changes_are_sent(provider: Scripted, made: Project, bob: User) -> None:
    provider.on("PUT", PATH, taken())
    call = send(ask(made, bob, removeSilencePace="fast", hookTitle=False))
    assert provider.body() == {"removeSilencePace": "fast", "hookTitle": False}
    assert call.state == CallState.ACCEPTED
    assert AuditEvent.objects.get(verb="project.change_asked", actor=bob).data["fields"] == [
        "hookTitle",
        "removeSilencePace",
    ]


def test_what_was_taken_becomes_the_projects_own(provider: Scripted, made: Project, bob: User) -> None:
    provider.on("PUT", PATH, taken())
    send(ask(made, bob, removeSilencePace="fast"))
    made.refresh_from_db()
    assert made.options == {"templateName": "Sara", "removeSilencePace": "fast"}
    assert made.outdated_since is not None
    assert (made.state, made.video_url) == (ProjectState.READY, VIDEO)
    assert made.next_look_at is not None


def test_the_same_form_asks_once(made: Project, bob: User) -> None:
    token = uuid.uuid4()
    first = edits.update(project=made, by=bob, changes={"disableCaptions": True}, form_token=token)
    assert edits.update(project=made, by=bob, changes={"disableCaptions": True}, form_token=token) == first
    assert UpstreamCall.objects.count() == 1


def test_one_at_a_time(made: Project, bob: User) -> None:
    ask(made, bob, disableCaptions=True)
    with pytest.raises(projects.NotNow, match="on its way"):
        ask(made, bob, removeBadTakes=True)


def test_nothing_is_no_change(made: Project, bob: User) -> None:
    with pytest.raises(projects.NotNow):
        ask(made, bob)
    assert not UpstreamCall.objects.exists()


def test_what_this_endpoint_does_not_take_never_reaches_a_row(made: Project, bob: User) -> None:
    with pytest.raises(ValueError):
        ask(made, bob, templateName="Laura")
    assert not UpstreamCall.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [{"state": "processing"}, {"state": "exporting"}, {"transcription_status": ""}, {"kind": "magic_clips"}],
    ids=["at work", "exporting", "not transcribed", "magic clips"],
)
def test_not_while_it_cannot_be_changed(made: Project, bob: User, fields: dict[str, str]) -> None:
    Project.objects.update(**fields)
    with pytest.raises(projects.NotNow):
        ask(made, bob, disableCaptions=True)


def test_only_what_is_different_counts_as_a_change(made: Project) -> None:
    options = {"removeSilencePace": "natural", "hookTitle": True}
    assert edits.only_changed(made, options) == {"hookTitle": True}


def test_a_refusal_leaves_the_project_alone(provider: Scripted, made: Project, bob: User) -> None:
    before = Project.objects.values().get(pk=made.pk)
    provider.on(
        "PUT", PATH, httpx.Response(400, json={"error": "VALIDATION_ERROR", "message": "Invalid template name"})
    )
    call = send(ask(made, bob, hookTitle={"text": "Hello", "template": "nobody"}))
    assert call.state == CallState.REJECTED
    assert "Invalid template name" in call.problem
    assert call.body == {"hookTitle": {"text": "Hello", "template": "nobody"}}
    assert Project.objects.values().get(pk=made.pk) == before


def test_an_hourly_limit_waits(provider: Scripted, made: Project, bob: User) -> None:
    provider.on("PUT", PATH, httpx.Response(429, headers={"Retry-After": "600"}, json={"error": "R", "message": "m"}))
    assert send(ask(made, bob, disableCaptions=True)).state == CallState.READY
    made.refresh_from_db()
    assert made.state == ProjectState.READY


def test_rights_count_when_it_is_sent(provider: Scripted, made: Project, bob: User) -> None:
    call = ask(made, bob, disableCaptions=True)
    bob.memberships.all().delete()
    call = send(call)
    assert (call.state, provider.calls) == (CallState.ABANDONED, [])
    assert "may not do so" in call.problem
    made.refresh_from_db()
    assert made.state == ProjectState.READY


def test_what_waits_can_be_taken_back(made: Project, bob: User) -> None:
    call = ask(made, bob, disableCaptions=True)
    edits.leave(project=made, by=bob)
    call.refresh_from_db()
    assert (call.state, call.problem) == (CallState.ABANDONED, "")


# --- AI B-roll ----------------------------------------------------------------------------------------------------


def test_ai_broll_takes_the_project_back_to_work(provider: Scripted, made: Project, bob: User) -> None:
    provider.on("PUT", PATH, taken("Project update accepted"))
    send(ask(made, bob, items=[AI]))
    made.refresh_from_db()
    assert made.state == ProjectState.PROCESSING
    assert made.next_look_at is not None
    # An answer from before it must not end the looks.
    assert made.upstream_updated_at
    provider.on("GET", PATH, seen(updatedAt=made.upstream_updated_at.isoformat()))
    assert look(made).state == ProjectState.PROCESSING
    assert made.next_look_at is not None
    provider.on("GET", PATH, seen("processing"), seen(updatedAt="2099-01-02T00:00:00Z"))
    assert look(made).state == ProjectState.PROCESSING
    assert look(made).state == ProjectState.READY
    assert made.outdated_since is not None


# --- A lost answer ------------------------------------------------------------------------------------------------


@pytest.fixture
def lost(provider: Scripted, made: Project, bob: User) -> UpstreamCall:
    provider.on("PUT", PATH, httpx.ReadTimeout("slow"))
    call = send(ask(made, bob, removeSilencePace="fast"))
    assert call.state == CallState.UNKNOWN
    return call


def test_a_lost_answer_changes_nothing_here(lost: UpstreamCall, made: Project) -> None:
    made.refresh_from_db()
    assert (made.state, made.outdated_since) == (ProjectState.READY, None)
    assert made.options["removeSilencePace"] == "natural"
    assert made.next_look_at is not None


def test_the_field_itself_tells(provider: Scripted, lost: UpstreamCall, made: Project) -> None:
    provider.on("GET", PATH, seen(removeSilencePace="fast"))
    assert send(lost).state == CallState.ACCEPTED
    made.refresh_from_db()
    assert made.options["removeSilencePace"] == "fast"
    assert made.outdated_since is not None


def test_a_field_that_is_as_before_is_no_evidence(provider: Scripted, lost: UpstreamCall, made: Project) -> None:
    provider.on("GET", PATH, seen(removeSilencePace="natural"))
    for _ in range(3):
        assert send(lost).state == CallState.UNKNOWN
    assert provider.count("PUT", PATH) == 1


def test_of_a_field_that_is_not_shown_the_time_of_the_last_change_tells(
    provider: Scripted, made: Project, bob: User
) -> None:
    provider.on("PUT", PATH, httpx.ReadTimeout("slow"))
    call = send(ask(made, bob, disableCaptions=True))
    assert made.upstream_updated_at
    provider.on("GET", PATH, seen(updatedAt=made.upstream_updated_at.isoformat()))
    assert send(call).state == CallState.UNKNOWN
    provider.on("GET", PATH, seen())
    assert send(call).state == CallState.ACCEPTED


def test_a_dead_sender_leaves_an_unknown_outcome(provider: Scripted, made: Project, bob: User) -> None:
    call = ask(made, bob, disableCaptions=True)
    UpstreamCall.objects.update(state=CallState.SENDING, sent_at=timezone.now(), attempts=1)
    assert send(call).state == CallState.UNKNOWN
    assert provider.calls == []


def test_a_person_sees_it(lost: UpstreamCall, made: Project, bob: User) -> None:
    edits.seen(project=made, by=bob)
    lost.refresh_from_db()
    made.refresh_from_db()
    assert (lost.state, made.options["removeSilencePace"]) == (CallState.ACCEPTED, "fast")
    assert made.outdated_since is not None


def test_a_person_sends_it_again(provider: Scripted, lost: UpstreamCall, made: Project, bob: User) -> None:
    again = edits.send_again(project=made, by=bob, form_token=uuid.uuid4())
    lost.refresh_from_db()
    assert (lost.state, again.supersedes, again.body) == (CallState.ABANDONED, lost, {"removeSilencePace": "fast"})
    provider.on("PUT", PATH, taken())
    assert send(again).state == CallState.ACCEPTED


def test_a_person_leaves_it(lost: UpstreamCall, made: Project, bob: User) -> None:
    edits.leave(project=made, by=bob)
    lost.refresh_from_db()
    assert (lost.state, lost.problem) == (CallState.ABANDONED, "")
    for decide in (edits.seen, edits.leave):
        with pytest.raises(projects.NotNow):
            decide(project=made, by=bob)


# --- The real thing -----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.timeout(300)
def test_a_change_and_its_export_at_the_sandbox(sandbox: Any, team: Team, bob: User, api_key: ApiKey) -> None:
    """Made, changed with every field but media, exported in another size: what the sandbox applied is what was sent."""
    from sandbox.submagic import applied
    from tests.publishing_app.support import account_of, context_of

    work, _upload = projects.create(
        team=team,
        by=bob,
        api_key=api_key,
        kind=Kind.CAPTIONS,
        source=Source.URL,
        source_url="http://127.0.0.1:8999/submagic/samples/two-tips.mp4",
        title="Two tips",
        language="en",
        options={},
        form_token=uuid.uuid4(),
    )
    assert work.call
    send(work.call)
    sandbox.run_jobs()
    assert look(work).state == ProjectState.READY
    first = work.exports.get()
    assert (first.state, first.call) == ("done", None)
    changes = {"removeSilencePace": "fast", "hookTitle": {"text": "Two tips", "top": 40}, "disableCaptions": True}
    assert send(ask(work, bob, **changes)).state == CallState.ACCEPTED
    assert look(work).state == ProjectState.READY
    assert work.outdated_since is not None
    export = exports.ask(project=work, by=bob, form_token=uuid.uuid4(), fps=12, width=320, height=180)
    assert export.call
    assert send(export.call).state == CallState.ACCEPTED
    sandbox.run_jobs()
    assert look(work).state == ProjectState.READY
    export.refresh_from_db()
    assert (export.state, work.outdated_since) == ("done", None)
    assert export.direct_url not in ("", first.direct_url)
    assert export.options == changes
    sent = applied.entries(context_of(sandbox), account_of(api_key))["applied"]
    path = f"/v1/projects/{work.upstream_id}"
    assert [entry["fields"] for entry in sent if entry["endpoint"] == path] == [changes]
    [rendered] = [entry["fields"] for entry in sent if entry["endpoint"] == f"{path}/export"]
    assert {name: rendered[name] for name in ("fps", "width", "height")} == {"fps": 12, "width": 320, "height": 180}


# --- Beside other things ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [{"disableCaptions": True}, {"items": [AI]}], ids=["a setting", "AI B-roll"])
def test_a_video_from_before_exports_were_kept_does_not_show_a_change(
    provider: Scripted, made: Project, bob: User, changes: dict[str, Any]
) -> None:
    """Made ready by an older desk, it has no row of its own for the video that is there."""
    provider.on("PUT", PATH, taken())
    send(ask(made, bob, **changes))
    assert made.exports.get().direct_url == VIDEO
    provider.on("GET", PATH, seen())
    made = look(made)
    assert made.outdated_since is not None
    assert made.exports.count() == 1


def test_ai_broll_on_a_project_from_before_exports_were_kept_is_shown_by_its_video(
    provider: Scripted, made: Project, bob: User
) -> None:
    provider.on("PUT", PATH, taken())
    send(ask(made, bob, items=[AI]))
    provider.on("GET", PATH, seen(directUrl="https://d1.cloudfront.net/new.mp4"))
    made = look(made)
    assert made.outdated_since is None
    assert made.exports.count() == 2


def test_a_later_export_is_no_evidence_of_a_lost_change(provider: Scripted, made: Project, bob: User) -> None:
    """It moves the provider's time on by itself."""
    provider.on("PUT", PATH, httpx.ReadTimeout("slow"))
    lost = send(ask(made, bob, disableCaptions=True))
    provider.on("POST", f"{PATH}/export", httpx.Response(200, json={"projectId": ID, "status": "exporting"}))
    made.refresh_from_db()
    export = exports.ask(project=made, by=bob, form_token=uuid.uuid4())
    assert export.call is not None
    send(export.call)
    provider.on("GET", PATH, seen("exporting"))
    made = look(made)
    lost.refresh_from_db()
    assert lost.state == CallState.UNKNOWN
    assert "disableCaptions" not in made.options


def test_a_later_rendering_is_no_evidence_of_a_lost_export(provider: Scripted, made: Project, bob: User) -> None:
    """The new video is the AI B-roll's; whether the export began as well nobody can tell from it."""
    provider.on("POST", f"{PATH}/export", httpx.ReadTimeout("slow"))
    export = exports.ask(project=made, by=bob, form_token=uuid.uuid4(), fps=30)
    assert export.call is not None
    lost = send(export.call)
    made.refresh_from_db()
    provider.on("PUT", PATH, taken())
    send(ask(made, bob, items=[AI]))
    provider.on("GET", PATH, seen(directUrl="https://d1.cloudfront.net/new.mp4"))
    look(made)
    lost.refresh_from_db()
    export.refresh_from_db()
    assert (lost.state, export.state) == (CallState.UNKNOWN, "unknown")
