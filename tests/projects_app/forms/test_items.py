"""B-roll and music as parts of a form: what is sent, what is refused and in which words."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.http import QueryDict

from dashboard.models import ApiKey, Team
from projects_app import rules_items
from projects_app.forms.items import ItemsFields, MusicFields
from projects_app.models import Media, MediaState, MediaType
from tests import factories


class BothForm(ItemsFields, MusicFields):
    kind = forms.CharField(required=False)


def medium(team: Team, key: ApiKey, upstream_id: str, type: str, state: str = MediaState.READY, **fields: Any) -> Media:
    return Media.objects.create(
        team=team, api_key=key, upstream_id=upstream_id, type=type, state=state, name=f"{upstream_id}.file", **fields
    )


@pytest.fixture
def library(team: Team, api_key: ApiKey) -> ApiKey:
    medium(team, api_key, "film", MediaType.VIDEO)
    medium(team, api_key, "picture", MediaType.IMAGE)
    medium(team, api_key, "late", MediaType.VIDEO, MediaState.WAITING)
    medium(team, api_key, "song", MediaType.AUDIO)
    medium(team, api_key, "tune", MediaType.AUDIO, duration=180.5)
    return api_key


def sent(key: ApiKey, duration: float | None = None, **data: str) -> BothForm:
    query = QueryDict(mutable=True)
    query.update({name.replace("__", "-"): value for name, value in data.items()})
    form = BothForm(query)
    form.items_duration = duration
    form._offer_items(key)
    form._offer_music(key)
    return form


def row(number: int, **parts: str) -> dict[str, str]:
    return {f"item__{number}__{part}": value for part, value in parts.items()}


def of_library(number: int, start: str, end: str, media: str = "film", **more: str) -> dict[str, str]:
    return row(number, type="user-media", start=start, end=end, media=media, **more)


def by_ai(number: int, start: str, end: str, prompt: str = "boats", layout: str = "cover") -> dict[str, str]:
    return row(number, type="ai-broll", start=start, end=end, prompt=prompt, layout=layout)


def errors(form: BothForm) -> list[str]:
    assert not form.is_valid()
    return list(form.errors["items"])


# --- What is sent ---------------------------------------------------------------------------------------------------


def test_both_types_in_the_apis_spelling(library: ApiKey) -> None:
    form = sent(library, **of_library(0, "0:05", "10", layout="pip-top-right"), **by_ai(1, "15", "21", "gym"))
    assert form.is_valid(), form.errors
    assert form.items_options() == {
        "items": [
            {"type": "user-media", "startTime": 5, "endTime": 10, "userMediaId": "film", "layout": "pip-top-right"},
            {"type": "ai-broll", "startTime": 15, "endTime": 21, "prompt": "gym", "layout": "cover"},
        ]
    }


def test_only_what_was_set_is_sent(library: ApiKey) -> None:
    form = sent(library, **of_library(0, "5.25", "7,5"))
    assert form.is_valid(), form.errors
    (item,) = form.items_options()["items"]
    assert item == {"type": "user-media", "startTime": 5.25, "endTime": 7.5, "userMediaId": "film"}


@pytest.mark.parametrize(
    "data", [{}, row(0, type="user-media", start="", end=""), row(3, type="ai-broll", layout="cover")]
)
def test_empty_rows_are_left_out(library: ApiKey, data: dict[str, str]) -> None:
    form = sent(library, **data)
    assert form.is_valid(), form.errors
    assert form.items_options() == {} == form.music_options()


def test_numbers_may_have_gaps_and_removed_rows_do_not_count(library: ApiKey) -> None:
    form = sent(library, **of_library(7, "20", "21"), **of_library(2, "5", "6", remove="1"), **by_ai(4, "1", "3"))
    assert form.is_valid(), form.errors
    assert [item["startTime"] for item in form.items_options()["items"]] == [1, 20]


def test_magic_clips_take_neither(library: ApiKey) -> None:
    form = sent(library, kind="magic_clips", music_media="song", **of_library(0, "9", "5"))
    assert form.is_valid(), form.errors
    assert form.items_options() == {} == form.music_options()


def test_the_way_back_from_stored_options(library: ApiKey) -> None:
    first = sent(library, music_media="song", music_volume="25", music_start="1:05", **by_ai(0, "61.5", "1:10"))
    assert first.is_valid(), first.errors
    options = {**first.items_options(), **first.music_options()}
    begun = BothForm(initial={**BothForm.items_initial(options), **BothForm.music_initial(options)})
    (again,) = begun.item_rows
    assert (again.type, again.start, again.end, again.prompt, again.layout) == (
        *("ai-broll", "1:01.5", "1:10", "boats", "cover"),
    )
    assert begun["music_start"].value() == "1:05"
    assert begun["music_fade"].value() is False


def test_one_more_row_is_no_sending(library: ApiKey) -> None:
    form = sent(library, **{"item-add": "1"}, **of_library(0, "9", "5"))
    assert not form.is_valid()
    assert not form.errors
    assert [each.index for each in form.empty_item_rows] == [1, 2, 3]


# --- What is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (of_library(0, "soon", "5"), "B-roll 1: Enter a moment of the video"),
        (of_library(0, "-1", "5"), "B-roll 1: Enter a moment of the video"),
        (of_library(0, "", "5"), "B-roll 1: Enter a moment of the video"),
        (of_library(0, "5", "5"), "B-roll 1: It must end after it starts, at 0:05."),
        (of_library(0, "5", "4"), "B-roll 1: It must end after it starts"),
        (of_library(0, "5", "6", media=""), "B-roll 1: Choose a video or a picture"),
        (of_library(0, "5", "6", media="late"), "B-roll 1: “late.file” is not ready at Submagic yet."),
        (of_library(0, "5", "6", media="other"), "B-roll 1: This is not in the media library of the chosen key."),
        (of_library(0, "5", "6", media="song"), "B-roll 1: This is music, not a picture."),
        (of_library(0, "5", "6", media="picture", layout="split-50-50"), "B-roll 1: A picture takes only the layouts"),
        (of_library(0, "5", "6", layout="upside-down"), "B-roll 1: Submagic knows no layout “upside-down”."),
        (row(0, type="magic", start="5", end="6"), "B-roll 1: Choose where it comes from"),
        (by_ai(0, "0", "12.01"), "B-roll 1: AI B-roll may last 12 seconds; this is 12.01. End it at 0:12 or earlier."),
        (by_ai(0, "0", "5", prompt=""), "B-roll 1: Describe what the AI shall show."),
        (by_ai(0, "0", "5", prompt="x" * 2501), "B-roll 1: The description has 2501 characters; Submagic takes 2500."),
        (by_ai(0, "0", "5", layout=""), "B-roll 1: Choose a layout; AI B-roll needs one."),
        (by_ai(0, "58", "61"), "B-roll 1: The video ends at 1:00. End it there or earlier."),
    ],
)
def test_each_refusal_names_the_row_and_what_to_do(library: ApiKey, data: dict[str, str], said: str) -> None:
    (text,) = errors(sent(library, 60.0, **data))
    assert text.startswith(said)


def test_overlap_is_told_at_the_later_row(library: ApiKey) -> None:
    form = sent(library, **by_ai(0, "5", "10"), **of_library(1, "9.9", "12"))
    assert errors(form) == ["B-roll 2: It overlaps with B-roll 1 (0:05 to 0:10). Move or shorten one of them."]
    first, second = form.item_rows
    assert (list(first.errors), list(second.errors)) == ([], ["start"])
    assert second.start == "9.9"


def test_touching_is_allowed(library: ApiKey) -> None:
    form = sent(library, 12, **by_ai(0, "0", "12"), **of_library(1, "12", "13"), **of_library(2, "13", "13.5"))
    assert errors(form)[0].startswith("B-roll 2: The video ends")  # the only complaint: 13 s of a video of 12
    assert sent(
        library, 13.5, **by_ai(0, "0", "12"), **of_library(1, "12", "13"), **of_library(2, "13", "13.5")
    ).is_valid()


def test_exactly_the_longest_is_allowed(library: ApiKey) -> None:
    assert sent(library, **by_ai(0, "0.1", "12.1", prompt="x" * 2500)).is_valid()


@pytest.mark.parametrize("start", [*range(0, 100), 1234, 71_987])
def test_twelve_seconds_of_ai_are_sent_as_no_more_than_twelve_however_floats_are_compared(
    library: ApiKey, start: int
) -> None:
    first, last = rules_items.clock(start / 10), rules_items.clock(start / 10 + 12)
    form = sent(library, **by_ai(0, first, last), **of_library(1, last, rules_items.clock(start / 10 + 13)))
    assert form.is_valid(), form.errors
    ai, next_one = form.items_options()["items"]
    assert ai["endTime"] - ai["startTime"] <= 12
    assert start / 10 + 12 - ai["endTime"] <= 0.0011
    assert ai["endTime"] <= next_one["startTime"], "the next one may still begin there"


def test_what_is_not_twelve_seconds_is_left_alone(library: ApiKey) -> None:
    form = sent(library, **by_ai(0, "4.1", "16"), **of_library(1, "20.1", "32.1"))
    assert form.is_valid(), form.errors
    assert [item["endTime"] for item in form.items_options()["items"]] == [16, 32.1]


def test_more_rows_than_fit_are_told_and_none_is_dropped(library: ApiKey) -> None:
    rows = {name: value for number in range(202) for name, value in of_library(number, str(number), "300").items()}
    form = sent(library, **rows)
    assert errors(form) == ["There are 202 pieces of B-roll; this form takes 200. Remove 2 of them."]
    assert len(form.item_rows) == 202
    fewer = rows | {"item__0__remove": "1", "item__1__remove": "1"}
    assert "this form takes" not in str(sent(library, **fewer).errors["items"])


def test_length_of_a_chosen_file_counts(library: ApiKey) -> None:
    form = sent(library, video_seconds="30.0", **of_library(0, "29", "31"))
    assert errors(form) == ["B-roll 1: The video ends at 0:30. End it there or earlier."]


def test_media_of_another_key_is_not_offered(team: Team, library: ApiKey) -> None:
    other = factories.make_key(team, is_default=False)
    medium(team, other, "elsewhere", MediaType.VIDEO)
    form = sent(library, **of_library(0, "5", "6", media="elsewhere"))
    assert errors(form)[0].startswith("B-roll 1: This is not in the media library")
    assert "elsewhere" not in {each.upstream_id for each in form.broll_media}


# --- Music ----------------------------------------------------------------------------------------------------------


def test_music_with_everything(library: ApiKey) -> None:
    form = sent(library, music_media="song", music_volume="30", music_start="0", music_fade="on")
    assert form.is_valid(), form.errors
    assert form.music_options() == {"music": {"userMediaId": "song", "volume": 30, "startFromTime": 0, "fade": True}}


def test_music_alone_leaves_the_rest_to_submagic(library: ApiKey) -> None:
    form = sent(library, music_media="song")
    assert form.is_valid(), form.errors
    assert form.music_options() == {"music": {"userMediaId": "song", "fade": False}}


@pytest.mark.parametrize(
    ("data", "field", "said"),
    [
        ({"music_media": "film"}, "music_media", "This is not music."),
        ({"music_media": "gone"}, "music_media", "This is not in the media library of the chosen key."),
        ({"music_media": "song", "music_volume": "0"}, "music_volume", "Ensure this value is greater"),
        ({"music_media": "song", "music_volume": "101"}, "music_volume", "Ensure this value is less"),
        ({"music_media": "song", "music_start": "-3"}, "music_start", "Enter a moment of the music"),
        ({"music_media": "song", "music_start": "1:99"}, "music_start", "Enter a moment of the music"),
        ({"music_media": "tune", "music_start": "3:00.5"}, "music_start", "The music is over at 3:00.5."),
        ({"music_media": "tune", "music_start": "1:00:00"}, "music_start", "The music is over at 3:00.5."),
    ],
)
def test_music_refusals(library: ApiKey, data: dict[str, str], field: str, said: str) -> None:
    form = sent(library, **data)
    assert not form.is_valid()
    assert list(form.errors) == [field]
    assert form.errors[field][0].startswith(said)


@pytest.mark.parametrize(("media", "start"), [("tune", "3:00.4"), ("tune", "0"), ("song", "1:00:00")])
def test_music_may_begin_anywhere_before_its_end_where_that_is_known(library: ApiKey, media: str, start: str) -> None:
    assert sent(library, music_media=media, music_start=start).is_valid()


# --- The rules' own -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5", 5), ("5.25", 5.25), (" 5,5 ", 5.5), ("1:05.5", 65.5), ("61", 61), ("0:00", 0), ("1:01:01.007", 3661.007)],
)
def test_moments_read(text: str, seconds: float) -> None:
    assert rules_items.seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "x", "-1", "1:60", "1:60:00", "1e3", "1:2:3:4", "nan", "5."])
def test_no_moments(text: str) -> None:
    assert rules_items.seconds_of(text) is None


@pytest.mark.parametrize("seconds", [0, 5, 10, 59.999, 60, 65.5, 600, 3661.007])
def test_moments_written_are_read_back(seconds: float) -> None:
    assert rules_items.seconds_of(rules_items.clock(seconds)) == seconds


def test_credits_in_words() -> None:
    ai = {"type": "ai-broll"}
    assert rules_items.credits_text([]) == ""
    assert rules_items.credits_text([{"type": "user-media"}]) == ""
    assert rules_items.credits_text([ai]) == "1 AI item · 3 AI credits (estimate)"
    assert rules_items.credits_text([ai, ai]) == "2 AI items · 6 AI credits (estimate)"


def test_fade_is_on_after_a_key_without_music_was_left_for_one_with_music(library: Any) -> None:
    form = sent(library, title="No music part was on the page")
    assert form["music_fade"].value() is True


def test_a_prompt_is_kept_as_every_database_can(library: ApiKey) -> None:
    form = sent(library, **by_ai(0, "1", "4", prompt="boats\0 at dawn"))
    assert form.is_valid()
    assert form.items_options()["items"][0]["prompt"] == "boats at dawn"
