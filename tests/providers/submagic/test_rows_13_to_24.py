"""The contradictions of the documents, row by row, as the client and the desk settle them: rows 13 to 24."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard import remote
from dashboard.models import ApiKey, Environment, Team, User
from projects_app import catalogue, media_csp, rules
from projects_app.actions import edits, exports, looks, project_calls, webhooks
from projects_app.forms.edits import EditForm
from projects_app.forms.projects import NewProjectForm
from projects_app.models import Kind, Project, ProjectState, WebhookEvent
from providers.submagic import (
    Clip,
    CreateProject,
    HookTitle,
    UpdateProject,
    UploadProject,
    UserMedia,
    ViralityScores,
    Word,
    is_ready,
)
from providers.submagic import Project as Seen
from providers.submagic.create import CAPTION_FIELDS
from tests import factories
from tests.projects_app import scripted
from tests.projects_app.forms_data import filled
from tests.projects_app.scripted import Scripted
from tests.providers.submagic.examples import INDEX
from tests.providers.submagic.rows import ID, PATH, VIDEO, deliver, live_key, make_job, wanted
from tests.providers.submagic.support import answering, client, example

HOOK = "https://desk.harbour.example/h/"
SECOND = dt.timedelta(seconds=1)


def answer(name: str) -> httpx.Response:
    return httpx.Response(200, json=example(name))


@pytest.mark.parametrize("word", ["processing", "completed", ""])
def test_row_13_every_change_that_was_taken_is_still_to_be_seen(word: str) -> None:
    taken = {"message": "Project updated successfully", "id": ID} | ({"status": word} if word else {})
    with client(answering(200, taken)) as submagic:
        updated = submagic.update_project(ID, UpdateProject(disable_captions=True))
    # "Succeeds immediately" or "processing": the answer says only that it was taken.
    assert updated.status == (word or "processing")
    assert not hasattr(updated, "is_completed")


def test_row_13_a_change_is_outdated_until_an_export_that_began_later_has_ended(
    team: Team, bob: User, api_key: ApiKey, provider: Scripted
) -> None:
    video, newer = "https://d1.cloudfront.net/old.mp4", "https://d1.cloudfront.net/new.mp4"
    now = timezone.now()
    done = {"transcriptionStatus": "COMPLETED", "directUrl": video, "updatedAt": now.isoformat()}
    provider.on("GET", PATH, scripted.project(ID, "completed", **done))
    job = make_job(team, api_key)
    assert looks.look(job.pk)
    job.refresh_from_db()
    assert (job.state, job.direct_url) == (ProjectState.READY, video)
    provider.on("PUT", PATH, answer("update_project"))
    provider.on("POST", f"{PATH}/export", answer("export_project"))
    change = edits.update(project=job, by=bob, changes={"disableCaptions": True}, form_token=uuid.uuid4())
    project_calls.deliver(change.pk)
    assert provider.body() == {"disableCaptions": True}
    done |= {"updatedAt": (now + SECOND).isoformat()}
    provider.on("GET", PATH, scripted.project(ID, "completed", **done))
    assert looks.look(job.pk, force=True)
    assert Project.objects.get(pk=job.pk).outdated_since is not None
    job = Project.objects.get(pk=job.pk)
    asked = exports.ask(project=job, by=bob, form_token=uuid.uuid4())
    assert asked.call is not None
    project_calls.deliver(asked.call.pk)
    done |= {"directUrl": newer, "updatedAt": (now + 2 * SECOND).isoformat()}
    provider.on("GET", PATH, scripted.project(ID, "completed", **done))
    assert looks.look(job.pk, force=True)
    job = Project.objects.get(pk=job.pk)
    assert (job.outdated_since, job.direct_url) == (None, newer)


def test_row_14_no_choice_of_a_hook_title_sends_none_and_off_is_a_choice_of_its_own() -> None:
    base = {"title": "T", "language": "en"}
    assert "hookTitle" not in UploadProject.from_json(base).to_json()
    assert UploadProject.from_json(base | {"hookTitle": True}).to_json()["hookTitle"] is True
    assert "hookTitle" not in UpdateProject.from_json({"removeBadTakes": True}).to_json()
    assert UpdateProject.from_json({"hookTitle": False}).to_json() == {"hookTitle": False}
    own = {"hookTitle": {"text": "Look"}}
    assert UpdateProject.from_json(own).hook_title == HookTitle(text="Look")
    assert UpdateProject.from_json(own).to_json() == own


def test_row_14_the_form_tells_the_default_from_off(team: Team, api_key: ApiKey, provider: Scripted) -> None:
    for path, name in (("languages", "languages"), ("templates", "templates"), ("hook-title/templates", "templates")):
        provider.on("GET", f"/v1/{path}", answer(name))
    provider.on("GET", "/v1/hook-title/templates", answer("hook_title_templates"))
    new = NewProjectForm(filled(source="url", kind="captions", video_url=VIDEO, youtube_url=None), keys=[api_key])
    assert new.is_valid(), new.errors
    assert "hookTitle" not in new.options
    words = dict(new.fields["hook_title"].choices)
    assert "Default" in str(words[""]) and "off" not in words, "a new project has no hook title to take away"
    job = make_job(team, api_key, options={"hookTitle": True})
    edit = EditForm({"form_token": str(uuid.uuid4()), "hook_title": "off"}, project=job)
    assert edit.is_valid(), edit.errors
    assert edit.changes == {"hookTitle": False}
    assert str(dict(edit.fields["hook_title"].choices)[""]) == "Leave as it is"


def test_row_15_names_are_used_as_they_were_returned(
    team: Team, bob: User, api_key: ApiKey, provider: Scripted
) -> None:
    provider.on("GET", "/v1/templates", answer("templates"))
    provider.on("GET", "/v1/hook-title/templates", answer("hook_title_templates"))
    provider.on("POST", "/v1/projects", httpx.Response(201, json=example("create_project")))
    assert {"Kelly 2", "Mark", "seth"} <= set(catalogue.templates(api_key).values)
    assert {"kelly", "mark"} <= set(catalogue.hook_titles(api_key).values)
    options = {"templateName": "seth", "hookTitle": {"template": "mark"}}
    deliver(wanted(team, bob, api_key, options=options))
    sent = provider.body()
    assert (sent["templateName"], sent["hookTitle"]) == ("seth", {"template": "mark"})


def test_row_16_scores_are_kept_raw_and_their_scale_is_seen_from_their_sum(team: Team, api_key: ApiKey) -> None:
    printed = example("project_magic_clips")["magicClips"][0]["viralityScores"]
    scores = ViralityScores.from_json(printed)
    assert scores.raw == printed
    assert (scores.total, scores.part_scale, sum(scores.parts.values())) == (87, 25, 87)
    assert ViralityScores.from_json(dict.fromkeys(printed, 80)).part_scale == 100
    assert ViralityScores.from_json({"total": 87, "shareability": 22}).part_scale == 100


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        ({}, ["22/25", "21/25"]),
        ({"shareability": 80, "hook_strength": 92, "story_quality": 88, "emotional_impact": 90}, ["80/100", "92/100"]),
    ],
    ids=["parts of 25", "parts of 100"],
)
def test_row_16_pages_show_each_score_with_what_it_is_out_of(
    team: Team,
    bob: User,
    api_key: ApiKey,
    provider: Scripted,
    client_of: Callable[[User], Client],
    parts: dict[str, int],
    shown: list[str],
) -> None:
    printed = example("project_magic_clips") | {"id": ID}
    clip = printed["magicClips"][0]
    clip["viralityScores"] |= parts
    provider.on("GET", PATH, httpx.Response(200, json=printed | {"magicClips": [clip]}))
    job = make_job(team, api_key, kind=Kind.MAGIC_CLIPS)
    assert looks.look(job.pk)
    stored = job.clips.get()
    assert stored.scores == clip["viralityScores"], "kept raw"
    desk = client_of(bob)
    gallery = desk.get(reverse("projects:clip-list", kwargs={"team": team.slug})).content.decode()
    room = desk.get(stored.get_absolute_url()).content.decode()
    for page in (gallery, room):
        assert all(each in page for each in shown), shown
        assert bool(re.search(r"\b\d+/100\b", page)) == bool(parts)


ODD_IDS = ("364fe092-b68d-468a-9558-bfca7c4d190g", "749a19fs-4b45-4b14-bd31-a3970a1a5ff2", "pub_8f3b", "w1EydrN5", "7")


@pytest.mark.parametrize("odd", [*ODD_IDS, "x" * 255])
def test_row_17_ids_from_the_api_are_opaque_and_typed_ones_only_warned_about(odd: str) -> None:
    assert Seen.from_json({"id": odd, "status": "processing"}).id == odd
    assert Clip.from_json({"id": odd}).id == odd
    assert UserMedia.from_json({"id": odd, "type": "VIDEO"}).id == odd
    assert Word.from_json({"id": odd, "text": "a", "startTime": 0, "endTime": 1}).id == odd
    seen: list[httpx.Request] = []
    with client(answering(200, {"id": odd, "status": "processing"}, seen=seen)) as submagic:
        submagic.get_project(odd)
    assert seen[0].url.path == f"/v1/projects/{odd}"
    [finding] = rules.findings(Kind.CAPTIONS, {"userThemeId": odd})
    assert (finding.option, finding.blocks) == ("userThemeId", False)
    assert rules.findings(Kind.CAPTIONS, {"userThemeId": ID}) == []


LINKS = (
    "https://app.submagic.co/api/file/download?path=a/b/c-download.mp4&newFileName=A%20B.mp4",
    f"https://api.submagic.co/download/{ID}",
    "https://api.submagic.co/api/file/download?path=a/b/c-download.mp4",
)


@pytest.mark.parametrize("link", LINKS)
def test_row_18_download_links_are_opaque_and_only_known_hosts_are_admitted(
    team: Team, api_key: ApiKey, provider: Scripted, link: str
) -> None:
    job = make_job(team, api_key)
    provider.on("GET", PATH, scripted.project(ID, "completed", downloadUrl=link))
    looks.look(job.pk)
    job.refresh_from_db()
    assert (job.download_url, job.state) == (link, ProjectState.READY)
    assert media_csp.safe_media_url(link) == link
    assert media_csp.safe_media_url("https://dqu1p08d61fh.cloudfront.net/v.mp4")
    for elsewhere in ("https://submagic.co.evil.example/v.mp4", "http://api.submagic.co/v.mp4", "https://10.0.0.1/v"):
        assert media_csp.safe_media_url(elsewhere) == ""


def test_row_19_every_link_may_be_missing_and_the_direct_one_plays_first() -> None:
    bare = Clip.from_json({"id": "c"})
    assert (bare.url, bare.title, bare.duration, bare.scores) == (None, None, None, None)
    assert Clip.from_json({"id": "c", "downloadUrl": "d"}).url == "d"
    assert Clip.from_json({"id": "c", "downloadUrl": "d", "directUrl": "p"}).url == "p"
    clips = Seen.from_json(example("project_magic_clips"))
    assert clips.url is None and is_ready(clips)
    assert all(clip.url == clip.direct_url for clip in clips.clips)


def test_row_20_both_webhook_shapes_are_read_and_kept_raw(team: Team, api_key: ApiKey) -> None:
    job = make_job(team, api_key)
    call = factories.make_call(team, state="accepted", target_id=job.pk, upstream_id=ID, api_key=api_key)
    bodies = [json.dumps(each.data).encode() for each in INDEX if each.kind == "webhook"]
    assert len({tuple(sorted(json.loads(body))) for body in bodies}) == 2, "two shapes"
    for body in set(bodies):
        claim = webhooks.parse(body)
        assert claim is not None and claim.upstream_id and claim.status == "completed"
        assert factories.store_hook(call=call, body=body)
    assert {bytes(event.body) for event in WebhookEvent.objects.all()} == set(bodies)


UNKNOWN_BODIES = (
    b'{"projectId": "%s", "status": "failed", "reason": {"code": 7}}' % ID.encode(),
    b'{"event": "export.completed", "export": {"downloadUrl": "https://x.example/v.mp4", "fps": 30}}',
    b"{}",
)


@pytest.mark.parametrize("body", UNKNOWN_BODIES, ids=["failed", "export", "empty"])
def test_row_21_any_post_is_a_hint_to_read_the_project_anew(
    team: Team, api_key: ApiKey, provider: Scripted, body: bytes
) -> None:
    job = make_job(team, api_key)
    job.call = factories.make_call(team, state="accepted", target_id=job.pk, upstream_id=ID, api_key=api_key)
    job.save(update_fields=["call"])
    provider.on("GET", PATH, scripted.project(ID, "completed", directUrl="https://d1.cloudfront.net/v.mp4"))
    factories.store_hook(call=job.call, body=body)
    webhooks.handle(WebhookEvent.objects.get().pk)
    job.refresh_from_db()
    assert provider.count("GET", PATH) == 1
    # What is shown is what Submagic itself answered, never what the body said.
    assert (job.state, job.direct_url) == (ProjectState.READY, "https://d1.cloudfront.net/v.mp4")


@pytest.mark.parametrize(
    ("public", "environment", "sent"),
    [
        ("https://desk.harbour.example", Environment.LIVE, True),
        ("http://desk.harbour.example", Environment.LIVE, False),
        ("", Environment.LIVE, False),
        ("http://127.0.0.1:8000", Environment.SANDBOX, True),
    ],
)
def test_row_22_the_webhook_address_is_https_or_left_out(
    settings: Any, public: str, environment: str, sent: bool
) -> None:
    settings.PUBLIC_URL = public
    assert remote.hook_url("t" * 43, environment) == (f"{public}/h/{'t' * 43}" if sent else None)


def news(status: str = "completed", minute: int = 45) -> bytes:
    return json.dumps({"projectId": ID, "status": status, "timestamp": f"2024-01-15T10:{minute}:00.000Z"}).encode()


def test_row_23_repeats_count_once_whichever_address_they_come_under(team: Team, bob: User, provider: Scripted) -> None:
    """Create and export have an address each (docs/contract-deviations.md), and both ring for the one project."""
    video, newer = "https://d1.cloudfront.net/one.mp4", "https://d1.cloudfront.net/two.mp4"
    provider.on("POST", "/v1/projects", httpx.Response(201, json=example("create_project")))
    provider.on("POST", f"{PATH}/export", answer("export_project"))
    job = deliver(wanted(team, bob, live_key(team)))
    created = provider.body()["webhookUrl"]
    now = timezone.now()
    done = {"transcriptionStatus": "COMPLETED", "directUrl": video, "updatedAt": now.isoformat()}
    provider.on("GET", PATH, scripted.project(ID, "completed", **done))
    assert looks.look(job.pk, force=True)
    asked = exports.ask(project=Project.objects.get(pk=job.pk), by=bob, form_token=uuid.uuid4())
    assert asked.call is not None
    project_calls.deliver(asked.call.pk)
    exported = provider.body()["webhookUrl"]
    assert created != exported and all(each.startswith(HOOK) and len(each) > 60 for each in (created, exported))

    sender = Client()
    # The update's rendering, then the export: both say "completed"; each is sent twice, and one under both addresses.
    for address, body in [
        *((created, news()), (created, news()), (exported, news())),
        *((exported, news(minute=50)), (exported, news(minute=50)), (created, news())),
    ]:
        assert sender.post(httpx.URL(address).path, body, content_type="application/json").status_code == 204
    events = list(WebhookEvent.objects.order_by("received_at"))
    assert [(event.call.operation, bytes(event.body)) for event in events] == [
        ("create_project", news()),
        ("export", news()),
        ("export", news(minute=50)),
    ]

    done |= {"directUrl": newer, "updatedAt": (now + SECOND).isoformat()}
    provider.on("GET", PATH, scripted.project(ID, "completed", **done))
    reads = provider.count("GET", PATH)
    for event in events:
        webhooks.handle(event.pk)
    assert provider.count("GET", PATH) - reads == 1, "the first tells it all; the others come late"
    job = Project.objects.get(pk=job.pk)
    assert (job.state, job.direct_url) == (ProjectState.READY, newer)
    assert [export.state for export in job.exports.filter(call__isnull=False)] == ["done"]
    verdicts = [WebhookEvent.objects.get(pk=event.pk).verdict for event in events]
    assert verdicts == ["confirmed", "late", "late"]


def test_row_24_beside_an_ai_edit_template_only_what_goes_with_it_is_offered_and_sent() -> None:
    everything = {
        "title": "T",
        "language": "en",
        "videoUrl": "https://a.example/v.mp4",
        "webhookUrl": HOOK,
        "dictionary": ["Submagic"],
        "aiEditTemplate": "kelly",
    }
    more = {"templateName": "Sara", "magicZooms": True, "cleanAudio": True, "disableCaptions": False, "hookTitle": True}
    assert CreateProject.from_json(everything | more).to_json() == everything
    kept = {"title": "T", "language": "en", "aiEditTemplate": "ella"}
    assert dict(UploadProject.from_json(more | kept).to_fields()) == kept
    closed = rules.closed_by("aiEditTemplate")
    assert set(closed) == set(CAPTION_FIELDS) - {"title", "language", "webhookUrl", "dictionary", "aiEditTemplate"}
    assert {finding.option for finding in rules.findings(Kind.CAPTIONS, {"aiEditTemplate": "kelly"} | more)} >= set(
        more
    )
