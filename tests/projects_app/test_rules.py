"""What goes with what, each with the reason that a person reads."""

from __future__ import annotations

from typing import Any

import pytest

from projects_app import rules
from projects_app.models import Kind
from projects_app.option_words import NAMES
from providers.submagic import limits

VALUES: dict[str, Any] = {
    "templateName": "Sara",
    "userThemeId": "123e4567-e89b-12d3-a456-426614174000",
    "hookTitle": True,
    "music": {"userMediaId": "m"},
    "items": [{"type": "ai-broll", "startTime": 0, "endTime": 3, "prompt": "sea", "layout": "cover"}],
    "magicZooms": True,
    "magicBrolls": True,
    "magicBrollsPercentage": 20,
    "removeSilencePace": "fast",
    "removeBadTakes": True,
    "cleanAudio": True,
    "disableCaptions": True,
    "dictionary": ["Clipdesk"],
}
UUID = "88a08eec-712a-45d0-8d0b-3b631700cb3a"


def blocked(kind: str, **options: Any) -> dict[str, str]:
    return {each.option: each.text for each in rules.findings(kind, options) if each.blocks}


def hints(**options: Any) -> dict[str, str]:
    return {each.option: each.text for each in rules.findings(Kind.CAPTIONS, options) if not each.blocks}


def test_every_option_of_the_requests_has_a_name() -> None:
    assert set(NAMES) == rules.TAKEN[Kind.CAPTIONS] | rules.TAKEN[Kind.MAGIC_CLIPS]


@pytest.mark.parametrize("option", sorted(limits.NOT_BESIDE_PRESET))
def test_a_preset_excludes_what_the_documents_list(option: str) -> None:
    more = {"magicBrolls": True} if option == "magicBrollsPercentage" else {}
    found = blocked(Kind.CAPTIONS, presetId=UUID, **{option: VALUES[option]}, **more)
    assert found[option].startswith("The Submagic preset decides this")


@pytest.mark.parametrize("option", ["cleanAudio", "disableCaptions", "dictionary"])
def test_row_25_a_preset_leaves_the_rest_alone(option: str) -> None:
    assert blocked(Kind.CAPTIONS, presetId=UUID, **{option: VALUES[option]}) == {}


@pytest.mark.parametrize("option", sorted(set(VALUES) - {"dictionary"}))
def test_row_24_an_ai_edit_goes_with_the_dictionary_only(option: str) -> None:
    more = {"magicBrolls": True} if option == "magicBrollsPercentage" else {}
    found = blocked(Kind.CAPTIONS, aiEditTemplate="karl", dictionary=["Clipdesk"], **{option: VALUES[option]}, **more)
    assert found[option].startswith("The AI edit template decides this")
    assert "dictionary" not in found


def test_a_preset_and_an_ai_edit_exclude_each_other() -> None:
    assert blocked(Kind.CAPTIONS, presetId=UUID, aiEditTemplate="ella")


def test_a_template_or_a_theme() -> None:
    found = blocked(Kind.CAPTIONS, templateName="Sara", userThemeId=UUID)
    assert found == {"userThemeId": "A template and a theme of your own cannot be used together. Choose one of them."}


@pytest.mark.parametrize("option", sorted(set(VALUES) - {"templateName", "userThemeId"}))
def test_magic_clips_take_no_options_of_captions(option: str) -> None:
    assert "Magic Clips do not take this" in blocked(Kind.MAGIC_CLIPS, **{option: VALUES[option]})[option]


@pytest.mark.parametrize("option", ["presetId", "aiEditTemplate"])
def test_magic_clips_take_a_template_or_a_theme(option: str) -> None:
    assert "no Submagic preset and no AI edit" in blocked(Kind.MAGIC_CLIPS, **{option: "karl"})[option]
    assert blocked(Kind.MAGIC_CLIPS, templateName="Sara") == blocked(Kind.MAGIC_CLIPS, userThemeId=UUID) == {}


@pytest.mark.parametrize("option", ["minClipLength", "maxClipLength", "faceTracking"])
def test_captions_take_no_options_of_clips(option: str) -> None:
    assert "for Magic Clips only" in blocked(Kind.CAPTIONS, **{option: 20})[option]


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"minClipLength": 60, "maxClipLength": 59}, "maxClipLength"),
        ({"minClipLength": 61}, "maxClipLength"),
        ({"minClipLength": 60, "maxClipLength": 60}, None),
        ({"minClipLength": 60}, None),
        ({"maxClipLength": 15}, None),
    ],
)
def test_row_41_the_shortest_clip_is_not_above_the_longest(options: dict[str, int], option: str | None) -> None:
    assert list(blocked(Kind.MAGIC_CLIPS, **options)) == ([option] if option else [])


def test_the_share_needs_magic_brolls() -> None:
    for other in ({}, {"magicBrolls": False}):
        assert "Turn that on" in blocked(Kind.CAPTIONS, magicBrollsPercentage=0, **other)["magicBrollsPercentage"]
    assert blocked(Kind.CAPTIONS, magicBrollsPercentage=0, magicBrolls=True) == {}


@pytest.mark.parametrize(("seconds", "is_too_long"), [(7200, False), (7200.5, True), (None, False)])
def test_row_07_two_hours_where_the_length_is_known(seconds: float | None, is_too_long: bool) -> None:
    found = [each.option for each in rules.findings(Kind.MAGIC_CLIPS, {}, seconds)]
    assert found == (["file"] if is_too_long else [])


def test_row_17_a_strange_id_is_a_warning_only() -> None:
    strange = "749a19fs-0000"
    assert "Submagic decides" in hints(userThemeId=strange)["userThemeId"]
    assert "Submagic decides" in hints(presetId=strange)["presetId"]
    assert hints(presetId=UUID) == {}
    assert blocked(Kind.CAPTIONS, presetId=strange) == {}


def test_row_27_bad_takes_beside_a_pace_is_said() -> None:
    assert "removes silence as well" in hints(removeBadTakes=True, removeSilencePace="fast")["removeBadTakes"]
    assert hints(removeBadTakes=False, removeSilencePace="fast") == {}


def test_the_dictionary_stays_in_the_account() -> None:
    assert "keeps these words" in hints(dictionary=["Clipdesk"])["dictionary"]


def test_nothing_set_is_nothing_to_say() -> None:
    assert rules.findings(Kind.CAPTIONS, {}) == rules.findings(Kind.MAGIC_CLIPS, {}) == []
