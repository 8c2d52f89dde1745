"""The opening title: one look for each name, where and how large it is asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sandbox.media import hooks
from sandbox.media.cut import Look, render
from sandbox.media.hooks import Hook
from sandbox.media.probe import probe
from sandbox.submagic.catalogue import HOOK_TEMPLATES
from tests.sandbox.media.measure import make_film, pictures

SIZE = (180, 320)


@pytest.fixture(scope="module")
def grey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("grey") / "grey.mp4"
    return make_film(path, "color=0x808080:s=180x320:r=5", "anullsrc=r=48000:cl=mono", 4)


def rows(grey: Path, to: Path, hook: Hook | None) -> tuple[list[int], list[int]]:
    """Rows of the picture that differ from plain grey, one second in and after three and a half."""
    render(grey, probe(grey), to, words=(), look=Look(style=None, hook=hook), size=SIZE, fps=5)
    found = pictures(to)
    return tuple(  # type: ignore[return-value]
        [int(row) for row in np.flatnonzero((np.abs(found[at] - 128).max(axis=2) > 60).any(axis=1))] for at in (5, 18)
    )


def test_every_name_has_a_look_of_its_own() -> None:
    assert set(hooks.LOOKS) == set(HOOK_TEMPLATES)
    assert len(set(hooks.LOOKS.values())) == len(HOOK_TEMPLATES)


@pytest.mark.parametrize("top", [0, 45, 80])
def test_title_stands_at_its_height_for_three_seconds(grey: Path, tmp_path: Path, top: int) -> None:
    early, late = rows(grey, tmp_path / "hook.mp4", Hook("Stop", top=top))
    assert late == []
    assert early[0] == pytest.approx(top / 100 * 320, abs=14) and early[-1] - early[0] < 50


def test_size_changes_the_letters(grey: Path, tmp_path: Path) -> None:
    heights = []
    for size in (0, 30, 80):
        early, _ = rows(grey, tmp_path / "hook.mp4", Hook("Stop", "hormozi", top=20, size=size))
        heights.append(early[-1] - early[0])
    assert 3 < heights[0] < heights[1] * 0.6 < heights[2] * 0.4


def test_long_title_low_in_the_picture_stays_inside(grey: Path, tmp_path: Path) -> None:
    early, _ = rows(grey, tmp_path / "hook.mp4", Hook("word " * 20, "ali", top=80, size=40))
    assert early[-1] < 319


def test_no_title_is_no_title(grey: Path, tmp_path: Path) -> None:
    assert rows(grey, tmp_path / "none.mp4", None) == ([], [])
