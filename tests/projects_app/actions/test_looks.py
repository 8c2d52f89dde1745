from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import pytest
from django.utils import timezone

from dashboard import leases
from dashboard.models import ApiKey, Team
from projects_app import media_csp
from projects_app.actions import looks
from projects_app.models import Clip, Project, ProjectState, Transcript
from tests import factories
from tests.projects_app.looking import ID, PATH, SCORES, WORDS, clip, look, make_job
from tests.projects_app.scripted import Scripted, project


@pytest.fixture
def job(team: Team, api_key: ApiKey) -> Project:
    return make_job(team, api_key)


# --- What is written -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("uploading", ProjectState.PROCESSING),
        ("processing", ProjectState.PROCESSING),
        ("TRANSCRIBING", ProjectState.TRANSCRIBING),
        ("transcribed", ProjectState.PROCESSING),
        ("exporting", ProjectState.EXPORTING),
        ("warming up", ProjectState.PROCESSING),
    ],
)
def test_every_status_under_way_is_shown(provider: Scripted, job: Project, status: str, state: str) -> None:
    provider.on("GET", PATH, project(ID, status, updatedAt="2026-01-01T00:00:00Z"))
    assert look(job).state == state
    assert job.next_look_at is not None


def test_a_status_nobody_knows_is_shown_as_the_provider_wrote_it(provider: Scripted, job: Project) -> None:
    provider.on("GET", PATH, project(ID, "Warming up"))
    assert look(job).status_word == "Warming up"
    assert not job.is_final


def test_clips_come_with_scores_links_and_places(provider: Scripted, job: Project, team: Team) -> None:
    provider.on("GET", PATH, project(ID, "processing", magicClips=[clip("one"), clip("two", "processing")]))
    assert look(job).state == ProjectState.PROCESSING
    first, second = job.clips.order_by("position")
    assert (first.title, first.virality_total, first.hook_strength) == ("About one", 87, 23)
    assert first.scores == SCORES
    assert first.video == "https://d1.cloudfront.net/one.mp4"
    assert (second.video, second.virality_total, second.position) == ("", None, 1)
    assert "https://d1.cloudfront.net" in media_csp.remembered(team.pk)


def test_it_is_ready_when_every_clip_has_come_to_an_end(provider: Scripted, job: Project) -> None:
    provider.on("GET", PATH, project(ID, "completed", magicClips=[clip("one"), clip("two", "processing")]))
    assert look(job).state == ProjectState.PROCESSING
    provider.on("GET", PATH, project(ID, "completed", magicClips=[clip("one"), clip("two", "failed")]))
    assert look(job).state == ProjectState.READY
    assert job.finished_at is not None


def test_decisions_stay_when_clips_are_read_again(provider: Scripted, job: Project) -> None:
    provider.on("GET", PATH, project(ID, "processing", magicClips=[clip("one")]))
    look(job)
    Clip.objects.update(decision="approved", decided_at=timezone.now())
    provider.on("GET", PATH, project(ID, "completed", magicClips=[clip("one", title="Another title")]))
    look(job)
    found = Clip.objects.get()
    assert (found.decision, found.title) == ("approved", "Another title")


def test_no_clips_at_all_is_a_question_to_a_person(provider: Scripted, job: Project) -> None:
    provider.on("GET", PATH, project(ID, "completed", magicClips=[]))
    assert look(job).state == ProjectState.NEEDS_YOU
    assert "no clips" in job.failure_reason


def test_captions_are_ready_with_a_video_only(provider: Scripted, job: Project) -> None:
    Project.objects.update(kind="captions")
    provider.on("GET", PATH, project(ID, "completed", transcriptionStatus="COMPLETED"))
    assert look(job).state == ProjectState.NEEDS_YOU
    assert job.may_export
    assert job.next_look_at is not None
    provider.on("GET", PATH, project(ID, "completed", downloadUrl="https://app.submagic.co/f"))
    assert look(job).state == ProjectState.READY
    assert job.video_url == "https://app.submagic.co/f"
    assert job.next_look_at is None


def test_a_failure_has_a_reason_and_advice(provider: Scripted, job: Project) -> None:
    provider.on("GET", PATH, project(ID, "failed", failureReason="Could not determine video duration"))
    assert look(job).state == ProjectState.FAILED
    assert job.failure_reason == "Could not determine video duration"
    assert "hour later" in job.advice
    assert job.next_look_at is None


def test_links_of_another_kind_are_not_kept(provider: Scripted, job: Project) -> None:
    Project.objects.update(kind="captions")
    provider.on("GET", PATH, project(ID, "completed", downloadUrl="javascript:alert(1)", directUrl="x" * 3000))
    assert look(job).video_url == ""


def test_words_become_a_transcript(provider: Scripted, job: Project) -> None:
    provider.on("GET", PATH, project(ID, "transcribed", words=WORDS, transcriptionStatus="COMPLETED"))
    look(job)
    found = Transcript.objects.get(clip=None)
    assert found.text == "Hello world."
    assert found.word_count == 2
    assert found.words[2] == {"id": "c", "text": "world", "type": "word", "start": 0.9, "end": 1.2}
    assert job.transcribed_at is not None


def test_unchanged_words_are_not_written_again(provider: Scripted, job: Project) -> None:
    provider.on("GET", PATH, project(ID, "transcribed", words=WORDS))
    look(job)
    before = Transcript.objects.get().updated_at
    look(job)
    assert Transcript.objects.get().updated_at == before


