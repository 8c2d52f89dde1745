from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import IntegrityError

from dashboard.actions import upstream_calls
from dashboard.models import ApiKey, AuditEvent, CallState, Team, UpstreamCall, User
from projects_app.actions import projects, uploads
from projects_app.models import Kind, Project, ProjectState, Source, Upload
from providers.errors import UnknownOutcome

YOUTUBE = "https://www.youtube.com/watch?v=sandbox0002"


def start(team: Team, by: User, api_key: ApiKey, **more: Any) -> tuple[Project, Upload | None]:
    values: dict[str, Any] = {
        "kind": Kind.MAGIC_CLIPS,
        "source": Source.YOUTUBE,
        "source_url": YOUTUBE,
        "title": "A talk",
        "language": "en",
        "options": {"minClipLength": 20},
        "form_token": uuid.uuid4(),
    }
    return projects.create(team=team, by=by, api_key=api_key, **(values | more))


def test_a_youtube_project_waits_to_be_sent(team: Team, bob: User, api_key: ApiKey) -> None:
    project, upload = start(team, bob, api_key)
    assert upload is None
    assert project.state == ProjectState.QUEUED
    assert project.call is not None
    assert project.call.operation == "create_magic_clips"
    assert project.call.body == {"title": "A talk", "language": "en", "minClipLength": 20, "youtubeUrl": YOUTUBE}
    assert project.call.next_look_at is not None
    assert AuditEvent.objects.filter(verb="project.created", actor=bob).exists()


def test_a_links_body_names_the_video(team: Team, bob: User, api_key: ApiKey) -> None:
    project, _upload = start(
        team, bob, api_key, kind=Kind.CAPTIONS, source=Source.URL, source_url="https://a.com/v.mp4", options={}
    )
    assert project.call is not None
    assert project.call.operation == "create_project"
    assert project.call.body["videoUrl"] == "https://a.com/v.mp4"


def test_a_file_opens_an_upload_and_its_relay_drives_the_call(team: Team, bob: User, api_key: ApiKey) -> None:
    project, upload = start(
        team, bob, api_key, source=Source.UPLOAD, source_url="", filename="talk.mp4", size=5000, fingerprint="f"
    )
    assert upload is not None
    assert (upload.project, upload.size, upload.filename) == (project, 5000, "talk.mp4")
    assert project.state == ProjectState.DRAFT
    assert project.call is not None
    assert (project.call.operation, project.call.next_look_at) == ("upload_magic_clips", None)


def test_the_same_form_twice_is_one_project(team: Team, bob: User, api_key: ApiKey) -> None:
    token = uuid.uuid4()
    project, _upload = start(team, bob, api_key, form_token=token)
    with pytest.raises(IntegrityError):
        start(team, bob, api_key, form_token=token)
    assert projects.by_form_token(team, token) == project


def test_another_teams_form_token_finds_nothing(team: Team, other_team: Team, bob: User, api_key: ApiKey) -> None:
    token = uuid.uuid4()
    start(team, bob, api_key, form_token=token)
    assert projects.by_form_token(other_team, token) is None


def test_a_file_that_cannot_be_taken_leaves_nothing_behind(team: Team, bob: User, api_key: ApiKey) -> None:
    with pytest.raises(uploads.Unacceptable):
        start(team, bob, api_key, source=Source.UPLOAD, source_url="", filename="talk.mp4", size=0)
    assert not Project.objects.exists()
    assert not UpstreamCall.objects.exists()
    assert not AuditEvent.objects.exists()


def test_accepted_makes_it_due_for_a_look(team: Team, bob: User, api_key: ApiKey) -> None:
    project, _upload = start(team, bob, api_key)
    projects.accepted(project=project, upstream_id="abc", reply={"status": "processing"})
    project.refresh_from_db()
    assert (project.state, project.upstream_id) == (ProjectState.PROCESSING, "abc")
    assert project.next_look_at is not None
    assert project.accepted_at is not None


def test_refused_ends_it_with_reason_and_advice(team: Team, bob: User, api_key: ApiKey) -> None:
    project, _upload = start(team, bob, api_key)
    projects.refused(project=project, problem="No credits.", advice="Add some.")
    project.refresh_from_db()
    assert (project.state, project.failure_reason, project.advice) == (ProjectState.FAILED, "No credits.", "Add some.")
    assert project.finished_at is not None


def unknown(project: Project) -> UpstreamCall:
    assert project.call is not None
    assert upstream_calls.begin(project.call)
    upstream_calls.fail(project.call, UnknownOutcome("It is not known.", advice="Wait."))
    projects.outcome_unknown(project=project)
    return project.call


def test_send_again_makes_a_new_call_that_names_the_old_one(team: Team, bob: User, api_key: ApiKey) -> None:
    project, _upload = start(team, bob, api_key)
    old = unknown(project)
    new = projects.send_again(project=project, by=bob)
    old.refresh_from_db()
    project.refresh_from_db()
    assert old.state == CallState.ABANDONED
    assert new.supersedes == old
    assert new.hook_hash != old.hook_hash
    assert (project.call, project.state) == (new, ProjectState.QUEUED)


def test_send_again_from_a_second_tab_sends_nothing(team: Team, bob: User, api_key: ApiKey) -> None:
    """What the second request read is from before the first one, whose new call is through already."""
    project, _ = start(team, bob, api_key)
    unknown(project)
    stale = Project.objects.select_related("team", "api_key", "call").get(pk=project.pk)
    new = projects.send_again(project=project, by=bob)
    upstream_calls.begin(new)
    upstream_calls.accept(new, upstream_id="abc", reply={})
    projects.accepted(project=project, upstream_id="abc", reply={})
    with pytest.raises(projects.NotNow):
        projects.send_again(project=stale, by=bob)
    assert UpstreamCall.objects.filter(target_id=project.pk).count() == 2


def test_send_again_is_refused_while_it_is_on_its_way(team: Team, bob: User, api_key: ApiKey) -> None:
    project, _upload = start(team, bob, api_key)
    with pytest.raises(projects.NotNow):
        projects.send_again(project=project, by=bob)
    assert UpstreamCall.objects.count() == 1


def test_an_accepted_project_is_never_sent_again(team: Team, bob: User, api_key: ApiKey) -> None:
    project, _upload = start(team, bob, api_key)
    assert project.call is not None
    upstream_calls.accept(project.call, upstream_id="abc", reply={})
    projects.accepted(project=project, upstream_id="abc", reply={})
    with pytest.raises(projects.NotNow):
        projects.send_again(project=project, by=bob)


def test_give_up_settles_the_call(team: Team, bob: User, api_key: ApiKey) -> None:
    project, _upload = start(team, bob, api_key)
    call = unknown(project)
    projects.give_up(project=project, by=bob)
    call.refresh_from_db()
    assert call.state == CallState.ABANDONED
    assert project.state == ProjectState.FAILED
    assert AuditEvent.objects.filter(verb="project.given_up", actor=bob).exists()
