"""Lives of the desk: one process that has everything loaded, and forks for each of them.

Reads one order a line (JSON) and answers each with one line. A run is two lives on one database: in the first one
something breaks at a point, in the second one the person does the same again and the worker goes on.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import random
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

django.setup()

import datetime as dt  # noqa: E402

import time_machine  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import OperationalError  # noqa: E402
from django.utils import timezone  # noqa: E402

from dashboard.actions import api_keys  # noqa: E402
from tests import factories  # noqa: E402
from tests.crash import checks, restoring, stores, world  # noqa: E402
from tests.crash.points import Fault, install, track  # noqa: E402
from tests.crash.scenes import SCENES, Scene  # noqa: E402
from tests.crash.worker import Loop  # noqa: E402
from tests.crash.world import World  # noqa: E402

# The person tries again after so long; the dead sender's lease runs on for most of a minute.
AGAIN = dt.timedelta(seconds=2)
Say = Callable[..., None]


class Errors(logging.Handler):
    """What went wrong and was only logged."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        while error is not None:
            if isinstance(error, OperationalError):
                return
            error = error.__cause__ or error.__context__
        text = "".join(traceback.format_exception(record.exc_info[1])[-6:]) if record.exc_info else ""
        if record.exc_info:
            self.seen.append(f"{record.getMessage()}\n{text}")


errors = Errors()


class Runner:
    def __init__(self, data: Path, starts_at: dt.datetime) -> None:
        self.data, self.starts_at = data, starts_at
        self.template = data / "template"
        self.number = 0
        self.sessions: dict[str, str] = {}

    def prepare(self) -> None:
        self.template.mkdir()
        install()
        with time_machine.travel(self.starts_at, tick=False):
            stores.move_to(self.template)
            call_command("migrate", verbosity=0)
            call_command("createcachetable", verbosity=0)
            self.sessions = world.prepare()
            from dashboard import pulse

            pulse.note()
        stores.let_go()
        self._warm_up()

    def _warm_up(self) -> None:
        """One whole run in this very process, so that its forks have all that they need in memory."""
        for name in ("export", "media by link"):
            there = World.new(self.sessions)
            folder = self._folder()
            with time_machine.travel(self.starts_at, tick=False) as clock:
                _live(there, folder, clock, SCENES[name], hooks=True)
            stores.let_go()
        gc.collect()
        gc.freeze()

    def _folder(self) -> Path:
        self.number += 1
        folder = self.data / f"run{self.number}"
        stores.copy(self.template, folder)
        # It is this desk's own, and not a copy that somebody put there.
        pulse = folder / "pulse.json"
        pulse.write_text(json.dumps(json.loads(pulse.read_text()) | {"at": time.time()}))
        return folder

    def clear_away(self) -> None:
        """Databases of a server outlive the data folder, so those that a run has left are dropped by name."""
        for folder in (self.template, *(self.data / f"run{number}" for number in range(1, self.number + 1))):
            for each in (folder, folder.with_name(f"{folder.name}-kept")):
                stores.drop(each)

    def restore(self, order: dict[str, Any]) -> dict[str, Any]:
        """A backup in place of what was there; `way` is how it came there."""
        way, there, folder = order["way"], World.new(self.sessions), self._folder()
        kept = folder.with_name(f"{folder.name}-kept")
        there.facts["whole"] = way == "the whole data folder"

        def first(say: Say, clock: time_machine.Coordinates) -> None:
            restoring.before(there, clock, folder, kept)
            say(facts=there.facts)

        def second(say: Say, clock: time_machine.Coordinates) -> None:
            found = restoring.after(there, clock, folder, hooks=order["hooks"], sign=order["sign"])
            say(problems=found + _unforeseen())

        told = self._life(first, dt.datetime.now(dt.UTC), tick=True)
        if told.get("error"):
            return {"problems": [told["error"]]}
        there.facts = told["facts"]
        if there.facts["whole"]:
            time.sleep(restoring.COPIED_AFTER.total_seconds() + 0.5)
        folder = stores.back_in_place(kept, folder, way)
        at = dt.datetime.fromisoformat(told["now"]) + dt.timedelta(minutes=order["minutes"])
        ended = self._life(second, at, tick=True)
        for each in (folder, kept):
            stores.drop(each)
        return {"problems": [ended["error"]] if ended.get("error") else ended["problems"]}

    def run(self, order: dict[str, Any]) -> dict[str, Any]:
        scene, hooks = SCENES[order["scene"]], bool(order["hooks"])
        there = World.new(self.sessions)
        folder = self._folder()

        def first(say: Say, clock: time_machine.Coordinates) -> None:
            track.on_kill = lambda label: say(struck=label, facts=there.facts)
            track.fault, track.at = Fault(order["fault"]), order["at"]
            _live(there, folder, clock, scene, hooks=hooks)
            found = checks.problems(scene, there, hooks=hooks)
            say(passed=track.passed, struck=track.struck, problems=found + _unforeseen())

        def second(say: Say, clock: time_machine.Coordinates) -> None:
            stores.move_to(folder)
            if order.get("new_key"):
                _replace_key(there)
            # What a provider says once and never again is lost with the process that was told.
            _again(there, clock, scene, hooks=hooks, act=bool(scene.asked) or hooks)
            say(problems=checks.problems(scene, there, hooks=hooks) + _unforeseen())

        told = self._life(first, self.starts_at)
        if "facts" not in told:  # it was not killed
            stores.drop(folder)
            return told | {"problems": told.get("problems") or ([told["error"]] if told.get("error") else [])}
        there.facts = told["facts"]
        at = dt.datetime.fromisoformat(told["now"]) + AGAIN
        ended = self._life(second, at)
        stores.drop(folder)
        failed = [ended["error"]] if ended.get("error") else []
        return told | {"problems": failed + ended.get("problems", [] if failed else ["the second life said nothing"])}

    def _life(
        self, live: Callable[[Say, time_machine.Coordinates], None], at: dt.datetime, *, tick: bool = False
    ) -> dict[str, Any]:
        """In a fork; what it said, whether it came to its end or not."""
        ear, mouth = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(ear)
            try:
                _child(mouth, live, at, tick)
            finally:
                os._exit(0)
        os.close(mouth)
        with os.fdopen(ear) as heard:
            lines = heard.read().splitlines()
        os.waitpid(child, 0)
        return json.loads(lines[-1]) if lines else {"error": "a life ended without a word"}


