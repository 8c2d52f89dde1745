"""The timeline of a slideshow as rows, and the form around it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from projects_app.actions.slideshow_library import Library
from projects_app.forms import slideshow_rows as rows
from projects_app.forms import slideshow_tunes
from projects_app.forms.slideshow_rows import Row, RowsWidget
from projects_app.forms.slideshows import SlideshowForm
from providers.picovico import ImageAsset, Music, MusicAsset, OtherAsset, Photo, Style, TextAsset, Video

TOKEN = "6f1a3f6e-6ad1-4c0e-9c5e-6d1f0f3a8f11"
LIBRARY = Library(
    styles=(Style("vanilla", "Vanilla"), Style("short", "Short", title_length=5, text_length=8, credits={360: 11})),
    musics=(Music("boats", "Paper Boats", "The sandbox"),),
    photos=(Photo("p1"), Photo("p2")),
    own_musics=(Music("mine", "My own"),),
    mohars=45,
)
TUNE = ("asset", "start", "end", "raw")
STRANGE = OtherAsset({"name": "swirl", "speed": 3})


def sent(**more: str) -> QueryDict:
    data = QueryDict(mutable=True)
    given = {"form_token": TOKEN, "name": "A day out", "style": "vanilla", "quality": "360", "music-0-asset": "boats"}
    data.update(given | more)
    return data


def row(number: int, kind: str, **parts: str) -> dict[str, str]:
    values = {"key": f"k{number}", "kind": kind, "seconds": "2"} | parts
    return {f"row-{number}-{name}": value for name, value in values.items()}


def form(*parts: dict[str, str], **more: str) -> SlideshowForm:
    data = sent(**more)
    for part in parts:
        data.update(part)
    return SlideshowForm(data, library=LIBRARY)


# --- Rows ----------------------------------------------------------------------------------------------------------


def test_what_was_seen_one_after_the_other_goes_back_with_its_times() -> None:
    assets = (ImageAsset("p1", 0, 2.5, "Pier"), TextAsset(2.5, 4, "The end", "of it"), ImageAsset("p2", 4, 8))
    assert tuple(rows.assets_of(rows.rows_of(assets))) == assets


def test_music_is_no_row_and_order_is_that_of_time() -> None:
    found = rows.rows_of([ImageAsset("p2", 5, 6), MusicAsset("boats"), ImageAsset("p1", 0, 5)])
    assert [(each.asset, each.seconds, each.begin) for each in found] == [("p1", "5", 0.0), ("p2", "1", 5.0)]


def test_what_is_not_known_here_goes_back_as_it_came() -> None:
    assert rows.assets_of(rows.rows_of([STRANGE, ImageAsset("p1", 0, 1)])) == [ImageAsset("p1", 0, 1), STRANGE]


def test_fields_that_no_document_names_stay_with_their_row() -> None:
    image = ImageAsset("p", 0, 2, "Pier", {"zoom": 2, "data": {"tilt": 1}})
    card = TextAsset(2, 3, "End", "", {"font": "serif"})
    found = rows.rows_of([image, card])
    moved = rows.stepped(found, f"down:{found[0].key}")
    assert rows.assets_of(moved) == [replace(card, start=0, end=1), replace(image, start=1, end=3)]
    sent_back = {
        f"row-0-{name}": getattr(found[0], name) for name in ("key", "kind", "asset", "seconds", "text", "raw")
    }
    assert rows.assets_of(RowsWidget().value_from_datadict(sent_back, {}, "rows")) == [image]


@pytest.mark.parametrize("raw", ["no json", "[]", '{"name": "videoclip", "asset_id": "q", "data": {"text": "Sea"}}'])
def test_what_is_named_comes_from_the_form_alone(raw: str) -> None:
    assert rows.assets_of([Row("k0", "image", asset="p", seconds="2", raw=raw)]) == [ImageAsset("p", 0, 2)]


@pytest.mark.parametrize(
    ("step", "order"),
    [
        ("up:b", "bac"), ("down:b", "acb"), ("up:a", "abc"), ("down:c", "abc"), ("remove:b", "ac"),
        ("up:z", "abc"), ("sideways:b", "abc"), ("", "abc"),
    ],
)  # fmt: skip
def test_buttons_move_and_remove(step: str, order: str) -> None:
    there = rows.numbered([Row(key, "text", seconds="1") for key in "abc"])
    found = rows.stepped(there, step)
    assert "".join(each.key for each in found) == order
    assert [each.index for each in found] == list(range(len(order)))


def test_new_rows_get_keys_of_their_own() -> None:
    there = rows.with_photos(rows.stepped([], "card"), ["p1", "p1"])
    assert len({each.key for each in there}) == 3
    assert [each.kind for each in there] == ["text", "image", "image"]


@given(st.lists(st.tuples(st.sampled_from(["up", "down", "remove", "card", "photo"]), st.integers(0, 9)), max_size=30))
def test_whatever_is_pressed_rows_stay_numbered_and_their_keys_differ(steps: list[tuple[str, int]]) -> None:
    there: list[Row] = []
    for kind, number in steps:
        key = there[number % len(there)].key if there else "none"
        there = rows.with_photos(there, ["p1"]) if kind == "photo" else rows.stepped(there, f"{kind}:{key}")
        there = rows.stepped(there, "card") if kind == "card" else there
        assert [each.index for each in there] == list(range(len(there)))
        assert len({each.key for each in there}) == len(there)


@given(
    st.dictionaries(st.from_regex(r"row-\d{1,3}-(key|kind|asset|seconds|title|text|raw)", fullmatch=True), st.text())
)
def test_whatever_is_sent_is_read(data: dict[str, str]) -> None:
    found = RowsWidget().value_from_datadict(data, {}, "rows")
    assert len({each.key for each in found}) == len(found)
    assert all(each.kind in ("image", "text", "other") for each in found)
    checked = form(data)
    checked.is_valid()
    assert checked.total >= 0


# --- The form ------------------------------------------------------------------------------------------------------


def test_all_of_it_is_sent() -> None:
    good = form(
        row(0, "image", asset="p1", text="Pier"), row(1, "text", title="The end", seconds="1,5"),
        **{"credit-0-role": "Photos", "credit-0-name": "Bob", "credit-3-role": "", "credit-3-name": ""},
    )  # fmt: skip
    assert good.is_valid(), good.errors
    changes = good.changes()
    assert changes.to_json() == {
        "name": "A day out",
        "style": "vanilla",
        "quality": "360",
        "credit": [["Photos", "Bob"]],
        "assets": [
            {"name": "image", "asset_id": "p1", "start_time": 0.0, "end_time": 2.0, "data": {"text": "Pier"}},
            {"name": "text", "start_time": 2.0, "end_time": 3.5, "data": {"title": "The end", "text": ""}},
            {"name": "music", "asset_id": "boats", "start_time": 0.0, "end_time": 0.0},
        ],
    }


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (row(0, "image", asset="p1", seconds="0"), "from 0.1 to 3,600"),
        (row(0, "image", asset="p1", seconds="nan"), "from 0.1 to 3,600"),
        (row(0, "image", asset="p9"), "not in the account"),
        (row(0, "text", title=" "), "or remove the card"),
        (row(0, "other", raw="{"), "cannot be sent back"),
        (row(0, "other", raw='{"a": NaN}'), "cannot be sent back"),
        (row(0, "other", raw="[" * 50_000), "cannot be sent back"),
        (row(0, "image", asset="p1", seconds="0.001"), "from 0.1 to 3,600"),
        (row(0, "other", raw='{"name": "image", "asset_id": "p9", "start_time": 0, "end_time": 1}'), "cannot be sent"),
    ],
)
def test_what_is_wrong_stands_at_its_place(parts: dict[str, str], said: str) -> None:
    bad = form(row(3, "text", title="Fine"), {key.replace("row-0", "row-7"): value for key, value in parts.items()})
    assert not bad.is_valid()
    texts = [text for each in bad.timeline[1].errors.values() for text in each]
    assert said in " ".join(texts) and not bad.timeline[0].errors
    assert "2" in str(bad.errors["rows"])


def test_texts_are_as_long_as_the_style_shows() -> None:
    bad = form(row(0, "text", title="Too long", text="123456789"), style="short")
    assert not bad.is_valid()
    assert "3 characters too long" in bad.timeline[0].errors["title"][0]
    assert "1 characters too long" in bad.timeline[0].errors["text"][0]


def test_more_than_an_hour_is_too_long() -> None:
    bad = form(row(0, "text", title="a", seconds="3000"), row(1, "text", title="b", seconds="700"))
    assert not bad.is_valid() and "an hour" in str(bad.errors["rows"])
    bad = form(row(0, "text", title="a", seconds="3601"))
    assert not bad.is_valid() and "from 0.1 to 3,600" in str(bad.timeline[0].errors)


def test_lengths_that_nobody_would_enter_here_stay_as_they_are_at_picovico() -> None:
    kept = form(
        row(0, "text", title="a", seconds="0", was="0 0.000 0.000"),
        row(1, "text", title="b", seconds="4000", was="1 0.000 4000.000"),
    )
    assert kept.is_valid(), kept.errors
    assert [(each.start, each.end) for each in kept.changes().assets or ()][:2] == [(0, 0), (0, 4000)]
    moved = form(row(0, "text", title="b", seconds="4000", was="1 0.000 4000.000"))
    assert not moved.is_valid() and "an hour" in str(moved.errors["rows"])


def test_a_tune_until_the_end_is_so_when_the_film_gets_longer() -> None:
    music = (MusicAsset("m1", 5.0, 20.0), MusicAsset("m1", 0.0, 12.0), MusicAsset("m1"))
    tunes = slideshow_tunes.tunes_of(music, 20.0)
    assert [(each.start, each.end) for each in tunes] == [("5", ""), ("0", "12"), ("", "")]
    found = slideshow_tunes.assets_of(tunes, 32.0)
    assert [(each.start, each.end) for each in found] == [(5.0, 32.0), (0.0, 12.0), (0.0, 0.0)]
    assert slideshow_tunes.assets_of(tunes, 20.0) == list(music)


@pytest.mark.parametrize(("chosen", "told"), [({}, "40"), ({"style": "short"}, "11"), ({"quality": ""}, "untold")])
def test_another_price_than_the_button_said_is_noticed(chosen: dict[str, str], told: str) -> None:
    for shown in ("40", "11", "untold", ""):
        asked = form(price_shown=shown, **chosen)
        assert asked.is_valid() and asked.price_told == told
        assert asked.has_other_price == (shown != told)


@pytest.mark.parametrize(("field", "value"), [("style", "no\x07such"), ("quality", "1080")])
def test_only_what_is_offered_can_be_chosen(field: str, value: str) -> None:
    assert field in form(**{field: value}).errors


def test_prices_are_those_of_the_style() -> None:
    assert form().price == 40 and form(style="short").price == 11
    assert form(quality="").price is None


def checks(checked: SlideshowForm) -> dict[str, bool | None]:
    checked.is_valid()
    return {part.part: done for part, done in checked.checklist}


def test_the_checklist_follows_the_form() -> None:
    full = {"style": True, "music": True, "assets": True, "title": True, "credits": True}
    card = row(0, "text", title="a")
    assert checks(form(card)) == full
    assert checks(form(card, style="")) == full | {"style": False}
    assert checks(form(card, **{"music-0-asset": ""})) == full | {"music": False}
    assert checks(form()) == full | {"assets": False}
    assert checks(form(card, name="")) == full | {"title": False}
    assert checks(form(card, quality="480")) == full | {"credits": False}  # 50 of 45
    assert checks(form(card, quality="")) == full | {"credits": None}


# --- Music ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "music",
    [
        (),
        (MusicAsset("boats"),),
        (MusicAsset("own tune!"),),
        (MusicAsset("boats", 1, 2.5),),
        (MusicAsset("boats", 0, 1), MusicAsset("mine", 1, 3), MusicAsset("boats", 0, 0, {"loudness": 3})),
    ],
)
def test_music_goes_back_as_it_came(music: tuple[MusicAsset, ...]) -> None:
    shown = (TextAsset(0, 3, "a"),)
    initial: dict[str, Any] = SlideshowForm.initial_of(Video("v1", "initial", assets=(*shown, *music)))
    begun = SlideshowForm(library=LIBRARY, initial=initial)
    assert len(begun.tune_rows) == len(music) + 1, "room for one more"
    offered = [value for _name, choices in begun.tunes_offered for value, _label in choices]
    assert {"boats", "mine", *(each.asset_id for each in music)} == set(offered)
    parts = {f"{tune.prefix}-{name}": getattr(tune, name) for tune in begun.tune_rows for name in TUNE}
    again = form(row(0, "text", title="a", seconds="3"), **({"music-0-asset": ""} | parts))
    assert again.is_valid(), again.errors
    assert tuple(each for each in again.changes().assets or () if isinstance(each, MusicAsset)) == music


def test_a_tune_without_an_end_plays_until_the_films() -> None:
    good = form(row(0, "text", title="a", seconds="4,5"), **{"music-0-start": "1,5"})
    assert good.is_valid(), good.errors
    assert (good.changes().assets or ())[-1] == MusicAsset("boats", 1.5, 4.5)


@pytest.mark.parametrize(
    ("tune", "said"),
    [
        ({"start": "2", "end": "1"}, "the end after the beginning"),
        ({"start": "soon"}, "Give seconds"),
        ({"start": "-1"}, "Give seconds"),
        ({"end": "nan"}, "Give seconds"),
        ({"end": "0"}, "the end after the beginning"),
        ({"start": "9"}, "The film is over by then: it has 2 seconds."),
        ({"asset": "b\x07"}, "no tune of the list"),
    ],
)
def test_what_is_wrong_with_a_tune_stands_at_it(tune: dict[str, str], said: str) -> None:
    second = {f"music-1-{name}": value for name, value in ({"asset": "boats"} | tune).items()}
    bad = form(row(0, "text", title="a"), **second)
    assert not bad.is_valid() and "2" in str(bad.errors["music"])
    assert said in " ".join(bad.tunes[1].errors) and not bad.tunes[0].errors


def test_music_may_come_before_the_pictures() -> None:
    """A draft that has timed music and no picture yet can be saved, and nothing false is said of it."""
    early = form(**{"music-0-start": "5", "music-1-asset": "mine", "music-1-start": "2", "music-1-end": "4"})
    assert early.is_valid(), early.errors
    assert early.changes().assets == (MusicAsset("boats", 5, 0), MusicAsset("mine", 2, 4))
    wrong = form(row(0, "text", title="a", seconds="x"), **{"music-0-start": "5"})
    assert "rows" in wrong.errors and "music" not in wrong.errors


def test_twenty_tunes_are_the_most() -> None:
    many = {f"music-{number}-asset": "boats" for number in range(21)}
    assert "At most 20" in str(form(row(0, "text", title="a"), **many).errors["music"])


def test_the_accounts_own_music_is_offered() -> None:
    assert [name for name, _offered in form().tunes_offered] == ["Picovico’s", "Your own"]


# --- Times that were made elsewhere --------------------------------------------------------------------------------

GAPS = (ImageAsset("p1", 1, 3), TextAsset(2, 4, "over it"), ImageAsset("p2", 6, 8))


def again(assets: tuple[Any, ...], **changes: str) -> tuple[Any, ...]:
    parts = {}
    for each in rows.rows_of(assets):
        values = {name: getattr(each, name) for name in ("key", "kind", "asset", "seconds", "title", "text", "was")}
        parts |= {f"{each.prefix}-{name}": value for name, value in values.items()}
    changed = form(parts | changes)
    assert changed.is_valid(), changed.errors
    return tuple(each for each in changed.changes().assets or () if not isinstance(each, MusicAsset))


def test_gaps_and_overlaps_stay_where_only_words_change() -> None:
    assert again(GAPS) == GAPS
    assert again(GAPS, **{"row-1-title": "new"}) == (GAPS[0], TextAsset(2, 4, "new"), GAPS[2])


def test_from_the_first_change_on_one_comes_after_the_other() -> None:
    changed = again(GAPS, **{"row-1-seconds": "3"})
    assert changed == (GAPS[0], TextAsset(3, 6, "over it"), ImageAsset("p2", 6, 8))


@pytest.mark.parametrize("was", ["", "0", "9 1 3", "0 9 1", "0 1 3; drop", "0 1e9 2", "0 .. .."])
def test_a_made_up_place_counts_for_nothing(was: str) -> None:
    assert again((ImageAsset("p1", 1, 3),), **{"row-0-was": was}) == (ImageAsset("p1", 0, 2),)
