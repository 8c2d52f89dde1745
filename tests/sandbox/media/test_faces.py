"""The crop follows the speaker's face."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sandbox.media import faces
from sandbox.media.cut import CLIP_SIZE, Look, render
from sandbox.media.probe import probe
from tests.sandbox.test_whole_way import picture


def test_speaker_left_of_the_middle_is_found(short_talk: Path) -> None:
    path = faces.centres(short_talk, 0.0, 6.0, (640, 360))
    assert path is not None
    assert len(path) == 6 * faces.PER_SECOND
    assert np.all((path > 0.35) & (path < 0.46))
    # Smooth: no step between two looks is more than a hundredth of the width.
    assert np.abs(np.diff(path)).max() < 0.01


def test_picture_without_a_face_gives_none(silent_film: Path) -> None:
    assert faces.centres(silent_film, 0.0, 2.0, (320, 180)) is None


def test_following_puts_the_face_in_the_middle(short_talk: Path, tmp_path: Path) -> None:
    middles = {}
    for follow in (True, False):
        to = tmp_path / f"{follow}.mp4"
        render(
            short_talk,
            probe(short_talk),
            to,
            words=(),
            look=Look(style=None),
            size=CLIP_SIZE,
            fps=10,
            start=1.0,
            seconds=2.0,
            follow_face=follow,
        )
        found = faces.centres(to, 0.0, 2.0, CLIP_SIZE)
        middles[follow] = None if found is None else float(found.mean())
    followed = middles[True]
    assert followed is not None and abs(followed - 0.5) < 0.06
    fixed = middles[False]
    assert fixed is None or fixed < 0.35
    assert picture(to, 1.0).shape == (1280, 720)
