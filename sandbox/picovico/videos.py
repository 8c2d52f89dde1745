"""Routes of videos: list, draft, define, render, preview, duplicate, delete (003, and contract section 1)."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.media.slides import PhotoMissing
from sandbox.picovico import applied, credits, errors, fields, present, work
from sandbox.picovico.access import account, guarded
from sandbox.picovico.context import Context, base, context, new_id
from sandbox.picovico.store import Video

videos = Blueprint("videos", __name__)

COUNT, MOST = 15, 100
# 003, Response Codes; 7101 is the code of its render example.
CREATING = (7101, "Video is being created")
CREATED = (7202, "Video successfully created")
NO_STYLE = (7401, "Style not defined")
NO_MUSIC = (7402, "Music not defined")
NO_ASSETS = (7403, "Insufficient Assets")
NO_TITLE = (7404, "No title")
NO_CREDITS = (7405, "Insufficient credits amount")


def own_video(number: str) -> Video:
    video = context().store.video(number, account=account())
    if video is None:
        raise errors.no_video()
    return video


def _answer(code: tuple[int, str]) -> ResponseReturnValue:
    return jsonify({"message": code[1], "status": code[0]})


@videos.get("/me/videos")
@guarded
def list_videos() -> ResponseReturnValue:
    here = context()
    count = _number("count", COUNT, most=MOST) or COUNT
    until, since = _number("from", None), _number("to", None)
    # One more than asked for tells whether there is another page, and where it begins.
    found = here.store.page(account(), count=count + 1, since=since, until=until)
    if since is None:
        shown, older = found[:count], found[count:]
    else:
        shown = found[-count:]
        older = here.store.page(account(), count=1, since=None, until=shown[-1].created_on - 1) if shown else []
    newer = here.store.page(account(), count=1, since=shown[0].created_on, until=None) if shown else []
    paging: dict[str, Any] = {"count": count, "next_url": None, "prev_url": None}
    if older:
        paging["next_url"] = f"/me/videos?count={count}&from={older[0].created_on}"
    if newer:
        paging["prev_url"] = f"/me/videos?count={count}&to={shown[0].created_on}"
    return jsonify({"paging": paging, "videos": [present.video(each, base()) for each in shown]})


def _number(name: str, default: int | None, *, most: int = 1 << 50) -> int | None:
    given = request.args.get(name)
    if given is None:
        return default
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= most:
        raise errors.invalid(f"{name} must be a number" + (f" from 1 to {most}" if name == "count" else ""))
    return int(given)


@videos.get("/me/draft")
@guarded
def get_draft() -> ResponseReturnValue:
    video = context().store.draft(account())
    if video is None:
        raise errors.no_draft()
    return jsonify(present.video(video, base()))


@videos.post("/me/videos")
@guarded
def create_video() -> ResponseReturnValue:
    """A new draft, or the open one with whatever is in it. The sample sends a style and a quality as well."""
    here = context()
    given = _form(here)
    if "assets" in given or "credit" in given:
        raise errors.invalid("assets and credit are set when the video is there")
    with here.store.transaction() as db:
        video = here.store.draft(account(), db=db)
        if video is None:
            video = _new_draft(here, db, given)
            applied.add(here, db, account(), "/v2.1/me/videos", video.id, given)
    return jsonify(present.video(video, base()))


def _new_draft(here: Context, db: sqlite3.Connection, given: Mapping[str, Any]) -> Video:
    row = db.execute("SELECT max(created_on) FROM video WHERE account = ?", (account(),)).fetchone()
    now = max(here.now(), (row[0] or 0) + 1)
    video = Video(
        id=new_id(),
        account=account(),
        status="initial",
        name=given.get("name"),
        style=given.get("style"),
        quality=given.get("quality", 360),
        assets=[],
        credit=[],
        created_on=now,
        modified_on=now,
    )
    here.store.add(db, video)
    return video


def _form(here: Context) -> dict[str, Any]:
    who = account()
    return fields.read(request.form, known_photo=lambda number: here.store.photo(number, account=who) is not None)


@videos.get("/me/videos/<number>")
@guarded
def get_video(number: str) -> ResponseReturnValue:
    return jsonify(present.video(own_video(number), base()))


@videos.post("/me/videos/<number>")
@guarded
def update_video(number: str) -> ResponseReturnValue:
    here = context()
    own_video(number)
    clean = _form(here)
    with here.store.transaction() as db:
        video = here.store.video(number, account=account(), db=db)
        if video is None:
            raise errors.no_video()
        if video.status not in ("initial", "failed"):
            raise errors.invalid("The video is no draft any more")
        if clean:
            here.store.change(db, number, **clean, modified_on=here.now())
            video = replace(video, **clean, modified_on=here.now())
        applied.add(here, db, account(), f"/v2.1/me/videos/{number}", number, clean)
    return jsonify(present.video(video, base()))


@videos.delete("/me/videos/<number>")
@guarded
def delete_video(number: str) -> ResponseReturnValue:
    here = context()
    with here.store.transaction() as db:
        gone = db.execute("DELETE FROM video WHERE id = ? AND account = ?", (number, account())).rowcount
        if not gone:
            raise errors.no_video()
        applied.add(here, db, account(), f"DELETE /v2.1/me/videos/{number}", number, {})
    work.remove_files(here, number)
    return jsonify({"message": "Video deleted"})


@videos.post("/me/videos/<number>/render")
@guarded
def render_video(number: str) -> ResponseReturnValue:
    """Codes come with HTTP 200, as the table of 003 reads. Asking again while it is made or done costs nothing."""
    here = context()
    with here.store.transaction() as db:
        video = here.store.video(number, account=account(), db=db)
        if video is None:
            raise errors.no_video()
        if video.status == "processing":
            return _answer(CREATING)
        if video.status == "published":
            return _answer(CREATED)
        if (lacking := _lacking(here, video)) is not None:
            return _answer(lacking)
        paid = credits.charge(here, db, account(), video.quality)
        if paid is None:
            return _answer(NO_CREDITS)
        changed = {"status": "processing", "paid": paid, "paid_on": here.today(), "modified_on": here.now()}
        here.store.change(db, number, **changed)
        db.execute("INSERT INTO job (video) VALUES (?)", (number,))
        applied.add(here, db, account(), f"/v2.1/me/videos/{number}/render", number, {"mohars": paid})
    here.wake()
    return _answer(CREATING)


def _lacking(here: Context, video: Video) -> tuple[int, str] | None:
    """The first code that applies, in their order."""
    shown = [asset for asset in video.assets if asset["name"] != "music"]
    photos = [asset["asset_id"] for asset in shown if asset["name"] == "image"]
    gone = any(here.store.photo(number, account=video.account) is None for number in photos)
    if not video.style:
        return NO_STYLE
    if len(shown) == len(video.assets):
        return NO_MUSIC
    if not shown or gone:
        return NO_ASSETS
    return NO_TITLE if not (video.name or "").strip() else None


@videos.post("/me/videos/<number>/preview")
@guarded
def preview_video(number: str) -> ResponseReturnValue:
    """144 pixels high, made while the caller waits; nothing is paid and the status stays."""
    here = context()
    video = own_video(number)
    lacking = _lacking(here, video)
    if lacking is not None and lacking != NO_TITLE:
        return _answer(lacking)
    try:
        made = work.make(here, video, [work.PREVIEW])
    except PhotoMissing as error:
        raise errors.no_photo() from error
    with here.store.transaction() as db:
        here.store.change(db, number, preview=made)
        applied.add(here, db, account(), f"/v2.1/me/videos/{number}/preview", number, {})
    return jsonify({"message": CREATED[1], "status": CREATED[0], "video": present.films(video, made, base())})


@videos.post("/me/videos/<number>/duplicate")
@guarded
def duplicate_video(number: str) -> ResponseReturnValue:
    """Copies into the open draft and overwrites it; there is a new one when none is open."""
    here = context()
    source = own_video(number)
    copied = {name: getattr(source, name) for name in ("name", "style", "quality", "assets", "credit")}
    with here.store.transaction() as db:
        draft = here.store.draft(account(), db=db) or _new_draft(here, db, {})
        here.store.change(db, draft.id, **copied, modified_on=here.now())
        draft = replace(draft, **copied, modified_on=here.now())
        applied.add(here, db, account(), f"/v2.1/me/videos/{number}/duplicate", draft.id, {})
    return jsonify(present.video(draft, base()))
