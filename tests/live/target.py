"""What the shared contract tests run against: the sandbox in process, or the real Submagic."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from providers.errors import ProviderError
from providers.submagic import (
    BASE_URL,
    CreateProject,
    Project,
    PublishRequest,
    SubmagicClient,
    UploadBody,
    UploadMagicClips,
    YouTube,
)
from providers.watching import WatchingTransport
from tests.providers.submagic.support import KEY

# Captions take 1 to 5 minutes, clips 5 to 15; one pilot of captions took 20.
PATIENCE = 40 * 60.0
# 100 reads an hour are allowed.
PAUSE = 45.0


def is_given() -> bool:
    """A key of the real service was given."""
    return bool(os.environ.get("SUBMAGIC_API_KEY"))


def may_spend() -> bool:
    return is_given() and os.environ.get("SUBMAGIC_LIVE_SPEND") == "1"


class Listening(httpx.BaseTransport):
    """Keeps each answer as it came over the wire, before the client makes something of it."""

    def __init__(self, inner: httpx.BaseTransport, heard: list[httpx.Response]) -> None:
        self.inner, self.heard = inner, heard

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.inner.handle_request(request)
        assert isinstance(answer.stream, httpx.SyncByteStream)
        body = b"".join(answer.stream)
        answer.close()
        kept = httpx.Response(answer.status_code, headers=answer.headers, content=body, request=request)
        self.heard.append(kept)
        return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(body))

    def close(self) -> None:
        self.inner.close()


@dataclass(slots=True)
class Target:
    """One account; its keys stay out of what a failed test prints.

    wrong_key                is refused there
    video_url, youtube_url   what it may fetch, "" when unset
    hook_url                 a webhook address that it takes
    settle                   reads a project until nothing about it changes by itself any more
    media                    the id of a usable file of a type (VIDEO, IMAGE or AUDIO) of its library
    post                     lets there be a post in its feed, where that costs nothing
    order                    has its next request answered with a status, where that can be told
    made_up                  a finished project that nobody has worked on, where that can be had
    heard                    every answer as it came, the newest last
    kept                     what is made once for all tests of the target
    """

    name: str
    key: str = field(repr=False)
    wrong_key: str = field(repr=False)
    base_url: str
    video_url: str
    youtube_url: str
    hook_url: str
    transport: Callable[[], httpx.BaseTransport]
    settle: Callable[[Target, str], Project]
    work: Callable[[], object]
    video: Callable[[], bytes]
    media: Callable[[Target, str], str]
    post: Callable[[Target], object]
    order: Callable[[Target, int], object]
    made_up: Callable[[Target], Project] | None = None
    kept: dict[str, str] = field(default_factory=dict)
    heard: list[httpx.Response] = field(default_factory=list, repr=False)
    clients: list[SubmagicClient | httpx.Client] = field(default_factory=list)

    @property
    def is_live(self) -> bool:
        return self.name == "live"

    def client(self, *, key: str = "", under: str = "") -> SubmagicClient:
        """`under`: a path that leads past the API."""
        transport = Listening(self.transport(), self.heard)
        made = SubmagicClient(key or self.key, base_url=self.base_url + under, transport=transport)
        self.clients.append(made)
        return made

    def bare(self) -> httpx.Client:
        """For requests that the client would never send."""
        transport = Listening(self.transport(), self.heard)
        made = httpx.Client(base_url=self.base_url, transport=transport, headers={"x-api-key": self.key})
        self.clients.append(made)
        return made

    def close(self) -> None:
        while self.clients:
            self.clients.pop().close()

    def tries(self, call: Callable[[SubmagicClient], object]) -> ProviderError | None:
        """The error that the call ends with, if it does."""
        try:
            call(self.client())
        except ProviderError as error:
            return error
        return None

    def a_video_url(self) -> str:
        return self.video_url or pytest.skip("SUBMAGIC_LIVE_VIDEO_URL is not set")

    def a_youtube_url(self) -> str:
        return self.youtube_url or pytest.skip("SUBMAGIC_LIVE_YOUTUBE_URL is not set")

    def file(self, steps: list[str] | None = None) -> UploadBody:
        content = self.video()
        blocks = (content[at : at + 256 * 1024] for at in range(0, len(content), 256 * 1024))
        told = [] if steps is None else steps
        return UploadBody("talk.mp4", len(content), "video/mp4", blocks, lambda: told.append("committing"))

    def finished(self) -> Project:
        """A captions project that is completed and at rest; made once for each target."""
        if self.made_up:
            return self.made_up(self)
        if "finished" in self.kept:
            project = self.client().get_project(self.kept["finished"])
            return project if project.is_completed else self.settle(self, project.id)
        request = CreateProject(
            title="Contract: captions",
            language="en",
            video_url=self.a_video_url(),
            template_name="Hormozi 2",
            webhook_url=self.hook_url,
        )
        self.kept["finished"] = self.client().create_project(request).id
        project = self.settle(self, self.kept["finished"])
        assert project.is_completed, project.failure_reason
        return project

    def clips(self) -> Project:
        """A Magic Clips project from a file that is completed; made once for each target."""
        if "clips" not in self.kept:
            steps: list[str] = []
            request = UploadMagicClips(
                title="Contract: clips",
                language="en",
                webhook_url=self.hook_url,
                min_clip_length=15,
                max_clip_length=60,
                face_tracking=False,
            )
            self.kept["clips"] = self.client().upload_magic_clips(request, self.file(steps)).id
            assert steps == ["committing"]
            return self.settle(self, self.kept["clips"])
        return self.client().get_project(self.kept["clips"])

    def unfinished(self) -> str:
        """The id of a project that was begun just now."""
        request = CreateProject(title="Contract: not done", language="en", video_url=self.a_video_url())
        return self.client().create_project(request).id


class Box:
    """The sandbox's app; nothing of it runs by itself. `settings` make it poorer or narrower (sandbox/settings.py).

    `samples`: another box whose sample videos it shares, and in which the work is done: here none is.
    """

    base = "http://127.0.0.1/submagic"

    def __init__(self, data: Path, *, samples: Box | None = None, **settings: Any) -> None:
        from sandbox.app import create_app
        from sandbox.settings import Settings

        self.data, self.works = data, samples is None
        if samples:
            (samples.data / "samples").mkdir(exist_ok=True)
            (data / "samples").symlink_to(samples.data / "samples")
        self.ahead = dt.timedelta()
        self.hooks: list[tuple[str, bytes]] = []
        self.kept: dict[str, str] = {}
        self.app = create_app(
            data,
            clock=self.clock,
            deliver=self.deliver,
            inline_jobs=True,
            settings=Settings(data=data, **settings),
        )

    def clock(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self.ahead

    def deliver(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        self.hooks.append((url, body))
        return 204

    def work(self) -> None:
        """Everything that takes minutes at the real one."""
        self.ahead += dt.timedelta(minutes=10)
        self.app.extensions["sandbox"].run_jobs()

    def account(self, target: Target) -> str:
        return str(target.bare().get("/_sandbox/applied").json()["account"])

    def order(self, target: Target, status: int) -> None:
        """The next request of the account is answered with this status, and nothing of it is applied."""
        faults = self.app.extensions["sandbox.submagic"].faults
        faults.order(self.account(target), {"on": {}, "do": {"kind": "error", "status": status}})

    def made_up(self, target: Target) -> Project:
        """For requests that only look at a project's state."""
        from sandbox.submagic.store import Project as Row

        here, number = self.app.extensions["sandbox.submagic"], str(uuid.uuid4())
        row = Row(
            id=number,
            account=self.account(target),
            kind="captions",
            title="Finished talk",
            language="en",
            status="completed",
            transcription="COMPLETED",
            options={"templateName": "Sara"},
            base_url="http://127.0.0.1",
            source="sample:two-tips",
            created_at=here.now(),
            updated_at=here.now(),
            words=[],
        )
        with here.store.transaction() as db:
            here.store.add_project(db, row)
            here.store.update(db, number, file_token=secrets.token_hex(20))
        return target.client().get_project(number)

    def video(self) -> bytes:
        with httpx.Client(transport=httpx.WSGITransport(app=self.app)) as plain:
            answer = plain.get(f"{self.base}/samples/two-tips.mp4")
        assert answer.status_code == 200
        return answer.content

    def settle(self, target: Target, project_id: str) -> Project:
        self.work()
        return target.client().get_project(project_id)

    def media(self, target: Target, kind: str) -> str:
        if kind not in self.kept:
            name = {"VIDEO": "hills.mp4", "AUDIO": "four-chords.mp3"}[kind]
            self.kept[kind] = target.client().create_user_media(f"{self.base}/samples/{name}").id
            self.ahead += dt.timedelta(minutes=10)
        return self.kept[kind]

    def post(self, target: Target) -> None:
        if "post" not in self.kept:
            # The other platforms' numbers lack some of the names (contract row 38).
            request = PublishRequest(youtube=YouTube(title="Two tips"))
            self.kept["post"] = target.client().publish(target.finished().id, request).id
            self.ahead += dt.timedelta(hours=6)

    def target(self, *, fresh: bool = False) -> Target:
        """`fresh`: an account that nobody has used."""
        return Target(
            name="sandbox",
            key=f"sk-{secrets.token_hex(32)}" if fresh else KEY,
            wrong_key="sk-wrong",
            base_url=self.base,
            video_url=f"{self.base}/samples/two-tips.mp4",
            youtube_url="https://www.youtube.com/watch?v=sandbox0002",
            hook_url="http://127.0.0.1:9/h/token",
            transport=lambda: httpx.WSGITransport(app=self.app),
            settle=self.settle,
            work=self.work,
            video=self.video,
            media=self.media,
            post=self.post,
            order=self.order,
            made_up=None if self.works else self.made_up,
            kept={} if fresh else self.kept,
        )


