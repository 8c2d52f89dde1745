"""The provider as a process of its own, which outlives every kill of the desk: the sandbox over real HTTP.

Its clock is the desk's: each request says what time it is. Videos are not really worked on, webhooks are kept until
the test fetches them, and every complete request that changes something is written down, refused ones too.
"""

from __future__ import annotations

import io
import json
import sys
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask, jsonify, request, send_file
from flask.typing import ResponseReturnValue

from sandbox.app import create_app
from sandbox.media.library_samples import SAMPLES
from sandbox.media.probe import Video
from sandbox.picovico import applied as picovico_applied
from sandbox.picovico import videos as picovico_videos
from sandbox.picovico import work as picovico_work
from sandbox.picovico.access import account_in, account_of
from sandbox.server import Address, Server
from sandbox.settings import Settings
from sandbox.submagic import access, applied, create, jobs, media, media_probe, work
from sandbox.submagic.context import Context, iso
from sandbox.submagic.store import Job, Project
from tests.projects_app.movies import mp4

NOW, RUN = "X-Test-Now", "X-Test-Run"
FILM = Video(width=640, height=360, duration=12.5, fps=25.0, video_codec="h264", audio_codec="aac")
WORDS = [{"id": "w1", "text": "Hello", "type": "word", "startTime": 0.0, "endTime": 0.5}]
Start = Callable[..., Any]

_here = threading.local()
_account_of = access.account_of


def clock() -> datetime:
    found: datetime | None = getattr(_here, "now", None)
    return found or datetime.now(UTC)


