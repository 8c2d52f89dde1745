"""Rules of the machinery: the worker and its death, the provider and its messages, the time, a restored backup."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from bench.model.clock import Clock
from bench.model.faults import AMBIGUOUS, DEATHS, LIMITS, Fault
from bench.model.rows import Hook
from bench.model.worker import Worker, after_commit
from dashboard import pulse, remote
from dashboard.logs import ScrubFilter
from projects_app.actions import mending as projects_mending
from projects_app.models import Project
from publishing_app.actions import mending as posts_mending
from publishing_app.actions import schedules
from publishing_app.models import Publication
from tests.model import invariants
from tests.model.world import World

REFUSALS = [
    *(Fault.REFUSED_400, Fault.UNAUTHORISED, Fault.NO_CREDITS, Fault.FORBIDDEN, Fault.NOT_FOUND),
    *(Fault.NOT_CONNECTED, Fault.INVALID),
]
POSTS = (
    st.none() | st.sampled_from([*AMBIGUOUS, Fault.SLOW, *DEATHS, Fault.NO_WAY]) | st.sampled_from([*LIMITS, *REFUSALS])
)
READS = st.none() | st.none() | st.sampled_from([*LIMITS, *AMBIGUOUS, *DEATHS, *REFUSALS, Fault.NO_WAY, Fault.STALE])
LAGS = st.sampled_from([0, 0, 5, 60, 120])
# How a day goes by in the end: each time is one round of the worker.
END = (5, 10, 20, 40, 60, 120, 300, 600, 900, 1800, 3600, 3600, 7200, 14400, 28800, 28800)
# And as often as is looked whether a post is late by our clock alone, before a person is asked about it.
END += (int(schedules.AGAIN_AFTER.total_seconds()) + 1,) * (schedules.TRIES + 2)


class Machinery(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.broken = self.written = False
        self.saved: Any = None
        self.steps = 0
        cache.clear()
        settings.PULSE_FILE.unlink(missing_ok=True)
        self.log = io.StringIO()
        self.handler = logging.StreamHandler(self.log)
        self.handler.addFilter(ScrubFilter())
        logging.getLogger().addHandler(self.handler)
        self.clock = Clock()
        self.everything = transaction.atomic()
        self.everything.__enter__()
        self.worker = Worker()
        self.at_work = self.worker.at_work()
        self.at_work.__enter__()
        self.world = World(self.clock, self.worker)
        remote.transport = self.world.line

    @contextmanager
    def step(self, refused: tuple[type[Exception], ...] = ()) -> Iterator[None]:
        """One rule. What a person is refused is no fault of the desk; everything must hold afterwards."""
        self.steps += 1
        # No two things happen in the very same moment.
        self.clock.move(0.5)
        self.written = False
        try:
            with connection.execute_wrapper(self._listen):
                with suppress(*refused):
                    yield
                self.world.faults, self.world.trying = {}, ""
                after_commit()
            # Where nothing was written the rows are as right as they were before.
            invariants.hold(self.world, rows=self.written)
            assert "Traceback" not in self.log.getvalue(), self.log.getvalue()
        except BaseException:
            self.broken = True
            raise

    def _listen(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.written = self.written or not sql.startswith(("SELECT", "SAVEPOINT", "RELEASE"))
        return execute(sql, params, many, context)

    # --- The worker -----------------------------------------------------------------------------------------------

    @precondition(lambda self: self.worker.queue)
    @rule(which=st.integers(0, 3), read=READS, post=POSTS, lag=LAGS)
    def deliver(self, which: int, read: Fault | None, post: Fault | None, lag: int) -> None:
        self._work(which, read, post, lag)

    @precondition(lambda self: self.worker.queue)
    @rule(which=st.integers(0, 3), read=READS, post=POSTS, after=st.integers(0, 60))
    def die_in_the_middle(self, which: int, read: Fault | None, post: Fault | None, after: int) -> None:
        self._work(which, read, post, 0, dies_after=after)

    def _work(
        self, which: int, read: Fault | None, post: Fault | None, lag: int, dies_after: int | None = None
    ) -> None:
        with self.step():
            self.world.provider.lag = lag
            self.world.faults = {"read": read, "post": post}
            message = self.worker.queue.pop(which % len(self.worker.queue))
            heard = dict(self.world.line.quiet)
            if not self.worker.run(message, dies_after=dies_after):
                # A time that a 429 named died with the worker that had read it: nobody can keep it.
                self.world.line.quiet = heard

    @precondition(lambda self: self.worker.queue)
    @rule(which=st.integers(0, 3))
    def a_message_is_lost(self, which: int) -> None:
        self.worker.queue.pop(which % len(self.worker.queue))

    @precondition(lambda self: self.worker.queue)
    @rule(which=st.integers(0, 3))
    def a_message_comes_twice(self, which: int) -> None:
        self.worker.queue.append(self.worker.queue[which % len(self.worker.queue)])

    @rule(read=READS, post=POSTS, lag=LAGS, seconds=st.sampled_from([0, 0, 15, 61]))
    def sweep_and_work(self, read: Fault | None, post: Fault | None, lag: int, seconds: int) -> None:
        with self.step():
            self.clock.move(seconds)
            self.world.beat()
            self.worker.sweep()
            self.world.provider.lag = lag
            while self.worker.queue:
                self.world.faults = {"read": read, "post": post}
                self.worker.run(self.worker.queue.pop(0))
                read = post = None

    @rule()
    def mend(self) -> None:
        with self.step():
            projects_mending.mend()
            posts_mending.mend()

    # --- Time, and what others do ---------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([3, 30, 70, 130, 400, 1000, 4000, 90_000]))
    def time_passes(self, seconds: int) -> None:
        """Nobody is at work."""
        with self.step():
            self.clock.move(seconds)

    @rule(minutes=st.sampled_from([2, 10, 70]))
    def time_passes_with_a_worker(self, minutes: int) -> None:
        with self.step():
            for _round in range(6):
                self.clock.move(minutes * 10)
                self.world.beat()
                self.worker.go()

    @rule(which=st.integers(0, 2), lag=LAGS)
    def a_colleague_posts_the_same_video(self, which: int, lag: int) -> None:
        """On Submagic's own pages."""
        with self.step():
            self.world.provider.lag = lag
            video = self.world.provider.videos[self.world.clips[which % 2].upstream_id]
            self.world.provider.post(video, ["youtube"], "a colleague's")

    @precondition(lambda self: self.world.provider.hooks)
    @rule(which=st.integers(0, 3), what=st.sampled_from(["true", "twice", "lost", "false", "other", "rubbish"]))
    def a_message_of_the_provider_comes(self, which: int, what: str) -> None:
        hooks = self.world.provider.hooks
        hook = hooks[which % len(hooks)]
        if hook.at > self.clock.now and what not in ("false", "other", "rubbish"):
            return
        with self.step():
            if what in ("true", "lost"):
                hooks.remove(hook)
            if what != "lost":
                self._post(hook, what)

    def _post(self, hook: Hook, what: str) -> None:
        before = self._states()
        body: Any = hook.body
        if what == "false":
            body = hook.body | {"status": "failed" if hook.body["status"] == "completed" else "completed"}
        elif what == "other":
            body = hook.body | {"projectId": self.world.clips[0].upstream_id}
        content = b"{" if what == "rubbish" else httpx.Request("POST", "http://x/", json=body).content
        path = httpx.URL(hook.url).path
        answer = Client().post(path, content, content_type="application/json", secure=True)
        assert answer.status_code in (204, 404, 429), answer.status_code
        assert self._states() == before, "I3: a message itself changed something"

    def _states(self) -> list[Any]:
        shown = ("pk", "state", "upstream_status", "upstream_id")
        rows = (Project.objects, Publication.objects)
        return [list(each.order_by("pk").values_list(*shown)) for each in rows]

    # --- A restored backup ----------------------------------------------------------------------------------------

    @precondition(lambda self: self.saved is None)
    @rule()
    def a_backup_is_made(self) -> None:
        self.saved = transaction.savepoint_create()

    @precondition(lambda self: self.saved is not None)
    @rule(seconds=st.sampled_from([20, 3000]))
    def the_backup_is_restored(self, seconds: int) -> None:
        with self.step():
            self.clock.move(seconds)
            pulse.note()  # the last beat of the desk that is lost
            transaction.savepoint_rollback(self.saved)
            self.saved = None
            self.worker.queue.clear()
            cache.clear()
            self._forget_what_the_copy_does_not_know()
            # Nor does it know how long the provider has asked for silence since.
            self.world.line.quiet.clear()
            self.world.beat()
            # The next minute's: what became of calls is told on their rows.
            projects_mending.mend()
            posts_mending.mend()

    def _forget_what_the_copy_does_not_know(self) -> None:
        world = self.world
        here = set(Publication.objects.values_list("pk", flat=True))
        world.wishes = [wish for wish in world.wishes if wish.publication in here]
        world.forms = []
        world.known.clear()

    # --- The end --------------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        try:
            if not self.broken:
                self._end()
        finally:
            remote.transport = None
            self.at_work.__exit__(None, None, None)
            transaction.set_rollback(True)
            self.everything.__exit__(None, None, None)
            self.clock.stop()
            logging.getLogger().removeHandler(self.handler)

    def _end(self) -> None:
        """A day with a worker and a provider that are well; no message comes any more."""
        self.world.faults, self.world.provider.lag = {}, 0
        for seconds in END:
            self.clock.move(seconds)
            self.world.beat()
            self.worker.go()
            invariants.posted_once(self.world)
        invariants.settled(self.world)
        if self.steps % 5 == 0:
            invariants.no_traces(self.world, self.log.getvalue(), Client())
