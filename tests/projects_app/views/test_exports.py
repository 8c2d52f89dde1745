from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.models import ApiKey, CallState, Environment, Team, UpstreamCall, User
from projects_app.actions import video_links
from projects_app.models import Export, ExportState, Project, ProjectState
from tests import factories
from tests.projects_app.scripted import Scripted, project

SignIn = Callable[[User], Client]
VIDEO = "https://d1.cloudfront.net/v.mp4"


def page_of(made: Project) -> str:
    return reverse("projects:project-exports", args=[made.team.slug, made.pk])


def step(name: str, export: Export) -> str:
    return reverse(f"projects:export-{name}", args=[export.project.team.slug, export.pk])


@pytest.fixture
def editor(bob: User, client_of: SignIn) -> Client:
    return client_of(bob)


@pytest.fixture
def viewer(vera: User, client_of: SignIn) -> Client:
    return client_of(vera)


@pytest.fixture
def made(team: Team, api_key: ApiKey) -> Project:
    return factories.make_project(team, kind="captions", direct_url=VIDEO, api_key=api_key)


@pytest.fixture
def lost(made: Project) -> Export:
    call = factories.make_call(
        made.team, operation="export", target_id=made.pk, state="unknown", sent_at=timezone.now(), problem="It was cut."
    )
    return factories.make_export(made, call=call, state="unknown", direct_url="", problem="It was cut.")


def ask(client: Client, made: Project, **fields: Any) -> Any:
    return client.post(page_of(made), {"form_token": str(uuid.uuid4()), **fields})


# --- The form -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ({}, {}),
        ({"size": ""}, {}),
        ({"size": "1080x1920", "fps": "60"}, {"width": 1080, "height": 1920, "fps": 60}),
        ({"size": "1920x1080", "width": "7", "height": "x"}, {"width": 1920, "height": 1080}),
        ({"size": "1080x1080", "fps": "1"}, {"width": 1080, "height": 1080, "fps": 1}),
        ({"size": "720x1280"}, {"width": 720, "height": 1280}),
        ({"size": "own", "width": "100", "height": "4000"}, {"width": 100, "height": 4000}),
    ],
)
def test_what_is_chosen_is_asked_for(
    editor: Client, made: Project, fields: dict[str, str], body: dict[str, int]
) -> None:
    assert ask(editor, made, **fields).status_code == 302
    assert UpstreamCall.objects.get().body == body
    export = Export.objects.exclude(call=None).get()
    assert {name: getattr(export, name) for name in ("fps", "width", "height")} == {
        "fps": None,
        "width": None,
        "height": None,
    } | body


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"fps": "0"}, "fps"),
        ({"fps": "61"}, "fps"),
        ({"fps": "29.97"}, "fps"),
        ({"size": "own", "width": "1080"}, "height"),
        ({"size": "own", "width": "99", "height": "1080"}, "width"),
        ({"size": "own", "width": "1080", "height": "4002"}, "height"),
        ({"size": "own", "width": "1081", "height": "1080"}, "width"),
        ({"size": "huge"}, "size"),
        ({"form_token": "no"}, "form_token"),
    ],
)
def test_what_submagic_would_refuse_is_told_before(
    editor: Client, made: Project, fields: dict[str, str], name: str
) -> None:
    page = ask(editor, made, **fields)
    assert page.status_code == 422
    assert name in page.context["form"].errors
    assert not UpstreamCall.objects.exists()


def test_the_same_form_twice_is_one_export(editor: Client, made: Project) -> None:
    token = str(uuid.uuid4())
    for _ in range(2):
        assert editor.post(page_of(made), {"form_token": token}).status_code == 302
    assert UpstreamCall.objects.count() == 1


def test_while_it_renders_there_is_a_reason_and_no_button(editor: Client, made: Project) -> None:
    ask(editor, made)
    page = editor.get(page_of(made))
    assert "The next export can begin when this one has ended" in page.content.decode()
    assert ask(editor, made).status_code == 409