class Record:
    """What came over the wire, and what the provider wants to deliver."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.wire: list[dict[str, Any]] = []
        self.hooks: list[dict[str, Any]] = []
        # Keys that belong to another key's account, and those that were replaced by one.
        self.accounts: dict[str, str] = {}
        self.replaced: set[str] = set()

    def keep_hook(self, url: str, body: bytes, _headers: Mapping[str, str]) -> int:
        with self.lock:
            self.hooks.append({"id": uuid.uuid4().hex, "url": url, "body": body.decode()})
        return 204

    def account_of(self, key: str) -> str | None:
        if key in self.replaced:
            return None
        return self.accounts.get(key) or _account_of(key)

    def owner(self, key: str) -> str | None:
        return self.accounts.get(key) or _account_of(key)


record = Record()


class Wire:
    """Notes each request of the API itself, and takes its time for the sandbox's."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        said = environ.get("HTTP_X_TEST_NOW")
        _here.now = datetime.fromisoformat(said) if said else None
        path = environ.get("PATH_INFO", "")
        slides = path.startswith("/picovico/v2.1")
        if not slides and not path.startswith("/submagic/v1"):
            return self.app(environ, start)  # type: ignore[no-any-return]

        def answer(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            # The server's own Date is of the real time, which is none here: as one from a cache it is not believed.
            headers = [*headers, ("Age", "1")]
            key = environ.get("HTTP_X_API_KEY", "")
            entry = {"method": environ["REQUEST_METHOD"], "path": path, "status": int(status[:3]), "key": key[-8:]}
            with record.lock:
                record.wire.append(entry | {"account": account_in(environ) if slides else record.owner(key)})
            return start(status, headers, *rest)

        return self.app(environ, answer)  # type: ignore[no-any-return]


# --- Work that takes no time ----------------------------------------------------------------------------------------


def _render(here: Context, number: str) -> None:
    token = uuid.uuid4().hex
    with here.store.transaction() as db:
        here.store.add_file(db, token, number, "made.mp4")
        here.store.update(db, number, file_token=token, updated_at=here.now())


def _create(here: Context, job: Job) -> None:
    project = work._need(here, job.project)
    if project.status not in {"completed", "failed"}:
        film = dict(FILM.as_dict())
        work._set(here, project.id, status="processing", transcription="COMPLETED", words=WORDS, video=film)
        _render(here, project.id)
        work._finish(here, project.id)


def _export(here: Context, job: Job) -> None:
    if work._need(here, job.project).status == "exporting":
        _render(here, job.project)
        work._finish(here, job.project, webhook_url=job.payload.get("webhookUrl"))


def _update(here: Context, job: Job) -> None:
    if work._need(here, job.project).status == "processing":
        work._finish(here, job.project)


def _film(here: Any, number: str) -> None:
    with here.store.transaction() as db:
        here.store.change(db, number, files={"360": 1000}, status="published", modified_on=here.now())


# --- For the test ---------------------------------------------------------------------------------------------------


def _controls(app: Flask) -> None:
    here: Context = app.extensions["sandbox.submagic"]

    @app.post("/_control/jobs")
    def run_jobs() -> ResponseReturnValue:
        return jsonify(app.extensions["sandbox"].run_jobs())

    @app.get("/_control/hooks")
    def hooks() -> ResponseReturnValue:
        with record.lock:
            return jsonify(record.hooks)

    @app.delete("/_control/hooks/<number>")
    def delivered(number: str) -> ResponseReturnValue:
        with record.lock:
            record.hooks = [hook for hook in record.hooks if number not in (hook["id"], "all")]
            if number == "all":
                record.hooks = []
        return "", 204

    @app.post("/_control/projects")
    def add_project() -> ResponseReturnValue:
        """A captions project of the key's account that is done, or (`hook`) that is worked on and will be told of."""
        given = request.get_json()
        account, now = record.owner(given["key"]) or "", here.now()
        number, hook = str(uuid.uuid4()), given.get("hook")
        made = Project(
            id=number, account=account, kind="captions", title="A talk", language="en", status="completed",
            transcription="COMPLETED", options={"templateName": "Sara"}, base_url=given["base"], source="file",
            created_at=now, updated_at=now, words=WORDS, video=dict(FILM.as_dict()), scores={"total": 80},
        )  # fmt: skip
        if hook:
            made = replace(made, status="processing", transcription="PROCESSING", words=None, webhook_url=hook)
        with here.store.transaction() as db:
            here.store.add_project(db, made)
            if hook:
                here.store.add_job(db, "create", number, now)
        if not hook:
            _render(here, number)
        return jsonify({"id": number})

    @app.post("/_control/slideshow")
    def add_draft() -> ResponseReturnValue:
        """A draft of this pair's account that lacks nothing."""
        slides = app.extensions["sandbox.picovico"]
        card = {"name": "text", "start_time": 0, "end_time": 3, "data": {"title": "A day out", "text": ""}}
        music = {"name": "music", "asset_id": "boats", "start_time": 0, "end_time": 0}
        made = picovico_videos.Video(
            id=uuid.uuid4().hex[:20], account=account_of(*request.get_json()["pair"]) or "", status="initial",
            name="A day out", style="vanilla", quality=360, assets=[card, music], credit=[],
            created_on=slides.now(), modified_on=slides.now(),
        )  # fmt: skip
        with slides.store.transaction() as db:
            slides.store.add(db, made)
        return jsonify({"id": made.id})

    @app.post("/_control/posts")
    def add_post() -> ResponseReturnValue:
        """Somebody published it in the provider's own editor."""
        given = request.get_json()
        number = f"pub_{uuid.uuid4()}"
        with here.store.transaction() as db:
            db.execute(
                "INSERT INTO publication (id, account, project, scheduled, publish_at, platforms) VALUES (?,?,?,0,?,?)",
                (number, record.owner(given["key"]), given["project"], here.now(), '{"youtube": {"title": "x"}}'),
            )
        return jsonify({"id": number})

    @app.post("/_control/replaced")
    def replaced() -> ResponseReturnValue:
        """The account has a new key, and the old one is worth nothing from now on."""
        given = request.get_json()
        record.accounts[given["new"]] = record.owner(given["old"]) or ""
        record.replaced.add(given["old"])
        return "", 204

    @app.get("/_control/film.mp4")
    def film() -> ResponseReturnValue:
        """A finished video, in parts if so asked, as storages give it."""
        return send_file(io.BytesIO(mp4(640_000)), "video/mp4", conditional=True, etag="film")

    @app.get("/_control/account")
    def account() -> ResponseReturnValue:
        """All that happened to a key's account."""
        who = record.owner(request.headers["X-Test-Run"]) or ""
        with here.store.reading() as db:
            posts = [row["id"] for row in db.execute("SELECT id FROM publication WHERE account = ?", (who,))]
            entries = [row["id"] for row in db.execute("SELECT id FROM media WHERE account = ?", (who,))]
        if pair := request.headers.get("X-Test-Pair"):
            found = picovico_applied.entries(app.extensions["sandbox.picovico"], account_of(*pair.split()) or "")
            films = [entry | {"projectId": entry["videoId"]} for entry in found["applied"]]
            with record.lock:
                wire = [entry for entry in record.wire if entry["account"] == found["account"]]
            return jsonify({"applied": films, "wire": wire, "posts": [], "media": [], "at": iso(clock())})
        with record.lock:
            wire = [entry for entry in record.wire if entry["account"] == who]
        return jsonify(
            applied.entries(here, who) | {"wire": wire, "posts": posts, "media": entries, "at": iso(clock())}
        )


class Provider(Server):
    def load(self) -> Flask:
        jobs.WORK |= {"create": _create, "export": _export, "update": _update}
        access.account_of = record.account_of
        create.probe = lambda _path: FILM
        media_probe.probe = lambda _path: media_probe.Found("IMAGE", ".png", 64, 64)
        picovico_work.render = _film
        assert media.media_probe is media_probe
        samples = self.settings.data / "samples"
        samples.mkdir(parents=True, exist_ok=True)
        for name, sample in SAMPLES.items():
            (samples / f"{name}{sample.suffix}").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
        app = create_app(
            self.settings.data, clock=clock, deliver=record.keep_hook, inline_jobs=True, settings=self.settings
        )
        _controls(app)
        app.wsgi_app = Wire(app.wsgi_app)  # type: ignore[method-assign]
        return app

    def _begin(self, _worker: Any) -> None:
        """No threads: jobs run when the test says so."""


def main() -> None:
    given = json.loads(sys.argv[1])
    settings = Settings(data=Path(given["data"]), media_delay=1.0)
    Provider(Address("127.0.0.1", given["port"]), settings, media_threads=1).run()


if __name__ == "__main__":
    main()
