"""Tolerant reading: both spellings, both types, unknown kinds; and what is refused all the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers import errors
from providers.picovico import (
    ImageAsset,
    MusicAsset,
    OtherAsset,
    PageQuery,
    Rendition,
    TextAsset,
    UpdateVideo,
    Video,
    VideoStatus,
)
from tests.odd_json import FEW, odd_bytes
from tests.providers.picovico.support import CALLS, answering, client, example, fails


def video(**more: Any) -> Video:
    return Video.from_json(example("get_video") | more)


@pytest.mark.parametrize("name", ["credit", "credits"])
def test_credit_and_credits_are_the_same(name: str) -> None:
    data = {key: value for key, value in example("get_video").items() if key != "credit"}
    read = Video.from_json(data | {name: [["Photos", "Ann"], ["Music", "Ben"], "odd", ["one"], [1, 2]]})
    assert read.credit == (("Photos", "Ann"), ("Music", "Ben"))


def test_an_empty_credit_does_not_hide_the_credits() -> None:
    assert video(credit=[], credits=[["a", "b"]]).credit == (("a", "b"),)


@pytest.mark.parametrize(
    ("sent", "read"),
    [(360, 360), ("360", 360), ("720p", 720), (480.0, 480), ("best", None), (None, None), (True, None), (-1, None)],
)
def test_row_51_quality_is_a_text_or_a_number(sent: Any, read: int | None) -> None:
    assert video(quality=sent).quality == read


@pytest.mark.parametrize("status", ["PUBLISHED", " published ", "Published"])
def test_status_in_any_case(status: str) -> None:
    read = video(status=status, video={"360": {"url": "u"}})
    assert (read.status, read.known_status, read.is_ready) == ("published", VideoStatus.PUBLISHED, True)


def test_unknown_status_is_kept_and_neither_done_nor_failed() -> None:
    read = video(status="Archiving", video={"360": {"url": "u"}})
    assert (read.status, read.known_status, read.is_ready, read.is_failed) == ("archiving", None, False, False)
    assert video(status="cancelled").is_failed and video(status="failed").is_failed


def test_published_without_a_film_is_not_ready() -> None:
    assert not video(status="published").is_ready
    assert not video(status="published", video={"360": {"size": 7}, "480": "u", "x": {"url": "u"}}).is_ready


def test_renditions_and_thumbnails_of_wrong_types_are_absent() -> None:
    read = video(video={"360": {"url": "u", "size": "big"}, "480": None}, thumbnail={"360": "t", "480": 3, "x": "t"})
    assert read.video == {360: Rendition("u", None)} and read.thumbnail == {360: "t"}


@pytest.mark.parametrize("moment", [None, "soon", True, -1, 0, 1e300, 10**400, []])
def test_what_is_no_time_is_absent(moment: Any) -> None:
    assert video(created_on=moment).created_on is None


def test_assets_of_other_kinds_go_back_as_they_came() -> None:
    strange = [
        {"name": "videoclip", "asset_id": "v", "start_time": 0, "end_time": 2, "data": {"mute": True}},
        {"name": "image", "start_time": 0, "end_time": 2},
        {"name": "text", "data": {"title": "T"}},
        {"asset_id": "x"},
    ]
    known = {"name": "music", "asset_id": "m"}
    read = video(assets=[*strange, known])
    assert read.assets == (*(OtherAsset(each) for each in strange), MusicAsset("m", 0.0, 0.0))
    assert UpdateVideo(assets=read.assets).to_json()["assets"][:4] == strange


def test_fields_that_no_document_names_go_back_too() -> None:
    sent = [
        {"name": "image", "asset_id": "p", "start_time": 0.0, "end_time": 2.0, "zoom": 2, "data": {"tilt": 1}},
        {"name": "text", "start_time": 2.0, "end_time": 3.0, "data": {"title": "T", "text": "", "font": ["a"]}},
        {"name": "music", "asset_id": "m", "start_time": 0.0, "end_time": 0.0, "fade": True},
    ]
    read = video(assets=sent)
    assert [type(each) for each in read.assets] == [ImageAsset, TextAsset, MusicAsset]
    assert UpdateVideo(assets=read.assets).to_json()["assets"] == sent


@pytest.mark.parametrize("assets", ["[]", {"0": {}}, [1], ["image"]])
def test_assets_that_are_no_list_of_objects_are_refused(assets: Any) -> None:
    with pytest.raises(errors.BadAnswer, match="assets"):
        video(assets=assets)


def test_another_video_than_the_one_asked_for_is_refused() -> None:
    assert isinstance(fails("get_video", answering(200, example("get_video") | {"id": "other"})), errors.BadAnswer)


def test_update_goes_through_its_record_unchanged() -> None:
    asked = UpdateVideo(
        name="N", style="focus", quality=480, credit=(("a", "b"),), assets=(ImageAsset("p", 0, 2.5, "hi"),)
    )
    assert UpdateVideo.from_json(asked.to_json()) == asked
    assert UpdateVideo.from_json(UpdateVideo().to_json()) == UpdateVideo() and UpdateVideo().to_fields() == {}
    assert UpdateVideo(credit=(), assets=()).to_fields() == {"credit": "[]", "assets": "[]"}
    with pytest.raises(ValueError, match="colour"):
        UpdateVideo.from_json({"colour": "red"})


@pytest.mark.parametrize("answer", [b"null", b"{}", b"[]", b"", b'{"message": "No draft"}'])
def test_no_draft_is_told_in_many_ways(answer: bytes) -> None:
    with client(answering(200, answer)) as picovico:
        assert picovico.draft() is None
    with client(answering(404, {"code": 404, "message": "Draft not found"})) as picovico:
        assert picovico.draft() is None


def test_a_404_that_is_not_of_the_api_is_no_missing_draft() -> None:
    assert isinstance(fails("draft", answering(404, b"<html>")), errors.RouteNotFound)


@pytest.mark.parametrize("next_url", [None, "", "/me/videos", "http://[", 3, "/me/videos?count=15&from=x"])
def test_last_page_has_no_next_one(next_url: Any) -> None:
    data = example("videos")
    data["paging"] = {"next_url": next_url}
    with client(answering(200, data)) as picovico:
        assert picovico.videos().next is None


def test_of_a_next_url_only_the_parameters_are_used() -> None:
    data = example("videos")
    data["paging"]["next_url"] = "https://evil.example/steal?count=3&from=7&token=x"
    with client(answering(200, data)) as picovico:
        following = picovico.videos().next
    assert following == PageQuery(count=3, from_=7) and following.params() == {"count": "3", "from": "7"}


def test_a_page_without_its_list_is_not_the_end() -> None:
    assert isinstance(fails("videos", answering(200, {"paging": {}})), errors.BadAnswer)


STYLE = {
    "machine_name": "vanilla",
    "name": "Vanilla",
    "limits": {"quality": [{"res": 360, "coins": 50}, {"res": "480", "credits": 100}], "title_length": 40},
}
MUSIC = {"id": "NhLIg", "title": "Waterford", "artist": "Somebody", "duration": 113, "preview_url": "u"}


@pytest.mark.parametrize("wrapped", [lambda x, n: x, lambda x, n: {n: x}, lambda x, n: {"data": x, "_count": 1}])
def test_lists_come_bare_or_in_an_object(wrapped: Any) -> None:
    with client(answering(200, wrapped([STYLE], "styles"))) as picovico:
        [style] = picovico.styles()
    assert (style.machine_name, style.title_length, style.text_length) == ("vanilla", 40, 100)
    assert style.credits == {360: 50, 480: 100}
    with client(answering(200, wrapped([MUSIC], "musics"))) as picovico:
        [music] = picovico.musics()
    assert (music.id, music.title, music.duration) == ("NhLIg", "Waterford", 113)


def test_a_style_without_prices_has_the_general_ones() -> None:
    with client(answering(200, [{"machine_name": "focus"}])) as picovico:
        assert picovico.styles()[0].credits == {360: 40, 480: 50, 720: 70}


def test_photos_come_in_albums() -> None:
    albums = [{"album_name": "Library", "photos": [{"id": "1", "url": "u"}]}, {"photos": [{"id": "2"}]}]
    with client(answering(200, {"albums": albums})) as picovico:
        assert [(photo.id, photo.album) for photo in picovico.photos()] == [("1", "Library"), ("2", None)]


@pytest.mark.parametrize(
    ("body", "balance"), [({"mohars": 90}, 90), ({"credits": 0}, 0), ({}, None), ({"mohars": "x"}, None)]
)
def test_the_balance_has_no_documented_name(body: Any, balance: int | None) -> None:
    with client(answering(200, {"id": "u"} | body)) as picovico:
        assert picovico.me().mohars == balance


ANSWERS = {
    **{"videos": example("videos"), "get_video": example("get_video"), "draft": example("get_video")},
    **{"styles": {"styles": [STYLE]}, "musics": {"musics": [MUSIC]}, "me": {"id": "u", "mohars": 3}},
    **{"render": example("render"), "update_video": example("get_video"), "upload_photo": {"id": "p", "url": "u"}},
}


@pytest.mark.parametrize("name", ANSWERS)
@settings(**FEW, max_examples=60)
@given(data=st.data(), status=st.sampled_from([200, 200, 200, 201, 400, 404, 500]))
def test_any_answer_gives_a_message_or_one_of_our_errors(name: str, data: st.DataObject, status: int) -> None:
    content = data.draw(odd_bytes(ANSWERS[name]))
    with client(answering(status, content)) as picovico:
        try:
            read = CALLS[name](picovico)
        except errors.ProviderError as error:
            assert error.message
            return
    assert status < 300 or name in ("render", "draft")
    for each in getattr(read, "items", [read]):
        if isinstance(each, Video):
            assert each.id and each.status == each.status.lower() and isinstance(each.is_ready, bool)


def test_id_of_a_path_is_put_in_safely() -> None:
    with client(answering(200, {})) as picovico, pytest.raises(ValueError):
        picovico.get_video("..")
