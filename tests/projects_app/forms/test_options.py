"""From the fields to exactly what is sent, and back."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from dashboard.models import ApiKey, Team
from projects_app.forms.presets import not_offered
from projects_app.forms.projects import NewProjectForm, initial_from, initial_of_options
from projects_app.models import Kind, Source
from tests import factories
from tests.projects_app.forms.all_options import captions_form, captions_options
from tests.projects_app.forms_data import filled

VIDEO = "https://files.harbour.example.com/talk.mp4"


@pytest.fixture
def library(sandbox: Any, api_key: ApiKey, team: Team) -> dict[str, str]:
    broll, music = str(uuid.uuid4()), str(uuid.uuid4())
    factories.make_media(team, upstream_id=broll, type="VIDEO", name="waves.mp4")
    factories.make_media(team, upstream_id=music, type="AUDIO", name="calm.mp3")
    return {"broll": broll, "music": music}


def bound(key: ApiKey, data: dict[str, Any]) -> NewProjectForm:
    return NewProjectForm(data, keys=[key])


def captions(key: ApiKey, **changes: Any) -> NewProjectForm:
    data = {"source": "url", "kind": "captions", "youtube_url": None, "video_url": VIDEO}
    return bound(key, filled(**data | changes))


def options_of(form: NewProjectForm) -> dict[str, Any]:
    assert form.is_valid(), form.errors
    return form.options


def test_everything_that_was_set_and_nothing_else(api_key: ApiKey, library: dict[str, str]) -> None:
    assert options_of(bound(api_key, captions_form(VIDEO, **library))) == captions_options(**library)


@pytest.mark.usefixtures("sandbox")
def test_nothing_set_is_nothing_sent(api_key: ApiKey) -> None:
    assert options_of(captions(api_key)) == options_of(bound(api_key, filled())) == {}


# --- The look -------------------------------------------------------------------------------------------------------

LOOKS = {"template": "seth", "theme_id": str(uuid.uuid4()), "preset_id": str(uuid.uuid4()), "ai_edit_template": "ella"}


@pytest.mark.parametrize(
    ("look", "option", "field"),
    [
        ("template", "templateName", "template"),
        ("theme", "userThemeId", "theme_id"),
        ("preset", "presetId", "preset_id"),
        ("ai_edit", "aiEditTemplate", "ai_edit_template"),
    ],
)
@pytest.mark.usefixtures("sandbox")
def test_only_the_chosen_look_is_sent(api_key: ApiKey, look: str, option: str, field: str) -> None:
    assert options_of(captions(api_key, look=look, **LOOKS)) == {option: LOOKS[field]}


@pytest.mark.parametrize(
    ("look", "field"), [("theme", "theme_id"), ("preset", "preset_id"), ("ai_edit", "ai_edit_template")]
)
@pytest.mark.usefixtures("sandbox")
def test_a_look_without_its_value_is_asked_for(api_key: ApiKey, look: str, field: str) -> None:
    assert list(captions(api_key, look=look).errors) == [field]


@pytest.mark.usefixtures("sandbox")
def test_an_unknown_template_is_no_mistake_while_another_look_is_chosen(api_key: ApiKey) -> None:
    form = captions(api_key, look="ai_edit", ai_edit_template="karl", template="gone")
    assert options_of(form) == {"aiEditTemplate": "karl"}


def test_an_exclusion_is_told_at_each_field(api_key: ApiKey, library: dict[str, str]) -> None:
    form = bound(api_key, captions_form(VIDEO, **library, look="preset", preset_id=str(uuid.uuid4())))
    excluded = {"hook_title", "silence_pace", "bad_takes", "magic_zooms", "magic_brolls", "magic_brolls_percentage"}
    assert set(form.errors) == {*excluded, "items", "music_media"}
    assert "The Submagic preset decides this" in form.errors["hook_title"][0]


# --- Hook title -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "sent"),
    [
        ({"hook_title": "ai"}, True),
        ({"hook_title": "ai", "hook_text": "left over"}, True),
        ({"hook_title": "ai", "hook_template": "mark", "hook_top": "0"}, {"template": "mark", "top": 0}),
        ({"hook_title": "own", "hook_text": " Wait "}, {"text": "Wait"}),
        ({"hook_title": "own", "hook_text": "Wait", "hook_size": "80"}, {"text": "Wait", "size": 80}),
    ],
)
@pytest.mark.usefixtures("sandbox")
def test_a_hook_title_is_ai_or_own_text(api_key: ApiKey, fields: dict[str, str], sent: Any) -> None:
    assert options_of(captions(api_key, **fields)) == {"hookTitle": sent}


@pytest.mark.usefixtures("sandbox")
def test_row_14_the_default_hook_title_sends_nothing(api_key: ApiKey) -> None:
    """Not sending it and "off" are different; only a change of a project can be "off"."""
    left_over = {"hook_text": "Wait", "hook_template": "laura", "hook_top": "900"}
    assert options_of(captions(api_key, hook_title="", **left_over)) == {}
    assert "hook_title" in captions(api_key, hook_title="off").errors


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"hook_text": ""}, "hook_text"),
        ({"hook_text": "x" * 101}, "hook_text"),
        ({"hook_text": "x", "hook_top": "81"}, "hook_top"),
        ({"hook_text": "x", "hook_size": "-1"}, "hook_size"),
        ({"hook_text": "x", "hook_template": "LAURA"}, "hook_template"),
    ],
)
@pytest.mark.usefixtures("sandbox")
def test_a_hook_title_within_its_limits(api_key: ApiKey, fields: dict[str, str], field: str) -> None:
    assert list(captions(api_key, hook_title="own", **fields).errors) == [field]


# --- Cuts, effects, words -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "option"),
    [
        ("bad_takes", "removeBadTakes"),
        ("magic_zooms", "magicZooms"),
        ("magic_brolls", "magicBrolls"),
        ("clean_audio", "cleanAudio"),
        ("disable_captions", "disableCaptions"),
    ],
)
@pytest.mark.usefixtures("sandbox")
def test_on_and_off_are_sent_and_the_default_is_not(api_key: ApiKey, field: str, option: str) -> None:
    for value, sent in (("on", {option: True}), ("off", {option: False}), ("", {})):
        assert options_of(captions(api_key, **{field: value})) == sent


@pytest.mark.parametrize("pace", ["natural", "fast", "extra-fast"])
@pytest.mark.usefixtures("sandbox")
def test_a_pace(api_key: ApiKey, pace: str) -> None:
    assert options_of(captions(api_key, silence_pace=pace)) == {"removeSilencePace": pace}


@pytest.mark.usefixtures("sandbox")
def test_row_26_the_paces_are_told_by_what_they_cut(api_key: ApiKey) -> None:
    text = str(captions(api_key).fields["silence_pace"].help_text)
    assert "longer than about 0.6 s" in text


@pytest.mark.parametrize("share", ["101", "-1", "x"])
@pytest.mark.usefixtures("sandbox")
def test_a_share_is_a_percentage(api_key: ApiKey, share: str) -> None:
    form = captions(api_key, magic_brolls="on", magic_brolls_percentage=share)
    assert list(form.errors) == ["magic_brolls_percentage"]


@pytest.mark.usefixtures("sandbox")
def test_doubles_in_the_dictionary_are_merged(api_key: ApiKey) -> None:
    form = captions(api_key, dictionary="  one  two \r\n\r\nthree\none two\nThree")
    assert options_of(form) == {"dictionary": ["one two", "three", "Three"]}


@pytest.mark.usefixtures("sandbox")
def test_the_dictionary_within_its_limits(api_key: ApiKey) -> None:
    most = "\n".join(f"{number:050}" for number in range(100))
    assert len(options_of(captions(api_key, dictionary=most))["dictionary"]) == 100
    over = captions(api_key, dictionary=f"{most}\none more\nanother")
    assert over.errors["dictionary"] == ["At most 100 terms: take 2 out."]
    long = captions(api_key, dictionary="x" * 51)
    assert "at most 50 characters" in long.errors["dictionary"][0]
    assert "account" in str(long.fields["dictionary"].help_text)


# --- Magic Clips ----------------------------------------------------------------------------------------------------


def test_magic_clips_are_sent_theirs_only(api_key: ApiKey, library: dict[str, str]) -> None:
    """What stands in the hidden groups is neither sent nor in the way, even when it is wrong."""
    data = captions_form(VIDEO, **library, magic_brolls_percentage="900", dictionary="x" * 90, hook_top="nonsense")
    clips = {"source": "youtube", "kind": "magic_clips", "youtube_url": "https://youtu.be/sandbox0001"}
    lengths = {"min_clip_length": "20", "max_clip_length": "90", "face_tracking": "off", "music_volume": "900"}
    form = bound(api_key, data | clips | lengths)
    assert options_of(form) == {
        "templateName": "Hormozi 2",
        "minClipLength": 20,
        "maxClipLength": 90,
        "faceTracking": False,
    }


@pytest.mark.parametrize(("look", "field"), [("preset", "preset_id"), ("ai_edit", "ai_edit_template")])
@pytest.mark.usefixtures("sandbox")
def test_magic_clips_refuse_the_looks_they_do_not_know(api_key: ApiKey, look: str, field: str) -> None:
    form = bound(api_key, filled(look=look, **LOOKS))
    assert "Magic Clips take a template" in form.errors[field][0]


@pytest.mark.usefixtures("sandbox")
def test_captions_are_sent_no_clip_lengths(api_key: ApiKey) -> None:
    assert options_of(captions(api_key, min_clip_length="900", max_clip_length="2", face_tracking="on")) == {}


# --- How long the video is ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "fits"), [("7200", True), ("7201", False), ("", True), ("nonsense", True)])
@pytest.mark.usefixtures("sandbox")
def test_a_file_of_more_than_two_hours(api_key: ApiKey, seconds: str, fits: bool) -> None:
    about = {"source": "upload", "filename": "talk.mp4", "size": "5000", "last_modified": "1"}
    form = bound(api_key, filled(youtube_url="", video_seconds=seconds, **about))
    assert form.is_valid() == fits
    assert list(form.errors) == ([] if fits else ["source"])


@pytest.mark.usefixtures("sandbox")
def test_the_length_of_a_file_that_was_left_behind_does_not_count(api_key: ApiKey) -> None:
    assert captions(api_key, video_seconds="9000").is_valid()


# --- And back -------------------------------------------------------------------------------------------------------


def as_posted(form: NewProjectForm) -> dict[str, Any]:
    """What a browser would send of a form that nobody has touched."""
    data: dict[str, Any] = {}
    for name in form.fields:
        value = form[name].value()
        if name == "items":
            for row in form.item_rows:
                about = {"start": row.start, "end": row.end, "media": row.media, "prompt": row.prompt}
                about |= {"type": row.type, "layout": row.layout}
                data |= {f"{row.prefix}-{part}": text for part, text in about.items()}
        elif value is not None and value is not False:
            data[name] = str(value)
    return data


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"templateName": "seth", "hookTitle": True, "cleanAudio": False, "removeBadTakes": False},
        {"userThemeId": "749a19fs-strange", "hookTitle": {"top": 0, "size": 0}, "magicBrolls": False},
        {"presetId": "88a08eec-712a-45d0-8d0b-3b631700cb3a", "disableCaptions": True},
        {"aiEditTemplate": "kelly", "dictionary": ["one", "two words"]},
    ],
)
@pytest.mark.usefixtures("sandbox")
def test_options_come_back_into_the_form(api_key: ApiKey, team: Team, more: dict[str, Any]) -> None:
    old = factories.make_project(team, kind=Kind.CAPTIONS, source=Source.URL, source_url=VIDEO, options=more)
    again = NewProjectForm(keys=[api_key], initial=initial_from(old))
    form = bound(api_key, as_posted(again))
    assert options_of(form) == more
    assert (form.source_url, form.cleaned_data["title"]) == (VIDEO, old.title)


def test_every_option_comes_back_into_the_form(api_key: ApiKey, team: Team, library: dict[str, str]) -> None:
    options = captions_options(**library)
    old = factories.make_project(team, kind=Kind.CAPTIONS, source=Source.URL, source_url=VIDEO, options=options)
    again = NewProjectForm(keys=[api_key], initial=initial_from(old))
    assert options_of(bound(api_key, as_posted(again))) == options


@pytest.mark.usefixtures("sandbox")
def test_clip_options_come_back_into_the_form(api_key: ApiKey, team: Team) -> None:
    options = {"templateName": "Sara", "minClipLength": 30, "maxClipLength": 31, "faceTracking": True}
    address = "https://www.youtube.com/watch?v=sandbox0001"
    old = factories.make_project(team, source=Source.YOUTUBE, source_url=address, options=options)
    again = NewProjectForm(keys=[api_key], initial=initial_from(old))
    assert options_of(bound(api_key, as_posted(again))) == options


def test_a_hook_title_that_was_taken_away_begins_anew_as_default(sandbox: Any, api_key: ApiKey, team: Team) -> None:
    """Only a change can say "off" (contract row 14)."""
    options = {"hookTitle": False, "magicZooms": False}
    old = factories.make_project(team, kind=Kind.CAPTIONS, source=Source.URL, source_url=VIDEO, options=options)
    again = NewProjectForm(keys=[api_key], initial=initial_from(old))
    assert again["hook_title"].value() == ""
    assert not_offered(again) == []
    assert options_of(bound(api_key, as_posted(again))) == {"magicZooms": False}


def test_options_alone_leave_the_language_open() -> None:
    initial = initial_of_options(Kind.CAPTIONS, "", {"magicZooms": True})
    assert "language" not in initial
    assert initial["magic_zooms"] == "on"
    assert initial_of_options(Kind.CAPTIONS, "fr", {})["language"] == "fr"


@pytest.mark.usefixtures("sandbox")
def test_a_clip_of_its_own_came_through_no_door(team: Team) -> None:
    assert initial_from(factories.make_project(team, source=Source.CLIP))["source"] == Source.UPLOAD
