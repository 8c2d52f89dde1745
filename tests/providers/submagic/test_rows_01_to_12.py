"""The contradictions of the documents, row by row, as the client and the desk settle them: rows 1 to 12."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from dashboard import budgets
from dashboard.actions import upstream_calls
from dashboard.models import ApiKey, CallState, RateWindow, Team, User
from projects_app import catalogue, rules
from projects_app.actions import exports, looks, project_calls, uploads
from projects_app.models import ExportState, Kind, ProjectState
from providers import errors
from providers.ratelimit import RateHeaders
from providers.submagic import Clip, Created, Exported, Updated, limits
from providers.submagic import Project as Seen
from tests import factories
from tests.projects_app import scripted
from tests.projects_app.movies import mp4
from tests.projects_app.scripted import Scripted
from tests.projects_app.sending import open_upload, patch
from tests.providers.submagic.calls import fails
from tests.providers.submagic.rows import ID, PATH, deliver, live_key, make_job, wanted
from tests.providers.submagic.support import answering, example

BUSY = {"error": "RATE_LIMIT_EXCEEDED", "message": "Too many requests", "retryAfter": 30}


def headers(endpoint: str, limit: int, remaining: int) -> RateHeaders:
    now = timezone.now().timestamp()
    return RateHeaders(endpoint, limit=limit, remaining=remaining, reset=now + 3600, clock=now, status=200)


def test_row_01_creating_starts_at_30_an_hour_learns_500_and_waits_instead_of_failing(
    team: Team, bob: User, provider: Scripted
) -> None:
    key = live_key(team)
    assert [budgets.turn(key, "projects.create", click=True) for _ in range(30)] == [0.0] * 30
    assert budgets.turn(key, "projects.create", click=True) > 0
    budgets.learn(key, headers("projects.create", 500, 469))
    assert budgets.turn(key, "projects.create", click=True) == 0.0
    # Should it be 30 after all: the refused call waits for its turn, and nothing is lost.
    RateWindow.objects.all().delete()
    provider.on("POST", "/v1/projects", httpx.Response(429, json=BUSY))
    made = deliver(wanted(team, bob, key))
    assert made.call is not None
    assert (made.call.state, made.state) == (CallState.READY, ProjectState.QUEUED)
    assert provider.count("POST", "/v1/projects") == 1


def test_row_02_reading_a_project_is_held_to_100_an_hour_for_all_jobs_of_a_key_and_gets_rarer_with_age(
    team: Team,
) -> None:
    key = live_key(team)
    assert (limits.rate("projects.get").start, limits.rate("projects.get").most) == (100, 500)
    spent = 0
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _minute in range(59):
            while not budgets.turn(key, "projects.get"):
                spent += 1
            clock.shift(dt.timedelta(minutes=1))
        assert 60 <= spent <= 80, "within an hour looks leave some reads to people"
        assert budgets.turn(key, "projects.get", click=True) == 0.0
    ages = [dt.timedelta(minutes=1), dt.timedelta(minutes=30), dt.timedelta(days=2), dt.timedelta(days=30)]
    jobs = [make_job(team, key, upstream_id=f"p{age}", accepted_at=timezone.now() - age) for age in ages]
    paces = [looks.pace(job) for job in jobs]
    assert paces == sorted(paces) and paces[0] < paces[-1]


def test_row_03_unstated_limits_have_a_careful_number_each(team: Team) -> None:
    assert (limits.rate("projects.export").start, limits.rate("projects.export").most) == (50, 50)
    assert limits.rate("something.new") == limits.UNSTATED
    assert limits.UNSTATED.start == 100
    unstated = ("projects.publish", "projects.published", "magic_clips.create", "user_media.upload")
    assert all(limits.rate(name).start <= 100 and limits.rate(name).source for name in unstated)
    shown = {row.endpoint: row for row in budgets.shown(live_key(team))}
    assert shown["projects.published"].source == budgets.Source.GUESS
    assert shown["projects.export"].source == budgets.Source.DOCUMENTED


def test_row_04_languages_are_asked_once_a_day_and_counted_at_100(provider: Scripted, api_key: ApiKey) -> None:
    provider.on("GET", "/v1/languages", httpx.Response(200, json=example("languages")))
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for hours in (0, 12, 11.9):
            clock.shift(dt.timedelta(hours=hours))
            assert len(catalogue.languages(api_key).values) == 13
        assert provider.count("GET", "/v1/languages") == 1
        clock.shift(dt.timedelta(hours=1))
        catalogue.languages(api_key)
        assert provider.count("GET", "/v1/languages") == 2
    assert limits.rate("languages").start == 100


TEN = {"Date": "Mon, 15 Jan 2024 10:00:00 GMT"}
# The end of the hour, far later than what is stated for the refusal itself.
RESET = {"X-RateLimit-Limit": "30", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1705315800"}
BARE = {"error": "RATE_LIMIT_EXCEEDED"}


@pytest.mark.parametrize(
    ("sent", "body", "wait", "stated"),
    [
        # Each has all that come after it beside it, with another time, so that only the right order passes.
        (TEN | RESET | {"Retry-After": "45"}, BUSY, 45, True),
        (TEN | RESET | {"Retry-After": "20"}, BUSY, 20, True),
        (TEN | RESET | {"Retry-After": "Mon, 15 Jan 2024 10:02:00 GMT"}, BUSY, 120, True),
        (TEN | RESET, BUSY, 30, True),
        (TEN | RESET, {**BUSY, "retryAfter": 60}, 60, True),
        (TEN | RESET, BARE, 3000, True),
        (TEN | RESET | {"X-RateLimit-Remaining": "7"}, BARE, 60, False),
        ({}, BARE, 60, False),
        ({"Retry-After": "0"}, BARE, 5, False),
    ],
    ids=[
        *("header above body", "header below body", "header date", "body 30", "body 60"),
        *("reset alone", "reset of another window", "nothing", "header 0"),
    ],
)
def test_row_05_the_time_to_wait_comes_from_the_header_then_the_body_then_a_backoff_with_jitter(
    team: Team, sent: dict[str, str], body: Any, wait: float, stated: bool
) -> None:
    error = fails("create_project", answering(429, body, sent))
    assert isinstance(error, errors.RateLimited)
    assert (error.wait_seconds, error.stated) == (wait, stated)
    call = factories.make_call(team, state=CallState.SENDING, sent_at=timezone.now(), attempts=1)
    before = timezone.now()
    assert upstream_calls.fail(call, error) == CallState.READY
    assert call.next_look_at is not None
    waits = (call.next_look_at - before).total_seconds()
    assert wait <= waits <= wait * 1.1 + 1


def test_row_06_over_2_gb_the_documents_disagree_and_over_10_gb_they_do_not() -> None:
    captions, clips = limits.UPLOADS["projects.upload"], limits.UPLOADS["magic_clips.upload"]
    assert (captions.warn, captions.block) == (2 * 1024**3, 10 * 1024**3)
    assert (clips.warn, clips.block) == (10 * 1024**3, 10 * 1024**3)
    assert "2 GB" in captions.source and "10 GB" in captions.source
    # Between the two numbers Submagic decides; over both we do, and say whose rule it is.
    uploads.check(kind=Kind.CAPTIONS, filename="talk.mp4", size=captions.warn + 1)
    with pytest.raises(uploads.Unacceptable) as refused:
        uploads.check(kind=Kind.CAPTIONS, filename="talk.mp4", size=captions.block + 1)
    assert "10 GB" in refused.value.message and refused.value.advice
    assert uploads.warning(kind=Kind.CAPTIONS, size=captions.warn) == ""
    said = uploads.warning(kind=Kind.CAPTIONS, size=captions.warn + 1)
    assert "may refuse" in said and "2 GB" in said and "10 GB" in said
    refusal = fails("upload_project", answering(400, example("errors/upload_project.400.file_size_exceeds_10gb_limit")))
    assert "File size exceeds 10GB limit" in refusal.message


def test_row_07_two_hours_are_120_minutes_and_only_a_known_length_is_checked() -> None:
    assert limits.LONGEST_VIDEO == 2 * 3600 == 120 * 60
    assert rules.findings(Kind.CAPTIONS, {}, None) == []
    assert rules.findings(Kind.CAPTIONS, {}, 7200) == []
    [finding] = rules.findings(Kind.CAPTIONS, {}, 7201)
    assert finding.blocks and "2 hours" in finding.text


@pytest.mark.parametrize("kind", [Kind.CAPTIONS, Kind.MAGIC_CLIPS])
def test_row_07_a_file_that_arrives_is_held_to_the_same_two_hours(
    team: Team, bob: User, client_of: Callable[[User], Client], kind: Kind
) -> None:
    desk = client_of(bob)
    for seconds, status in ((7200, 204), (7201, 422)):
        movie = mp4(seconds=seconds)
        upload = open_upload(team, bob, len(movie), kind=kind, options={})
        answer = patch(desk, upload, movie)
        assert answer.status_code == status, answer.content
        upload.refresh_from_db()
        assert upload.project.state == (ProjectState.UPLOADING if status == 204 else ProjectState.FAILED)
    assert "120 minutes" in upload.project.failure_reason and "Nothing was spent" in upload.project.advice


@pytest.mark.parametrize("status", ["uploading", "transcribed", "Dreaming"])
def test_row_08_a_status_that_the_list_omits_is_in_progress_and_shown_as_it_came(
    team: Team, api_key: ApiKey, provider: Scripted, status: str
) -> None:
    job = make_job(team, api_key)
    provider.on("GET", PATH, scripted.project(ID, status, updatedAt=timezone.now().isoformat()))
    assert looks.look(job.pk)
    job.refresh_from_db()
    assert (job.state, job.upstream_status) == (ProjectState.PROCESSING, status)
    assert job.status_word == (status if status == "Dreaming" else "processing")
    assert not job.is_final and job.next_look_at is not None


@pytest.mark.parametrize(
    ("status", "transcription", "possible"),
    [
        ("completed", "COMPLETED", True),
        ("transcribed", "COMPLETED", True),
        ("processing", "COMPLETED", True),
        ("processing", "PROCESSING", False),
        ("uploading", "COMPLETED", False),
        ("exporting", "COMPLETED", False),
        ("completed", "FAILED", False),
    ],
)
def test_row_09_export_is_open_once_transcribed_and_not_uploading_or_exporting(
    team: Team, api_key: ApiKey, status: str, transcription: str, possible: bool
) -> None:
    seen = Seen.from_json({"id": ID, "status": status, "transcriptionStatus": transcription})
    assert seen.can_export == possible
    job = make_job(team, api_key, state="needs_you", upstream_status=status, transcription_status=transcription)
    assert job.may_export == possible


def test_row_10_an_export_that_is_refused_shows_the_words_of_submagic(
    team: Team, bob: User, api_key: ApiKey, provider: Scripted
) -> None:
    job = make_job(team, api_key, state="needs_you", upstream_status="completed", transcription_status="COMPLETED")
    refusal = {"error": "BAD_REQUEST", "message": "Project was not created via API"}
    provider.on("POST", f"{PATH}/export", httpx.Response(400, json=refusal))
    asked = exports.ask(project=job, by=bob, form_token=uuid.uuid4())
    assert asked.call is not None
    project_calls.deliver(asked.call.pk)
    assert provider.count("POST", f"{PATH}/export") == 1
    asked.refresh_from_db()
    assert asked.state == ExportState.FAILED
    assert "Project was not created via API" in asked.problem


@pytest.mark.parametrize("word", ["completed", "COMPLETED", "Completed"])
def test_row_11_statuses_are_compared_in_any_case(word: str) -> None:
    seen = Seen.from_json({"id": ID, "status": word, "transcriptionStatus": word, "directUrl": "https://a.b/c"})
    assert seen.is_completed and seen.is_transcribed
    clip = Clip.from_json({"id": "c", "status": word})
    assert clip.is_completed


@pytest.mark.parametrize("name", ["id", "projectId"])
def test_row_12_the_project_is_named_id_or_project_id(name: str) -> None:
    answer = {name: ID, "status": "processing"}
    assert {kind.from_json(answer).id for kind in (Created, Exported, Updated, Seen)} == {ID}
    with pytest.raises(errors.BadAnswer):
        Exported.from_json({"status": "exporting"})
