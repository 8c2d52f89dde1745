"""The whole way with a real video: what was spoken is heard, cut, captioned, served and told to the webhook."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from sandbox.media import faces, ffmpeg
from sandbox.media.probe import probe
from sandbox.media.samples import SCRIPT, SHORT_SCRIPT, make_talking_head
from tests.sandbox.conftest import HOOK, StandIn
from tests.sandbox.media.measure import lengths

# One process for the module: its film is made, heard and cut once.
pytestmark = pytest.mark.xdist_group("talk")

# The first two of the three lessons: enough speech for two clips.
TALK = SCRIPT[: SCRIPT.index("Lesson number three")]


def heard_share(words: list[dict[str, Any]], script: str) -> float:
    """Which share of the script's words the transcript has, in order; digits count as their words."""
    digits = {"1": "one", "2": "two", "3": "three", "10": "ten", "90": "ninety", "40": "forty"}

    def plain(text: str) -> list[str]:
        return [digits.get(word, word) for word in re.findall(r"[a-z0-9']+", text.lower())]

    spoken = plain(re.sub(r"\[pause \d+\]", " ", script))
    got = plain(" ".join(word["text"] for word in words if word["type"] == "word"))
    blocks = difflib.SequenceMatcher(None, spoken, got, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / len(spoken)


def check_words(words: list[dict[str, Any]], duration: float) -> None:
    assert {word["type"] for word in words} == {"word", "silence", "punctuation"}
    assert len({word["id"] for word in words}) == len(words)
    now = 0.0
    for word in words:
        assert set(word) == {"id", "text", "type", "startTime", "endTime"}
        assert word["startTime"] >= now - 1e-6 and word["endTime"] >= word["startTime"]
        assert (word["text"] == "") == (word["type"] == "silence")
        if word["type"] == "punctuation":
            assert word["startTime"] == word["endTime"]
        now = word["endTime"]
    assert now <= duration + 0.05


def picture(path: Path, second: float) -> Any:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if frame.time is not None and frame.time >= second:
                return frame.to_ndarray(format="gray").astype(np.int16)
    raise AssertionError(f"no picture at {second}")


def saved(stand: StandIn, url: str, to: Path) -> Path:
    answer = stand.client_for(None).get(url)
    assert answer.status_code == 200
    to.write_bytes(answer.content)
    return to


@pytest.fixture(scope="module")
def clipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[StandIn, str]]:
    """A Magic Clips project that went through everything."""
    folder = tmp_path_factory.mktemp("clipped")
    talk = make_talking_head(folder / "talk.mp4", TALK, size=(640, 360))
    stand = StandIn(folder / "data")
    answer = stand.upload(
        "/v1/projects/magic-clips/upload",
        talk,
        title="Three lessons",
        webhookUrl=HOOK,
        minClipLength="15",
        maxClipLength="30",
        templateName="Hormozi 2",
    )
    assert answer.status_code == 202, answer.text
    stand.runner.run_jobs()
    yield stand, answer.json()["id"]
    stand.close()


def test_transcript_holds_what_was_spoken(clipped: tuple[StandIn, str]) -> None:
    stand, number = clipped
    project = stand.project(number)
    assert (project["status"], project["transcriptionStatus"]) == ("completed", "COMPLETED")
    check_words(project["words"], project["videoMetaData"]["duration"])
    assert heard_share(project["words"], TALK) > 0.85
    assert any(word["text"] == "?" for word in project["words"])


def test_clips_are_playable_upright_and_within_the_limits(clipped: tuple[StandIn, str], tmp_path: Path) -> None:
    stand, number = clipped
    clips = stand.project(number)["magicClips"]
    assert len(clips) == 2
    for clip in clips:
        assert clip["status"] == "completed" and 1 <= len(clip["title"]) <= 60
        scores = clip["viralityScores"]
        parts = [scores[name] for name in ("shareability", "hook_strength", "story_quality", "emotional_impact")]
        assert all(0 <= part <= 25 for part in parts) and scores["total"] == sum(parts) > 0
        video = probe(saved(stand, clip["directUrl"], tmp_path / "clip.mp4"))
        assert (video.width, video.height, video.video_codec, video.audio_codec) == (720, 1280, "h264", "aac")
        assert 15 <= video.duration <= 30 and abs(video.duration - clip["duration"]) < 0.15
        with av.open(str(tmp_path / "clip.mp4")) as container:
            assert sum(1 for _ in container.decode(video=0)) == pytest.approx(video.duration * 25, abs=3)
    assert clips[0]["viralityScores"]["total"] >= clips[1]["viralityScores"]["total"]