def _unforeseen() -> list[str]:
    return [f"unforeseen: {each}" for each in errors.seen]


def _child(mouth: int, live: Callable[[Say, time_machine.Coordinates], None], at: dt.datetime, tick: bool) -> None:
    def say(**words: Any) -> None:
        os.write(mouth, (json.dumps(words | {"now": timezone.now().isoformat()}) + "\n").encode())

    random.seed(4)
    track.forget()
    logging.getLogger().addHandler(errors)
    with time_machine.travel(at, tick=tick) as clock:
        try:
            live(say, clock)
        except Exception:
            say(error=traceback.format_exc()[-4000:])


def _live(there: World, folder: Path, clock: time_machine.Coordinates, scene: Scene, *, hooks: bool) -> None:
    """The first life: what was there before, then the points count, and somebody acts."""
    stores.move_to(folder)
    there.take_key()
    scene.before(there)
    track.armed = True
    _again(there, clock, scene, hooks=hooks)
    track.armed = False


def _again(there: World, clock: time_machine.Coordinates, scene: Scene, *, hooks: bool, act: bool = True) -> None:
    track.phase = "in the click"
    if act:
        scene.act(there)
        if track.struck:  # the page failed
            clock.shift(AGAIN)
            scene.act(there)
    track.phase = "in the worker"
    Loop(there, clock, hooks=hooks).run()


def _replace_key(there: World) -> None:
    fresh = factories.fresh_secret()
    there.control("POST", "replaced", old=there.secret, new=fresh)
    there.facts["replaced"] = True
    api_keys.replace(key=there.key, secret=fresh, by=there.alice)
    there.secret = fresh


def main() -> None:
    given = json.loads(sys.argv[1])
    runner = Runner(Path(given["data"]), dt.datetime.fromisoformat(given["starts_at"]))
    # What else may be written there must not come between the answers.
    with os.fdopen(os.dup(1), "w", buffering=1) as answers:
        os.dup2(2, 1)
        try:
            runner.prepare()
            answers.write("ready\n")
            for line in sys.stdin:
                order = json.loads(line)
                do = runner.restore if "way" in order else runner.run
                answers.write(json.dumps(do(order)) + "\n")
        finally:
            runner.clear_away()


if __name__ == "__main__":
    main()
