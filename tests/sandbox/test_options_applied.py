"""Each editing option is seen and heard in the video that comes out, after creation and after an update."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from sandbox.media import ffmpeg
from sandbox.media.samples import make_talking_head
from sandbox.media.words import Heard, spoken, tokens
from sandbox.submagic import edits
from tests.sandbox.conftest import HOOK, StandIn
from tests.sandbox.media.measure import Picture, decibels, lengths, make_film, pictures, samples
from tests.sandbox.test_whole_way import check_words, saved

# One process for the module: its talk is made and heard once.
pytestmark = pytest.mark.xdist_group("options")

# The first take of the second sentence is broken off; the pauses are long, middle and short.
SCRIPT = """\
Do you want people to watch your video to the end? [pause 1500]
Then start with one, [pause 900] then start with one clear question, and answer it in ten seconds. [pause 500]
My second tip is simple. Show your face, and smile. [pause 1500]
"""
SIZE = (180, 320)
FPS = 10
BARE = {"templateName": "Sara", "disableCaptions": True}


@dataclass
class Desk:
    """A stand-in with a finished project, and a library with a red film, a green picture and a tone."""

    stand: StandIn
    folder: Path
    talk: Path
    number: str
    media: dict[str, str]

    def project(self) -> dict[str, Any]:
        return self.stand.project(self.number)

    def spoken(self) -> list[dict[str, Any]]:
        return [word for word in self.project()["words"] if word["type"] == "word"]

    def reset(self, **options: Any) -> None:
        """Back to a project without edits: what was set by an update cannot be unset by another."""
        with self.stand.here.store.transaction() as db:
            self.stand.here.store.update(db, self.number, options=BARE | options)

    def update(self, **options: Any) -> None:
        answer = self.stand.client.put(f"/v1/projects/{self.number}", json=options)
        assert answer.status_code == 200, answer.text
        self.stand.clock.move(seconds=10)
        self.stand.runner.run_jobs()

    def export(self, *, fps: int = FPS) -> Path:
        asked = {"width": SIZE[0], "height": SIZE[1], "fps": fps}
        answer = self.stand.client.post(f"/v1/projects/{self.number}/export", json=asked)
        assert answer.status_code == 200, answer.text
        self.stand.runner.run_jobs()
        project = self.project()
        assert project["status"] == "completed", project
        return saved(self.stand, project["directUrl"], self.folder / f"{len(list(self.folder.iterdir()))}.mp4")

    def exported(self, **options: Any) -> Path:
        """The video after these options were set by an update and nothing else was."""
        self.reset()
        self.update(**options)
        return self.export()


def uploaded(stand: StandIn, path: Path, kind: str) -> str:
    answer = stand.client.post(
        "/v1/user-media/upload", files={"file": (path.name, path.read_bytes(), "application/octet-stream")}
    )
    assert answer.status_code == 201, answer.text
    stand.clock.move(seconds=60)
    listed = stand.get("/v1/user-media").json()["items"][0]
    assert (listed["id"], listed["type"]) == (answer.json()["userMediaId"], kind)
    found: str = listed["id"]
    return found


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("options")
    talk = make_talking_head(folder / "talk.mp4", SCRIPT, size=SIZE)
    stand = StandIn(folder / "data")
    media = {
        "film": uploaded(stand, make_film(folder / "red.mp4", "color=red:s=96x96:r=10", None, 2), "VIDEO"),
        "picture": uploaded(stand, green_picture(folder / "green.png"), "IMAGE"),
        "tone": uploaded(stand, tone(folder / "tone.m4a"), "AUDIO"),
    }
    answer = stand.upload("/v1/projects/upload", talk, disableCaptions="true")
    stand.runner.run_jobs()
    (folder / "exports").mkdir()
    yield Desk(stand, folder / "exports", talk, answer.json()["id"], media)
    stand.close()


def green_picture(path: Path) -> Path:
    assert cv2.imwrite(str(path), np.full((96, 96, 3), (0, 200, 0), dtype=np.uint8))
    return path


def tone(path: Path) -> Path:
    ffmpeg.run(["-f", "lavfi", "-i", "aevalsrc='0.5*sin(2*PI*330*t)':d=3", "-c:a", "aac", path])
    return path


@pytest.fixture(scope="module")
def plain(desk: Desk) -> Path:
    desk.reset()
    desk.stand.here.wake()
    return desk.export()


@pytest.fixture(scope="module")
def whole(desk: Desk, plain: Path) -> list[dict[str, Any]]:
    """The transcript without any edit."""
    return desk.project()["words"]


def differing(one: Picture, two: Picture) -> float:
    """Which share of two pictures is clearly different."""
    return float((np.abs(one - two).max(axis=2) > 60).mean())


def texts(words: list[dict[str, Any]]) -> list[str]:
    return [word["text"] for word in words if word["type"] == "word"]


def test_pauses_go_with_the_pace_and_the_words_move(desk: Desk, plain: Path, whole: list[dict[str, Any]]) -> None:
    before = lengths(plain)[0]
    seconds = [before]
    for pace in ("natural", "fast", "extra-fast"):
        desk.reset()
        desk.update(removeSilencePace=pace)
        project = desk.project()
        # The words and the duration tell it at once; the video that is there stays until the next export.
        seconds.append(project["videoMetaData"]["duration"])
        check_words(project["words"], seconds[-1])
        assert texts(project["words"]) == texts(whole)
    # At least the pauses of 1.5, 0.9 and 1.5 seconds go down to a breath, then the one of 0.5.
    assert seconds[0] - seconds[1] > 2.4
    assert seconds[1] - seconds[2] > 0.3 and seconds[2] - seconds[3] > 0.3
    made = desk.export(fps=25)
    picture, sound = lengths(made)
    assert picture == pytest.approx(seconds[-1], abs=0.05) and abs(picture - sound) < 0.06
    # Where a word is said now, something is heard; the longest silence is shorter than a quarter of a second.
    heard = samples(made)
    levels = [decibels(heard, at / 20, (at + 1) / 20) for at in range(int(picture * 20) - 8)]
    runs = "".join("." if level < -48 else "x" for level in levels).split("x")
    assert max(len(run) for run in runs) <= 5
    last, was = desk.spoken()[-1], [word for word in whole if word["type"] == "word"][-1]
    assert last["id"] == was["id"] and was["startTime"] - last["startTime"] > 2.5
    assert decibels(heard, last["startTime"], last["endTime"]) > -35


def test_bad_take_is_cut_out_with_its_words(desk: Desk, plain: Path, whole: list[dict[str, Any]]) -> None:
    made = desk.exported(removeBadTakes=True)
    before, after = texts(whole), texts(desk.project()["words"])
    assert before.count("start") == 2 and after.count("start") == 1
    assert after == [*before[: before.index("end") + 1], *before[len(before) - len(after) + before.index("end") + 1 :]]
    desk.reset()
    desk.update(removeSilencePace="natural")
    assert lengths(made)[0] < desk.project()["videoMetaData"]["duration"] - 0.6
    picture, sound = lengths(made)
    assert abs(picture - sound) < 0.06


def test_title_is_there_at_its_height_and_can_be_taken_off(desk: Desk, plain: Path) -> None:
    bare = pictures(plain)
    for asked, top in (({"text": "Look here", "template": "mike", "top": 10, "size": 40}, 10), (True, 50)):
        found = pictures(desk.exported(hookTitle=asked))
        rows = np.flatnonzero((np.abs(found[10] - bare[10]).max(axis=2) > 80).sum(axis=1) > 3)
        assert rows[0] / SIZE[1] == pytest.approx(top / 100, abs=0.06) and rows[-1] < SIZE[1] * (top / 100 + 0.25)
        assert differing(found[36], bare[36]) < 0.001
    desk.update(hookTitle=False)
    assert differing(pictures(desk.export())[10], bare[10]) < 0.001


def test_captions_are_there_unless_they_are_hidden(desk: Desk, plain: Path) -> None:
    desk.reset(disableCaptions=False)
    shown, bare = pictures(desk.export()), pictures(plain)
    word = desk.spoken()[4]
    at = int((word["startTime"] + word["endTime"]) / 2 * FPS)
    rows = np.flatnonzero((np.abs(shown[at] - bare[at]).max(axis=2) > 80).any(axis=1))
    assert len(rows) > 8 and rows[0] > SIZE[1] * 0.5
    desk.update(disableCaptions=True)
    assert differing(pictures(desk.export())[at], bare[at]) < 0.001


def test_music_is_heard_where_nobody_speaks(desk: Desk, plain: Path) -> None:
    end = lengths(plain)[0]
    quiet = decibels(samples(plain), end - 1.2, end - 0.7)
    music = {"userMediaId": desk.media["tone"], "fade": False}
    loud = decibels(samples(desk.exported(music=music | {"volume": 100})), end - 1.2, end - 0.7)
    low = decibels(samples(desk.exported(music=music | {"volume": 10})), end - 1.2, end - 0.7)
    assert quiet < -55 and loud > -14 and loud - low == pytest.approx(20, abs=1.5)


def test_items_are_seen_in_their_time_and_layout(desk: Desk, plain: Path) -> None:
    """A film in a corner, a picture over everything, a drawn card over the speaker's head."""
    made = desk.exported(
        items=[
            {"type": "user-media", "startTime": 4, "endTime": 5, "userMediaId": desk.media["picture"]},
            {
                **{"type": "user-media", "startTime": 1, "endTime": 2.5, "userMediaId": desk.media["film"]},
                "layout": "pip-top-right",
            },
            {"type": "ai-broll", "startTime": 5, "endTime": 7, "prompt": "a calm harbour", "layout": "split-50-50"},
            # What would begin after the end is never seen.
            {"type": "ai-broll", "startTime": 90, "endTime": 99, "prompt": "too late", "layout": "cover"},
        ]
    )
    found, bare = pictures(made), pictures(plain)
    assert len(found) == len(bare)
    changed = [differing(one, two) > 0.02 for one, two in zip(found, bare, strict=True)]
    expected = [10 <= at < 25 or 40 <= at < 70 for at in range(len(bare))]
    assert changed == expected
    red = found[20][40, 140]
    assert red[0] > 200 and max(red[1:]) < 60 and differing(found[20][160:], bare[20][160:]) < 0.001
    assert found[45][300, 10, 1] > 150 > 60 > found[45][300, 10, 0]
    assert differing(found[60][:150], bare[60][:150]) > 0.5
    assert np.abs(found[52][:150] - found[68][:150]).mean() > 3


