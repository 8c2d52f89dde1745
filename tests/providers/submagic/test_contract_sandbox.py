"""What the contract tests of tests/live leave out: posts and webhooks, where the sandbox's clock has to be moved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from providers import errors
from providers.submagic import (
    Created,
    CreateProject,
    ExportOptions,
    Project,
    ProjectStatus,
    PublishRequest,
    SubmagicClient,
    TikTok,
    UploadBody,
    UploadMagicClips,
    YouTube,
    is_ready,
)
from tests.providers.submagic.support import KEY

# One process for the module: the recogniser is loaded and the sample made once.
pytestmark = pytest.mark.xdist_group("contract")

BASE = "http://127.0.0.1/submagic"
SAMPLE = f"{BASE}/samples/two-tips.mp4"
HOOK = "http://127.0.0.1:9/h/token"


class Box:
    """The sandbox's app with a clock that tests move, and the webhooks it sent."""

    def __init__(self, data: Path) -> None:
        create_app = pytest.importorskip("sandbox.app").create_app
        self.now = dt.datetime.now(dt.UTC)
        self.hooks: list[str] = []
        self.app = create_app(data, clock=lambda: self.now, deliver=self.deliver, inline_jobs=True)
        self.client = SubmagicClient(KEY, base_url=BASE, transport=httpx.WSGITransport(app=self.app))

    def deliver(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        self.hooks.append(url)
        return 204

    def settle(self, created_id: str) -> Project:
        self.app.extensions["sandbox"].run_jobs()
        return self.client.get_project(created_id)


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    made = Box(tmp_path_factory.mktemp("sandbox"))
    yield made
    made.client.close()


@pytest.fixture(scope="module")
def video(box: Box) -> bytes:
    with httpx.Client(transport=httpx.WSGITransport(app=box.app)) as plain:
        answer = plain.get(SAMPLE)
    assert answer.status_code == 200
    return answer.content


@pytest.fixture(scope="module")
def captions(box: Box) -> Project:
    created = box.client.create_project(
        CreateProject(title="Two tips", language="en", video_url=SAMPLE, template_name="Hormozi 2", magic_zooms=False)
    )
    assert created.known_status is ProjectStatus.PROCESSING
    return box.settle(created.id)


def body(content: bytes, steps: list[str]) -> UploadBody:
    blocks = (content[at : at + 256 * 1024] for at in range(0, len(content), 256 * 1024))
    return UploadBody("talk.mp4", len(content), "video/mp4", blocks, lambda: steps.append("committing"))


def check_clips(box: Box, created: Created) -> None:
    project = box.settle(created.id)
    assert not project.is_failed, project.failure_reason
    assert is_ready(project) and project.has_clips
    for clip in project.clips:
        assert clip.url and clip.duration
        assert clip.scores is not None and clip.scores.total is not None
        assert box.client.get_project(clip.id).title == clip.title


def test_magic_clips_by_upload_echo_the_webhook_and_ring_it(box: Box, video: bytes) -> None:
    steps: list[str] = []
    request = UploadMagicClips(
        title="C", language="en", webhook_url=HOOK, min_clip_length=15, max_clip_length=60, face_tracking=False
    )
    created = box.client.upload_magic_clips(request, body(video, steps))
    assert steps == ["committing"]
    assert created.webhook_url == HOOK
    check_clips(box, created)
    assert box.client.get_project(created.id).webhook_url == HOOK
    assert HOOK in box.hooks


def test_export_publish_and_feed(box: Box, captions: Project) -> None:
    exported = box.client.export_project(captions.id, ExportOptions(fps=25))
    assert exported.id == captions.id
    project = box.settle(captions.id)
    assert is_ready(project)

    request = PublishRequest(youtube=YouTube(title="Two tips"), tiktok=TikTok(content="Two tips #desk"))
    published = box.client.publish(captions.id, request)
    assert set(published.platforms) == {"youtube", "tiktok"}
    assert not published.scheduled

    later = box.client.publish(
        captions.id, PublishRequest(tiktok=TikTok(content="x"), scheduled_for=box.now + dt.timedelta(days=1))
    )
    assert later.scheduled

    box.now += dt.timedelta(hours=6)
    seen: dict[str, Any] = {}
    cursor = None
    for _ in range(5):
        page = box.client.published(limit=1, cursor=cursor)
        seen |= {publication.id: publication for publication in page.items}
        cursor = page.next_cursor
        if cursor is None:
            break
    assert cursor is None
    assert {published.id, later.id} <= seen.keys()
    assert seen[published.id].platforms == {"youtube", "tiktok"}
    assert any(post.analytics and post.analytics.views is not None for post in seen[published.id].posts)
    only = box.client.published(platform="youtube")
    assert published.id in {publication.id for publication in only.items}
    with pytest.raises(errors.Invalid):
        box.client.published(platform="facebook")
