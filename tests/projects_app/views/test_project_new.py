from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard import remote
from dashboard.models import ApiKey, CallState, Team, UpstreamCall, User
from projects_app.models import Project, Upload
from sandbox.submagic import applied
from tests import factories
from tests.conftest import InProcessSandbox
from tests.projects_app.default_buttons import default_button
from tests.projects_app.forms.all_options import captions_form, captions_options
from tests.projects_app.forms_data import filled
from tests.projects_app.json_calls import send
from tests.projects_app.scripted import Scripted
from tests.publishing_app.support import account_of, context_of

SignIn = Callable[[User], Client]


@pytest.fixture
def address(team: Team) -> str:
    return reverse("projects:project-new", kwargs={"team": team.slug})


@pytest.fixture
def editor(sandbox: Any, api_key: ApiKey, bob: User, client_of: SignIn) -> Client:
    return client_of(bob)


def errors(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 422
    found: dict[str, list[str]] = response.context["form"].errors
    return found


def test_it_shows_three_doors_and_lists_of_the_account(editor: Client, address: str) -> None:
    page = editor.get(address)
    assert page.status_code == 200
    text = page.content.decode()
    for value in ("upload", "url", "youtube"):
        assert f'name="source" value="{value}"' in text
    assert '<option value="seth">seth</option>' in text
    assert '<option value="en" selected>English</option>' in text
    assert "Estimate" in text


def test_a_youtube_project_is_made_without_a_script(editor: Client, address: str) -> None:
    response = editor.post(address, filled(min_clip_length="20", face_tracking="off"))
    project = Project.objects.get()
    assert response.headers["Location"] == project.get_absolute_url()
    assert project.source_url == "https://www.youtube.com/watch?v=sandbox0001"
    assert project.options == {"minClipLength": 20, "faceTracking": False}
    assert UpstreamCall.objects.get().state == CallState.READY


def test_options_left_alone_are_not_sent(editor: Client, address: str) -> None:
    editor.post(address, filled())
    assert Project.objects.get().options == {}


def test_clip_options_do_not_go_with_captions(editor: Client, address: str, settings: Any) -> None:
    url = f"{settings.SANDBOX_URL}/submagic/samples/two-tips.mp4"
    editor.post(
        address,
        filled(source="url", kind="captions", video_url=url, min_clip_length="20", face_tracking="on", template="Sara"),
    )
    assert Project.objects.get().options == {"templateName": "Sara"}


def test_a_double_click_is_one_project(editor: Client, address: str) -> None:
    data = filled()
    first, second = editor.post(address, data), editor.post(address, data)
    assert first.headers["Location"] == second.headers["Location"]
    assert Project.objects.count() == UpstreamCall.objects.count() == 1


def test_the_same_request_within_a_day_asks_once(editor: Client, address: str) -> None:
    editor.post(address, filled())
    first = Project.objects.get()
    again = editor.post(address, filled())
    page = again.content.decode()
    assert again.status_code == 409 and Project.objects.count() == 1
    assert "asked for exactly this before. Nothing was sent" in page and first.get_absolute_url() in page
    assert 'name="again" value="1"' in page
    assert editor.post(address, filled(title="Another title")).status_code == 302
    assert editor.post(address, filled(again="1")).status_code == 302
    assert Project.objects.count() == 3
    with time_machine.travel(timezone.now() + dt.timedelta(hours=25)):
        assert editor.post(address, filled()).status_code == 302


def test_one_that_was_given_up_may_be_there(editor: Client, address: str) -> None:
    editor.post(address, filled())
    over = timezone.now()
    UpstreamCall.objects.update(state="abandoned", sent_at=over, settled_at=over)
    Project.objects.update(state="failed", upstream_id="")
    assert editor.post(address, filled()).status_code == 409
    # Nor is it sent again by one click from its own page.
    made = Project.objects.get()
    again = reverse("projects:project-send-again", args=["harbour", made.pk])
    assert "type “send again”" in editor.post(again, follow=True).content.decode()
    assert "It never arrived: type “send again”" in editor.get(made.get_absolute_url()).content.decode()
    assert UpstreamCall.objects.count() == 1
    UpstreamCall.objects.update(sent_at=None)  # it never went out
    editor.post(again)
    assert UpstreamCall.objects.count() == 2


def test_the_same_request_goes_after_a_failure(editor: Client, address: str) -> None:
    editor.post(address, filled())
    Project.objects.update(state="failed")
    assert editor.post(address, filled()).status_code == 302
    UpstreamCall.objects.update(state="rejected", settled_at=timezone.now())
    Project.objects.update(state="needs_you")
    assert editor.post(address, filled()).status_code == 302


def test_the_token_of_another_team_gives_nothing_away(
    editor: Client, address: str, other_team: Team, charlie: User, client_of: SignIn
) -> None:
    factories.make_key(other_team)
    data = filled()
    editor.post(address, data)
    response = client_of(charlie).post(reverse("projects:project-new", kwargs={"team": other_team.slug}), data)
    assert "used before" in str(errors(response)["__all__"])
    assert Project.objects.count() == 1


# --- A file --------------------------------------------------------------------------------------------------------


def file_form(**changes: Any) -> dict[str, Any]:
    about = {"filename": "talk.mp4", "size": "5000", "last_modified": "1700000000000"}
    return filled(source="upload", youtube_url="", **(about | changes))


def test_the_script_gets_where_the_bytes_go(editor: Client, address: str) -> None:
    response = editor.post(address, file_form(), headers={"Accept": "application/json"})
    assert response.status_code == 201
    upload = Upload.objects.get()
    answer = response.json()
    assert answer["upload_url"].startswith(f"/t/harbour/uploads/{upload.pk}/")
    assert (answer["upload_id"], answer["title"]) == (str(upload.pk), "A talk")
    assert answer["project_url"] == upload.project.get_absolute_url()
    assert upload.fingerprint == "talk.mp4|5000|1700000000000"
    assert upload.created_by == upload.project.created_by


def test_a_repeated_request_gets_the_same_upload(editor: Client, address: str) -> None:
    data = file_form()
    answers = [editor.post(address, data, headers={"Accept": "application/json"}).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert Upload.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"filename": "talk.avi"}, "not an MP4 or MOV"),
        ({"filename": "talk"}, "not an MP4 or MOV"),
        ({"size": "0"}, "empty"),
        ({"size": str(11 * 1024**3)}, "too large"),
        ({"filename": ""}, "No file came along"),
        ({"filename": "talk.mp4", "size": ""}, "empty"),
    ],
    ids=["another type", "no type", "empty", "too large", "no file", "no size"],
)
def test_a_file_that_cannot_be_taken_is_refused_before_a_byte_is_sent(
    editor: Client, address: str, changes: dict[str, str], words: str
) -> None:
    response = editor.post(address, file_form(**changes), headers={"Accept": "application/json"})
    assert response.status_code == 422
    assert words in response.json()["errors"]["source"][0]["message"]
    assert not Project.objects.exists()


