"""The contradictions of the documents, row by row, as the client and the desk settle them: rows 25 to 36."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard import crypto, remote
from dashboard.models import ApiKey, Team, User
from projects_app import media_spool, rules
from projects_app.actions import looks, media_sync
from projects_app.forms.options import CutFields
from projects_app.models import Kind, Media
from providers import errors
from providers.submagic import Publication as Entry
from providers.submagic import PublishedPage, UpdateProject, UploadBody, UserMediaPage, limits
from publishing_app.actions import feed, publications
from publishing_app.models import Keeper, Publication, PublicationState, Schedule
from tests import factories
from tests.projects_app.scripted import Scripted
from tests.providers.submagic.calls import CALLS, POSTS, fails
from tests.providers.submagic.rows import ID, PATH, deliver, wanted
from tests.providers.submagic.support import answering, client, example
from tests.publishing_app.support import ask, drive

PRESET = "create_project.400.presetid_cannot_be_combined_with"


def test_row_25_a_preset_excludes_the_listed_options_and_no_others() -> None:
    listed = example(f"errors/{PRESET}")["message"].removeprefix("presetId cannot be combined with ")
    named = {name.strip() for name in listed.partition(". ")[0].replace(", or ", ", ").split(",")}
    assert named == limits.NOT_BESIDE_PRESET
    for name in named:
        findings = rules.findings(Kind.CAPTIONS, {"presetId": ID, name: True, "magicBrolls": True})
        assert name in {finding.option for finding in findings if finding.blocks}, name
    beside = {"presetId": ID, "cleanAudio": True, "disableCaptions": True}
    assert [finding for finding in rules.findings(Kind.CAPTIONS, beside) if finding.blocks] == []
    # Should Submagic see it differently, its own words are shown.
    refusal = fails("create_project", answering(400, example(f"errors/{PRESET}")))
    assert isinstance(refusal, errors.OptionsConflict)
    assert "The preset controls these settings" in refusal.message


def test_row_26_the_pace_is_explained_by_the_pauses_that_it_cuts() -> None:
    field = CutFields.base_fields["silence_pace"]
    words = str(field.help_text)
    assert "longer than" in words
    said = {name: words.index(name) for name in ("0.6 s", "0.2 s", "0.1 s")}
    assert list(said) == sorted(said, key=lambda name: said[name]), "natural first, extra fast last"
    assert [value for value, _label in field.choices if value] == list(limits.SILENCE_PACES)


def test_row_27_cutting_bad_takes_may_take_three_minutes_and_a_timeout_leaves_it_unknown() -> None:
    waited: list[float] = []

    def slow(request: httpx.Request) -> httpx.Response:
        request.read()
        waited.append(request.extensions["timeout"]["read"])
        raise httpx.ReadTimeout("slow")

    with client(httpx.MockTransport(slow)) as submagic, pytest.raises(errors.UnknownOutcome) as caught:
        submagic.update_project(ID, UpdateProject(remove_bad_takes=True, remove_silence_pace="fast"))
    assert waited == [180]
    assert "Do not send it again" in caught.value.advice
    both = rules.findings(Kind.CAPTIONS, {"removeBadTakes": True, "removeSilencePace": "fast"})
    assert [(finding.option, finding.blocks) for finding in both] == [("removeBadTakes", False)]


def test_row_28_what_submagic_does_not_echo_is_remembered_here(
    team: Team, bob: User, api_key: ApiKey, provider: Scripted
) -> None:
    provider.on("POST", "/v1/projects", httpx.Response(201, json=example("create_project")))
    provider.on("GET", PATH, httpx.Response(200, json=example("project_completed")))
    options = {"cleanAudio": True, "disableCaptions": True, "magicZooms": True}
    job = deliver(wanted(team, bob, api_key, options=options))
    assert {name: provider.body()[name] for name in options} == options
    assert "cleanAudio" not in example("project_completed")
    assert looks.look(job.pk)
    job.refresh_from_db()
    assert (job.state, job.options) == ("ready", options)
    with pytest.raises(ValueError, match="cleanAudio"):
        UpdateProject.from_json({"cleanAudio": True})


def test_row_29_music_may_be_uploaded_and_a_refusal_is_shown() -> None:
    def add(transport: httpx.BaseTransport) -> Any:
        with client(transport) as submagic:
            body = UploadBody("tune.mp3", 3, "audio/mpeg", iter([b"ID3"]), lambda: None)
            return submagic.upload_user_media(body)

    assert add(answering(201, example("upload_user_media"))).id == "88a08eec-712a-45d0-8d0b-3b631700cb7v"
    with pytest.raises(errors.UnsupportedMedia) as caught:
        add(answering(415, example("errors/upload_user_media.415")))
    assert caught.value.outcome == "rejected"
    assert "format not supported" in caught.value.message and "video, or a picture" in caught.value.advice


def test_row_29_the_media_page_offers_music_and_says_that_it_may_be_refused(
    team: Team, bob: User, api_key: ApiKey, provider: Scripted, client_of: Callable[[User], Client]
) -> None:
    provider.on("GET", "/v1/user-media", httpx.Response(200, json=example("user_media_empty")))
    page = client_of(bob).get(reverse("projects:media-list", kwargs={"team": team.slug})).content.decode()
    assert "Music may be refused by Submagic" in page
    assert {kind.type for kind in media_spool.KINDS.values()} == {"VIDEO", "IMAGE", "AUDIO"}


MEDIA = {"id": "m1", "type": "VIDEO", "fileName": "a.mp4"}
POST = {"id": "pub_1", "status": "published", "posts": []}


def test_row_30_both_list_styles_are_read_by_one_pager_and_a_repeated_cursor_ends_it(
    api_key: ApiKey, provider: Scripted
) -> None:
    styles: list[Callable[[Any], dict[str, Any]]] = [
        lambda entry: {"items": [entry], "hasMore": True, "nextCursor": "c"},
        lambda entry: {"data": [entry], "pagination": {"nextCursor": "c"}},
    ]
    for style in styles:
        assert (
            UserMediaPage.from_json(style(MEDIA)).items[0].id,
            PublishedPage.from_json(style(POST)).items[0].id,
        ) == (
            "m1",
            "pub_1",
        )
        assert UserMediaPage.from_json(style(MEDIA)).next_cursor == PublishedPage.from_json(style(POST)).next_cursor
    assert (limits.PAGE, limits.PAGE_DEFAULT) == ((1, 100), 25)
    provider.on("GET", "/v1/user-media", httpx.Response(200, json=styles[0](MEDIA)))
    provider.on("GET", "/v1/projects/published", httpx.Response(200, json=styles[1](POST)))
    assert media_sync.sync(api_key, click=True) > 0
    assert not feed.sync(api_key.pk)
    assert provider.count("GET", "/v1/user-media") == provider.count("GET", "/v1/projects/published") == 2
    assert not Media.objects.exists(), "a list that leads back to itself is no list"


@pytest.mark.parametrize("end", [{"nextCursor": None}, {}, {"nextCursor": ""}, {"nextCursor": "c", "hasMore": False}])
@pytest.mark.parametrize("kind", [UserMediaPage, PublishedPage])
def test_row_31_a_list_ends_without_a_cursor_or_without_more(kind: Any, end: dict[str, Any]) -> None:
    assert kind.from_json({"items": [], **end}).next_cursor is None
    assert kind.from_json({"data": [], "pagination": end}).next_cursor is None
    assert kind.from_json({"items": [], "nextCursor": "c", "hasMore": True}).next_cursor == "c"
    with pytest.raises(errors.BadAnswer):
        kind.from_json({"nextCursor": None})


ANSWERS = {"publish": "publish_now", "create_user_media": "create_user_media", "upload_user_media": "upload_user_media"}


@pytest.mark.parametrize("status", [200, 201, 202, 203])
@pytest.mark.parametrize("name", POSTS)
def test_row_32_any_success_code_is_a_success(name: str, status: int) -> None:
    with client(answering(status, example(ANSWERS.get(name, "create_project")))) as submagic:
        assert CALLS[name](submagic).id


def published(status: str, *posts: str, **more: Any) -> httpx.Response:
    found = [{"platform": name, "publishStatus": word} for name, _, word in (post.partition(":") for post in posts)]
    entry = {"id": "pub_1", "projectId": ID, "status": status, "posts": found} | more
    return httpx.Response(200, json={"data": [entry], "pagination": {"nextCursor": None}})


NOTHING = httpx.Response(200, json={"data": [], "pagination": {"nextCursor": None}})


def sent(team: Team, by: User, key: ApiKey, provider: Scripted, **answer: Any) -> Publication:
    """A clip handed to Submagic, which said yes."""
    clip = factories.make_clip(factories.make_project(team, api_key=key), upstream_id=ID, decision="approved")
    said = example("publish_now") | {"id": "pub_1", "projectId": ID} | answer
    provider.on("GET", "/v1/projects/published", NOTHING)
    provider.on("POST", f"{PATH}/publish", httpx.Response(200, json=said))
    return drive(ask(clip, by))


def test_row_33_published_in_the_answer_means_sent_and_the_posts_tell_the_truth(
    team: Team, bob: User, api_key: ApiKey, provider: Scripted
) -> None:
    publication = sent(team, bob, api_key, provider, status="published")
    assert (publication.state, publication.upstream_status) == (PublicationState.SENT, "published")
    for word, state in (("processing", PublicationState.SENT), ("published", PublicationState.PUBLISHED)):
        provider.on("GET", "/v1/projects/published", published("published", f"youtube:{word}"))
        assert feed.sync(api_key.pk, full=True)
        publication.refresh_from_db()
        assert publication.state == state


def test_row_34_the_posts_decide_whether_it_failed_in_part_and_a_future_time_is_no_publication(
    team: Team, bob: User, vera: User, api_key: ApiKey, provider: Scripted, client_of: Callable[[User], Client]
) -> None:
    publication = sent(team, bob, api_key, provider)
    provider.on("GET", "/v1/projects/published", published("published", "youtube:published", "tiktok:failed"))
    feed.sync(api_key.pk, full=True)
    publication.refresh_from_db()
    assert publication.state == PublicationState.PARTLY_FAILED
    entry = Entry.from_json(published("published", "youtube:published", "tiktok:failed").json()["data"][0])
    assert entry.is_partly_failed
    later = (timezone.now() + dt.timedelta(days=2)).isoformat()
    provider.on(
        "GET",
        "/v1/projects/published",
        published("scheduled", "youtube:scheduled", scheduled=True, publishedAt=later),
    )
    feed.sync(api_key.pk, full=True)
    publication.refresh_from_db()
    assert (publication.state, publication.scheduled) == (PublicationState.SCHEDULED, True)
    assert publication.published_at is not None and publication.published_at > timezone.now()
    listed = reverse("publishing:publication-list", kwargs={"team": team.slug})
    assert "Goes out next" in client_of(vera).get(listed).content.decode()
    assert "Due <time" in client_of(vera).get(listed, {"state": "scheduled"}).content.decode()
    post = client_of(vera).get(publication.posts.get(platform="youtube").get_absolute_url()).content.decode()
    assert "<dt>Due</dt>" in post and "<dt>Published</dt>" not in post


def test_row_35_the_desk_keeps_a_schedule_and_can_take_it_back_and_what_submagic_keeps_is_said_to_be_final(
    team: Team, bob: User, api_key: ApiKey, provider: Scripted, client_of: Callable[[User], Client]
) -> None:
    clip = factories.make_clip(
        factories.make_project(team, api_key=api_key),
        upstream_id="c1",
        decision="approved",
        download_url="https://media.submagic.co/c1.mp4",
    )
    compose = reverse("publishing:publication-new-clip", kwargs={"team": team.slug, "pk": clip.pk})
    page = client_of(bob).get(compose).content.decode()
    assert re.search(r'value="desk"[^>]*checked', page)
    assert "It can neither be changed nor taken back" in page  # said before it is scheduled there
    moment = timezone.now().replace(microsecond=0) + dt.timedelta(hours=1)
    kept = ask(clip, bob, schedule=Schedule(moment, "Europe/Berlin", Keeper.DESK))
    drive(kept)
    publications.take_back(publication=kept, by=bob)
    with time_machine.travel(moment, tick=False):
        drive(kept)
    assert provider.calls == []
    provider.on("GET", "/v1/projects/published", NOTHING)
    provider.on("POST", "/v1/projects/c1/publish", httpx.Response(202, json=example("publish_scheduled")))
    final = drive(ask(clip, bob, schedule=Schedule(moment, "Europe/Berlin", Keeper.PROVIDER)))
    assert dt.datetime.fromisoformat(provider.body()["scheduledFor"]) == moment
    with pytest.raises(publications.NotPossible):
        publications.take_back(publication=final, by=bob)


def test_row_36_the_chosen_key_chooses_the_accounts_that_are_published_to(
    team: Team, bob: User, provider: Scripted
) -> None:
    first, second = (
        factories.make_key(team, label="Brand A"),
        factories.make_key(team, label="Brand B", is_default=False),
    )
    sent(team, bob, second, provider)
    secret = crypto.unseal(second.sealed, aad=remote.aad(second))
    assert {call.headers["x-api-key"] for call in provider.calls} == {secret}
    assert Publication.objects.get().api_key == second != first
    assert Publication.objects.get().call.api_key == second