def wait_for(target: Target, project_id: str) -> Project:
    """Read the project now and then until nothing about it changes by itself any more."""
    until = time.monotonic() + PATIENCE
    while True:
        project = target.client().get_project(project_id)
        if project.is_completed or project.is_failed or time.monotonic() > until:
            return project
        time.sleep(PAUSE)


def never(target: Target, status: int) -> None:
    raise AssertionError("only the sandbox can be told what to answer")


LIVE: dict[str, str] = {}


def live() -> Target:
    return Target(
        name="live",
        key=os.environ["SUBMAGIC_API_KEY"],
        wrong_key="sk-" + "0" * 64,
        base_url=os.environ.get("SUBMAGIC_URL") or BASE_URL,
        video_url=os.environ.get("SUBMAGIC_LIVE_VIDEO_URL", ""),
        youtube_url=os.environ.get("SUBMAGIC_LIVE_YOUTUBE_URL", ""),
        # Reserved for examples: what Submagic posts there reaches nobody.
        hook_url="https://example.com/webhook/submagic",
        transport=WatchingTransport,
        settle=wait_for,
        work=lambda: None,
        video=given_video,
        media=of_library,
        post=lambda target: None,
        order=never,
        kept=LIVE,
    )


def given_video() -> bytes:
    """The bytes behind SUBMAGIC_LIVE_VIDEO_URL, for uploads."""
    address = os.environ.get("SUBMAGIC_LIVE_VIDEO_URL", "")
    if not address:
        pytest.skip("SUBMAGIC_LIVE_VIDEO_URL is not set")
    answer = httpx.get(address, follow_redirects=True, timeout=120)
    answer.raise_for_status()
    return answer.content


def of_library(target: Target, kind: str) -> str:
    """What the list shows can be used (contract, section 2)."""
    found: Iterator[str] = (entry.id for entry in target.client().user_media(type=kind, limit=1).items)
    return next(found, "") or pytest.skip(f"the media library holds nothing of type {kind}; add a file and wait for it")