def test_without_a_script_a_file_says_what_to_do(editor: Client, address: str) -> None:
    page = editor.get(address).content.decode()
    assert "<noscript>" in page
    assert "needs JavaScript" in page


# --- What is wrong is said in place ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 101}, "title"),
        ({"language": "xx-not"}, "language"),
        ({"template": "SETH"}, "template"),
        ({"min_clip_length": "14"}, "min_clip_length"),
        ({"max_clip_length": "301"}, "max_clip_length"),
        ({"min_clip_length": "60", "max_clip_length": "30"}, "max_clip_length"),
        ({"kind": "captions"}, "kind"),
        ({"source": "url", "video_url": "https://a.com/v.mp4"}, "kind"),
        ({"youtube_url": ""}, "youtube_url"),
        ({"youtube_url": "https://vimeo.com/1234"}, "youtube_url"),
        ({"source": "url", "kind": "captions", "video_url": ""}, "video_url"),
        ({"form_token": "no"}, "form_token"),
        ({"source": "elsewhere"}, "source"),
    ],
)
def test_each_mistake_is_shown_at_its_field(editor: Client, address: str, changes: dict[str, str], field: str) -> None:
    assert field in errors(editor.post(address, filled(**changes)))
    assert not Project.objects.exists()


def test_every_value_is_kept(editor: Client, address: str) -> None:
    page = editor.post(
        address, filled(title="Kept title", youtube_url="nonsense", template="seth", min_clip_length="33")
    ).content.decode()
    assert 'value="Kept title"' in page
    assert 'value="nonsense"' in page
    assert '<option value="seth" selected>' in page
    assert 'value="33"' in page


