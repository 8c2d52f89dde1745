"""The contradictions of the documents, row by row, as the client and the desk settle them: rows 37 to 49."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from dashboard import crypto, remote
from dashboard import health as provider_health
from dashboard.actions import api_keys
from dashboard.models import ApiKey, RateWindow, Team, User
from projects_app import rules
from projects_app.forms import video_urls
from projects_app.forms.projects import NewProjectForm
from projects_app.models import Kind, Project
from projects_app.rules_items import Library, item_problems
from providers import errors
from providers.submagic import (
    Analytics,
    CreateMagicClips,
    Post,
    UploadMagicClips,
    UserMediaItem,
    health,
    limits,
)
from providers.submagic import Project as Seen
from publishing_app.actions import feed
from tests import factories
from tests.conftest import InProcessSandbox
from tests.projects_app.forms_data import filled
from tests.projects_app.scripted import Scripted
from tests.providers.submagic.calls import CALLS, fails
from tests.providers.submagic.examples import INDEX
from tests.providers.submagic.rows import ID, VIDEO
from tests.providers.submagic.support import KEY, answering, client, example, parts

FEED = "/v1/projects/published"


def page(*ids: str, cursor: str | None = None, word: str = "published") -> httpx.Response:
    entries = [
        {"id": each, "projectId": ID, "status": word, "posts": [{"platform": "youtube", "publishStatus": word}]}
        for each in ids
    ]
    return httpx.Response(200, json={"data": entries, "pagination": {"nextCursor": cursor}})


def test_row_37_the_feed_has_a_careful_limit_and_is_read_as_far_as_something_is_open(
    team: Team, api_key: ApiKey, provider: Scripted
) -> None:
    assert (limits.rate("projects.published").start, limits.rate("projects.published").source) == (100, "unstated")
    assert 15 * 60 <= django_settings.FEED_SYNC_SECONDS <= 30 * 60
    provider.on("GET", FEED, page("pub_1", cursor="c"), page("pub_2"))
    assert feed.sync(api_key.pk)
    assert provider.count("GET", FEED) == 2, "at first all pages"
    # What is under way stands on the first page, so the second is not asked for.
    factories.make_publication(
        team, api_key=api_key, upstream_id="pub_3", state="sent", upstream_project_id=ID, upstream_status="published"
    )
    provider.on("GET", FEED, page("pub_3", cursor="c"), page("pub_1"))
    assert feed.sync(api_key.pk)
    assert provider.count("GET", FEED) == 3


@pytest.mark.parametrize("given", [{}, {"analytics": None}, {"analytics": {}}, {"analytics": {"views": "7"}}])
def test_row_38_numbers_may_be_missing_as_a_whole_or_one_by_one(team: Team, given: dict[str, Any]) -> None:
    post = Post.from_json({"platform": "tiktok", "publishStatus": "published", **given})
    assert (post.analytics or Analytics()) == Analytics()
    some = Post.from_json({"platform": "tiktok", "analytics": {"views": 10, "engagementRate": 0.125}}).analytics
    assert some == Analytics(views=10, engagement_rate=0.125)
    publication = factories.make_publication(team)
    own = {"likes": 1, "comments": 1, "shares": None}
    assert factories.make_post(publication, "tiktok", views=0, **own).engagement is None
    assert factories.make_post(publication, "youtube", views=None, **own).engagement is None
    assert factories.make_post(publication, "instagram", views=10, **own).engagement == 0.2


LIBRARY = Library(ready={"m1": "VIDEO", "m2": "IMAGE"})
OWN = {"type": "user-media", "startTime": 0, "endTime": 30, "userMediaId": "m1"}
AI = {"type": "ai-broll", "startTime": 30, "endTime": 42, "prompt": "a city at dusk", "layout": "cover"}


def test_row_39_the_layout_is_optional_for_own_media_and_asked_for_with_ai() -> None:
    assert item_problems([OWN], LIBRARY) == []
    bare = {name: value for name, value in AI.items() if name != "layout"}
    assert [problem.field for problem in item_problems([bare], LIBRARY)] == ["layout"]
    sent = UserMediaItem(start_time=5, end_time=10, user_media_id="m1").to_json()
    assert sent == {"type": "user-media", "startTime": 5, "endTime": 10, "userMediaId": "m1"}
    split = OWN | {"userMediaId": "m2", "layout": "split-50-50"}
    assert [problem.field for problem in item_problems([split], LIBRARY)] == ["layout"], "a picture takes four layouts"


def test_row_40_only_ai_b_roll_ends_after_12_seconds_and_items_may_touch() -> None:
    assert item_problems([OWN, AI], LIBRARY) == [], "30 s of own media; it ends where the next begins"
    assert [p.field for p in item_problems([AI | {"endTime": 42.1}], LIBRARY)] == ["end"]
    assert [p.row for p in item_problems([OWN, AI | {"startTime": 29.9, "endTime": 41}], LIBRARY)] == [1]


def test_row_41_the_shortest_clip_must_not_be_longer_than_the_longest() -> None:
    assert rules.findings(Kind.MAGIC_CLIPS, {"minClipLength": 60, "maxClipLength": 60}) == []
    [finding] = rules.findings(Kind.MAGIC_CLIPS, {"minClipLength": 61, "maxClipLength": 60})
    assert (finding.option, finding.blocks) == ("maxClipLength", True)
    assert limits.CLIP_SECONDS == (15, 300)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"title": "T" * 100}, None),
        ({"title": "T" * 101}, "title"),
        ({"title": "  "}, "title"),
        ({"language": "xx"}, "language"),
        ({"template": "sara"}, "template"),
        ({"template": "seth"}, None),
    ],
)
def test_row_42_the_title_is_counted_and_names_come_from_the_live_lists(
    api_key: ApiKey, provider: Scripted, changes: dict[str, Any], wrong: str | None
) -> None:
    for path, name in (("languages", "languages"), ("templates", "templates"), ("hook-title/templates", "templates")):
        provider.on("GET", f"/v1/{path}", httpx.Response(200, json=example(name)))
    form = NewProjectForm(filled(**changes), keys=[api_key])
    assert list(form.errors) == ([wrong] if wrong else []), form.errors


def test_row_43_files_go_as_multipart_only(sandbox: InProcessSandbox) -> None:
    printed = example("upload_project.part.template")
    with httpx.Client(transport=sandbox.transport, base_url="http://127.0.0.1/submagic") as plain:
        answer = plain.post("/v1/projects/upload", json=printed, headers={"x-api-key": KEY})
    assert (answer.status_code, answer.json()["message"]) == (400, "Content-Type must be multipart/form-data")
    seen: list[httpx.Request] = []
    for name in ("upload_project", "upload_magic_clips", "upload_user_media"):
        with client(answering(201, {"id": ID, "userMediaId": ID}, seen=seen)) as submagic:
            CALLS[name](submagic)
    assert [list(parts(request)[1]) for request in seen] == [["file"]] * 3


def test_row_44_social_links_are_refused_here_with_the_way_out_and_share_pages_are_warned_about(
    team: Team, bob: User, api_key: ApiKey, provider: Scripted, client_of: Callable[[User], Client]
) -> None:
    for social in ("https://www.youtube.com/watch?v=abcdefghijk", "https://vm.tiktok.com/x", "https://x.com/a/1"):
        with pytest.raises(ValidationError) as caught:
            video_urls.clean_video_url(social, sandbox=False)
        assert "Magic Clips" in caught.value.messages[0]
    printed = example("create_project.request.introduction")["videoUrl"]
    assert video_urls.clean_video_url(printed, sandbox=False) == printed, "warned about, not refused"
    assert video_urls.is_share_page(printed) and not video_urls.is_share_page(VIDEO)
    for path, name in (("languages", "languages"), ("templates", "templates"), ("hook-title/templates", "templates")):
        provider.on("GET", f"/v1/{path}", httpx.Response(200, json=example(name)))
    form = filled(source="url", kind="captions", video_url=printed, youtube_url=None)
    new = reverse("projects:project-new", kwargs={"team": team.slug})
    made = client_of(bob).post(new, form, follow=True)
    assert Project.objects.get().source_url == printed
    assert "looks like a share page" in made.content.decode()


@pytest.mark.parametrize(
    ("code", "word", "state", "healthy", "takes"),
    [
        (200, "healthy", "healthy", True, True),
        (200, "HEALTHY", "healthy", True, True),
        (200, "degraded", "degraded", False, True),
        (200, "unhealthy", "unhealthy", False, False),
        (200, "sleepy", "sleepy", False, True),
        (503, "healthy", "unhealthy", False, False),
        (503, "degraded", "unhealthy", False, False),
        (500, "unhealthy", "unhealthy", False, False),
    ],
)
def test_row_45_health_is_read_from_the_code_and_from_the_body_and_lies_outside_v1(
    code: int, word: str, state: str, healthy: bool, takes: bool
) -> None:
    seen: list[httpx.Request] = []
    transport = answering(code, example("health") | {"status": word}, seen=seen)
    with client(transport) as submagic:
        found = submagic.health()
    keyless = health(transport=transport)
    assert found == keyless
    assert (found.status, found.code) == (word, code)
    assert (found.state, found.is_healthy, found.takes_requests) == (state, healthy, takes)
    assert {request.url.path for request in seen} == {"/health"}
    assert "x-api-key" not in seen[-1].headers


@pytest.mark.parametrize(
    ("code", "body", "kind"),
    [
        (503, b"<html>down</html>", errors.UpstreamFault),
        (502, {"error": "BAD_GATEWAY"}, errors.UpstreamFault),
        (200, b"<html>hello</html>", errors.BadAnswer),
        (200, {"service": "submagic-public-api"}, errors.BadAnswer),
    ],
)
def test_row_45_an_answer_that_says_nothing_about_health_is_an_error(code: int, body: Any, kind: type) -> None:
    with pytest.raises(errors.ProviderError) as caught:
        health(transport=answering(code, body))
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (httpx.Response(200, json=example("health")), "healthy"),
        (httpx.Response(200, json=example("health") | {"status": "degraded"}), "degraded"),
        (httpx.Response(503, json=example("health")), "unhealthy"),
        (httpx.Response(502, content=b"bad gateway"), "unhealthy"),
        (httpx.Response(404, content=b"nothing here"), "unreachable"),
        (httpx.Response(200, content=b"<html>"), "unreachable"),
        (httpx.ConnectError("refused"), "unreachable"),
        (httpx.ReadTimeout("slow"), "unreachable"),
    ],
)
def test_row_45_the_desk_shows_one_state_and_spends_no_call_for_it(
    team: Team, provider: Scripted, answer: httpx.Response | Exception, state: str
) -> None:
    key = factories.make_key(team)
    provider.on("GET", "/health", answer)
    pulse = provider_health.ask(key.environment)
    assert pulse is not None and pulse.state == state
    assert provider.count("GET", "/health") == 1
    assert not RateWindow.objects.exists()


def test_row_46_a_new_key_is_taken_only_after_it_worked_and_the_old_one_stays_until_then(
    bob: User, api_key: ApiKey, provider: Scripted
) -> None:
    def stored() -> str:
        api_key.refresh_from_db()
        return crypto.unseal(api_key.sealed, aad=remote.aad(api_key))

    old, new = stored(), factories.fresh_secret()
    refusal = httpx.Response(401, json=example("errors/authentication.401"))
    provider.on("GET", "/v1/languages", refusal, httpx.Response(200, json=example("languages")))
    with pytest.raises(api_keys.UnknownToProvider):
        api_keys.replace(key=api_key, secret=new, by=bob)
    assert (stored(), api_key.state) == (old, ApiKey.State.VALID)
    api_keys.replace(key=api_key, secret=new, by=bob)
    assert stored() == new
    assert {call.headers["x-api-key"] for call in provider.calls} == {new}, "the live test asks with the new key"


SHAPES: tuple[tuple[dict[str, Any], list[tuple[str, str]]], ...] = (
    ({}, []),
    ({"details": None}, []),
    ({"details": {}}, []),
    ({"details": []}, []),
    ({"details": [{"field": "title", "message": "Too long", "value": 7}]}, [("title", "Too long")]),
    ({"details": ["Too long"]}, [("", "Too long")]),
    ({"details": [{"path": ["items", 0, "endTime"], "message": "Too late"}]}, [("items.0.endTime", "Too late")]),
    ({"details": {"title": "Too long", "tags": ["a", "b"]}}, [("title", "Too long"), ("tags", "a; b")]),
    ({"details": {"formErrors": [], "fieldErrors": {"title": ["Too long"]}}}, [("title", "Too long")]),
    (
        {"message": "Validation failed: youtubeUrl is required, Unknown field: videoUrl, top: Must be a number"},
        [
            ("youtubeUrl", "youtubeUrl is required"),
            ("videoUrl", "Unknown field: videoUrl"),
            ("top", "Must be a number"),
        ],
    ),
    (
        {"message": "Validation failed: platform must be one of: youtube, tiktok, instagram"},
        [("platform", "platform must be one of: youtube, tiktok, instagram")],
    ),
)


@pytest.mark.parametrize(("body", "details"), SHAPES)
def test_row_47_one_parser_reads_every_shape_of_an_error(body: dict[str, Any], details: list[tuple[str, str]]) -> None:
    sent = {"error": "VALIDATION_ERROR", "message": "Request validation failed", **body}
    error = fails("create_project", answering(400, sent))
    assert type(error) is errors.Invalid
    assert [(detail.field, detail.message) for detail in error.details] == details
    assert all(message in error.message for _field, message in details)


def test_row_48_the_names_of_fields_come_from_the_examples_and_from_the_newer_page() -> None:
    names = {"title", "language", "templateName", "webhookUrl", "minClipLength", "maxClipLength", "faceTracking"}
    older = {name for name, _text in example("upload_magic_clips.request")}
    newer = {name for name, _text in example("upload_magic_clips.request.newer_page")}
    assert older == newer == names | {"file"}
    request = UploadMagicClips(
        title="T",
        language="en",
        template_name="Sara",
        webhook_url="https://a.b/c",
        min_clip_length=15,
        max_clip_length=60,
        face_tracking=True,
    )
    assert set(dict(request.to_fields())) == names
    by_url = CreateMagicClips.from_json(example("create_magic_clips.request"))
    assert set(by_url.to_json()) == names | {"youtubeUrl"}
    with pytest.raises(ValueError, match="dictionary"):
        CreateMagicClips.from_json(by_url.to_json() | {"dictionary": ["x"]})


def test_row_49_everything_but_id_and_status_may_be_null_or_missing() -> None:
    printed = example("project_failed")
    assert printed["removeSilencePace"] is None
    assert Seen.from_json(printed).remove_silence_pace is None
    names = {name for each in INDEX if each.method == "get_project" and each.kind == "response" for name in each.data}
    nulls = dict.fromkeys(names) | {"id": ID, "status": "processing"}
    bare = {"id": ID, "status": "processing"}
    assert Seen.from_json(nulls) == Seen.from_json(bare)
    meta = {name: value for name, value in printed["videoMetaData"].items() if name != "fps"}
    found = Seen.from_json(printed | {"videoMetaData": meta}).video_meta
    assert (found.fps, found.duration) == (None, 185.2)
