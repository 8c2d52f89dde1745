"""Rules of videos: who may, what is refused, drafts, pages, copies, credits, files."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from providers import errors
from providers.picovico import CREDITS, ImageAsset, MusicAsset, TextAsset, UpdateVideo
from tests.sandbox.picovico.conftest import BASE, GREEN, RED, Desk, headers, photo, upload

GOOD = [{"name": "text", "start_time": 0, "end_time": 5, "data": {"title": "T", "text": "t"}}]


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"X-Access-Key": headers()["X-Access-Key"]},
        {"X-Access-Token": headers()["X-Access-Token"]},
        headers(key="short"),
        headers(token="not/of/the/form/at/all"),
        {"x-api-key": "sk-" + "a1" * 32},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/me"),
        ("GET", "/me/videos"),
        ("POST", "/me/videos"),
        ("GET", "/me/draft"),
        ("PUT", "/me/photos"),
        ("GET", "/me/styles"),
        ("POST", "/me/videos/a/render"),
        ("DELETE", "/me/videos/a"),
    ],
)
def test_both_headers_are_asked_for(desk: Desk, method: str, path: str, sent: dict[str, str]) -> None:
    answer = desk.nobody.request(method, f"/v2.1{path}", headers=sent)
    assert answer.status_code == 401
    assert answer.json() == {"code": 401, "message": "Access key or access token is missing or not valid"}


def test_the_client_tells_a_wrong_pair(desk: Desk) -> None:
    with pytest.raises(errors.Unauthorised):
        desk.client("short", "pair").me()


def test_accounts_do_not_see_each_other(desk: Desk) -> None:
    video = desk.card_video()
    mine = desk.ann.upload_photo(upload(photo(RED)))
    for call in (
        lambda: desk.ben.get_video(video.id),
        lambda: desk.ben.update_video(video.id, UpdateVideo(name="x")),
        lambda: desk.ben.render(video.id),
        lambda: desk.ben.preview(video.id),
        lambda: desk.ben.duplicate(video.id),
        lambda: desk.ben.delete_video(video.id),
        lambda: desk.ben.delete_photo(mine.id),
    ):
        with pytest.raises(errors.NotFound):
            call()
    assert desk.ben.draft() is None and desk.ben.photos() == []
    assert desk.ann.get_video(video.id) == video and [each.id for each in desk.ann.photos()] == [mine.id]


def refused(desk: Desk, **fields: Any) -> str:
    draft = desk.ann.create_video("Draft")
    form = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
    answer = desk.http.post(f"/v2.1/me/videos/{draft.id}", data=form)
    assert answer.status_code == 400 and answer.json()["code"] == 400, answer.text
    assert desk.ann.get_video(draft.id) == draft
    return str(answer.json()["message"])


def asset(**more: Any) -> list[dict[str, Any]]:
    return [GOOD[0] | more]


@pytest.mark.parametrize(
    ("fields", "about"),
    [
        ({"colour": "red"}, "Unknown field: colour"),
        ({"style": "sepia"}, "no style 'sepia'"),
        ({"quality": "1080"}, "quality must be one of: 360, 480, 720"),
        ({"name": "n" * 256}, "longer than 255"),
        ({"assets": "{"}, "assets is no JSON"),
        ({"assets": {"0": {}}}, "assets is no list"),
        ({"assets": [1]}, "assets[0].name"),
        ({"assets": asset(name="videoclip")}, "assets[0].name must be one of: image, text, music"),
        ({"assets": asset(volume=3)}, "Unknown field: assets[0].volume"),
        ({"assets": asset(end_time=0)}, "end_time must be greater"),
        ({"assets": asset(start_time="0")}, "start_time must be a number"),
        ({"assets": asset(start_time=-1)}, "between 0 and 600"),
        ({"assets": asset(end_time=601)}, "between 0 and 600"),
        ({"assets": "[" + json.dumps(GOOD[0]).replace("5", "1e999") + "]"}, "must be a number"),
        ({"assets": asset(data={"title": "t" * 51})}, "data.title is longer than 50"),
        ({"assets": asset(data={"text": "t" * 101})}, "data.text is longer than 100"),
        ({"assets": asset(data={"body": "t"})}, "Unknown field: assets[0].data.body"),
        ({"assets": asset(data={"text": 3})}, "object of texts"),
        ({"assets": [{"name": "image", "asset_id": "x", "start_time": 0, "end_time": 1}]}, "no photo of this account"),
        ({"assets": [{"name": "music", "asset_id": "x"}]}, "no music"),
        ({"assets": GOOD * 201}, "more than 200"),
        ({"credit": [["one"]]}, "list of pairs"),
        ({"credit": [["k", "v" * 101]]}, "at most 100"),
        ({"credits": [["k", "v"]] * 51}, "more than 50"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(desk: Desk, fields: dict[str, Any], about: str) -> None:
    assert about in refused(desk, **fields)


def test_the_official_sample_is_understood(desk: Desk) -> None:
    """Its create call sends a style and "360p", its update `credits`, both beyond what the document names."""
    made = desk.http.post("/v2.1/me/videos", data={"name": "New", "style": "vanilla", "quality": "360p"}).json()
    assert (made["style"], made["quality"], made["video"], made["status"]) == ("vanilla", 360, None, "initial")
    form = {"style": "focus", "quality": "360", "assets": json.dumps(GOOD), "credits": '[["Music:", "Somebody"]]'}
    changed = desk.http.post(f"/v2.1/me/videos/{made['id']}", data=form).json()
    assert (changed["style"], changed["credit"], changed["assets"]) == ("focus", [["Music:", "Somebody"]], GOOD)


def test_codes_come_in_their_order(desk: Desk) -> None:
    ann = desk.ann
    draft = ann.create_video("  ")
    steps: list[tuple[int, UpdateVideo]] = [
        (7401, UpdateVideo(style="focus")),
        (7402, UpdateVideo(assets=(MusicAsset("boats"),))),
        (7403, UpdateVideo(assets=(MusicAsset("boats"), TextAsset(0, 1, "T")))),
        (7404, UpdateVideo(name="Named")),
    ]
    for code, change in steps:
        answer = ann.render(draft.id)
        assert (answer.status, answer.outcome) == (code, "blocked")
        ann.update_video(draft.id, change)
    assert ann.me().mohars == 1000 and ann.get_video(draft.id).is_draft
    assert ann.render(draft.id).outcome == "accepted"


def test_a_photo_that_was_deleted_is_an_insufficient_asset(desk: Desk) -> None:
    gone = desk.ann.upload_photo(upload(photo(RED)))
    draft = desk.card_video()
    desk.ann.update_video(draft.id, UpdateVideo(assets=(ImageAsset(gone.id, 0, 1), MusicAsset("boats"))))
    desk.ann.delete_photo(gone.id)
    assert desk.ann.render(draft.id).status == 7403


@pytest.mark.parametrize("quality", CREDITS)
def test_too_few_credits_today_and_enough_tomorrow(make_desk: Callable[..., Desk], quality: int) -> None:
    desk = make_desk(mohars=CREDITS[quality] + 10)
    first = desk.card_video(quality=quality)
    assert desk.ann.render(first.id).outcome == "accepted"
    assert desk.ann.me().mohars == 10 and desk.ann.me().daily_mohars == CREDITS[quality] + 10
    second = desk.card_video(quality=quality)
    answer = desk.ann.render(second.id)
    assert (answer.status, [part.part for part in answer.missing]) == (7405, ["credits"])
    assert desk.ann.get_video(second.id).is_draft and desk.ben.me().mohars == CREDITS[quality] + 10
    desk.clock.move(days=1)
    assert desk.ann.render(second.id).outcome == "accepted"


def test_a_video_that_cannot_be_made_fails_and_gives_its_credits_back(desk: Desk) -> None:
    torn = desk.ann.upload_photo(upload(photo(RED)))
    draft = desk.card_video()
    desk.ann.update_video(draft.id, UpdateVideo(assets=(ImageAsset(torn.id, 0, 1), MusicAsset("boats"))))
    desk.ann.render(draft.id)
    desk.here.photo(f"{torn.id}.jpg").write_bytes(b"torn")
    desk.runner.run_jobs()
    failed = desk.ann.get_video(draft.id)
    assert (failed.status, failed.is_failed, failed.video) == ("failed", True, {}) and desk.ann.me().mohars == 1000
    # It may be mended and asked for again.
    desk.ann.update_video(draft.id, UpdateVideo(assets=(TextAsset(0, 1, "T"), MusicAsset("boats"))))
    assert desk.ann.render(draft.id).outcome == "accepted"


def test_what_is_being_made_cannot_be_changed(desk: Desk) -> None:
    video = desk.card_video()
    desk.ann.render(video.id)
    with pytest.raises(errors.Invalid, match="no draft any more"):
        desk.ann.update_video(video.id, UpdateVideo(name="Late"))
    assert desk.ann.get_video(video.id).name == "Card"


def test_list_goes_back_and_forth_in_pages(desk: Desk) -> None:
    made = []
    for _ in range(5):
        video = desk.card_video()
        desk.ann.render(video.id)
        made.append(video.id)
    desk.ann.create_video("A draft is not in the list")
    newest_first = made[::-1]
    seen: list[str] = []
    page = desk.ann.videos(count=2)
    assert page.prev is None
    while True:
        seen += [video.id for video in page.items]
        if page.next is None:
            break
        page = desk.ann.videos(count=page.next.count, from_=page.next.from_, to=page.next.to)
    assert seen == newest_first
    back = page.prev
    assert back is not None
    page = desk.ann.videos(count=back.count, from_=back.from_, to=back.to)
    assert [video.id for video in page.items] == newest_first[2:4]
    assert page.next is not None and page.prev is not None
    for query in ("count=0", "count=101", "count=x", "from=-1"):
        assert desk.http.get(f"/v2.1/me/videos?{query}").status_code == 400


def test_duplicate_overwrites_the_draft(desk: Desk) -> None:
    made = desk.card_video()
    desk.ann.render(made.id)
    draft = desk.ann.create_video("Will be overwritten")
    copy = desk.ann.duplicate(made.id)
    assert (copy.id, copy.name, copy.style, copy.assets) == (draft.id, "Card", "vanilla", made.assets)
    assert copy.is_draft and desk.ann.draft() == copy
    desk.ann.delete_video(draft.id)
    assert desk.ann.draft() is None
    assert desk.ann.duplicate(made.id).id not in (draft.id, made.id)


def test_film_is_public_and_comes_in_ranges(desk: Desk) -> None:
    video = desk.card_video(quality=480)
    desk.ann.render(video.id)
    desk.runner.run_jobs()
    url = desk.ann.get_video(video.id).video[480].url
    whole = desk.nobody.get(url)
    assert whole.status_code == 200 and whole.headers["content-type"] == "video/mp4"
    assert whole.headers["accept-ranges"] == "bytes" and whole.content[4:8] == b"ftyp"
    part = desk.nobody.get(url, headers={"Range": "bytes=100-299"})
    assert (part.status_code, part.content) == (206, whole.content[100:300])
    assert part.headers["content-range"] == f"bytes 100-299/{len(whole.content)}"
    assert desk.nobody.get(url, headers={"Range": "bytes=99999999-"}).status_code == 416
    assert desk.nobody.head(url).headers["content-length"] == str(len(whole.content))
    # Any name will do; without a height it is the one that was asked for.
    assert desk.nobody.get(f"{BASE}/v2.1/v/{video.id}/video-name.mp4").content == whole.content
    for wrong in (f"/v2.1/v/{video.id}/a-144.mp4", f"/v2.1/v/{video.id}/a.txt", "/v2.1/v/nothing/a.mp4"):
        assert desk.nobody.get(wrong).status_code == 404


def test_state_survives_a_restart(desk: Desk) -> None:
    video = desk.card_video()
    mine = desk.ann.upload_photo(upload(photo(GREEN)))
    desk.restart()
    assert desk.ann.draft() == video and [each.id for each in desk.ann.photos()] == [mine.id]
    assert len(desk.applied()) == 3


def test_record_tells_what_was_applied(desk: Desk) -> None:
    video = desk.card_video()
    desk.ann.create_video("gives back the draft, applies nothing")
    desk.ann.render(video.id)
    desk.ann.render(video.id)
    entries = [(entry["endpoint"], entry["videoId"], entry["fields"]) for entry in desk.applied()]
    assert entries[0] == ("/v2.1/me/videos", video.id, {"name": "Card"})
    assert entries[1][0] == f"/v2.1/me/videos/{video.id}" and entries[1][2]["quality"] == 360
    assert entries[2:] == [(f"/v2.1/me/videos/{video.id}/render", video.id, {"mohars": 40})]


def test_faults_happen_as_ordered(desk: Desk) -> None:
    video = desk.card_video()
    where = {"method": "POST", "path": "/v2.1/me/videos/*/render"}
    # The render is taken, its answer is lost: unknown to the client, paid once.
    desk.order(where, {"kind": "cut", "when": "after"})
    with pytest.raises(errors.UnknownOutcome):
        desk.ann.render(video.id)
    assert desk.ann.get_video(video.id).status == "processing" and desk.ann.me().mohars == 960
    desk.order(
        where, {"kind": "refuse", "status": 402, "body": {"message": "Insufficient credits amount", "status": 7405}}
    )
    answer = desk.ann.render(video.id)
    assert (answer.status, answer.outcome) == (7405, "blocked")
    desk.order({"path": "/v2.1/me"}, {"kind": "limit", "form": "seconds", "retryAfter": 30})
    with pytest.raises(errors.RateLimited) as caught:
        desk.ann.me()
    assert caught.value.wait_seconds == 30
    desk.order({"path": "/v2.1/me/videos/*"}, {"kind": "garble", "form": "html"})
    with pytest.raises(errors.BadAnswer):
        desk.ann.get_video(video.id)
    # Ben is not met by Ann's faults, nor is the other stand-in.
    desk.order({"path": "**", "times": 0}, {"kind": "error", "status": 503})
    assert desk.ben.me().mohars == 1000
    assert desk.nobody.get("http://sandbox.test/submagic/health").status_code == 200
