"""The slideshow's timeline: gaps, overlaps, changes, credits, several tunes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from sandbox.media import ffmpeg, slideshow
from sandbox.media.slides import LOOKS, Card, Photo, PhotoMissing, Slide, background, still
from sandbox.media.slideshow import FPS, Show, Sound
from tests.sandbox.media.measure import decibels, lengths, samples

SIZE = (256, 144)


def photo(folder: Path, name: str, colour: tuple[int, int, int]) -> Path:
    path = folder / name
    assert cv2.imwrite(str(path), np.full((90, 160, 3), colour, dtype=np.uint8))
    return path


def show(look: str, slides: list[Slide], seconds: float, **more: object) -> Show:
    values: dict[str, object] = {"sounds": [], "credit": [], **more}
    return Show(LOOKS[look], slides, seconds=seconds, **values)  # type: ignore[arg-type]


def middle(picture: np.ndarray) -> list[int]:  # type: ignore[type-arg]
    return [int(value) for value in picture[72, 128]]


def test_a_gap_is_empty_paper_and_the_later_slide_lies_above(tmp_path: Path) -> None:
    red, green = photo(tmp_path, "r.png", (0, 0, 200)), photo(tmp_path, "g.png", (0, 200, 0))
    film = list(slideshow.pictures(show("focus", [Photo(red, 1, 4), Photo(green, 2, 3)], 5.0), SIZE))
    assert len(film) == 5 * FPS
    paper = middle(background(LOOKS["focus"], SIZE))
    seen = [middle(film[round(second * FPS)]) for second in (0.5, 1.9, 2.9, 3.9, 4.9)]
    assert seen == [paper, [0, 0, 200], [0, 200, 0], [0, 0, 200], paper]


def test_slides_change_softly_or_out_of_white(tmp_path: Path) -> None:
    red, green = photo(tmp_path, "r.png", (0, 0, 200)), photo(tmp_path, "g.png", (0, 200, 0))
    both: list[Slide] = [Photo(red, 0, 2), Photo(green, 2, 4)]
    soft = list(slideshow.pictures(show("vanilla_frameless", both, 4.0), SIZE))
    blue, greenish, reddish = middle(soft[2 * FPS + 4])
    assert blue < 5 and 40 < greenish < 160 and 40 < reddish < 160
    flashed = list(slideshow.pictures(show("party_default", both, 4.0), SIZE))
    assert min(middle(flashed[2 * FPS])) > 120 and middle(flashed[2 * FPS + 6]) == [0, 200, 0]
    assert middle(soft[0]) == [0, 0, 200]


def test_credits_lie_over_the_end_and_make_nothing_longer(tmp_path: Path) -> None:
    red = photo(tmp_path, "r.png", (0, 0, 200))
    given = show("focus", [Photo(red, 0, 8)], 8.0, credit=[("Photos", "Ann")])
    assert given.credits_from == 6.0
    film = list(slideshow.pictures(given, SIZE))
    assert len(film) == 8 * FPS
    assert middle(film[6 * FPS - 1])[2] == 200 and middle(film[6 * FPS])[2] == 50


def test_film_without_music_is_silent_and_two_tunes_follow_each_other(tmp_path: Path) -> None:
    low, high = tmp_path / "low.mp3", tmp_path / "high.mp3"
    for path, tone in ((low, 200), (high, 2000)):
        ffmpeg.run(["-f", "lavfi", "-i", f"sine=f={tone}:d=1", "-c:a", "libmp3lame", path])
    card = [Card(0, 4, "Hello {there}", "a\\b")]
    slideshow.render(show("vanilla", list(card), 4.0), {144: tmp_path / "silent.mp4"}, tmp_path)
    assert decibels(samples(tmp_path / "silent.mp4"), 0.5, 3.5) < -80
    # The first tune is shorter than its time, so it begins anew.
    sounds = [Sound(low, 0, 2), Sound(high, 2.5, 4)]
    slideshow.render(show("vanilla", list(card), 4.0, sounds=sounds), {144: tmp_path / "two.mp4"}, tmp_path)
    heard = samples(tmp_path / "two.mp4")
    assert decibels(heard, 1.5, 1.9) > -30 and decibels(heard, 2.15, 2.4) < -55 and decibels(heard, 2.9, 3.0) > -30
    spectrum = np.abs(np.fft.rfft(heard[round(2.9 * 48_000) : round(3.1 * 48_000)]))
    assert int(spectrum.argmax() / 0.2) == pytest.approx(2000, abs=20)
    picture, sound = lengths(tmp_path / "two.mp4")
    assert picture == pytest.approx(4, abs=0.1) and sound == pytest.approx(4, abs=0.1)


@pytest.mark.parametrize("look", LOOKS)
def test_each_way_of_setting_fits_any_shape(look: str, tmp_path: Path) -> None:
    for width, height in ((1, 1), (2000, 3), (3, 2000), (300, 200)):
        path = tmp_path / "shape.png"
        assert cv2.imwrite(str(path), np.full((height, width, 3), (10, 20, 230), dtype=np.uint8))
        made = still(LOOKS[look], Photo(path, 0, 1), SIZE)
        assert made.shape == (144, 256, 3) and (made == (10, 20, 230)).all(axis=2).any()


def test_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(PhotoMissing):
        still(LOOKS["focus"], Photo(tmp_path / "gone.jpg", 0, 1), SIZE)