def test_a_clips_words_are_read_from_the_clip_itself(provider: Scripted, job: Project) -> None:
    provider.on("GET", PATH, project(ID, "completed", magicClips=[clip("one"), clip("two")]))
    provider.on("GET", "/v1/projects/one", project("one", "completed", words=WORDS))
    provider.on("GET", "/v1/projects/two", project("two", "completed"), project("two", "completed", words=WORDS))
    assert look(job).state == ProjectState.READY
    assert Transcript.objects.get().clip == Clip.objects.get(upstream_id="one")
    assert job.next_look_at is not None  # one clip's words are missing: looks go on
    look(job)
    assert Transcript.objects.exclude(clip=None).count() == 2
    assert job.next_look_at is None


def test_words_that_never_come_are_not_asked_for_for_ever(provider: Scripted, job: Project) -> None:
    provider.on("GET", PATH, project(ID, "completed", magicClips=[clip("one")]))
    provider.on("GET", "/v1/projects/one", project("one", "completed"))
    look(job)
    Project.objects.update(finished_at=timezone.now() - dt.timedelta(hours=2))
    assert look(job).next_look_at is None


# --- Forward only --------------------------------------------------------------------------------------------------


def test_an_older_answer_changes_nothing(provider: Scripted, job: Project) -> None:
    new = project(ID, "completed", updatedAt="2026-01-01T10:00:00Z", magicClips=[clip("one")])
    old = project(ID, "processing", updatedAt="2026-01-01T09:00:00Z", magicClips=[clip("one", "processing")])
    provider.on("GET", PATH, new, old)
    look(job)
    assert look(job).state == ProjectState.READY
    assert Clip.objects.get().upstream_status == "completed"


def test_without_times_the_status_only_goes_forward(provider: Scripted, job: Project) -> None:
    provider.on("GET", PATH, project(ID, "exporting"), project(ID, "transcribing"))
    look(job)
    assert look(job).upstream_status == "exporting"


def test_a_newer_export_takes_a_finished_one_back_to_work(provider: Scripted, job: Project) -> None:
    Project.objects.update(kind="captions")
    first = project(ID, "completed", updatedAt="2026-01-01T10:00:00Z", directUrl="https://d1.cloudfront.net/v.mp4")
    provider.on("GET", PATH, first, project(ID, "exporting", updatedAt="2026-01-01T11:00:00Z"))
    look(job)
    assert look(job).state == ProjectState.EXPORTING
    assert job.video_url == "https://d1.cloudfront.net/v.mp4"  # the old one plays until the new one is there


# --- The real thing ------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.timeout(300)
def test_the_sandboxs_real_work_ends_as_clips_words_and_scores(sandbox: Any, team: Team, api_key: ApiKey) -> None:
    """A video with speech goes through the recogniser and the cutter; nothing here is made up."""
    from dashboard import remote
    from providers.submagic import CreateMagicClips

    with remote.client_for(api_key) as client:
        made = client.create_magic_clips(
            CreateMagicClips(title="Tips", language="en", youtube_url="https://www.youtube.com/watch?v=sandbox0002")
        )
    job = factories.make_project(
        team, api_key=api_key, state="processing", upstream_id=made.id, upstream_status="", transcription_status=""
    )
    sandbox.run_jobs()
    assert look(job).state == ProjectState.READY
    clips = list(job.clips.all())
    assert clips
    for each in clips:
        assert each.virality_total is not None
        assert media_csp.safe_media_url(each.video)
        assert each.transcript.word_count > 3
    whole = Transcript.objects.get(project=job, clip=None)
    assert "video" in whole.text.lower()
    assert job.duration


# --- Two at the same moment ------------------------------------------------------------------------------------------


def test_an_export_that_begins_while_it_is_read_is_not_overwritten_by_the_older_answer(
    provider: Scripted, job: Project
) -> None:
    def exported_meanwhile(request: httpx.Request) -> httpx.Response:
        looks.soon(job, state=ProjectState.EXPORTING)
        return project(ID, "completed", magicClips=[clip("one")])

    provider.on("GET", PATH, exported_meanwhile)
    assert look(job).state == ProjectState.EXPORTING
    assert job.next_look_at is not None and job.next_look_at <= timezone.now()


def test_a_second_delivery_while_it_is_read_makes_the_next_look_no_later(provider: Scripted, job: Project) -> None:
    """The sweeper may find a new row before its first look has ended, and moves its time ahead by a minute."""

    def delivered_meanwhile(request: httpx.Request) -> httpx.Response:
        later = timezone.now() + dt.timedelta(seconds=500)
        Project.objects.update(next_look_at=later)
        return project(ID, "processing")

    provider.on("GET", PATH, delivered_meanwhile)
    assert looks.look(job.pk)
    job.refresh_from_db()
    assert job.next_look_at and (job.next_look_at - timezone.now()).total_seconds() <= 33


def test_a_look_that_is_asked_for_while_it_is_read_is_made(provider: Scripted, job: Project) -> None:
    def asked_meanwhile(request: httpx.Request) -> httpx.Response:
        looks.soon(job)
        return project(ID, "completed", magicClips=[clip("one")])

    provider.on("GET", PATH, asked_meanwhile)
    assert look(job).state == ProjectState.READY
    assert job.next_look_at is not None and job.next_look_at <= timezone.now()


def test_of_many_messages_about_one_row_the_first_makes_the_look(provider: Scripted, job: Project) -> None:
    """While a queue is long the sweep delivers a row more than once."""
    provider.on("GET", PATH, project(ID, "processing"))
    Project.objects.update(next_look_at=timezone.now())
    assert leases.sweep()  # tasks run at once in tests
    assert provider.count("GET", PATH) == 1
    Project.objects.update(next_look_at=timezone.now() + dt.timedelta(minutes=10))
    assert not looks.look_if_due(job.pk)
    assert provider.count("GET", PATH) == 1
