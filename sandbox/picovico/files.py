"""Routes that hand out files without a key: films, pictures, tunes. Films and photos have addresses nobody guesses."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
from flask import Blueprint, jsonify, send_file
from flask.typing import ResponseReturnValue

from sandbox.media import library_samples, slides
from sandbox.media.slides import LOOKS
from sandbox.media.slideshow import SIZES
from sandbox.media.tunes import TUNES
from sandbox.picovico import applied, credits, errors, work
from sandbox.picovico.access import authenticate
from sandbox.picovico.context import Context, context

files = Blueprint("files", __name__)


def _send(path: Path) -> ResponseReturnValue:
    if not path.is_file():
        raise errors.no_file()
    # conditional=True answers ranges (206), HEAD and If-None-Match.
    return send_file(path.resolve(), conditional=True, max_age=3600)


@files.get("/v/<number>/<name>")
def film(number: str, name: str) -> ResponseReturnValue:
    """003: any name will do; one that ends in a height (`harbour-480.mp4`) is the film in that size."""
    here = context()
    video = here.store.video(number)
    found = re.fullmatch(r".+\.(mp4|jpg)", name)
    if video is None or found is None:
        raise errors.no_file()
    end = re.search(r"(?:^|-)(\d+)\.\w+$", name)
    height = int(end[1]) if end and int(end[1]) in SIZES else video.quality
    there = {**(video.files or {}), **(video.preview or {})}
    if str(height) not in there:
        raise errors.no_file()
    return _send(here.film(number, height) if found[1] == "mp4" else here.poster(number, height))


@files.get("/p/<name>")
def photo(name: str) -> ResponseReturnValue:
    here = context()
    found = re.fullmatch(r"([A-Za-z0-9]+)(?:-small\.jpg|\.jpg|\.png)", name)
    if found is None or here.store.photo(found[1]) is None:
        raise errors.no_file()
    return _send(here.photo(name))


@files.get("/musics/<name>.mp3")
def tune(name: str) -> ResponseReturnValue:
    if name not in TUNES:
        raise errors.no_file()
    return _send(work.tune(context(), name))


@files.get("/styles/<name>.jpg")
def style(name: str) -> ResponseReturnValue:
    """What the style makes of a drawn photo."""
    here = context()
    if name not in LOOKS:
        raise errors.no_file()
    path = here.data / "styles" / f"{name}.jpg"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        done, data = cv2.imencode(".jpg", slides.sample(name, SIZES[360]))
        if not done:
            raise OSError(f"{path} could not be made")
        path.write_bytes(data.tobytes())
    return _send(path)


@files.get("/samples/hills.png")
def sample() -> ResponseReturnValue:
    """A picture that `POST /me/photos/external` may name."""
    return _send(sample_photo(context()))


def sample_photo(here: Context) -> Path:
    path = here.data / "samples" / "hills.png"
    return path if path.is_file() else library_samples.make("hills-picture", path)


# Not a part of the API, for tests. --------------------------------------------------------------------------

records = Blueprint("records", __name__)


@records.get("/_sandbox/applied")
def what_was_applied() -> ResponseReturnValue:
    """What this account really had applied."""
    return jsonify(applied.entries(context(), authenticate()))


@records.get("/_sandbox/credits")
def spent() -> ResponseReturnValue:
    """What the account has today and has spent."""
    return jsonify(credits.as_json(context(), authenticate()))