def test_a_clip_tells_what_its_export_costs(editor: Client, team: Team, api_key: ApiKey) -> None:
    clip = factories.make_clip(factories.make_project(team, api_key=api_key))
    own = factories.make_project(team, kind="captions", source="clip", clip=clip, direct_url=VIDEO, api_key=api_key)
    assert "costs a credit" in editor.get(page_of(own)).content.decode()


def test_magic_clips_lead_to_their_clips(editor: Client, team: Team) -> None:
    whole = factories.make_project(team)
    page = editor.get(page_of(whole)).content.decode()
    assert "Export its clips" in page
    assert f"/clips/?project={whole.pk}" in page
    assert ask(editor, whole).status_code == 409


# --- The list -----------------------------------------------------------------------------------------------------


def test_each_export_shows_what_it_is(viewer: Client, made: Project, bob: User) -> None:
    call = factories.make_call(made.team, operation="export", target_id=made.pk, state="accepted")
    old = factories.make_export(made, options={"hookTitle": {"text": "Hello"}})
    new = factories.make_export(made, call=call, asked_by=bob, width=1080, height=1920, fps=30)
    failed = factories.make_export(made, state="failed", direct_url="", problem="Out of disk. Try again.")
    page = viewer.get(page_of(made))
    text = page.content.decode()
    for words in ("1080 × 1920", "30 fps", "Asked for by Bob", "Rendered by Submagic itself", "“Hello”", "Out of disk"):
        assert words in text
    assert [row.export for row in page.context["rows"]] == [failed, new, old]
    assert [row.export for row in page.context["rows"] if row.is_newest] == [new]
    assert "may have stopped working" in text


def test_the_list_asks_again_while_one_is_open(editor: Client, made: Project) -> None:
    ask(editor, made)
    text = editor.get(page_of(made), headers={"HX-Request": "true"}).content.decode()
    assert 'hx-trigger="every' in text
    assert "<html" not in text
    assert 'id="export-submit" hx-swap-oob="true"' in text
    Export.objects.update(state=ExportState.DONE)
    Project.objects.update(state=ProjectState.READY)
    assert editor.get(page_of(made), headers={"HX-Request": "true"}).status_code == 286


def test_the_number_of_queries_does_not_grow(viewer: Client, made: Project, django_assert_max_num_queries: Any) -> None:
    for _ in range(20):
        factories.make_export(made)
    viewer.get(page_of(made))
    with django_assert_max_num_queries(8):
        viewer.get(page_of(made))


def test_what_the_provider_wrote_is_text(viewer: Client, made: Project) -> None:
    factories.make_export(made, state="failed", problem="<script>alert(1)</script>")
    assert b"<script>alert" not in viewer.get(page_of(made)).content


def test_without_any_it_says_what_comes(viewer: Client, team: Team) -> None:
    bare = factories.make_project(team, kind="captions", state="processing")
    assert "No exports yet" in viewer.get(page_of(bare)).content.decode()


# --- Videos -------------------------------------------------------------------------------------------------------


def test_the_newest_ones_link_is_read_anew(viewer: Client, team: Team, provider: Scripted) -> None:
    live = factories.make_project(
        team,
        kind="captions",
        api_key=factories.make_key(team, environment=Environment.LIVE),
        direct_url="https://d1.cloudfront.net/dead.mp4",
        seen_at=timezone.now() - 2 * video_links.GO_STALE,
    )
    export = factories.make_export(live, direct_url="https://d1.cloudfront.net/dead.mp4")
    fresh = {"directUrl": "https://d1.cloudfront.net/fresh.mp4", "downloadUrl": "https://app.submagic.co/fresh"}
    provider.on("GET", f"/v1/projects/{live.upstream_id}", project(live.upstream_id, "completed", **fresh))
    assert viewer.get(step("video", export)).headers["Location"] == fresh["directUrl"]
    assert viewer.get(step("video", export), {"download": ""}).headers["Location"] == fresh["downloadUrl"]
    assert provider.count("GET", f"/v1/projects/{live.upstream_id}") == 1


