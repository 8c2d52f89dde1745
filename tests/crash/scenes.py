"""The flows: what is there before, what a person (or the provider) does, and what must come of it.

`act` is done again, just so, after a crash: that is what people, tus clients and providers do.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from dashboard.models import ApiKey
from projects_app.models import Project
from projects_app.tus import BODY_TYPE, VERSION
from tests import factories
from tests.crash.world import SLUG, World
from tests.projects_app.movies import mp4

BASE = f"/t/{SLUG}"
# Three blocks of the relay, in two requests of the browser.
FILM = mp4(640_000)
HALF = 300_000
JSON = {"Accept": "application/json"}


@dataclass(frozen=True)
class Scene:
    """`posts`: how many requests that change something may leave. `asked`: what the audit says once for the wish.

    `evidence`: whether a lost answer can be found without a webhook.
    """

    name: str
    before: Callable[[World], None]
    act: Callable[[World], None]
    operation: str = ""
    asked: tuple[str, ...] = ()
    evidence: bool = True
    posts: int = 1


class Refused(Exception):
    """The desk said no to what must be possible: an error of the test, or of the desk."""


def _post(world: World, path: str, data: dict[str, Any], who: str = "bob", **headers: str) -> Any:
    answer = world.browser(who).post(path, data, headers=headers)
    if 400 <= answer.status_code < 500:
        raise Refused(f"{path}: {answer.status_code} {answer.content[:3000].decode(errors='replace')}")
    return answer


def _nothing(_world: World) -> None:
    return


# --- A new project --------------------------------------------------------------------------------------------------


def _new_project(world: World, **fields: str) -> Any:
    data = {"form_token": world.token, "kind": "captions", "title": "A talk", "language": "en", "template": ""}
    return _post(world, f"{BASE}/projects/new/", data | {"face_tracking": ""} | fields, **JSON)


def _by_link(world: World) -> None:
    url = f"{settings.SANDBOX_URL}/submagic/samples/two-tips.mp4"
    _new_project(world, source="url", video_url=url)


def _by_file(world: World) -> None:
    """As tus clients do: where are we, and on from there, until the answer is no good."""
    made = _new_project(world, source="upload", filename="talk.mp4", size=str(len(FILM)))
    if made.status_code != 201:
        return
    where, browser = made.json()["upload_url"], world.browser()
    for _part in range(2):
        head = browser.head(where, headers={"Tus-Resumable": VERSION})
        if head.status_code != 200:
            return
        at = int(head["Upload-Offset"])
        if at >= len(FILM):
            return
        body = FILM[at : at + HALF] if at < HALF else FILM[at:]
        headers = {"Tus-Resumable": VERSION, "Upload-Offset": str(at)}
        sent = browser.patch(where, body, content_type=BODY_TYPE, headers=headers)
        if 400 <= sent.status_code < 500:
            raise Refused(f"PATCH: {sent.status_code} {sent.content!r}")


# --- A project that is done -----------------------------------------------------------------------------------------


def _done(world: World) -> None:
    world.facts["project"] = str(world.finished().pk)


def _export(world: World) -> None:
    _post(world, f"{BASE}/projects/{world.facts['project']}/exports/", {"form_token": world.token, "fps": "30"})


def _change(world: World) -> None:
    data = {"form_token": world.token, "hook_title": "", "silence_pace": "fast", "music_fade": "on"}
    answer = world.browser().post(f"{BASE}/projects/{world.facts['project']}/edit/", data)
    # After it was taken the same form says nothing new, which is told as such.
    if answer.status_code == 422 and not _is_taken(world):
        raise Refused(answer.content[:3000].decode())


def _is_taken(world: World) -> bool:
    return bool(Project.objects.get(pk=world.facts["project"]).options.get("removeSilencePace") == "fast")


def _publish(world: World, **when: str) -> None:
    data = {"youtube": "on", "youtube_title": "A talk", "form_token": world.token, "when": "now"}
    _post(world, f"{BASE}/publishing/project/{world.facts['project']}/", data | when)


def _keep(world: World) -> None:
    at = dt.datetime.fromisoformat(world.facts["due"])
    _publish(world, when="later", zone="UTC", keeper="desk", at=f"{at:%Y-%m-%dT%H:%M}")


def _done_and_due(world: World) -> None:
    _done(world)
    world.facts["due"] = (timezone.now() + dt.timedelta(minutes=10)).isoformat()


# --- The archive ----------------------------------------------------------------------------------------------------


def _exported(world: World) -> None:
    link = f"{settings.SANDBOX_URL}/_control/film.mp4"
    world.facts["export"] = str(factories.make_export(world.finished(), direct_url="", download_url=link).pk)
    Project.objects.update(direct_url="", download_url=link)


def _to_archive(world: World) -> None:
    _post(world, f"{BASE}/exports/{world.facts['export']}/keep/", {})


# --- News from the provider -----------------------------------------------------------------------------------------


def _in_progress(world: World) -> None:
    world.facts["project"] = str(world.in_progress().pk)
    world.control("POST", "jobs")


def deliver(world: World) -> None:
    """What the provider has to say; what is not taken it says again."""
    browser = world.browser()
    for hook in world.control("GET", "hooks"):
        answer = browser.post(urlsplit(hook["url"]).path, hook["body"].encode(), content_type="application/json")
        if answer.status_code < 300:
            world.control("DELETE", f"hooks/{hook['id']}")


def _posted_elsewhere(world: World) -> None:
    project = world.finished()
    world.facts["project"] = str(project.pk)
    post = world.control("POST", "posts", key=world.secret, project=project.upstream_id)
    world.facts["post"] = post["id"]
    ApiKey.objects.update(feed_synced_at=None, next_look_at=timezone.now())


def _sync(world: World) -> None:
    _post(world, f"{BASE}/analytics/sync/", {})


# --- The media library ----------------------------------------------------------------------------------------------


def _media(world: World) -> None:
    url = f"{settings.SANDBOX_URL}/submagic/samples/hills-picture.png"
    _post(world, f"{BASE}/media/add/", {"form_token": world.token, "key": str(world.key.pk), "url": url})


# --- A slideshow ----------------------------------------------------------------------------------------------------


def _slideshow(world: World) -> None:
    world.facts["project"] = str(world.slideshow().pk)


def _film(world: World) -> None:
    """The form as it is: nothing is changed at Picovico, its film is asked for."""
    row = {"key": "a0", "kind": "text", "title": "A day out", "text": "", "seconds": "3"}
    data = {f"row-0-{name}": value for name, value in row.items()}
    data |= {"name": "A day out", "style": "vanilla", "quality": "360", "music-0-asset": "boats", "price_shown": "40"}
    _post(
        world,
        f"{BASE}/projects/{world.facts['project']}/slideshow/",
        data | {"form_token": world.token, "step": "render"},
    )


SCENES = {
    scene.name: scene
    for scene in (
        Scene(
            "create by link", _nothing, _by_link, "create_project", ("call.create_project", "project.created"),
            evidence=False,
        ),
        Scene(
            "upload with relay", _nothing, _by_file, "upload_project",
            ("call.upload_project", "project.created", "upload.opened"), evidence=False,
        ),
        Scene("export", _done, _export, "export", ("call.export", "project.export_asked")),
        Scene("change", _done, _change, "update", ("call.update", "project.change_asked")),
        Scene("publish now", _done, _publish, "publish", ("call.publish", "publication.asked")),
        Scene("publish at its time", _done_and_due, _keep, "publish", ("publication.scheduled",)),
        Scene("archive", _exported, _to_archive, asked=("archive.asked", "archive.kept"), posts=0),
        Scene("webhook", _in_progress, deliver, posts=0),
        Scene("feed sync", _posted_elsewhere, _sync, posts=0),
        Scene("film", _slideshow, _film, "render_slideshow", ("call.render_slideshow", "slideshow.render_asked")),
        Scene("media by link", _nothing, _media, "create_media", ("call.create_media", "media.added")),
    )
}  # fmt: skip
