"""Routes of what videos are made of, and of the account: photos, styles, music, /me."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.picovico import applied, credits, errors, present
from sandbox.picovico.access import account, guarded
from sandbox.picovico.context import ROOT, Context, base, context, new_id
from sandbox.picovico.files import sample_photo
from sandbox.picovico.photo_probe import NotAPhoto, suffix, write_small
from sandbox.picovico.store import Photo

library = Blueprint("library", __name__)

LARGEST = 25 * 1024 * 1024
CHUNK = 256 * 1024
OWN = "Picovico Library"


@library.get("/styles")
def styles() -> ResponseReturnValue:
    """A bare list, and no pair is asked for (api.blueprint, Styles)."""
    return jsonify(present.styles(base()))


@library.get("/me/styles")
@guarded
def own_styles() -> ResponseReturnValue:
    return jsonify(present.styles(base()))


@library.get("/musics")
def musics() -> ResponseReturnValue:
    """A bare list (api.blueprint, Musics)."""
    return jsonify(present.musics(base()))


@library.get("/me/musics")
@guarded
def own_musics() -> ResponseReturnValue:
    """Music of one's own cannot be brought here."""
    return jsonify({"musics": []})


@library.get("/me")
@guarded
def me() -> ResponseReturnValue:
    here = context()
    balance = credits.left(here, account())
    more = {"email": "", "mohars": balance, "daily_mohars": here.settings.mohars}
    return jsonify(present.owner(account()) | more)


@library.get("/me/photos")
@guarded
def photos() -> ResponseReturnValue:
    """docs/photos/details.md: albums with their photos."""
    albums: dict[str, list[dict[str, str]]] = {}
    for photo in context().store.photos(account()):
        albums.setdefault(photo.album, []).append(present.photo(photo, base()))
    return jsonify({"albums": [{"album_name": name, "photos": found} for name, found in albums.items()]})


@library.put("/me/photos")
@guarded
def upload_photo() -> ResponseReturnValue:
    """The file is the whole body. What it is, its bytes say, not its Content-Type."""
    if request.content_length is not None and request.content_length > LARGEST:
        raise errors.too_large()
    return _add(context(), OWN, {}, _receive)


@library.post("/me/photos/external")
@guarded
def external_photo() -> ResponseReturnValue:
    """Only addresses of this server: a stand-in fetches nothing from anywhere."""
    here = context()
    unknown = set(request.form) - {"url", "thumbnail_url", "service"}
    if unknown:
        raise errors.invalid(f"Unknown field: {min(unknown)}")
    url = request.form.get("url", "")
    source = _own_file(here, url)
    if source is None:
        raise errors.invalid("url must be a photo of this server: the sandbox fetches nothing from elsewhere")

    def copy(to: Path) -> None:
        shutil.copyfile(source, to)

    service = request.form.get("service", "url")[:100]
    return _add(here, f"Imported from {service}", {"url": url, "service": service}, copy)


@library.delete("/me/photos/<number>")
@guarded
def delete_photo(number: str) -> ResponseReturnValue:
    here = context()
    photo = here.store.photo(number, account=account())
    if photo is None:
        raise errors.no_photo()
    with here.store.transaction() as db:
        db.execute("DELETE FROM photo WHERE id = ?", (number,))
        applied.add(here, db, account(), f"DELETE /v2.1/me/photos/{number}", None, {}, photo=number)
    here.photo(photo.file_name).unlink(missing_ok=True)
    here.photo(f"{photo.id}-small.jpg").unlink(missing_ok=True)
    return jsonify({"status": 200, "message": "Photo deleted successfully"})


def _receive(to: Path) -> None:
    left = request.content_length
    got = 0
    with to.open("wb") as out:
        while block := request.stream.read(CHUNK):
            got += len(block)
            if got > LARGEST:
                raise errors.too_large()
            out.write(block)
    if left is not None and got != left:
        raise errors.invalid("The request body ended early")


def _own_file(here: Context, url: str) -> Path | None:
    parts = urlsplit(url)
    if parts.netloc not in {urlsplit(base()).netloc, request.host}:
        return None
    if parts.path == f"{ROOT}/samples/hills.png":
        return sample_photo(here)
    found = re.fullmatch(rf"{ROOT}/p/([A-Za-z0-9]+)\.(?:jpg|png)", parts.path)
    photo = here.store.photo(found[1]) if found else None
    return None if photo is None else here.photo(photo.file_name)


def _add(here: Context, album: str, given: dict[str, Any], fill: Callable[[Path], None]) -> ResponseReturnValue:
    """Take a file in, look at it, and put it into the library."""
    number = new_id()
    arriving = here.data / "incoming" / f"{number}.part"
    arriving.parent.mkdir(parents=True, exist_ok=True)
    try:
        fill(arriving)
        content = arriving.read_bytes()
        photo = Photo(number, account(), album, suffix(arriving), here.now())
        path = here.photo(photo.file_name)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_small(arriving, here.photo(f"{number}-small.jpg"))
        arriving.replace(path)
    except NotAPhoto as error:
        raise errors.unsupported() from error
    finally:
        arriving.unlink(missing_ok=True)
    file = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    with here.store.transaction() as db:
        here.store.add_photo(db, photo)
        applied.add(here, db, account(), request.path.removeprefix("/picovico"), None, given, file, photo=number)
    return jsonify(present.photo(photo, base()))
