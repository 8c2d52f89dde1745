"""Routes of the media library: list it, put a file into it from a URL or by upload, and serve its files."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import uuid
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from flask import Blueprint, jsonify, request, send_file
from flask.typing import ResponseReturnValue

from sandbox.submagic import applied, errors, fields, library, media_probe, multipart, samples, urls
from sandbox.submagic.access import account, guarded
from sandbox.submagic.context import Context, context, iso
from sandbox.submagic.create import json_body
from sandbox.submagic.library import Media

media = Blueprint("media", __name__)
media_files = Blueprint("media_files", __name__)

KINDS = ("VIDEO", "AUDIO", "IMAGE")


@media.get("/user-media")
@guarded("media")
def list_media() -> ResponseReturnValue:
    here = context()
    kind = request.args.get("type")
    if kind is not None and kind not in KINDS:
        raise errors.field_invalid("type", f"Must be one of: {', '.join(KINDS)}", kind)
    given = request.args.get("limit", "50")
    if not given.isdigit() or not 1 <= int(given) <= 100:
        raise errors.field_invalid("limit", "Must be a number between 1 and 100", given)
    cursor = request.args.get("cursor") or None
    if cursor is not None and library.find(here, cursor, account=account()) is None:
        raise errors.field_invalid("cursor", "Invalid cursor", cursor)
    items, following = library.page(here, account(), kind=kind, limit=int(given), first=cursor)
    body: dict[str, Any] = {
        "items": [library.present(item, here.settings.public_url or item.base_url) for item in items],
        "hasMore": following is not None,
    }
    return jsonify(body if following is None else body | {"nextCursor": following})


@media.post("/user-media")
@guarded("media")
def media_from_url() -> ResponseReturnValue:
    here = context()
    clean = fields.read(json_body(), fields.MEDIA_URL, required=("url",), form=False)
    source = _reachable(here, clean["url"])
    if source is None:
        raise errors.field_invalid("url", "The media could not be downloaded: there is no such file", clean["url"])
    arriving = here.data / "incoming" / f"{uuid.uuid4()}.part"
    arriving.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, arriving)
    except OSError:
        # Another file system, or one without links.
        shutil.copyfile(source, arriving)
    return _add(here, arriving, Path(unquote(urlsplit(clean["url"]).path)).name, clean, None)


@media.post("/user-media/upload")
@guarded("media")
def media_from_file() -> ResponseReturnValue:
    here = context()
    arriving = here.data / "incoming" / f"{uuid.uuid4()}.part"

    def early(given: Mapping[str, str]) -> None:
        fields.read(given, {}, required=(), form=True)

    expected = multipart.Expected(
        here.settings.media_file_limit, early, media_probe.looks_like_media, errors.unsupported("Media")
    )
    try:
        received = multipart.receive(arriving, expected)
    except multipart.Truncated as cut:
        applied.truncated(here, account(), request.path, cut.received)
        raise errors.invalid("The request body ended before its closing boundary") from cut
    try:
        early(received.fields)
        if not received.has_file:
            raise errors.file_invalid("File is required")
        if received.size == 0:
            raise errors.file_invalid("File is empty")
    except errors.ApiError:
        arriving.unlink(missing_ok=True)
        raise
    return _add(here, arriving, received.file_name, {}, received)


def _reachable(here: Context, url: str) -> Path | None:
    """The file behind one of our own addresses."""
    parts = urlsplit(url)
    if found := re.fullmatch(r"/submagic/samples/([a-z0-9.-]+)", parts.path):
        return samples.served(here.data, found[1])
    if found := re.fullmatch(r"/submagic/media/([0-9a-f]+)\.\w+", parts.path):
        entry = library.served(here, found[1])
        return None if entry is None else here.data / entry.path
    token = re.fullmatch(r"/submagic/files/([0-9a-f]+)/video\.mp4", parts.path)
    if parts.path == "/submagic/api/file/download":
        token = re.match(r"([0-9a-f]+)/", parse_qs(parts.query).get("path", [""])[0])
    path = None if token is None else here.store.file(token[1])
    return None if path is None else here.data / path


def _add(
    here: Context, arriving: Path, name: str, clean: Mapping[str, Any], received: multipart.Received | None
) -> ResponseReturnValue:
    """Look at what came and put it into the library, where it shows up when it is ready."""
    try:
        try:
            found = media_probe.probe(arriving)
        except media_probe.NotMedia as error:
            raise errors.unsupported("Media") from error
        number = str(uuid.uuid4())
        path = here.data / "media" / f"{number}{found.suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        arriving.replace(path)
    finally:
        arriving.unlink(missing_ok=True)
    wait = here.settings.media_delay * (1 if found.kind == "VIDEO" else 0.25)
    entry = Media(
        id=number,
        account=account(),
        kind=found.kind,
        file_name=name or f"media{found.suffix}",
        token=secrets.token_hex(20),
        path=str(path.relative_to(here.data)),
        width=found.width,
        height=found.height,
        duration=found.duration,
        size=path.stat().st_size,
        base_url=urls.base_url(),
        created_at=here.now(),
        ready_at=iso(here.clock() + timedelta(seconds=wait)),
    )
    with here.store.transaction() as db:
        library.add(db, entry)
        applied.add(here, db, account(), request.path, None, clean, received, media=number)
    return jsonify({"userMediaId": number}), 201


@media_files.get("/media/<name>")
def serve(name: str) -> ResponseReturnValue:
    """No key: the address is secret."""
    here = context()
    entry = library.served(here, name.partition(".")[0])
    if entry is None or entry.address != request.path or not (here.data / entry.path).is_file():
        raise errors.no_route()
    return send_file((here.data / entry.path).resolve(), conditional=True, max_age=3600)