def test_everything_at_creation(desk: Desk, whole: list[dict[str, Any]]) -> None:
    """All options in one request; zooms and automatic B-roll can only be asked for here."""
    stand = desk.stand
    items = [
        {
            **{"type": "user-media", "startTime": 1, "endTime": 3, "userMediaId": desk.media["film"]},
            "layout": "split-35-65-bordered",
        }
    ]
    answer = stand.upload(
        "/v1/projects/upload",
        desk.talk,
        webhookUrl=HOOK,
        templateName="Hormozi 2",
        magicZooms="true",
        magicBrolls="true",
        magicBrollsPercentage="40",
        removeSilencePace="fast",
        removeBadTakes="true",
        cleanAudio="true",
        hookTitle='{"text":"Stop scrolling","template":"laura","top":20,"size":32}',
        items=json.dumps(items),
        music=json.dumps({"userMediaId": desk.media["tone"], "volume": 30, "startFromTime": 1, "fade": True}),
    )
    assert answer.status_code == 201, answer.text
    stand.runner.run_jobs()
    project = stand.project(answer.json()["id"])
    assert project["status"] == "completed", project
    duration = project["videoMetaData"]["duration"]
    check_words(project["words"], duration)
    assert len(texts(project["words"])) < len(texts(whole)) and whole[-1]["endTime"] - duration > 3
    made = saved(stand, project["directUrl"], desk.folder / "all.mp4")
    picture, sound = lengths(made)
    assert picture == pytest.approx(duration, abs=0.05) and abs(picture - sound) < 0.06
    found = pictures(made)
    assert found[50][30, 90, 0] > 200 and found[50].shape == (SIZE[1], SIZE[0], 3)
    # Drawn cards have no skin-coloured face in the middle of the upper half; the speaker's share is what is left.
    faces = [bool(one[150, 90, 0] > one[150, 90, 2] + 30 > 80) for one in found[80:]]
    assert 0.1 < 1 - sum(faces) / len(faces) < 0.8
    _url, body = stand.inbox.got[-1]
    assert (body["projectId"], body["status"]) == (answer.json()["id"], "completed")


