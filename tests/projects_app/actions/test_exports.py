"""Several exports of one project: each asked for once, each with its own end."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import httpx
import pytest
import time_machine
from django.utils import timezone

from dashboard import budgets
from dashboard.models import ApiKey, AuditEvent, CallState, Team, UpstreamCall, User
from projects_app.actions import edits, exports, looks, project_calls, projects, rendering
from projects_app.actions.projects import NotNow
from projects_app.models import Export, ExportState, Project, ProjectState
from tests import factories
from tests.dashboard.budget_help import headers
from tests.projects_app.scripted import Scripted, project

ID = "3f1c9a52-7a64-4d5b-9d40-2f6f6d1c8a01"
PATH = f"/v1/projects/{ID}"
EXPORT = f"{PATH}/export"
OLD = "https://d1.cloudfront.net/old.mp4"
NEW = "https://d1.cloudfront.net/new.mp4"


@pytest.fixture
def made(team: Team, api_key: ApiKey) -> Project:
    """Captions that are done and have a video."""
    return factories.make_project(
        team,
        kind="captions",
        upstream_id=ID,
        api_key=api_key,
        direct_url=OLD,
        options={"templateName": "Sara"},
        upstream_updated_at=timezone.now() - dt.timedelta(days=1),
        seen_at=timezone.now(),
    )


@pytest.fixture
def bare(made: Project) -> Project:
    """Captions that are done and came without a video."""
    made.direct_url, made.state = "", ProjectState.NEEDS_YOU
    made.save()
    return made


def ask(made: Project, by: User, **numbers: int) -> Export:
    return exports.ask(project=made, by=by, form_token=uuid.uuid4(), **numbers)


def taken() -> httpx.Response:
    return httpx.Response(200, json={"message": "Export started", "projectId": ID, "status": "exporting"})


def send(export: Export) -> Export:
    assert export.call is not None
    project_calls.deliver(export.call.pk)
    return fresh(export)


def fresh(export: Export) -> Export:
    return Export.objects.select_related("call", "project__team").get(pk=export.pk)


def look(made: Project) -> Project:
    looks.look(made.pk)
    made.refresh_from_db()
    return made


def done(url: str, at: str = "2099-01-01T00:00:00Z", **more: Any) -> httpx.Response:
    return project(ID, "completed", transcriptionStatus="COMPLETED", directUrl=url, updatedAt=at, **more)


def unchanged(made: Project) -> httpx.Response:
    """What the provider said before anything was asked."""
    assert made.upstream_updated_at
    return done(OLD, made.upstream_updated_at.isoformat())


# --- Asking -------------------------------------------------------------------------------------------------------


def test_it_is_sent_with_what_was_chosen_and_an_address_of_its_own(
    provider: Scripted, made: Project, bob: User
) -> None:
    provider.on("POST", EXPORT, taken())
    export = send(ask(made, bob, fps=30, width=1080, height=1920))
    body = provider.body()
    assert body.pop("webhookUrl").startswith("https://desk.harbour.example/h/")
    assert body == {"fps": 30, "width": 1080, "height": 1920}
    assert (export.state, export.asked_by, str(export)) == (ExportState.RUNNING, bob, "1080×1920 30 fps")
    assert export.options == {"templateName": "Sara"}
    made.refresh_from_db()
    assert made.state == ProjectState.EXPORTING
    assert AuditEvent.objects.filter(verb="project.export_asked", actor=bob).exists()


def test_as_recorded_sends_no_numbers(provider: Scripted, made: Project, bob: User) -> None:
    provider.on("POST", EXPORT, taken())
    send(ask(made, bob))
    assert list(provider.body()) == ["webhookUrl"]


def test_the_same_form_asks_once(made: Project, bob: User) -> None:
    token = uuid.uuid4()
    first = exports.ask(project=made, by=bob, form_token=token)
    assert exports.ask(project=made, by=bob, form_token=token) == first
    assert UpstreamCall.objects.count() == 1


def test_one_at_a_time(made: Project, bob: User) -> None:
    ask(made, bob)
    with pytest.raises(projects.NotNow):
        ask(made, bob)


@pytest.mark.parametrize(
    "fields",
    [
        {"transcription_status": "PROCESSING"},
        {"upstream_status": "uploading"},
        {"upstream_status": "exporting"},
        {"upstream_id": ""},
        {"kind": "magic_clips"},
    ],
    ids=["not transcribed", "uploading", "exporting", "not there", "magic clips"],
)
def test_what_the_provider_would_not_render_is_not_asked_for(made: Project, bob: User, fields: dict[str, str]) -> None:
    Project.objects.update(**fields)
    with pytest.raises(projects.NotNow):
        ask(made, bob)
    assert not UpstreamCall.objects.exists()


def test_a_video_that_failed_to_render_can_be_exported_again(made: Project, bob: User) -> None:
    Project.objects.update(state="failed", upstream_status="failed")
    assert ask(made, bob).state == ExportState.ASKED


# --- Its end ------------------------------------------------------------------------------------------------------


def test_it_is_done_with_a_video_of_its_own(provider: Scripted, made: Project, bob: User) -> None:
    provider.on("POST", EXPORT, taken())
    export = send(ask(made, bob))
    provider.on(
        "GET", PATH, project(ID, "exporting", transcriptionStatus="COMPLETED", updatedAt="2098-01-01T00:00:00Z")
    )
    assert look(made).state == ProjectState.EXPORTING
    assert fresh(export).state == ExportState.RUNNING
    provider.on("GET", PATH, done(NEW))
    assert look(made).state == ProjectState.READY
    export = fresh(export)
    assert (export.state, export.direct_url) == (ExportState.DONE, NEW)
    assert export.finished_at is not None


def test_two_different_ones_are_kept(provider: Scripted, made: Project, bob: User) -> None:
    provider.on("POST", EXPORT, taken())
    small = send(ask(made, bob, width=720, height=1280))
    provider.on("GET", PATH, done(NEW, "2098-01-01T00:00:00Z"))
    look(made)
    large = send(ask(made, bob, fps=60))
    provider.on("GET", PATH, done("https://d1.cloudfront.net/large.mp4", "2099-01-01T00:00:00Z"))
    look(made)
    assert [(each.state, each.direct_url[-9:]) for each in (fresh(small), fresh(large))] == [
        ("done", "t/new.mp4"),
        ("done", "large.mp4"),
    ]
    first = Export.objects.get(call=None)  # the video that was there before anything was asked
    assert list(Export.objects.done()) == [large, small, first]
    assert first.direct_url == OLD


@pytest.mark.parametrize("times", [1, 3])
def test_an_older_answer_ends_nothing(provider: Scripted, made: Project, bob: User, times: int) -> None:
    provider.on("POST", EXPORT, taken())
    export = send(ask(made, bob))
    provider.on("GET", PATH, unchanged(made))
    for _ in range(times):
        assert look(made).state == ProjectState.EXPORTING
    assert fresh(export).state == ExportState.RUNNING
    assert made.next_look_at is not None
    provider.on("GET", PATH, done(NEW))
    assert look(made).state == ProjectState.READY
    assert fresh(export).state == ExportState.DONE


def test_an_answer_with_a_change_that_no_look_had_shown_ends_nothing(
    provider: Scripted, made: Project, bob: User
) -> None:
    """A change moves the provider's time too; only a time after the asking, or another video, is the export's."""
    Project.objects.update(outdated_since=timezone.now(), seen_at=timezone.now() - dt.timedelta(hours=1))
    provider.on("POST", EXPORT, taken())
    export = send(ask(made, bob))
    just_before = (timezone.now() - dt.timedelta(seconds=20)).isoformat()
    provider.on("GET", PATH, done(OLD, just_before))
    assert look(made).state == ProjectState.EXPORTING
    assert fresh(export).state == ExportState.RUNNING


def test_the_same_address_with_a_newer_time_is_a_new_video(provider: Scripted, made: Project, bob: User) -> None:
    provider.on("POST", EXPORT, taken())
    export = send(ask(made, bob))
    provider.on("GET", PATH, done(OLD, (timezone.now() + dt.timedelta(minutes=1)).isoformat()))
    assert look(made).state == ProjectState.READY
    assert fresh(export).state == ExportState.DONE


def test_nothing_new_for_an_hour_is_said(provider: Scripted, made: Project, bob: User) -> None:
    provider.on("POST", EXPORT, taken())
    export = send(ask(made, bob))
    provider.on("GET", PATH, unchanged(made))
    long_ago = timezone.now() - rendering.MAY_TAKE - dt.timedelta(minutes=1)
    UpstreamCall.objects.update(sent_at=long_ago, settled_at=long_ago)
    assert look(made).state == ProjectState.READY
    export = fresh(export)
    assert export.state == ExportState.FAILED
    assert "no new video came" in export.problem


def test_a_failed_rendering_has_its_reason(provider: Scripted, made: Project, bob: User) -> None:
    provider.on("POST", EXPORT, taken())
    export = send(ask(made, bob))
    failed = project(ID, "failed", transcriptionStatus="COMPLETED", failureReason="Out of disk", updatedAt="2099-01-01")
    provider.on("GET", PATH, failed)
    assert look(made).state == ProjectState.FAILED
    assert (fresh(export).state, fresh(export).problem) == (ExportState.FAILED, "Out of disk")
    assert made.may_export


def test_an_old_project_is_looked_at_often_after_asking(provider: Scripted, made: Project, bob: User) -> None:
    long_ago = timezone.now() - dt.timedelta(days=90)
    Project.objects.update(accepted_at=long_ago, upstream_updated_at=long_ago)
    made.refresh_from_db()
    assert looks.pace(made) == looks.RARELY
    provider.on("POST", EXPORT, taken())
    send(ask(made, bob))
    assert looks.pace(made) < 60


# --- By itself ----------------------------------------------------------------------------------------------------


def test_the_first_rendering_is_kept_as_well(provider: Scripted, made: Project) -> None:
    Project.objects.update(direct_url="", state="processing", upstream_status="processing")
    provider.on(
        "GET",
        PATH,
        project(ID, "exporting", transcriptionStatus="COMPLETED", updatedAt="2098-01-01T00:00:00Z"),
        done(NEW),
    )
    look(made)
    export = Export.objects.get()
    assert (export.state, export.call, export.asked_by) == (ExportState.RUNNING, None, None)
    look(made)
    assert Export.objects.get().direct_url == NEW
    look(made)
    assert Export.objects.get().state == ExportState.DONE


def test_a_video_that_was_there_at_the_first_look_is_kept_once(provider: Scripted, made: Project) -> None:
    provider.on("GET", PATH, done(OLD), done(f"{OLD}?token=another", "2099-01-02T00:00:00Z"))
    for _ in range(3):
        look(made)
    assert Export.objects.get().state == ExportState.DONE


def test_links_are_told_apart_by_what_they_lead_to() -> None:
    first = "https://app.submagic.co/api/file/download?path=a%2Fone.mp4&newFileName=x.mp4"
    again = "https://api.submagic.co/api/file/download?newFileName=y.mp4&path=a%2Fone.mp4"
    other = "https://app.submagic.co/api/file/download?path=a%2Ftwo.mp4&newFileName=x.mp4"
    assert rendering.identity(first) == rendering.identity(again) != rendering.identity(other)
    assert rendering.identity(f"{OLD}?Expires=1") == rendering.identity(OLD)


# --- Refused, lost, halted ----------------------------------------------------------------------------------------


REFUSAL = httpx.Response(400, json={"error": "BAD_REQUEST", "message": "Project is not ready"})


def test_a_refused_export_leaves_the_video_as_it_was(provider: Scripted, made: Project, bob: User) -> None:
    provider.on("POST", EXPORT, REFUSAL)
    export = send(ask(made, bob))
    made.refresh_from_db()
    assert (export.state, made.state, made.video_url) == (ExportState.FAILED, ProjectState.READY, OLD)
    assert "not ready" in export.problem


def test_a_refused_export_of_nothing_waits_for_a_person(provider: Scripted, bare: Project, bob: User) -> None:
    provider.on("POST", EXPORT, REFUSAL)
    send(ask(bare, bob))
    bare.refresh_from_db()
    assert bare.state == ProjectState.NEEDS_YOU
    assert "not ready" in bare.failure_reason


def test_an_hourly_limit_waits_and_is_told(provider: Scripted, made: Project, bob: User) -> None:
    provider.on(
        "POST", EXPORT, httpx.Response(429, headers={"Retry-After": "600"}, json={"error": "R", "message": "m"})
    )
    export = send(ask(made, bob))
    assert (export.state, export.call and export.call.state) == (ExportState.ASKED, CallState.READY)
    assert "limit" in export.problem


@pytest.fixture
def lost(provider: Scripted, made: Project, bob: User) -> Export:
    provider.on("POST", EXPORT, httpx.ReadTimeout("slow"))
    return send(ask(made, bob))


def test_a_lost_answer_is_shown_and_the_project_stays_usable(lost: Export, made: Project) -> None:
    made.refresh_from_db()
    assert (lost.state, made.state) == (ExportState.UNKNOWN, ProjectState.READY)
    assert lost.problem


def test_a_lost_answer_without_a_video_needs_a_person(provider: Scripted, bare: Project, bob: User) -> None:
    provider.on("POST", EXPORT, httpx.ReadTimeout("slow"))
    send(ask(bare, bob))
    bare.refresh_from_db()
    assert bare.state == ProjectState.NEEDS_YOU
    assert "not known" in bare.failure_reason


@pytest.mark.parametrize(
    "answer",
    [
        project(ID, "exporting", transcriptionStatus="COMPLETED", updatedAt="2099-01-01T00:00:00Z"),
        done(NEW),
    ],
    ids=["it renders", "it has rendered"],
)
def test_the_project_itself_tells_of_a_lost_export(
    provider: Scripted, lost: Export, made: Project, answer: httpx.Response
) -> None:
    provider.on("GET", PATH, answer)
    send(lost)
    assert fresh(lost).state in (ExportState.RUNNING, ExportState.DONE)
    assert UpstreamCall.objects.get().state == CallState.ACCEPTED
    assert provider.count("POST", EXPORT) == 1


def test_without_evidence_it_stays_open_and_is_never_sent_again(
    provider: Scripted, lost: Export, made: Project
) -> None:
    provider.on("GET", PATH, unchanged(made))
    for _ in range(3):
        send(lost)
    assert fresh(lost).state == ExportState.UNKNOWN
    assert provider.count("POST", EXPORT) == 1
    assert UpstreamCall.objects.get().looks == 3
    assert Export.objects.done().get().direct_url == OLD


def test_a_person_sees_it(provider: Scripted, lost: Export, made: Project, bob: User) -> None:
    exports.seen(export=lost, by=bob)
    made.refresh_from_db()
    assert (fresh(lost).state, made.state) == (ExportState.RUNNING, ProjectState.EXPORTING)
    provider.on("GET", PATH, unchanged(made), done(NEW))
    assert look(made).state == ProjectState.EXPORTING
    look(made)
    assert fresh(lost).state == ExportState.DONE
    assert AuditEvent.objects.filter(verb="project.export_seen", actor=bob).exists()


def test_a_person_sends_it_again(provider: Scripted, lost: Export, bob: User) -> None:
    exports.send_again(export=lost, by=bob, form_token=uuid.uuid4())
    provider.on("POST", EXPORT, taken())
    again = send(fresh(lost))
    assert again.state == ExportState.RUNNING
    assert again.call and again.call.supersedes
    assert again.call.supersedes.state == CallState.ABANDONED
    assert Export.objects.exclude(call=None).get() == lost


def test_a_person_leaves_it(lost: Export, made: Project, bob: User) -> None:
    exports.leave(export=lost, by=bob)
    made.refresh_from_db()
    assert (fresh(lost).state, made.state) == (ExportState.FAILED, ProjectState.READY)
    with pytest.raises(projects.NotNow):
        exports.leave(export=lost, by=bob)
    with pytest.raises(projects.NotNow):
        exports.send_again(export=lost, by=bob, form_token=uuid.uuid4())


def test_asking_for_another_one_is_no_answer_to_the_question(lost: Export, made: Project, bob: User) -> None:
    with pytest.raises(NotNow, match="not known"):
        ask(made, bob)
    assert fresh(lost).state == ExportState.UNKNOWN and UpstreamCall.objects.count() == 1


def test_what_waits_can_be_taken_back(made: Project, bob: User) -> None:
    export = ask(made, bob)
    exports.leave(export=export, by=bob)
    made.refresh_from_db()
    assert (fresh(export).state, made.state) == (ExportState.FAILED, ProjectState.READY)
    assert "Taken back" in fresh(export).problem


def test_rights_count_when_it_is_sent(provider: Scripted, made: Project, bob: User) -> None:
    export = ask(made, bob)
    bob.memberships.all().delete()
    send(export)
    made.refresh_from_db()
    assert (fresh(export).state, made.state) == (ExportState.FAILED, ProjectState.READY)
    assert provider.calls == []


def test_a_refused_key_parks_it(provider: Scripted, made: Project, bob: User) -> None:
    export = ask(made, bob)
    ApiKey.objects.update(state=ApiKey.State.INVALID)
    send(export)
    assert fresh(export).state == ExportState.ASKED
    assert "refused the API key" in fresh(export).problem
    ApiKey.objects.update(state=ApiKey.State.VALID)
    provider.on("POST", EXPORT, taken())
    assert send(export).state == ExportState.RUNNING
    assert fresh(export).problem == ""


# --- A change and its export --------------------------------------------------------------------------------------


def test_an_export_that_began_after_the_change_shows_it(provider: Scripted, made: Project, bob: User) -> None:
    Project.objects.update(outdated_since=timezone.now() - dt.timedelta(minutes=1))
    provider.on("POST", EXPORT, taken())
    send(ask(made, bob))
    provider.on("GET", PATH, done(NEW))
    assert look(made).outdated_since is None


def test_an_export_from_before_the_change_does_not(provider: Scripted, made: Project, bob: User) -> None:
    provider.on("POST", EXPORT, taken())
    export = send(ask(made, bob))
    Project.objects.update(outdated_since=timezone.now() + dt.timedelta(seconds=1))
    provider.on("GET", PATH, done(NEW))
    assert look(made).outdated_since is not None
    assert fresh(export).state == ExportState.DONE


# --- One that waited -----------------------------------------------------------------------------------------------


def test_a_change_that_was_taken_while_it_waited_is_in_it(
    provider: Scripted, made: Project, bob: User, api_key: ApiKey
) -> None:
    """What is known is what was known when it went out, not when it was asked for."""
    provider.on("POST", EXPORT, taken())
    provider.on("GET", PATH, unchanged(made))
    budgets.learn(api_key, headers("projects.export", 50, 0, 600))
    export = send(ask(made, bob))
    assert export.call is not None
    assert export.call.not_before is not None
    look(made)
    provider.on("PUT", PATH, httpx.Response(200, json={"id": ID, "status": "processing"}))
    change = edits.update(project=made, by=bob, changes={"removeBadTakes": True}, form_token=uuid.uuid4())
    project_calls.deliver(change.pk)
    changed = timezone.now().isoformat()
    provider.on("GET", PATH, done(OLD, changed))
    look(made)
    with time_machine.travel(export.call.not_before + dt.timedelta(seconds=1)):
        export = send(export)
    assert export.state == ExportState.RUNNING
    assert export.options == {"templateName": "Sara", "removeBadTakes": True}
    assert export.call is not None
    assert export.call.baseline["updatedAt"] == changed
    assert export.call.baseline["state"] == ProjectState.READY


def test_an_old_video_that_is_exported_moves(made: Project, bob: User) -> None:
    long_ago = timezone.now() - dt.timedelta(days=30)
    Project.objects.update(accepted_at=long_ago, created_at=long_ago, upstream_updated_at=long_ago)
    made.refresh_from_db()
    ask(made, bob)
    made.refresh_from_db()
    assert made.state == ProjectState.EXPORTING and made.stalled_since is None
    assert not Project.objects.stalled().exists()
