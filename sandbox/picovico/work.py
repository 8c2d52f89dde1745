"""Making the films. A job may run again from its start after a crash."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path

import cv2

from sandbox.media import slideshow, tunes
from sandbox.media.slides import LOOKS, Card, Photo, PhotoMissing, Slide
from sandbox.media.slideshow import SIZES, Show, Sound
from sandbox.picovico import credits, fields
from sandbox.picovico.context import Context
from sandbox.picovico.store import Video

HEIGHTS = (360, 480, 720)
PREVIEW = 144
_making = threading.Lock()


def render(here: Context, number: str) -> None:
    """From a video that is `processing` to a published one; one that was deleted meanwhile is left alone."""
    video = here.store.video(number)
    if video is None or video.status != "processing":
        return
    sizes = make(here, video, HEIGHTS)
    with here.store.transaction() as db:
        here.store.change(db, number, files=sizes, status="published", modified_on=here.now())
        still_there = here.store.video(number, db=db) is not None
    if not still_there:
        remove_files(here, number)


def fail(here: Context, number: str) -> None:
    """Note that it could not be made, and give the credits back."""
    with here.store.transaction() as db:
        video = here.store.video(number, db=db)
        if video is None or video.status != "processing":
            return
        credits.give_back(db, video.account, video.paid_on, video.paid)
        here.store.change(db, number, status="failed", paid=0, modified_on=here.now())


def make(here: Context, video: Video, heights: Iterable[int]) -> dict[str, int]:
    """Write the films and their posters; bytes of each film by its height as a text."""
    show = _show(here, video)
    folder = here.film(video.id, PREVIEW).parent
    folder.mkdir(parents=True, exist_ok=True)
    sizes: dict[str, int] = {}
    with tempfile.TemporaryDirectory(prefix=".render-", dir=folder) as place:
        work = Path(place)
        made = {height: work / f"{height}.mp4" for height in heights}
        slideshow.render(show, made, work)
        for height, path in made.items():
            poster = work / f"{height}.jpg"
            if not cv2.imwrite(str(poster), slideshow.poster(show, SIZES[height])):
                raise OSError(f"{poster} could not be written")
            os.replace(poster, here.poster(video.id, height))
            os.replace(path, here.film(video.id, height))
            sizes[str(height)] = here.film(video.id, height).stat().st_size
    return sizes


def remove_files(here: Context, number: str) -> None:
    shutil.rmtree(here.film(number, PREVIEW).parent, ignore_errors=True)


def tune(here: Context, name: str) -> Path:
    """The tune's file, made when it is first needed."""
    path = here.data / "musics" / f"{name}.mp3"
    with _making:
        return path if path.is_file() else tunes.make(name, path)


def _show(here: Context, video: Video) -> Show:
    shown: list[Slide] = []
    sounds: list[Sound] = []
    seconds = fields.length(video.assets)
    for asset in video.assets:
        start, end = float(asset.get("start_time", 0)), float(asset.get("end_time", 0))
        words = asset.get("data", {})
        if asset["name"] == "image":
            photo = here.store.photo(asset["asset_id"], account=video.account)
            if photo is None:
                raise PhotoMissing(asset["asset_id"])
            shown.append(Photo(here.photo(photo.file_name), start, end, words.get("text", "")))
        elif asset["name"] == "text":
            shown.append(Card(start, end, words.get("title", ""), words.get("text", "")))
        elif start < seconds:
            sounds.append(Sound(tune(here, asset["asset_id"]), start, end or seconds))
    credit = [(name, value) for name, value in video.credit]
    return Show(LOOKS[video.style or "vanilla"], shown, sounds, credit, seconds)