SAID = [
    *(Heard("We", 0.3, 0.6), Heard("begin.", 0.6, 1.0), Heard("Every", 2.0, 2.4), Heard("lesson", 2.4, 3.0)),
    *(Heard("matters", 3.0, 3.5), Heard("here.", 3.5, 4.0), Heard("Thank", 4.45, 4.8), Heard("you.", 4.8, 5.2)),
]
HEARD = [Heard(one.text, one.start + 6 * at, one.end + 6 * at) for at in range(4) for one in SAID]


def planned(stand: StandIn, **options: Any) -> tuple[edits.Plan, Any]:
    number = stand.make_finished()
    with stand.here.store.transaction() as db:
        stand.here.store.update(db, number, options=options)
    project = stand.here.store.project(number)
    assert project is not None
    film = edits.plan(stand.here, project, edits.Heard(tokens(HEARD, 24.0), 24.0, []))
    return film, edits.look(stand.here, project, film)


def test_edit_templates_are_three_different_bundles(stand: StandIn) -> None:
    bare, _ = planned(stand, templateName="Sara")
    assert bare.seconds == 24.0 and not bare.edit.zooms and not bare.edit.inserts
    films = {name: planned(stand, aiEditTemplate=name) for name in ("kelly", "karl", "ella")}
    assert 24.0 > films["kelly"][0].seconds > films["karl"][0].seconds > films["ella"][0].seconds
    covered = [sum(one.end - one.start for one in film.edit.inserts) for film, _ in films.values()]
    assert covered == sorted(covered) and covered[2] > 3
    assert [bool(film.edit.zooms) for film, _ in films.values()] == [False, True, True]
    assert len({look.style for _, look in films.values()}) == 3
    assert [look.hook is not None for _, look in films.values()] == [False, False, True]
    # What is asked for later wins over the bundle.
    later, look = planned(stand, aiEditTemplate="ella", hookTitle=False, magicBrolls=False)
    assert look.hook is None and not later.edit.inserts and later.edit.zooms


