"""The sandbox in process with Picovico clients, and real photos and films to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import av
import cv2
import httpx
import numpy as np
import pytest

from providers.picovico import ImageAsset, MusicAsset, PicovicoClient, TextAsset, UpdateVideo, UploadBody, Video
from sandbox.app import create_app
from sandbox.picovico.context import Context
from sandbox.runners import Runners
from sandbox.settings import Settings
from tests.sandbox.conftest import Clock

BASE = "http://sandbox.test/picovico"
KEY, TOKEN = "a0sdfaosdfaksdflaksdfa0sdfasd", "adsfa0sdfasdfasdfasdasdfadsfa"
# Red, green and blue, 0 to 255.
RED, GREEN = (200, 20, 30), (20, 160, 40)


class Desk:
    """An app on a data folder, with clients of Ann and Ben."""

    def __init__(self, data: Path, **settings: Any) -> None:
        self.clock = Clock()
        self.settings = Settings(data=data, **settings)
        self._open: list[Any] = []
        self.restart()

    def restart(self) -> None:
        """A new app on the same folder, as after a restart of the process."""
        self.app = create_app(self.settings.data, clock=self.clock, inline_jobs=True, settings=self.settings)
        self.transport = httpx.WSGITransport(app=self.app)
        self.ann = self.client(KEY, TOKEN)
        self.ben = self.client(KEY[::-1], TOKEN)
        self.http = self._kept(httpx.Client(transport=self.transport, base_url=BASE, headers=headers()))
        self.nobody = self._kept(httpx.Client(transport=self.transport, base_url=BASE))

    def client(self, key: str, token: str) -> PicovicoClient:
        return self._kept(PicovicoClient(key, token, base_url=f"{BASE}/v2.1", transport=self.transport))

    def _kept[C](self, client: C) -> C:
        self._open.append(client)
        return client

    def close(self) -> None:
        for client in self._open:
            client.close()

    @property
    def here(self) -> Context:
        found: Context = self.app.extensions["sandbox.picovico"]
        return found

    @property
    def runner(self) -> Runners:
        found: Runners = self.app.extensions["sandbox"]
        return found

    def applied(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.http.get("/_sandbox/applied").json()["applied"]
        return found

    def order(self, on: Mapping[str, Any], do: Mapping[str, Any]) -> None:
        answer = self.http.post("/_sandbox/faults", json={"on": on, "do": do})
        assert answer.status_code == 201, answer.text

    def card_video(self, seconds: float = 1.0, *, quality: int = 360) -> Video:
        """A draft of one short card with music: all that a render needs."""
        draft = self.ann.create_video("Card")
        assets = (TextAsset(0, seconds, "Hello", "there"), MusicAsset("harbour"))
        return self.ann.update_video(draft.id, UpdateVideo(style="vanilla", quality=quality, assets=assets))


def headers(key: str = KEY, token: str = TOKEN) -> dict[str, str]:
    return {"X-Access-Key": key, "X-Access-Token": token}


def upload(content: bytes, kind: str = "image/jpeg") -> UploadBody:
    return UploadBody("photo", len(content), kind, iter([content[:100], content[100:]]), lambda: None)


def photo(colour: tuple[int, int, int], size: tuple[int, int] = (800, 450), suffix: str = ".jpg") -> bytes:
    """A real picture of one colour with a dark edge."""
    picture = np.full((size[1], size[0], 3), colour[::-1], dtype=np.uint8)
    cv2.rectangle(picture, (0, 0), (size[0] - 1, size[1] - 1), (30, 30, 30), 3)
    done, data = cv2.imencode(suffix, picture)
    assert done
    return data.tobytes()


def colours(film: Path, seconds: list[float]) -> list[tuple[int, int, int]]:
    """The colour around the middle of the picture at each moment (a fifth of the width and the height)."""
    found: list[tuple[int, int, int]] = []
    with av.open(str(film)) as container:
        for frame in container.decode(video=0):
            if len(found) < len(seconds) and frame.time is not None and frame.time >= seconds[len(found)]:
                shown = frame.to_ndarray(format="rgb24")
                height, width = shown.shape[:2]
                part = shown[height * 2 // 5 : height * 3 // 5, width * 2 // 5 : width * 3 // 5]
                red, green, blue = part.reshape(-1, 3).mean(axis=0)
                found.append((round(red), round(green), round(blue)))
    return found


def near(one: tuple[int, int, int], other: tuple[int, int, int], *, most: int = 25) -> bool:
    return all(abs(a - b) <= most for a, b in zip(one, other, strict=True))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "data")
    yield made
    made.close()


@pytest.fixture
def make_desk(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    made: list[Desk] = []

    def make(**settings: Any) -> Desk:
        made.append(Desk(tmp_path / "data", **settings))
        return made[-1]

    yield make
    for each in made:
        each.close()


def two_photos(desk: Desk) -> tuple[ImageAsset, ImageAsset]:
    """A wide red photo and an upright green one, for three seconds each."""
    red = desk.ann.upload_photo(upload(photo(RED)))
    green = desk.ann.upload_photo(upload(photo(GREEN, (450, 800), ".png"), "image/png"))
    return ImageAsset(red.id, 0.0, 3.0, "At the harbour"), ImageAsset(green.id, 5.0, 8.0)
