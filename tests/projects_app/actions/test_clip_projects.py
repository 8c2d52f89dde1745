"""A clip opened as a project of its own."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import httpx
import pytest
from django.utils import timezone

from dashboard.models import ApiKey, AuditEvent, CallState, Team, UpstreamCall, User
from projects_app import activity
from projects_app.actions import clip_projects, exports, looks, project_calls, projects
from projects_app.models import Clip, Export, ExportState, Kind, Project, ProjectState, Source, Transcript
from publishing_app.actions import publications
from publishing_app.models import Publication
from tests import factories
from tests.projects_app.looking import WORDS
from tests.projects_app.scripted import Scripted, project

ID = "3f1c9a52-7a64-4d5b-9d40-2f6f6d1c8a01"
PATH = f"/v1/projects/{ID}"
VIDEO = "https://media.submagic.co/clip.mp4"
NEW = "https://d1.cloudfront.net/anew.mp4"


@pytest.fixture
def clip(team: Team, api_key: ApiKey) -> Clip:
    parent = factories.make_project(team, api_key=api_key, title="The whole talk", language="de")
    return factories.make_clip(parent, upstream_id=ID, title="The first lesson" * 8, decision="approved")


def seen(status: str = "completed", url: str = VIDEO, at: str = "2098-01-01T00:00:00Z", **more: Any) -> httpx.Response:
    about = {"transcriptionStatus": "COMPLETED", "directUrl": url, "updatedAt": at, "words": WORDS}
    return project(ID, status, **(about | more))


def look(made: Project) -> Project:
    looks.look(made.pk)
    made.refresh_from_db()
    return made


def test_it_is_opened_once(clip: Clip, bob: User, alice: User) -> None:
    made = clip_projects.open_clip(clip=clip, by=bob)
    assert clip_projects.open_clip(clip=clip, by=alice) == made
    assert (made.kind, made.source, made.upstream_id, made.api_key) == ("captions", "clip", ID, clip.project.api_key)
    assert (made.title, made.language, made.created_by) == (clip.title[:100], "de", bob)
    assert not UpstreamCall.objects.exists()
    assert AuditEvent.objects.filter(verb="project.opened_clip").count() == 1


def test_two_at_the_same_moment_open_one(clip: Clip, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    made = clip_projects.open_clip(clip=clip, by=bob)
    found = iter([None, made])
    monkeypatch.setattr(clip_projects, "of", lambda clip: next(found))
    assert clip_projects.open_clip(clip=clip, by=bob) == made
    assert Project.objects.filter(upstream_id=ID).count() == 1


def test_a_project_that_is_here_under_the_clips_id_is_taken(clip: Clip, bob: User) -> None:
    own = factories.make_project(clip.team, kind="captions", upstream_id=ID, api_key=clip.project.api_key)
    assert clip_projects.open_clip(clip=clip, by=bob) == own
    own.refresh_from_db()
    assert own.clip == clip


def test_a_clip_that_is_still_made_waits(clip: Clip, bob: User) -> None:
    Clip.objects.update(video="", download_url="")
    clip.refresh_from_db()
    with pytest.raises(projects.NotNow):
        clip_projects.open_clip(clip=clip, by=bob)


def test_the_first_look_brings_words_and_the_video(provider: Scripted, clip: Clip, bob: User) -> None:
    made = clip_projects.open_clip(clip=clip, by=bob)
    assert made.next_look_at is not None
    assert not made.may_export
    provider.on("GET", PATH, seen())
    assert look(made).state == ProjectState.READY
    assert made.may_export and made.may_change
    assert made.transcripts.get().text == "Hello world."
    assert Export.objects.get().state == ExportState.DONE


def test_its_words_are_searched_once(provider: Scripted, clip: Clip, bob: User, team: Team) -> None:
    made = clip_projects.open_clip(clip=clip, by=bob)
    provider.on("GET", PATH, seen())
    look(made)
    assert Transcript.objects.filter(project=clip.project, clip=clip).get().text == "Hello world."
    assert [each.clip for each in Transcript.objects.for_search(team).saying(["hello"])] == [clip]


def test_a_new_export_is_the_clips_new_video(provider: Scripted, clip: Clip, bob: User) -> None:
    made = clip_projects.open_clip(clip=clip, by=bob)
    provider.on("GET", PATH, seen(at="2026-01-01T00:00:00Z"))
    look(made)
    provider.on("POST", f"{PATH}/export", httpx.Response(200, json={"projectId": ID, "status": "exporting"}))
    export = exports.ask(project=made, by=bob, form_token=uuid.uuid4(), width=1080, height=1080)
    assert export.call
    project_calls.deliver(export.call.pk)
    provider.on("GET", PATH, seen("exporting", url="", directUrl=None))
    look(made)
    clip.refresh_from_db()
    assert (clip.upstream_status, clip.video) == ("exporting", VIDEO)
    provider.on("GET", PATH, seen(url=NEW, at="2099-01-01T00:00:00Z"))
    assert look(made).state == ProjectState.READY
    clip.refresh_from_db()
    assert (clip.upstream_status, clip.video, clip.decision) == ("completed", NEW, "approved")


def test_the_clips_decisions_are_part_of_its_activity(clip: Clip, bob: User) -> None:
    from projects_app.actions import clips

    made = clip_projects.open_clip(clip=clip, by=bob)
    clips.reset(clip=clip, by=bob)
    assert "clip.reset" in [line.event.verb for line in activity.of(made)]


# --- Publishing ---------------------------------------------------------------------------------------------------


def test_it_is_not_published_beside_its_clip(clip: Clip, bob: User, team: Team) -> None:
    made = clip_projects.open_clip(clip=clip, by=bob)
    assert publications.why_not(made)
    with pytest.raises(publications.NotPossible):
        publications.publish(team=team, target=made, platforms={"tiktok": {}}, by=bob, form_token=uuid.uuid4())
    assert not UpstreamCall.objects.exists()


def test_its_posts_are_the_clips(clip: Clip, bob: User, team: Team) -> None:
    made = clip_projects.open_clip(clip=clip, by=bob)
    post = factories.make_publication(team, clip=clip)
    factories.make_publication(team, clip=factories.make_clip(clip.project))
    assert list(Publication.objects.of_project(made.pk)) == [post]


def test_the_feed_finds_the_clip(clip: Clip, bob: User) -> None:
    from publishing_app.actions import feed_pages

    clip_projects.open_clip(clip=clip, by=bob)
    known = feed_pages._known(clip.project.api_key, [ID])
    assert known.clips == {ID: clip}
    assert known.projects == {}


# --- The real thing -----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.timeout(300)
def test_a_clip_of_the_sandbox_is_exported_by_itself(sandbox: Any, team: Team, bob: User, api_key: ApiKey) -> None:
    whole, _upload = projects.create(
        team=team,
        by=bob,
        api_key=api_key,
        kind=Kind.MAGIC_CLIPS,
        source=Source.YOUTUBE,
        source_url="https://www.youtube.com/watch?v=sandbox0002",
        title="Two tips",
        language="en",
        options={},
        form_token=uuid.uuid4(),
    )
    assert whole.call
    project_calls.deliver(whole.call.pk)
    sandbox.run_jobs()
    assert look(whole).state == ProjectState.READY
    clip = whole.clips.get(position=0)
    before = clip.video
    made = clip_projects.open_clip(clip=clip, by=bob)
    assert look(made).may_export
    Project.objects.filter(pk=made.pk).update(accepted_at=timezone.now() - dt.timedelta(hours=1))
    export = exports.ask(project=made, by=bob, form_token=uuid.uuid4(), fps=10, width=180, height=320)
    assert export.call
    project_calls.deliver(export.call.pk)
    sandbox.run_jobs()
    assert look(made).state == ProjectState.READY
    clip.refresh_from_db()
    export.refresh_from_db()
    assert export.state == ExportState.DONE
    assert clip.video == export.direct_url != before
    assert UpstreamCall.objects.get(operation="export").state == CallState.ACCEPTED
