"""Presets from the pages: saving a filled form, beginning with one, the list, renaming and deleting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.models import ApiKey, Team, User
from projects_app.models import Kind, MediaState, Preset, Project
from tests import factories
from tests.projects_app.forms_data import filled

SignIn = Callable[[User], Client]
CAPTIONS = {
    "kind": "captions",
    "source": "upload",
    "youtube_url": "",
    "title": "",
    "template": "Sara",
    "magic_zooms": "on",
    "silence_pace": "fast",
    "dictionary": "Clipdesk\nSubmagic",
    "item-0-type": "ai-broll",
    "item-0-start": "1",
    "item-0-end": "4",
    "item-0-prompt": "boats",
    "item-0-layout": "cover",
}
OPTIONS = {
    "templateName": "Sara",
    "magicZooms": True,
    "removeSilencePace": "fast",
    "dictionary": ["Clipdesk", "Submagic"],
    "items": [{"type": "ai-broll", "startTime": 1, "endTime": 4, "prompt": "boats", "layout": "cover"}],
}


@pytest.fixture
def editor(sandbox: Any, api_key: ApiKey, bob: User, client_of: SignIn) -> Client:
    return client_of(bob)


def at(team: Team, name: str, **kwargs: Any) -> str:
    return reverse(f"projects:{name}", kwargs={"team": team.slug, **kwargs})


def entered(name: str, **changes: Any) -> dict[str, Any]:
    return filled(**{"look": "template", **CAPTIONS, "preset-name": name, **changes})


def save(client: Client, team: Team, name: str, *, htmx: bool = False, **changes: Any) -> Any:
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(at(team, "preset-save"), entered(name, **changes), headers=headers)


# --- Saving -------------------------------------------------------------------------------------------------------


def test_every_value_is_kept_without_a_video_or_a_title(editor: Client, team: Team, bob: User) -> None:
    page = save(editor, team, "  Our   talks ")
    assert page.status_code == 200
    preset = Preset.objects.get()
    assert (preset.name, preset.kind, preset.language, preset.created_by) == ("Our talks", "captions", "en", bob)
    assert preset.options == OPTIONS
    assert not Project.objects.exists()


def test_page_after_saving_still_holds_the_form_and_no_complaints(editor: Client, team: Team) -> None:
    text = save(editor, team, "Talks").content.decode()
    assert "“Talks” is saved." in text
    assert "Submagic</textarea>" in text
    assert 'name="item-0-start" id="item-0-start" value="1"' in text
    assert "Give it a title" not in text
    assert "No file came along" not in text


def test_fragment_is_the_place_of_saving_alone(editor: Client, team: Team) -> None:
    answer = save(editor, team, "Talks", htmx=True)
    text = answer.content.decode()
    assert "“Talks” is saved." in text
    assert text.lstrip().startswith("<fieldset")
    assert "<html" not in text


@pytest.mark.parametrize("htmx", [False, True])
def test_same_name_asks_and_replaces_when_told(editor: Client, team: Team, htmx: bool) -> None:
    preset = factories.make_preset(team, name="Talks", options={"templateName": "Hormozi 2"})
    page = save(editor, team, "talks", htmx=htmx)
    assert page.status_code == (200 if htmx else 409)
    assert "There is a preset “Talks” already." in page.content.decode()
    assert f'name="preset-replace" value="{preset.pk}"' in page.content.decode()
    preset.refresh_from_db()
    assert preset.options == {"templateName": "Hormozi 2"}
    assert save(editor, team, "talks", htmx=htmx, **{"preset-replace": str(preset.pk)}).status_code == 200
    preset.refresh_from_db()
    assert preset.options == OPTIONS


def test_yes_for_one_preset_is_no_yes_for_another(editor: Client, team: Team) -> None:
    agreed = factories.make_preset(team, name="Talks")
    other = factories.make_preset(team, name="Interviews", options={})
    page = save(editor, team, "Interviews", **{"preset-replace": str(agreed.pk)})
    assert page.status_code == 409
    other.refresh_from_db()
    assert other.options == {}


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("", {}, "Give the preset a name"),
        ("x" * 61, {}, "at most 60 characters"),
        ("Talks", {"item-0-end": "0:20"}, "AI B-roll may last 12 seconds"),
        ("Talks", {"dictionary": "x" * 51}, "at most 50 characters"),
        ("Talks", {"kind": "nothing"}, "What do you want from it?"),
    ],
)
def test_what_cannot_be_kept_is_told(editor: Client, team: Team, name: str, changes: dict[str, str], said: str) -> None:
    page = save(editor, team, name, htmx=True, **changes)
    assert page.status_code == 422
    assert said in page.content.decode()
    assert not Preset.objects.exists()


def test_magic_clips_keep_their_lengths(editor: Client, team: Team) -> None:
    data = filled(title="", youtube_url="", min_clip_length="20", face_tracking="off", **{"preset-name": "Clips"})
    assert editor.post(at(team, "preset-save"), data).status_code == 200
    preset = Preset.objects.get()
    assert (preset.kind, preset.options) == (Kind.MAGIC_CLIPS, {"minClipLength": 20, "faceTracking": False})


def test_without_a_key_nothing_is_saved(team: Team, bob: User, client_of: SignIn) -> None:
    assert save(client_of(bob), team, "Talks").status_code == 302
    assert not Preset.objects.exists()


# --- Beginning with one -------------------------------------------------------------------------------------------


def test_form_begins_with_the_preset(editor: Client, team: Team) -> None:
    preset = factories.make_preset(team, name="Talks", options=OPTIONS)
    page = editor.get(at(team, "project-new"), {"preset": str(preset.pk)})
    form = page.context["form"]
    assert form["template"].value() == "Sara"
    assert form["kind"].value() == "captions"
    assert [row.prompt for row in form.item_rows] == ["boats"]
    assert page.context["not_offered"] == []
    text = page.content.decode()
    assert f'name="preset" value="{preset.pk}" form="new-project"' in text
    assert "Clipdesk\nSubmagic</textarea>" in text


def test_round_trip_gives_the_same_options(editor: Client, team: Team) -> None:
    save(editor, team, "Talks")
    preset = Preset.objects.get()
    form = editor.get(at(team, "project-new"), {"preset": str(preset.pk)}).context["form"]
    data = {name: form[name].value() for name in form.fields if name not in ("items", "api_key", "file")}
    (row,) = form.item_rows
    data |= {f"{row.prefix}-{part}": getattr(row, part) for part in ("type", "start", "end", "prompt", "layout")}
    data = {name: value for name, value in data.items() if value not in (None, False)}
    editor.post(at(team, "preset-save"), {**data, "preset-name": "Again"})
    assert Preset.objects.get(name="Again").options == preset.options == OPTIONS


def test_what_the_key_does_not_offer_is_told(editor: Client, team: Team, api_key: ApiKey) -> None:
    late = factories.make_media(team, api_key=api_key, state=MediaState.WAITING, name="late.mp4")
    foreign = factories.make_media(team, api_key=factories.make_key(team, is_default=False))
    items = [
        {"type": "user-media", "startTime": 1, "endTime": 2, "userMediaId": foreign.upstream_id},
        {"type": "user-media", "startTime": 3, "endTime": 4, "userMediaId": late.upstream_id},
    ]
    options = {"templateName": "Gone", "items": items, "music": {"userMediaId": "no-song"}}
    preset = factories.make_preset(team, name="Old", language="xx", options=options)
    page = editor.get(at(team, "project-new"), {"preset": str(preset.pk)})
    told = page.context["not_offered"]
    assert len(told) == 5
    assert any("“Gone” is not offered with this key" in text for text in told)
    assert any("“xx” is not offered with this key" in text for text in told)
    assert "B-roll 1: its file is not in the media library of this key. Choose another or remove it." in told
    assert any(text.startswith("B-roll 2: “late.mp4” is not ready at Submagic yet.") for text in told)
    assert any(text.startswith("Music: its file is not in the media library") for text in told)
    text = page.content.decode()
    assert "Not everything in “Old” can be used" in text
    # The rows keep what was said and do not fall back to another file.
    assert f'<option value="{foreign.upstream_id}" selected>Not in this library' in text


def test_a_preset_that_is_gone_is_told(editor: Client, team: Team, other_team: Team) -> None:
    foreign = factories.make_preset(other_team)
    page = editor.get(at(team, "project-new"), {"preset": str(foreign.pk)})
    assert page.status_code == 200
    assert "This preset is gone" in page.content.decode()
    assert page.context["preset"] is None


def test_a_project_made_with_it_marks_it_used(editor: Client, team: Team) -> None:
    preset = factories.make_preset(team, kind=Kind.MAGIC_CLIPS, options={})
    editor.post(at(team, "project-new"), filled(title="", preset=str(preset.pk)))
    preset.refresh_from_db()
    assert preset.used_at is None
    editor.post(at(team, "project-new"), filled(preset=str(preset.pk)))
    preset.refresh_from_db()
    assert preset.used_at is not None


# --- From a project -------------------------------------------------------------------------------------------------


def test_options_of_a_project_become_a_preset(editor: Client, team: Team) -> None:
    project = factories.make_project(team, kind="captions", title="The talk", language="de", options=OPTIONS)
    address = at(team, "preset-from-project", pk=project.pk)
    page = editor.get(address)
    assert 'value="The talk"' in page.content.decode()
    assert editor.post(address, {"preset-name": "Talks"}).headers["Location"] == at(team, "preset-list")
    preset = Preset.objects.get()
    assert (preset.kind, preset.language, preset.options) == ("captions", "de", OPTIONS)
    again = editor.post(address, {"preset-name": "Talks"})
    assert again.status_code == 409
    assert "There is a preset “Talks” already." in again.content.decode()
    done = editor.post(address, {"preset-name": "Talks", "preset-replace": str(preset.pk)})
    assert done.status_code == 302
    assert editor.post(address, {"preset-name": ""}).status_code == 422


def test_a_hook_title_that_was_taken_away_is_no_part_of_a_preset(editor: Client, team: Team) -> None:
    project = factories.make_project(team, kind="captions", options={"hookTitle": False, "magicZooms": True})
    address = at(team, "preset-from-project", pk=project.pk)
    assert "Hook title" not in editor.get(address).content.decode()
    editor.post(address, {"preset-name": "Talks"})
    preset = Preset.objects.get()
    assert preset.options == {"magicZooms": True}
    # One that was saved with it before begins without a complaint as well.
    Preset.objects.update(options={"hookTitle": False, "magicZooms": True})
    page = editor.get(at(team, "project-new"), {"preset": str(preset.pk)})
    assert (page.context["not_offered"], page.context["form"]["hook_title"].value()) == ([], "")


# --- The list, renaming, deleting -----------------------------------------------------------------------------------


def test_list_says_what_each_sets(editor: Client, team: Team, other_team: Team, bob: User, api_key: ApiKey) -> None:
    media = factories.make_media(team, api_key=api_key, name="boats.mp4")
    item = {"type": "user-media", "startTime": 1, "endTime": 2, "userMediaId": media.upstream_id}
    factories.make_preset(team, name="Talks", options={**OPTIONS, "items": [item]}, created_by=bob)
    factories.make_preset(team, name="Bare", language="", options={}, used_at=timezone.now())
    factories.make_preset(other_team, name="Theirs")
    text = editor.get(at(team, "preset-list")).content.decode()
    for said in ("Talks", "Sara", "English", "boats.mp4", "Clipdesk, Submagic", "By Bob", "not used yet", "last used"):
        assert said in text
    assert "everything is Submagic's default" in text
    assert "Theirs" not in text


def test_viewers_see_and_change_nothing(sandbox: Any, team: Team, vera: User, client_of: SignIn) -> None:
    preset = factories.make_preset(team, name="Talks")
    client = client_of(vera)
    page = client.get(at(team, "preset-list"))
    assert "Talks" in page.content.decode()
    assert at(team, "preset-delete", pk=preset.pk) not in page.content.decode()
    for name in ("preset-rename", "preset-delete"):
        assert client.post(at(team, name, pk=preset.pk), {"name": "X"}).status_code == 403
    assert save(client, team, "Mine").status_code == 403
    assert Preset.objects.get().name == "Talks"


@pytest.mark.parametrize("cast", ["bob", "vera"])
def test_empty_list_says_how_to_make_one(request: Any, team: Team, client_of: SignIn, cast: str) -> None:
    page = client_of(request.getfixturevalue(cast)).get(at(team, "preset-list"))
    assert "No presets yet" in page.content.decode()
    assert (at(team, "project-new") in page.content.decode()) == (cast == "bob")


def test_renaming(editor: Client, team: Team) -> None:
    preset = factories.make_preset(team, name="Talks")
    factories.make_preset(team, name="Interviews")
    address = at(team, "preset-rename", pk=preset.pk)
    assert 'value="Talks"' in editor.get(address).content.decode()
    refused = editor.post(address, {"name": "interviews"})
    assert refused.status_code == 422
    assert "There is a preset “Interviews” already. Choose another name." in refused.content.decode()
    assert editor.post(address, {"name": " Talks  2 "}).status_code == 302
    preset.refresh_from_db()
    assert preset.name == "Talks 2"


def test_deleting_asks_first(editor: Client, team: Team) -> None:
    preset = factories.make_preset(team, name="Talks")
    address = at(team, "preset-delete", pk=preset.pk)
    assert "Delete “Talks”?" in editor.get(address).content.decode()
    assert Preset.objects.exists()
    assert editor.post(address).headers["Location"] == at(team, "preset-list")
    assert not Preset.objects.exists()


def test_the_number_of_queries_does_not_grow(
    editor: Client, team: Team, bob: User, api_key: ApiKey, django_assert_max_num_queries: Any
) -> None:
    for _ in range(10):
        song = factories.make_media(team, type="AUDIO")
        options = {"music": {"userMediaId": song.upstream_id}}
        factories.make_preset(team, created_by=bob, options=options)
    editor.get(at(team, "preset-list"))
    with django_assert_max_num_queries(8):
        editor.get(at(team, "preset-list"))
