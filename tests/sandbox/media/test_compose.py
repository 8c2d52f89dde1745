"""Cuts keep picture and sound together, and zooms enlarge."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sandbox.media.compose import Edit
from sandbox.media.cut import Look, render
from sandbox.media.ffmpeg import FfmpegError
from sandbox.media.mix import Music
from sandbox.media.probe import probe
from sandbox.media.timeline import Timeline, without
from sandbox.media.zooms import Zoom
from tests.sandbox.media.measure import RATE, decibels, lengths, make_film, pictures, samples

SIZE = (160, 90)


@pytest.fixture(scope="module")
def flashes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds; each begins with a fifth of a second of white and of a tone."""
    return make_film(
        tmp_path_factory.mktemp("film") / "flashes.mp4",
        "color=black:s=160x90:r=25,drawbox=color=white:t=fill:enable='lt(mod(t,1),0.2)'",
        "aevalsrc='0.5*sin(2*PI*880*t)*lt(mod(t,1),0.2)':s=48000",
        10,
    )


def made(source: Path, to: Path, edit: Edit, **look: object) -> Path:
    render(
        source,
        probe(source),
        to,
        words=(),
        look=Look(style=None, **look),  # type: ignore[arg-type]
        size=SIZE,
        fps=25,
        edit=edit,
    )
    return to


def onsets(values: np.ndarray[tuple[int], np.dtype[np.bool_]], rate: float) -> list[float]:
    return [float(at) / rate for at in np.flatnonzero(values[1:] & ~values[:-1]) + 1]


@pytest.mark.parametrize("length", [0.03, 0.11, 0.37])
def test_many_short_cuts_keep_sound_and_picture_together(flashes: Path, tmp_path: Path, length: float) -> None:
    # Five cuts in each second, all between the flashes' beginnings.
    cuts = [
        (second + 0.3 + at * 0.13, second + 0.3 + at * 0.13 + length / 3) for second in range(10) for at in range(5)
    ]
    line = without(cuts, 10.0)
    to = made(flashes, tmp_path / "cut.mp4", Edit(line))
    picture, sound = lengths(to)
    assert abs(picture - line.seconds) < 0.04 and abs(picture - sound) < 0.06
    seen = onsets(np.array([one.mean() > 120 for one in pictures(to)]), 25)
    volume = np.abs(samples(to))
    loud = np.convolve(volume, np.ones(480) / 480, mode="same") > 0.05
    heard = [moment for moment in onsets(loud, RATE) if moment > 0.1]
    expected = [float(place) for place in line.places(range(1, 10))]
    assert seen == pytest.approx(expected, abs=0.045)
    assert heard == pytest.approx(expected, abs=0.03)


def test_zoom_enlarges_the_picture_around_the_face(tmp_path: Path) -> None:
    source = make_film(
        tmp_path / "box.mp4",
        "color=black:s=160x90:r=25,drawbox=x=60:y=20:w=40:h=36:color=white:t=fill",
        "anullsrc=r=48000:cl=mono",
        3,
    )
    to = made(source, tmp_path / "zoom.mp4", Edit(Timeline.whole(3.0), zooms=[Zoom(1.0, 2.5, 1.2)]))
    areas = [float((one[:, :, 0] > 128).sum()) for one in pictures(to)]
    assert areas[10] == pytest.approx(40 * 36, rel=0.05) == areas[70]
    assert areas[45] == pytest.approx(40 * 36 * 1.44, rel=0.06)
    assert areas[10] < areas[28] < areas[45]


def test_music_is_under_the_silence_and_as_loud_as_asked(flashes: Path, tmp_path: Path) -> None:
    """Half a second of tone, then silence, in a track of one second that must repeat to the end."""
    track = make_film(tmp_path / "t.mp4", "color=black:s=16x16:r=5", "aevalsrc='0.6*sin(2*PI*300*t)':s=44100", 1)
    whole = Edit(Timeline.whole(10.0))
    levels = {}
    for volume in (0.0, 0.1, 1.0):
        music = Music(track, volume, fade=False) if volume else None
        sound = samples(made(flashes, tmp_path / f"{volume}.mp4", whole, music=music))
        levels[volume] = [decibels(sound, second + 0.4, second + 0.9) for second in (0, 4, 9)]
    assert max(levels[0.0]) < -60
    assert levels[1.0] == pytest.approx([levels[1.0][0]] * 3, abs=1.0) and -9.5 < levels[1.0][0] < -5
    assert [one - two for one, two in zip(levels[1.0], levels[0.1], strict=True)] == pytest.approx([20] * 3, abs=1)


def test_broken_music_is_told_by_the_encoder(flashes: Path, tmp_path: Path) -> None:
    (tmp_path / "music.mp3").write_bytes(b"nothing")
    line = Timeline(((0.0, 3.0), (5.0, 8.0)))
    with pytest.raises(FfmpegError, match=r"music\.mp3"):
        made(flashes, tmp_path / "made.mp4", Edit(line), music=Music(tmp_path / "music.mp3", 1.0))


def test_music_fades_and_starts_where_asked(flashes: Path, tmp_path: Path) -> None:
    """The track is silent for two seconds and then sounds."""
    track = make_film(tmp_path / "t.mp4", "color=black:s=16x16:r=5", "aevalsrc='gt(t,2)*0.6*sin(2*PI*300*t)'", 20)
    line = Timeline(((0.0, 3.0), (5.0, 8.0)))
    late = samples(made(flashes, tmp_path / "late.mp4", Edit(line), music=Music(track, 1.0, fade=False)))
    assert decibels(late, 1.4, 1.9) < -60 < -10 < decibels(late, 2.4, 2.9)
    faded = samples(made(flashes, tmp_path / "faded.mp4", Edit(line), music=Music(track, 1.0, start=3.0, fade=True)))
    assert len(faded) / RATE == pytest.approx(6.0, abs=0.06)
    middle = decibels(faded, 2.4, 2.9)
    assert decibels(faded, 0.2, 0.4) < middle - 8 and decibels(faded, 5.75, 5.95) < middle - 10
    assert decibels(faded, 3.4, 3.9) == pytest.approx(middle, abs=1)