def test_clips_do_not_overlap(clipped: tuple[StandIn, str]) -> None:
    stand, number = clipped
    spans = sorted((clip.start, clip.start + (clip.seconds or 0)) for clip in stand.here.store.clips(number))
    assert all(later[0] >= earlier[1] for earlier, later in zip(spans, spans[1:], strict=False))


def test_clip_is_a_project_with_its_own_words(clipped: tuple[StandIn, str]) -> None:
    stand, number = clipped
    for clip in stand.project(number)["magicClips"]:
        own = stand.project(clip["id"])
        assert (own["title"], own["status"], own["directUrl"]) == (clip["title"], "completed", clip["directUrl"])
        check_words(own["words"], clip["duration"])
        spoken = [word["text"] for word in own["words"] if word["type"] == "word"]
        assert len(spoken) > 20
        whole = [word["text"] for word in stand.project(number)["words"] if word["type"] == "word"]
        assert " ".join(spoken) in " ".join(whole)
        assert "magicClips" not in own and "webhookUrl" not in own


def test_webhook_tells_the_documented_shape(clipped: tuple[StandIn, str]) -> None:
    stand, number = clipped
    url, body = stand.inbox.got[0]
    project = stand.project(number)
    assert url == HOOK
    assert set(body) == {"projectId", "status", "title", "duration", "completedAt", "magicClips"}
    assert (body["projectId"], body["status"], body["title"]) == (number, "completed", "Three lessons")
    assert body["duration"] == project["videoMetaData"]["duration"]
    assert body["magicClips"] == project["magicClips"]
    assert set(body["magicClips"][0]) == {
        *("id", "title", "duration", "viralityScores", "status", "previewUrl", "downloadUrl", "directUrl")
    }


def test_captions_of_a_clip_change_with_the_words(clipped: tuple[StandIn, str], tmp_path: Path) -> None:
    stand, number = clipped
    clip = stand.project(number)["magicClips"][0]
    path = saved(stand, clip["directUrl"], tmp_path / "clip.mp4")
    words = [word for word in stand.project(clip["id"])["words"] if word["type"] == "word"]
    long_words = [word for word in words if word["endTime"] - word["startTime"] > 0.25][:2]
    one, two = (picture(path, (word["startTime"] + word["endTime"]) / 2) for word in long_words)
    # Captions stand in the lower part; the shirt there hardly moves.
    differs = np.abs(one[850:1200] - two[850:1200]) > 60
    assert differs.sum() > 2000


def test_export_of_a_clip_obeys_its_numbers(clipped: tuple[StandIn, str], tmp_path: Path) -> None:
    stand, number = clipped
    clip = stand.project(number)["magicClips"][1]
    asked = {"width": 360, "height": 480, "fps": 10, "webhookUrl": "https://desk.example/exported"}
    assert stand.client.post(f"/v1/projects/{clip['id']}/export", json=asked).status_code == 200
    assert stand.project(clip["id"])["status"] == "exporting"
    stand.runner.run_jobs()
    done = stand.project(clip["id"])
    assert done["status"] == "completed" and done["directUrl"] != clip["directUrl"]
    video = probe(saved(stand, done["directUrl"], tmp_path / "export.mp4"))
    assert (video.width, video.height, video.fps) == (360, 480, 10)
    url, body = stand.inbox.got[-1]
    assert url == "https://desk.example/exported"
    assert set(body) == {"projectId", "status", "downloadUrl", "directUrl", "timestamp"}
    assert (body["projectId"], body["directUrl"]) == (clip["id"], done["directUrl"])


