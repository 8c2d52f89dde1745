"""A backup put in place while things were on their way (design: reliability, I10 and T17, in small).

When the backup is made a post waits to be sent, another waits for its time, and half of a file is here. The desk goes
on and does all three. Then the backup comes back.
"""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import time_machine
from django.conf import settings
from django.utils import timezone

from dashboard import pulse
from dashboard.actions import restores
from dashboard.models import CallState, Epoch, UpstreamCall
from dashboard.queues import default_queue, post_queue
from projects_app.tus import BODY_TYPE, VERSION
from publishing_app.models import Publication
from tests.crash import checks, scenes, stores
from tests.crash.worker import Loop
from tests.crash.world import World

DONE_BY = ("publish", "publish", "upload_project")
# For this drill: a copy is one when it is younger than what it says by so much.
COPIED_AFTER = dt.timedelta(seconds=2)


def wish(world: World, *, title: str, token: str, **when: str) -> Any:
    """A post of a video of its own."""
    world.facts["project"] = str(world.finished(title=title).pk)
    world.token = token
    scenes.SCENES["publish now"].act(world) if not when else scenes._publish(world, **when)


def first_half(world: World) -> None:
    made = scenes._new_project(world, source="upload", filename="talk.mp4", size=str(len(scenes.FILM)))
    world.facts["upload"] = made.json()["upload_url"]
    send(world, scenes.FILM[: scenes.HALF], at=0)


def send(world: World, body: bytes, *, at: int) -> int:
    headers = {"Tus-Resumable": VERSION, "Upload-Offset": str(at)}
    return world.browser().patch(world.facts["upload"], body, content_type=BODY_TYPE, headers=headers).status_code


def go_on(world: World) -> None:
    """The browser's tus client: asks where it is, and sends the rest."""
    head = world.browser().head(world.facts["upload"], headers={"Tus-Resumable": VERSION})
    assert head.status_code < 500, head.content
    if head.status_code == 200 and (at := int(head["Upload-Offset"])) < len(scenes.FILM):
        send(world, scenes.FILM[at:], at=at)


def before(world: World, clock: time_machine.Coordinates, folder: Path, kept: Path) -> None:
    """The first life: three wishes, the backup, and all three are done."""
    pulse.COPIED_AFTER = COPIED_AFTER
    stores.move_to(folder)
    Path(settings.PULSE_FILE).unlink(missing_ok=True)
    Epoch.objects.all().delete()
    world.take_key()
    restores.watch()
    for queue in (default_queue(), post_queue()):
        queue.immediate = False  # the worker has not come to it yet
    wish(world, title="Waits to be sent", token="00000000-0000-4000-8000-000000000001")
    due = timezone.now() + dt.timedelta(minutes=3)
    when = {"when": "later", "zone": "UTC", "keeper": "desk", "at": f"{due:%Y-%m-%dT%H:%M}"}
    wish(world, title="Waits for its time", token="00000000-0000-4000-8000-000000000002", **when)
    world.token = "00000000-0000-4000-8000-000000000003"
    first_half(world)
    for queue in (default_queue(), post_queue()):
        queue.immediate = True
    states = sorted(UpstreamCall.objects.values_list("state", flat=True))
    assert states == [CallState.DRAFT, CallState.READY, CallState.READY], states
    stores.back_up(folder, kept)
    if world.facts["whole"]:
        stores.let_go()
        for name in ("pulse.json", "spool"):
            _copy(folder / name, kept / name)
    loop = Loop(world, clock, hooks=False)
    go_on(world)
    loop.run(until=dt.timedelta(minutes=4), jobs=False)
    done = world.control("GET", "account")["applied"]
    assert len(done) == len(DONE_BY), done


def _copy(source: Path, to: Path) -> None:
    shutil.copytree(source, to) if source.is_dir() else shutil.copy2(source, to)


def after(world: World, clock: time_machine.Coordinates, folder: Path, *, hooks: bool, sign: str) -> list[str]:
    """The second life, on the backup. Returns what is wrong."""
    pulse.COPIED_AFTER = COPIED_AFTER
    stores.move_to(folder)
    sent = len(checks.complete_requests(world.control("GET", "account")))
    found: list[str] = []

    def silent(when: str) -> None:
        now = checks.complete_requests(world.control("GET", "account"))[sent:]
        found.extend(f"{when}, before anybody confirmed, it sent {entry}" for entry in now)

    # Somebody's click may come before the worker's first beat.
    wish(world, title="Asked for before it was noticed", token="00000000-0000-4000-8000-000000000004")
    silent("at a click")
    loop = Loop(world, clock, hooks=hooks)
    loop.once()
    epoch = Epoch.current()
    if (epoch.number, epoch.sign) != (2, sign):
        found.append(f"it is epoch {epoch.number}, noticed by “{epoch.sign}”")
    if world.team.held_since is None:
        found.append("the team is not held")
    go_on(world)
    loop.run(until=dt.timedelta(minutes=50))
    wish(world, title="Asked for while it was held", token="00000000-0000-4000-8000-000000000005")
    loop.run(until=dt.timedelta(minutes=6))
    silent("in an hour of work")
    if not restores.confirm(team=world.team, by=world.alice):
        found.append("there was nothing to confirm")
    loop.run()
    return found + _ends(world, hooks=hooks)


def _ends(world: World, *, hooks: bool) -> list[str]:
    """Nothing twice; what evidence tells of is accepted; a person is asked about the rest."""
    seen = world.control("GET", "account")
    operations = [_operation(entry["endpoint"]) for entry in seen["applied"]]
    found = checks.stuck()
    if sorted(operations) != sorted([*DONE_BY, "publish"]):
        found.append(f"in the end the provider did {operations}")
    if len(checks.complete_requests(seen)) != len(operations):
        found.append("something went out again, and was refused")
    for title in ("Waits to be sent", "Waits for its time", "Asked for while it was held"):
        post = Publication.objects.select_related("call").get(title=title, call__isnull=False)
        if post.call is None or post.call.state != CallState.ACCEPTED or post.upstream_id not in seen["posts"]:
            found.append(f"“{title}” is {post.call and post.call.state} in the end: {post.problem}")
    # Nobody can know any more that this one was not of the life before; a person is asked.
    doubted = Publication.objects.get(title="Asked for before it was noticed")
    if not doubted.person_decides:
        found.append(f"nobody is asked about the click from before it was noticed: {doubted.state}")
    upload = UpstreamCall.objects.get(operation="upload_project")
    if upload.state != (CallState.ACCEPTED if hooks else CallState.UNKNOWN):
        found.append(f"the upload is {upload.state} in the end: {upload.problem}")
    return found


def _operation(endpoint: str) -> str:
    return "upload_project" if endpoint.endswith("/upload") else endpoint.rpartition("/")[2]