def test_title_without_text_says_what_the_talk_is_about(stand: StandIn) -> None:
    _, look = planned(stand, hookTitle=True)
    assert look.hook.text == "Every Lesson Matters" or "Lesson" in look.hook.text
    assert (look.hook.template, look.hook.top, look.hook.size) == ("tiktok", 50, 30)


def test_themes_and_presets_have_looks_of_their_own(stand: StandIn) -> None:
    ids = ("749a19f5-0f2a-4b43-9f8b-2f1f8b8f1c11", "c6f5a1de-7d3b-4c45-8f2c-0c8a3c7c5b22")
    looks = {planned(stand, **{name: number})[1].style for name in ("userThemeId", "presetId") for number in ids}
    assert len(looks) == 2


def test_what_was_heard_survives_for_the_next_edit(stand: StandIn) -> None:
    """An update with another pace begins with the recording again, not with what the last one has left."""
    heard = edits.Heard(tokens(HEARD, 24.0), 24.0, [(1.0, 2.0)])
    number = stand.make_finished(video={"width": 16, "height": 16, "duration": 24.0, "fps": 25})
    edits.keep(stand.here, number, heard)
    durations = []
    for pace in ("extra-fast", "natural", "extra-fast"):
        assert stand.client.put(f"/v1/projects/{number}", json={"removeSilencePace": pace}).status_code == 200
        project = stand.project(number)
        durations.append(project["videoMetaData"]["duration"])
        words = [word for word in project["words"] if word["type"] == "word"]
        assert [word["id"] for word in words] == [word.id for word in spoken(heard.tokens)]
    assert durations[0] == durations[2] < durations[1] < 24.0


def test_export_without_the_media_says_which_is_missing(desk: Desk) -> None:
    missing = "123e4567-e89b-12d3-a456-426614174000"
    item = {"type": "user-media", "startTime": 1, "endTime": 2, "userMediaId": missing, "layout": "cover"}
    desk.reset(items=[item])
    answer = desk.stand.client.post(f"/v1/projects/{desk.number}/export", json={"fps": 5})
    assert answer.status_code == 200
    desk.stand.runner.run_jobs()
    project = desk.project()
    assert (project["status"], project["failureReason"]) == ("failed", f"User media not found: {missing}")