def test_a_key_of_another_team_cannot_be_chosen(editor: Client, address: str, other_team: Team) -> None:
    foreign = factories.make_key(other_team)
    editor.post(address, filled(api_key=str(foreign.pk)))
    assert all(project.api_key.team.slug == "harbour" for project in Project.objects.all())


def test_several_keys_are_a_choice(editor: Client, address: str, team: Team) -> None:
    second = factories.make_key(team, is_default=False, label="Second")
    assert "Second" in editor.get(address).content.decode()
    editor.post(address, filled(api_key=str(second.pk)))
    assert Project.objects.get().api_key == second


# --- When things are away -------------------------------------------------------------------------------------------


def test_enter_starts_the_project(editor: Client, address: str, team: Team) -> None:
    """It shows no other key's lists and adds no row, though those buttons come first."""
    factories.make_key(team, is_default=False, label="Second account")
    page = editor.get(address)
    assert 'name="key-lists"' in page.content.decode()
    assert default_button(page, "new-project") == {"data-default", "aria-hidden"}


def test_without_a_key_an_admin_is_led_to_the_keys(alice: User, client_of: SignIn, address: str) -> None:
    page = client_of(alice).get(address).content.decode()
    assert "No working API key" in page
    assert reverse("dashboard:keys", kwargs={"team": "harbour"}) in page


def test_without_a_key_an_editor_is_told_whom_to_ask(bob: User, client_of: SignIn, address: str) -> None:
    assert "Ask an admin" in client_of(bob).get(address).content.decode()
    assert client_of(bob).post(address, filled()).status_code == 409


def test_a_provider_that_is_away_leaves_the_form_usable(
    provider: Scripted, api_key: ApiKey, bob: User, client_of: SignIn, address: str
) -> None:
    provider.on("GET", "/v1/languages", httpx.Response(503))
    provider.on("GET", "/v1/templates", httpx.ConnectError("no route"))
    client = client_of(bob)
    assert "does not answer right now" in client.get(address).content.decode()
    assert client.post(address, filled()).status_code == 302
    assert Project.objects.get().language == "en"


# --- Filled in beforehand --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("door", ["youtube", "url"])
def test_the_sandbox_offers_a_sample(editor: Client, address: str, door: str) -> None:
    page = editor.get(address, {"sample": door})
    assert "?sample=" in page.content.decode()
    initial = page.context["form"].initial
    assert initial["source"] == door
    made = editor.post(
        address,
        filled(**{"youtube_url": None} | {name: str(value) for name, value in initial.items()}),
    )
    assert made.status_code == 302


def test_the_settings_of_another_project_can_be_taken_over(editor: Client, address: str, team: Team) -> None:
    old = factories.make_project(team, title="Old", options={"minClipLength": 44, "faceTracking": True})
    page = editor.get(address, {"from": str(old.pk)}).content.decode()
    assert 'value="Old"' in page
    assert 'value="44"' in page


def test_the_settings_of_another_teams_project_cannot(editor: Client, address: str, other_team: Team) -> None:
    foreign = factories.make_project(other_team, api_key=factories.make_key(other_team))
    assert editor.get(address, {"from": str(foreign.pk)}).status_code == 404
    assert editor.get(address, {"from": "nonsense"}).status_code == 200


# --- Who --------------------------------------------------------------------------------------------------------------