def test_everything_is_there_after_a_restart(clipped: tuple[StandIn, str]) -> None:
    stand, number = clipped
    before = stand.project(number)
    stand.restart()
    assert stand.project(number) == before
    part = stand.client_for(None).get(before["magicClips"][0]["directUrl"], headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
    assert stand.runner.run_jobs() == 0


def test_clip_can_be_published(clipped: tuple[StandIn, str]) -> None:
    stand, number = clipped
    clip = stand.project(number)["magicClips"][0]
    body = {"platforms": {"youtube": {"title": clip["title"]}}}
    assert stand.client.post(f"/v1/projects/{clip['id']}/publish", json=body).status_code == 200
    assert stand.client.post(f"/v1/projects/{number}/publish", json=body).status_code == 400
    entry = stand.get("/v1/projects/published").json()["data"][0]
    assert entry["project"] == {"id": clip["id"], "title": clip["title"]}


def test_clip_is_edited_as_a_project_of_its_own(clipped: tuple[StandIn, str], tmp_path: Path) -> None:
    """An update of a clip moves its words at once; the export follows the face in what is left."""
    stand, number = clipped
    clip = stand.project(number)["magicClips"][1]
    before = stand.project(clip["id"])
    answer = stand.client.put(f"/v1/projects/{clip['id']}", json={"removeSilencePace": "extra-fast"})
    assert answer.status_code == 200, answer.text
    after = stand.project(clip["id"])
    duration = after["videoMetaData"]["duration"]
    assert duration < clip["duration"] - 1.0
    check_words(after["words"], duration)
    assert [word["text"] for word in after["words"] if word["text"]] == [
        word["text"] for word in before["words"] if word["text"]
    ]
    assert after["directUrl"] == before["directUrl"]
    asked = {"width": 180, "height": 320, "fps": 10}
    assert stand.client.post(f"/v1/projects/{clip['id']}/export", json=asked).status_code == 200
    stand.runner.run_jobs()
    done = stand.project(clip["id"])
    assert done["directUrl"] != before["directUrl"]
    made = saved(stand, done["directUrl"], tmp_path / "edited.mp4")
    picture_seconds, sound_seconds = lengths(made)
    assert picture_seconds == pytest.approx(duration, abs=0.1) and abs(picture_seconds - sound_seconds) < 0.06
    found = faces.centres(made, 0.0, 5.0, (180, 320))
    assert found is not None and abs(float(found.mean()) - 0.5) < 0.1
    assert stand.project(number)["magicClips"][1]["duration"] == duration


def test_captions_are_burned_in_unless_disabled(tmp_path: Path, short_talk: Path) -> None:
    stand = StandIn(tmp_path / "data")
    made: dict[str, Path] = {}
    for disabled in ("false", "true"):
        answer = stand.upload(
            "/v1/projects/upload",
            short_talk,
            disableCaptions=disabled,
            webhookUrl=HOOK,
            hookTitle='{"text":"Look","top":8}',
        )
        number = answer.json()["id"]
        stand.runner.run_jobs()
        project = stand.project(number)
        assert project["status"] == "completed", project
        assert heard_share(project["words"], SHORT_SCRIPT) > 0.85
        made[disabled] = saved(stand, project["directUrl"], tmp_path / f"{disabled}.mp4")
        url, body = stand.inbox.got[-1]
        assert url == HOOK and set(body) == {"projectId", "status", "downloadUrl", "directUrl", "timestamp"}
        assert (body["projectId"], body["status"]) == (number, "completed")
    words = [word for word in project["words"] if word["type"] == "word"]
    middle = (words[8]["startTime"] + words[8]["endTime"]) / 2
    video = probe(made["false"])
    assert (video.width, video.height) == (640, 360)
    with_captions, without = picture(made["false"], middle), picture(made["true"], middle)
    differs = np.abs(with_captions - without) > 60
    assert differs[200:].sum() > 400 and differs[:150].sum() < 50
    # The opening title is there in both, for three seconds and no longer.
    titled, later = picture(made["true"], 1.0), picture(made["true"], 4.0)
    assert (np.abs(titled[30:80] - later[30:80]) > 60).sum() > 400


def test_film_without_speech_fails_and_says_why(tmp_path: Path, silent_film: Path) -> None:
    stand = StandIn(tmp_path)
    number = stand.upload("/v1/projects/magic-clips/upload", silent_film).json()["id"]
    stand.runner.run_jobs()
    project = stand.project(number)
    assert (project["status"], project["failureReason"]) == ("failed", "No speech was found in the video")
    assert project["magicClips"] == []


@pytest.mark.slow
def test_work_that_was_interrupted_starts_again(
    tmp_path: Path, short_talk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand = StandIn(tmp_path / "data")
    number = stand.upload("/v1/projects/magic-clips/upload", short_talk).json()["id"]
    runs = 0

    def stop(*_: object, **__: object) -> None:
        nonlocal runs
        runs += 1
        raise ffmpeg.Stopped

    with monkeypatch.context() as patch:
        patch.setattr("sandbox.submagic.work.cut.render", stop)
        with pytest.raises(ffmpeg.Stopped):
            stand.runner.run_jobs()
    project = stand.project(number)
    # The transcript is already visible, and the clip is announced.
    assert (project["status"], project["transcriptionStatus"], runs) == ("processing", "COMPLETED", 1)
    assert project["words"] and set(project["magicClips"][0]) == {"id", "title", "duration", "status"}
    stand.restart()
    stand.runner.run_jobs()
    done = stand.project(number)
    # The video is shorter than the shortest clip: one clip of the whole speech.
    assert done["status"] == "completed" and len(done["magicClips"]) == 1
    assert 10 < done["magicClips"][0]["duration"] <= 15
