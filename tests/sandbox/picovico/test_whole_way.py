"""The whole way through the client: a draft, its checklist, photos, the film in three sizes, the end."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from providers import errors
from providers.picovico import (
    CREDITS,
    MusicAsset,
    TextAsset,
    UpdateVideo,
    VideoStatus,
    missing,
)
from sandbox.media import ffmpeg
from sandbox.media.probe import probe
from sandbox.media.slides import LOOKS
from sandbox.picovico import work
from tests.sandbox.media.measure import decibels, lengths, samples
from tests.sandbox.picovico.conftest import GREEN, RED, Desk, colours, near, two_photos

SIZES = {360: (640, 360), 480: (854, 480), 720: (1280, 720)}


def saved(desk: Desk, url: str, to: Path) -> Path:
    answer = desk.nobody.get(url)
    assert answer.status_code == 200
    to.write_bytes(answer.content)
    return to


def test_from_a_draft_to_three_films_and_away(desk: Desk, tmp_path: Path) -> None:
    ann = desk.ann
    draft = ann.create_video("Harbour Days")
    assert (draft.status, draft.quality, draft.duration, draft.video, draft.thumbnail) == ("initial", 360, 0, {}, {})
    # One open draft: asking for a new one gives the same, with its own name.
    assert ann.create_video("Another").id == draft.id
    again = ann.draft()
    assert again is not None and (again.id, again.name) == (draft.id, "Harbour Days")
    assert [part.code for part in missing(draft)] == [7401, 7402, 7403]
    refused = ann.render(draft.id)
    assert (refused.outcome, [part.code for part in refused.missing]) == ("blocked", [7401])

    red, green = two_photos(desk)
    card = TextAsset(3.0, 5.0, "Where the day begins", "A walk along the wall")
    asked = UpdateVideo(
        style="vanilla",
        quality=480,
        credit=(("Photos", "Ann"), ("Music", "The sandbox")),
        assets=(red, card, green, MusicAsset("lights")),
    )
    video = ann.update_video(draft.id, asked)
    assert (video.assets, video.credit, video.quality, video.duration) == (asked.assets, asked.credit, 480, 8)
    assert missing(video) == [] and video.length == 8.0

    before = ann.me().mohars
    answer = ann.render(video.id)
    assert (answer.outcome, answer.status, answer.message) == ("accepted", 7101, "Video is being created")
    working = ann.get_video(video.id)
    assert (working.known_status, working.is_ready, working.video) == (VideoStatus.PROCESSING, False, {})
    # Asked again while it is made: accepted, and paid once.
    assert ann.render(video.id).outcome == "accepted"
    assert before is not None and ann.me().mohars == before - CREDITS[480]
    assert ann.draft() is None
    assert [listed.id for listed in ann.videos().items] == [video.id]

    desk.runner.run_jobs()
    done = ann.get_video(video.id)
    assert done.is_ready and set(done.video) == set(SIZES) == set(done.thumbnail)
    for height, size in SIZES.items():
        film = saved(desk, done.video[height].url, tmp_path / f"{height}.mp4")
        found = probe(film)
        assert (found.width, found.height) == size and found.audio_codec == "aac" and found.video_codec == "h264"
        assert film.stat().st_size == done.video[height].size
        picture, sound = lengths(film)
        assert picture == pytest.approx(8.0, abs=0.2) and sound == pytest.approx(8.0, abs=0.2)
        # Red, the card on light paper, green, and then green behind the credits.
        first, middle, last, end = colours(film, [1.5, 4.6, 5.7, 7.5])
        assert near(first, RED) and min(middle) > 150 and near(last, GREEN)
        assert near(end, (5, 40, 10), most=40) and not near(end, GREEN, most=60)
        # The index comes before the pictures, so that it plays while it loads.
        content = film.read_bytes()
        assert content.index(b"moov") < content.index(b"mdat")
    heard = samples(tmp_path / "480.mp4")
    assert decibels(heard, 1.0, 5.0) > -40 and decibels(heard, 7.9, 8.0) < decibels(heard, 4.0, 5.0) - 15
    poster = saved(desk, done.thumbnail[360], tmp_path / "poster.jpg").read_bytes()
    assert poster.startswith(b"\xff\xd8\xff")

    # Made is made: rendering it once more says so and costs nothing.
    assert (ann.render(video.id).status, ann.me().mohars) == (7202, before - CREDITS[480])
    ann.delete_video(video.id)
    with pytest.raises(errors.NotFound):
        ann.get_video(video.id)
    assert desk.nobody.get(done.video[360].url).status_code == 404
    assert ann.videos().items == () and not (desk.here.data / "videos" / video.id).exists()


def test_each_style_is_a_look_of_its_own(desk: Desk, tmp_path: Path) -> None:
    red, _ = two_photos(desk)
    corners = {}
    for style in LOOKS:
        draft = desk.ann.create_video("Look")
        assets = (red, TextAsset(3.0, 4.0, "T"), MusicAsset("harbour"))
        desk.ann.update_video(draft.id, UpdateVideo(style=style, assets=assets))
        shown = desk.ann.preview(draft.id)
        film = saved(desk, shown.video[144].url, tmp_path / f"{style}.mp4")
        found = probe(film)
        assert (found.width, found.height, round(found.duration)) == (256, 144, 4)
        [photo_shown, card_shown] = colours(film, [1.5, 3.8])
        assert near(photo_shown, RED) and not near(card_shown, RED)
        corners[style] = card_shown
    # The papers of the cards are told apart at once.
    papers = list(corners.values())
    assert not any(near(one, other, most=12) for i, one in enumerate(papers) for other in papers[i + 1 :])
    # A preview changes nothing and costs nothing.
    draft_now = desk.ann.draft()
    assert draft_now is not None and (draft_now.is_draft, draft_now.video) == (True, {})
    assert desk.ann.me().mohars == 1000


def test_render_that_was_interrupted_starts_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    video = desk.card_video()
    assert desk.ann.render(video.id).outcome == "accepted"
    calls = 0

    def stop() -> None:
        nonlocal calls
        calls += 1
        if calls == 5:
            raise ffmpeg.Stopped

    with monkeypatch.context() as patch:
        # In the middle of the pictures, while ffmpeg is running.
        patch.setattr("sandbox.media.slideshow.ffmpeg.check_stopping", stop)
        with pytest.raises(ffmpeg.Stopped):
            desk.runner.run_jobs()
    assert calls == 5 and desk.ann.get_video(video.id).status == "processing"
    desk.restart()
    assert desk.ann.get_video(video.id).status == "processing"
    assert desk.runner.run_jobs() == 1
    assert desk.ann.get_video(video.id).is_ready
    assert desk.http.get("/_sandbox/credits").json()["mohars"]["spent"] == 40
    assert not list((desk.here.data / "videos" / video.id).glob(".render-*"))


def test_video_deleted_while_it_is_made_leaves_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    video = desk.card_video()
    desk.ann.render(video.id)
    make = work.make

    def deleting(*arguments: object) -> object:
        made = make(*arguments)  # type: ignore[arg-type]
        desk.ann.delete_video(video.id)
        return made

    monkeypatch.setattr(work, "make", deleting)
    desk.runner.run_jobs()
    assert not (desk.here.data / "videos" / video.id).exists()
    with pytest.raises(errors.NotFound):
        desk.ann.get_video(video.id)


def test_threads_of_a_server_make_it_as_well(desk: Desk) -> None:
    video = desk.card_video()
    desk.runner.start()
    try:
        desk.ann.render(video.id)
        until = time.monotonic() + 60
        while not (found := desk.ann.get_video(video.id)).is_ready and time.monotonic() < until:
            time.sleep(0.1)
    finally:
        desk.runner.stop()
        ffmpeg.allow()
    assert found.is_ready
