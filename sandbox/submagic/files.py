"""Routes that hand out files: rendered videos, a preview page, the samples. No key: the addresses are secret."""

from __future__ import annotations

import re

from flask import Blueprint, jsonify, render_template_string, request, send_file
from flask.typing import ResponseReturnValue

from sandbox.media import library_samples
from sandbox.submagic import credits, errors, samples, urls
from sandbox.submagic.access import account, guarded
from sandbox.submagic.applied import entries
from sandbox.submagic.context import context

files = Blueprint("files", __name__)

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{ title }}</title>
<style>body{margin:0;padding:1rem;background:#14161a;color:#eee;font:1rem/1.5 system-ui,sans-serif;text-align:center}
video{max-width:100%;max-height:80vh;border-radius:.5rem}a{color:#8cf}</style>
<h1>{{ title }}</h1>
{% for clip in clips %}<h2>{{ clip.title }}</h2>
<p><video controls preload="metadata" src="{{ clip.url }}"></video></p>
<p><a href="{{ clip.download }}">Download</a></p>
{% else %}<p>There is no finished video yet.</p>{% endfor %}
<p>Sandbox preview: nothing here is public.</p></html>
"""


def _send(token: str, *, name: str | None = None) -> ResponseReturnValue:
    path = context().store.file(token)
    if path is None or not (context().data / path).is_file():
        raise errors.no_route()
    # conditional=True answers ranges (206), HEAD and If-None-Match.
    return send_file(
        (context().data / path).resolve(),
        mimetype="video/mp4",
        conditional=True,
        as_attachment=name is not None,
        download_name=name,
        max_age=3600,
    )


@files.get("/files/<token>/video.mp4")
def direct(token: str) -> ResponseReturnValue:
    return _send(token)


@files.get("/api/file/download")
def download() -> ResponseReturnValue:
    found = re.fullmatch(r"([0-9a-f]+)/[0-9a-f-]+-download\.mp4", request.args.get("path", ""))
    if found is None:
        raise errors.no_route()
    return _send(found[1], name=request.args.get("newFileName") or "video.mp4")


@files.get("/view/<number>")
def view(number: str) -> ResponseReturnValue:
    here = context()
    project = here.store.project(number)
    if project is None:
        raise errors.no_route()
    base = urls.base_url()
    parts = here.store.clips(number) if project.kind == "clips" else [project]
    shown = [
        {
            "title": part.title,
            "url": urls.direct_url(base, part.file_token),
            "download": urls.download_url(base, part.file_token, part.id, part.title),
        }
        for part in parts
        if part.file_token is not None
    ]
    return render_template_string(PAGE, title=project.title, clips=shown)


@files.get("/samples/")
def list_samples() -> ResponseReturnValue:
    """The videos that `videoUrl` and `youtubeUrl` may point to, and the files for a media library."""
    base = urls.base_url()
    return jsonify(
        {
            "samples": [
                {
                    "name": name,
                    "title": sample.title,
                    "videoUrl": f"{base}/submagic/samples/{name}.mp4",
                    "youtubeUrl": f"https://www.youtube.com/watch?v={sample.youtube_id}",
                }
                for name, sample in samples.SAMPLES.items()
            ],
            "media": [
                {
                    "name": name,
                    "title": sample.title,
                    "type": sample.kind,
                    "url": f"{base}/submagic/samples/{name}{sample.suffix}",
                }
                for name, sample in library_samples.SAMPLES.items()
            ],
        }
    )


@files.get("/samples/<name>")
def sample(name: str) -> ResponseReturnValue:
    path = samples.served(context().data, name)
    if path is None:
        raise errors.no_route()
    return send_file(path.resolve(), conditional=True)


@files.get("/_sandbox/applied")
@guarded(None)
def applied() -> ResponseReturnValue:
    """Not a part of the API: what this account really had applied, for tests."""
    return jsonify(entries(context(), account()))


@files.get("/_sandbox/credits")
@guarded(None)
def spent() -> ResponseReturnValue:
    """Nor is this: what the account owns and has spent."""
    return jsonify(credits.as_json(context(), account()))