def test_an_older_ones_link_is_the_one_it_came_with(viewer: Client, made: Project) -> None:
    old = factories.make_export(made, direct_url="https://d1.cloudfront.net/old.mp4")
    factories.make_export(made, direct_url=VIDEO)
    assert viewer.get(step("video", old)).headers["Location"] == "https://d1.cloudfront.net/old.mp4"


@pytest.mark.parametrize("fields", [{"state": "failed"}, {"direct_url": "https://evil.example/v.mp4"}])
def test_nothing_leads_to_what_is_not_there_or_not_allowed(
    viewer: Client, made: Project, fields: dict[str, str]
) -> None:
    export = factories.make_export(made, **fields)
    if "direct_url" in fields:
        factories.make_export(made)
    assert viewer.get(step("video", export)).status_code == 404


# --- A lost answer ------------------------------------------------------------------------------------------------


def test_a_lost_one_is_a_question(editor: Client, rita: User, client_of: SignIn, lost: Export) -> None:
    text = editor.get(page_of(lost.project)).content.decode()
    for words in (
        "Did the export begin?",
        "It was cut.",
        "I see it",
        "It never arrived: type “send again”",
        "Send it again",
        "Leave it",
    ):
        assert words in text
    assert "First decide about the export below" in text
    overview = editor.get(lost.project.get_absolute_url()).content.decode()
    assert "not known whether the last export has begun" in overview
    assert overview.count(f'href="{page_of(lost.project)}') == 2, "its tab, and one way to the question"
    assert 'id="export-now"' not in overview
    shown = client_of(rita).get(page_of(lost.project)).content.decode()
    assert "Did the export begin?" in shown
    assert step("decide", lost) not in shown


@pytest.mark.parametrize(
    ("decision", "state"),
    [("seen", "running"), ("again", "asked"), ("leave", "failed")],
    ids=["seen", "again", "leave"],
)
def test_a_person_decides(editor: Client, lost: Export, decision: str, state: str) -> None:
    answer = {"decision": decision, "form_token": str(uuid.uuid4())}
    if decision == "again":
        unsure = editor.post(step("decide", lost), answer, follow=True).content.decode()
        assert "Nothing was sent: type “send again”" in unsure
        assert UpstreamCall.objects.get().state == CallState.UNKNOWN
    answer |= {"confirm": "send again"}
    assert editor.post(step("decide", lost), answer).status_code == 302
    lost.refresh_from_db()
    assert lost.state == state


def test_an_answer_without_scripts_is_taken(bob: User, lost: Export) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(bob)
    page = client.get(page_of(lost.project)).content.decode()
    form = page[page.index('value="leave"') - 900 : page.index('value="leave"')]
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
    assert token
    answer = {"decision": "leave", "csrfmiddlewaretoken": token[1]}
    assert client.post(step("decide", lost), answer).status_code == 302
    lost.refresh_from_db()
    assert lost.state == "failed"


def test_what_is_typed_into_the_question_is_not_swapped_away(editor: Client, lost: Export) -> None:
    Project.objects.update(state="exporting", next_look_at=timezone.now())
    found = re.search(r'hx-get="([^"]+)" hx-trigger="every', editor.get(page_of(lost.project)).content.decode())
    assert found
    again = found[1].replace("&amp;", "&")
    UpstreamCall.objects.update(looks=7, sent_at=timezone.now() - dt.timedelta(minutes=3))
    assert editor.get(again, headers={"HX-Request": "true"}).status_code == 204
    Export.objects.update(state="running")
    assert editor.get(again, headers={"HX-Request": "true"}).status_code == 200