def test_a_reviewer_may_not(rita: User, client_of: SignIn, address: str) -> None:
    assert client_of(rita).get(address).status_code == 403
    assert client_of(rita).post(address, filled()).status_code == 403


def test_outsider_gets_404(team: Team, charlie: User, client_of: SignIn, address: str) -> None:
    assert client_of(charlie).get(address).status_code == 404


def test_a_stranger_is_sent_to_sign_in(team: Team, address: str) -> None:
    assert Client().get(address).status_code == 302


def test_wrong_method(editor: Client, address: str) -> None:
    assert editor.put(address).status_code == 405


def test_errors_for_the_script_carry_the_fields(editor: Client, address: str) -> None:
    response = editor.post(address, file_form(title=""), headers={"Accept": "application/json"})
    assert list(json.loads(response.content)["errors"]) == ["title"]


# --- With every option ----------------------------------------------------------------------------------------------


@pytest.fixture
def library(sandbox: InProcessSandbox, api_key: ApiKey, team: Team) -> dict[str, str]:
    """A video and music in the account's library at the provider, ready, and known here."""
    ids = {}
    for name, kind, sample in (("broll", "VIDEO", "hills.mp4"), ("music", "AUDIO", "four-chords.mp3")):
        with remote.client_for(api_key) as provider:
            ids[name] = provider.create_user_media(f"http://127.0.0.1:8999/submagic/samples/{sample}").id
        factories.make_media(team, upstream_id=ids[name], type=kind, name=sample)
    sandbox.clock.move(hours=1)
    return ids


def test_the_provider_applies_exactly_what_was_set(
    editor: Client, address: str, sandbox: InProcessSandbox, api_key: ApiKey, library: dict[str, str], settings: Any
) -> None:
    url = f"{settings.SANDBOX_URL}/submagic/samples/two-tips.mp4"
    response = editor.post(address, captions_form(url, **library, title="Every option"))
    assert response.status_code == 302, response.context["form"].errors
    project = Project.objects.get()
    assert project.options == captions_options(**library)
    send(project)
    (entry,) = [
        each
        for each in applied.entries(context_of(sandbox), account_of(api_key))["applied"]
        if each["endpoint"] == "/v1/projects"
    ]
    about = {"title": "Every option", "language": "en", "videoUrl": url, "webhookUrl": entry["webhookUrl"]}
    assert entry["fields"] == about | captions_options(**library)
    assert project.upstream_id == entry["projectId"]


@pytest.mark.parametrize(
    ("fields", "sent"),
    [
        (
            {"look": "preset", "preset_id": "88a08eec-712a-45d0-8d0b-3b631700cb3a", "clean_audio": "on"},
            {"presetId": "88a08eec-712a-45d0-8d0b-3b631700cb3a", "cleanAudio": True},
        ),
        (
            {"look": "ai_edit", "ai_edit_template": "ella", "dictionary": "Clipdesk"},
            {"aiEditTemplate": "ella", "dictionary": ["Clipdesk"]},
        ),
        (
            {"look": "theme", "theme_id": "123e4567-e89b-12d3-a456-426614174000", "hook_title": "ai"},
            {"userThemeId": "123e4567-e89b-12d3-a456-426614174000", "hookTitle": True},
        ),
    ],
    ids=["preset", "AI edit", "theme"],
)
def test_the_provider_takes_each_look(
    editor: Client,
    address: str,
    sandbox: InProcessSandbox,
    api_key: ApiKey,
    settings: Any,
    fields: dict[str, str],
    sent: dict[str, Any],
) -> None:
    url = f"{settings.SANDBOX_URL}/submagic/samples/two-tips.mp4"
    editor.post(address, filled(source="url", kind="captions", youtube_url=None, video_url=url, **fields))
    project = Project.objects.get()
    assert project.options == sent
    send(project)
    (entry,) = applied.entries(context_of(sandbox), account_of(api_key))["applied"]
    assert entry["fields"].items() >= sent.items()


