"""Every layout is seen where its name says, measured on rendered pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sandbox.media import layouts
from sandbox.media.compose import Edit
from sandbox.media.cut import Look, render
from sandbox.media.ffmpeg import FfmpegError
from sandbox.media.inserts import Card, Footage, Insert
from sandbox.media.probe import probe
from sandbox.media.timeline import Timeline
from sandbox.submagic.inserts import LAYOUTS
from tests.sandbox.media.measure import Picture, make_film, pictures

EACH = 0.4
FPS = 10
UPRIGHT, WIDE = (180, 320), (320, 180)

# Shares of width and height at which the red insert, the blue speaker or a white line must be seen.
SEEN = {
    ("cover", UPRIGHT): {"red": [(0.02, 0.02), (0.5, 0.5), (0.98, 0.98)]},
    ("contain", UPRIGHT): {"red": [(0.5, 0.5), (0.05, 0.5)]},
    ("rounded", UPRIGHT): {"red": [(0.5, 0.5), (0.12, 0.5), (0.5, 0.25)], "blue": [(0.03, 0.5), (0.085, 0.23)]},
    ("square", UPRIGHT): {"red": [(0.5, 0.5), (0.12, 0.3), (0.12, 0.7)], "blue": [(0.5, 0.25), (0.05, 0.5)]},
    ("split-50-50", UPRIGHT): {"red": [(0.5, 0.05), (0.5, 0.47)], "blue": [(0.5, 0.53), (0.5, 0.97)]},
    ("split-35-65", UPRIGHT): {"red": [(0.5, 0.05), (0.5, 0.32)], "blue": [(0.5, 0.38), (0.5, 0.97)]},
    ("split-50-50-bordered", UPRIGHT): {
        "red": [(0.5, 0.05), (0.5, 0.47)],
        "blue": [(0.5, 0.53), (0.5, 0.97)],
        "white": [(0.5, 0.5), (0.5, 0.002), (0.002, 0.7)],
    },
    ("split-35-65-bordered", UPRIGHT): {
        "red": [(0.5, 0.05), (0.5, 0.32)],
        "blue": [(0.5, 0.38)],
        "white": [(0.5, 0.35), (0.002, 0.2), (0.5, 0.998)],
    },
    ("pip-top-right", UPRIGHT): {"red": [(0.75, 0.15)], "blue": [(0.25, 0.15), (0.75, 0.5), (0.99, 0.15)]},
    ("pip-bottom-right", UPRIGHT): {"red": [(0.75, 0.85)], "blue": [(0.25, 0.85), (0.75, 0.5), (0.99, 0.85)]},
    ("split-50-50", WIDE): {"red": [(0.05, 0.5), (0.47, 0.5)], "blue": [(0.53, 0.5), (0.97, 0.5)]},
    ("split-35-65-bordered", WIDE): {"red": [(0.32, 0.5)], "blue": [(0.38, 0.5)], "white": [(0.35, 0.5)]},
    ("pip-top-right", WIDE): {"red": [(0.8, 0.2)], "blue": [(0.5, 0.2), (0.8, 0.5)]},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("layouts")
    make_film(made / "blue.mp4", "color=blue:s=192x192:r=10", "anullsrc=r=48000:cl=mono", 5)
    make_film(made / "red.mp4", "color=red:s=128x96:r=10", None, 0.3)
    return made


def rendered(folder: Path, size: tuple[int, int], names: list[str]) -> dict[str, Picture]:
    """The picture in the middle of each layout's time; the insert is shorter than its time and stays."""
    shown = [Insert(EACH * at, EACH * (at + 1), name, Footage(folder / "red.mp4")) for at, name in enumerate(names)]
    edit = Edit(Timeline.whole(5.0), inserts=shown)
    to = folder / f"{size[0]}.mp4"
    source = folder / "blue.mp4"
    render(source, probe(source), to, words=(), look=Look(style=None), size=size, fps=FPS, edit=edit)
    found = pictures(to)
    assert len(found) == 50 and found[0].shape == (size[1], size[0], 3)
    # After the last insert the speaker is back.
    assert colour(found[round(EACH * len(names) * FPS) + 1], 0.5, 0.5) == "blue"
    return {name: found[round((at + 0.75) * EACH * FPS)] for at, name in enumerate(names)}