def test_the_answer_that_was_not_understood_is_for_editors(
    editor: Client, rita: User, client_of: SignIn, lost: Export
) -> None:
    UpstreamCall.objects.update(sample="<b>Bad gateway</b>", status_code=502)
    assert "&lt;b&gt;Bad gateway&lt;/b&gt;" in editor.get(page_of(lost.project)).content.decode()
    assert "Bad gateway" not in client_of(rita).get(page_of(lost.project)).content.decode()
    UpstreamCall.objects.update(status_code=None)
    assert "What was answered" not in editor.get(page_of(lost.project)).content.decode()


def test_sending_again_without_a_token_sends_nothing(editor: Client, lost: Export) -> None:
    page = editor.post(step("decide", lost), {"decision": "again", "confirm": "send again"}, follow=True)
    assert "nothing was sent" in page.content.decode()
    assert UpstreamCall.objects.get().state == CallState.UNKNOWN


def test_an_answer_about_another_call_than_the_page_showed_does_nothing(editor: Client, lost: Export) -> None:
    assert f'name="call" value="{lost.call_id}"' in editor.get(page_of(lost.project)).content.decode()
    data = {"decision": "again", "confirm": "send again", "form_token": str(uuid.uuid4()), "call": str(uuid.uuid4())}
    page = editor.post(step("decide", lost), data, follow=True)
    assert "Somebody else has decided about it meanwhile" in page.content.decode()
    assert UpstreamCall.objects.get().state == CallState.UNKNOWN


def test_no_answer_is_no_decision(editor: Client, lost: Export) -> None:
    assert editor.post(step("decide", lost), {"decision": "maybe"}).status_code == 400


def test_what_waits_can_be_taken_back(editor: Client, made: Project) -> None:
    ask(editor, made)
    export = Export.objects.exclude(call=None).get()
    assert "Take back" in editor.get(page_of(made)).content.decode()
    editor.post(step("decide", export), {"decision": "leave"})
    made.refresh_from_db()
    assert made.state == ProjectState.READY


# --- Outdated -----------------------------------------------------------------------------------------------------


def test_a_change_that_the_video_does_not_show_is_told_everywhere(editor: Client, made: Project, alice: User) -> None:
    Project.objects.update(outdated_since=timezone.now() - dt.timedelta(minutes=3))
    for address in (made.get_absolute_url(), page_of(made), f"{made.get_absolute_url()}edit/"):
        assert "The video does not show the last change yet" in editor.get(address).content.decode()
    overview = editor.get(made.get_absolute_url()).content.decode()
    assert reverse("projects:project-export", args=[made.team.slug, made.pk]) in overview
    composer = editor.get(reverse("publishing:publication-new-project", args=[made.team.slug, made.pk]))
    assert "does not show the last change" in composer.content.decode()


# --- Who ----------------------------------------------------------------------------------------------------------


def test_a_viewer_sees_and_asks_for_nothing(viewer: Client, made: Project) -> None:
    page = viewer.get(page_of(made))
    assert page.status_code == 200
    assert "New export" not in page.content.decode()
    assert ask(viewer, made).status_code == 403


def test_outsider_gets_404(charlie: User, client_of: SignIn, lost: Export) -> None:
    client = client_of(charlie)
    assert client.get(page_of(lost.project)).status_code == 404
    assert client.get(step("video", lost)).status_code == 404
    assert client.post(step("decide", lost), {"decision": "seen"}).status_code == 404


def test_another_teams_export_is_not_found_under_ones_own_address(
    charlie: User, client_of: SignIn, other_team: Team, lost: Export
) -> None:
    client = client_of(charlie)
    assert client.get(reverse("projects:project-exports", args=[other_team.slug, lost.project_id])).status_code == 404
    assert client.post(reverse("projects:export-decide", args=[other_team.slug, lost.pk])).status_code == 404


def test_bad_id_and_wrong_method(editor: Client, team: Team, lost: Export) -> None:
    assert editor.get(reverse("projects:project-exports", args=[team.slug, uuid.uuid4()])).status_code == 404
    assert editor.get(step("decide", lost)).status_code == 405
    assert editor.post(step("video", lost)).status_code == 405
    assert editor.put(page_of(lost.project)).status_code == 405