def test_the_projects_page_tells_every_option_in_words(
    editor: Client, address: str, library: dict[str, str], settings: Any
) -> None:
    url = f"{settings.SANDBOX_URL}/submagic/samples/two-tips.mp4"
    editor.post(address, captions_form(url, **library))
    facts = dict(editor.get(Project.objects.get().get_absolute_url()).context["facts"])
    assert facts == {
        "Language": "English",
        "Look": "Hormozi 2",
        "Hook title": "“Stop scrolling”, style laura, 45 from the top, size 32",
        "Cut pauses": "extra fast",
        "Cut bad takes": "on",
        "Magic zooms": "on",
        "Clean audio": "on",
        "Captions": "shown",
        "Magic B-roll": "on",
        "Share of Magic B-roll": "75 %",
        "B-roll": "1 from the library, 1 made by AI (hills.mp4)",
        "Music": "four-chords.mp3, volume 30, from second 1.5, without fades",
        "Words to get right": "Clipdesk, Submagic, ffmpeg",
    }


def test_a_folded_group_says_what_is_set_in_it(
    editor: Client, address: str, team: Team, library: dict[str, str], settings: Any
) -> None:
    url = f"{settings.SANDBOX_URL}/submagic/samples/two-tips.mp4"
    editor.post(address, captions_form(url, **library))
    page = editor.get(address, {"from": str(Project.objects.get().pk)})
    said = {folded.group.name: folded.said for folded in page.context["groups"]}
    assert said == {
        "hook_title": "Own text",
        "cuts": "pauses: extra fast, bad takes on",
        "effects": "zooms on, clean audio on, captions hidden: off",
        "items": "Magic B-roll on, 2 placed",
        "music": "four-chords.mp3",
        "dictionary": "3 words",
    }
    assert not any(folded.is_open for folded in page.context["groups"])
    untouched = editor.get(address).context["groups"]
    assert [folded.said for folded in untouched] == [""] * len(untouched)


def test_a_group_with_a_mistake_is_open(editor: Client, address: str, settings: Any) -> None:
    url = f"{settings.SANDBOX_URL}/submagic/samples/two-tips.mp4"
    data = filled(source="url", kind="captions", youtube_url=None, video_url=url, dictionary="x" * 51)
    groups = editor.post(address, data).context["groups"]
    assert [folded.group.name for folded in groups if folded.is_open] == ["dictionary"]


def test_a_conflict_is_refused_beside_its_field(editor: Client, address: str, settings: Any) -> None:
    """Also without a script, which would have shut the field."""
    url = f"{settings.SANDBOX_URL}/submagic/samples/two-tips.mp4"
    data = filled(source="url", kind="captions", youtube_url=None, video_url=url, look="preset", magic_zooms="on")
    response = editor.post(address, data)
    assert set(errors(response)) == {"preset_id", "magic_zooms"}
    page = response.content.decode()
    assert "The Submagic preset decides this" in page.partition('id="field-magic_zooms"')[2][:2000]
    assert not Project.objects.exists()


# --- The lists of another key -------------------------------------------------------------------------------------


def test_the_lists_of_another_key_can_be_asked_for(editor: Client, address: str, team: Team) -> None:
    """Its library is another one; what was entered stays, and nothing is sent."""
    second = factories.make_key(team, is_default=False, label="Second")
    factories.make_media(team, api_key=second, type="AUDIO", name="second.mp3")
    data = filled(
        api_key=str(second.pk), title="", kind="captions", hook_title="own", hook_text="Kept", **{"key-lists": "1"}
    )
    response = editor.post(address, data)
    assert response.status_code == 200
    assert response.context["form"].errors == {}
    page = response.content.decode()
    assert "second.mp3" in page
    assert 'value="Kept"' in page
    assert 'id="options"' in page
    assert not Project.objects.exists()


def test_another_row_for_broll_without_a_script(editor: Client, address: str) -> None:
    data = filled(kind="captions", title="", **{"item-add": "1"})
    for path in (address, f"{address}check/"):
        response = editor.post(path, data)
        assert response.status_code == 200
        assert response.context["form"].errors == {}
    assert not Project.objects.exists()