@pytest.fixture(scope="module")
def shown(folder: Path) -> dict[tuple[str, tuple[int, int]], Picture]:
    found: dict[tuple[str, tuple[int, int]], Picture] = {}
    for size in (UPRIGHT, WIDE):
        names = [name for name, given in SEEN if given == size]
        found |= {(name, size): picture for name, picture in rendered(folder, size, names).items()}
    return found


def colour(picture: Picture, x: float, y: float) -> str:
    height, width = picture.shape[:2]
    red, green, blue = (int(value) for value in picture[int(y * height), int(x * width)])
    if min(red, green, blue) > 180:
        return "white"
    return "red" if red > blue + 60 else "blue" if blue > red + 40 else f"{red},{green},{blue}"


@pytest.mark.parametrize(("layout", "size"), SEEN)
def test_layout_is_where_its_name_says(
    layout: str, size: tuple[int, int], shown: dict[tuple[str, tuple[int, int]], Picture]
) -> None:
    picture = shown[layout, size]
    for wanted, points in SEEN[layout, size].items():
        assert {point: colour(picture, *point) for point in points} == dict.fromkeys(points, wanted)


def test_contained_media_is_whole_before_a_darker_copy(shown: dict[tuple[str, tuple[int, int]], Picture]) -> None:
    picture = shown["contain", UPRIGHT]
    assert picture[160, 90, 0] - picture[20, 90, 0] > 20
    assert colour(picture, 0.5, 0.1) != "blue"


def test_speaker_behind_a_card_is_darker_but_not_gone(shown: dict[tuple[str, tuple[int, int]], Picture]) -> None:
    behind, beside = shown["rounded", UPRIGHT][160, 4, 2], shown["pip-top-right", UPRIGHT][160, 4, 2]
    assert 60 < behind < beside - 60


def test_every_layout_that_is_accepted_is_drawn() -> None:
    assert layouts.NAMES == LAYOUTS
    wide = [layouts.scene(name, WIDE) for name in LAYOUTS]
    assert len(set(wide)) == len(LAYOUTS)


@pytest.mark.parametrize("size", [UPRIGHT, WIDE, (720, 1280), (1920, 1080), (1080, 1080), (100, 100), (3840, 100)])
@pytest.mark.parametrize("name", layouts.NAMES)
def test_boxes_are_even_and_inside_any_picture(name: str, size: tuple[int, int]) -> None:
    scene = layouts.scene(name, size)
    for box in filter(None, (scene.insert, scene.speaker)):
        assert all(value % 2 == 0 for value in (box.left, box.top, box.width, box.height))
        assert box.left >= 0 and box.top >= 0 and box.width > 0 and box.height > 0
        assert box.left + box.width <= size[0] and box.top + box.height <= size[1]


def test_drawn_card_moves_and_bears_its_words(folder: Path) -> None:
    to = folder / "card.mp4"
    source = folder / "blue.mp4"
    edit = Edit(Timeline.whole(5.0), inserts=[Insert(0.5, 3.5, "cover", Card("harbour at night"))])
    render(source, probe(source), to, words=(), look=Look(style=None), size=UPRIGHT, fps=FPS, edit=edit)
    found = pictures(to)
    assert colour(found[2], 0.5, 0.5) == colour(found[37], 0.5, 0.5) == "blue"
    early, late = found[6], found[33]
    assert np.abs(early - late).mean() > 4
    # The words become visible one after the other, in white.
    assert (late.min(axis=2) > 235).sum() > (early.min(axis=2) > 235).sum() + 200


def test_missing_footage_is_an_error_and_not_a_hang(folder: Path) -> None:
    source = folder / "blue.mp4"
    (folder / "broken.mp4").write_bytes(b"nothing")
    edit = Edit(Timeline.whole(5.0), inserts=[Insert(0, 1, "cover", Footage(folder / "broken.mp4"))])
    with pytest.raises(FfmpegError):
        render(
            source, probe(source), folder / "x.mp4", words=(), look=Look(style=None), size=UPRIGHT, fps=FPS, edit=edit
        )
    assert not (folder / "x.mp4").exists() and not list(folder.glob(".render-*"))
