"""The desk's client against the stand-in, in process: what it is told there is what the documents promise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from providers import errors
from providers.magic_hour import MagicHourClient, VideoStatus
from tests.providers.magic_hour.support import KEY

BASE = "http://127.0.0.1/magic-hour"


class Box:
    """The sandbox's app with a clock that tests move."""

    def __init__(self, data: Path) -> None:
        create_app = pytest.importorskip("sandbox.app").create_app
        self.now = dt.datetime.now(dt.UTC)
        self.app = create_app(data, clock=lambda: self.now, deliver=lambda *_: 204, inline_jobs=True)
        self.transport = httpx.WSGITransport(app=self.app)
        self.client = MagicHourClient(KEY, base_url=BASE, transport=self.transport)

    def post(self, path: str, **body: object) -> httpx.Response:
        with httpx.Client(transport=self.transport) as plain:
            return plain.post(f"{BASE}{path}", json=body, headers={"Authorization": f"Bearer {KEY}"})

    def step(self) -> None:
        self.now += dt.timedelta(seconds=2)
        self.app.extensions["sandbox"].run_jobs()


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    made = Box(tmp_path)
    yield made
    made.client.close()


def test_from_the_queue_to_deleted(box: Box) -> None:
    before = box.client.account()
    assert before.credits is not None and (before.tier, before.name) == ("pro", "Pro")
    asked = {"end_seconds": 1, "resolution": "360p", "style": {"prompt": "a dog"}, "name": "Dog"}
    number = box.post("/v1/text-to-video", **asked).json()["id"]
    statuses = []
    for _ in range(3):
        project = box.client.get_video_project(number)
        statuses.append(project.known_status)
        box.step()
    assert statuses == [VideoStatus.QUEUED, VideoStatus.RENDERING, VideoStatus.COMPLETE]
    assert project.is_ready and project.name == "Dog" and (project.width, project.height) == (640, 360)
    assert project.downloads[0].expires_at is not None and project.downloads[0].expires_at > box.now
    after = box.client.account().credits
    assert after is not None and project.credits_charged == before.credits - after == 12
    box.client.delete_video_project(number)
    gone = box.client.get_video_project(number)
    assert not gone.enabled and gone.is_final and not gone.is_ready and gone.downloads == ()


def test_a_failed_and_a_canceled_project(box: Box) -> None:
    failed = box.post("/_sandbox/projects", status="rendering").json()["id"]
    box.post(f"/_sandbox/projects/{failed}/fail", code="no_source_face", message="No face")
    found = box.client.get_video_project(failed)
    assert found.known_status is VideoStatus.ERROR and found.error is not None
    assert (found.error.code, found.error.message, found.is_final) == ("no_source_face", "No face", True)
    canceled = box.post("/_sandbox/projects", status="queued").json()["id"]
    box.post(f"/_sandbox/projects/{canceled}/cancel")
    assert box.client.get_video_project(canceled).known_status is VideoStatus.CANCELED


def test_what_no_document_names_is_shown_as_it_is(box: Box) -> None:
    number = box.post("/_sandbox/projects", status="PAUSED", type="HOLOGRAM", width=-1, height=-1).json()["id"]
    found = box.client.get_video_project(number)
    assert (found.status, found.known_status, found.type, found.width) == ("paused", None, "HOLOGRAM", None)


def test_refusals(box: Box) -> None:
    with pytest.raises(errors.ProjectNotFound):
        box.client.get_video_project("cuid-example")
    with pytest.raises(errors.ProjectNotFound):
        box.client.delete_video_project("cuid-example")
    with (
        MagicHourClient("wrong", base_url=BASE, transport=box.transport) as stranger,
        pytest.raises(errors.Unauthorised),
    ):
        stranger.account()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_to_a_deletion_is_cleared_by_a_look(box: Box, when: str) -> None:
    number = box.post("/_sandbox/projects").json()["id"]
    box.post("/_sandbox/faults", on={"method": "DELETE"}, do={"kind": "cut", "when": when})
    with pytest.raises(errors.UnknownOutcome):
        box.client.delete_video_project(number)
    assert box.client.get_video_project(number).enabled == (when == "before")


@pytest.mark.parametrize("form", ["truncated", "html", "empty", "types"])
def test_a_garbled_answer_is_refused(box: Box, form: str) -> None:
    number = box.post("/_sandbox/projects").json()["id"]
    box.post(
        "/_sandbox/faults", on={"method": "GET", "path": "/v1/video-projects/*"}, do={"kind": "garble", "form": form}
    )
    with pytest.raises(errors.BadAnswer):
        box.client.get_video_project(number)
    assert box.client.get_video_project(number).is_ready
