from __future__ import annotations

import logging
import signal
import threading
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections

from dashboard import clock_steps, heartbeat, leases, tasks
from dashboard.actions import restores
from dashboard.queues import default_queue, post_queue, relay_queue

log = logging.getLogger("worker")

# With more due than one sweep delivers, the next one comes at once, as long as the queue holds no more than so many.
BACKLOG_SECONDS, QUEUED = 0.2, 1000


def pause(delivered: int) -> float:
    """Seconds until the next sweep."""
    is_behind = delivered >= leases.MOST and default_queue().pending_count() < QUEUED
    return min(BACKLOG_SECONDS, settings.SWEEP_SECONDS) if is_behind else float(settings.SWEEP_SECONDS)


def watch() -> None:
    try:
        restores.watch()
    except Exception:
        # A full disk, most often. Nothing is sent meanwhile (upstream_calls.begin), and all else must go on.
        log.exception("whether the database is a restored copy could not be asked; trying again with the next beat")


class Command(BaseCommand):
    help = "Runs one worker: the shared queues, this node's relay queue, and the sweep for due rows."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Deliver what is due once and stop (no queue is run).")

    def handle(self, *args: Any, once: bool = False, **options: Any) -> None:
        if once:
            self.stdout.write(f"{leases.sweep()} delivered")
            return
        stop = threading.Event()
        consumers = [
            default_queue().create_consumer(workers=settings.WORKER_THREADS, periodic=True, max_delay=0.5),
            post_queue().create_consumer(workers=settings.POST_THREADS, periodic=False, max_delay=0.5),
            # Asked often, because an upload's second leg begins with it (an empty SQLite queue costs 0.1 ms to ask).
            relay_queue().create_consumer(
                workers=settings.RELAY_THREADS, periodic=False, initial_delay=0.02, max_delay=0.04
            ),
        ]
        for consumer in consumers:
            consumer.start()
        # After the consumers, because each of them installs handlers of its own.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        log.info("worker on node %s is ready", settings.NODE)
        clock = clock_steps.Clock()
        # Not by the clock of the wall: one that is set back must not make the worker silent for hours.
        is_new = True
        beat_at, wait = time.monotonic(), float(settings.SWEEP_SECONDS)
        while not stop.wait(wait):
            try:
                close_old_connections()
                if time.monotonic() >= beat_at:
                    beat_at = time.monotonic() + heartbeat.EVERY.total_seconds()
                    watch()
                    clock_steps.mend(clock)
                    heartbeat.beat()
                    if is_new:
                        heartbeat.worked(settings.NODE)
                        is_new = False
                    tasks.ask()
                wait = pause(leases.sweep())
            except Exception:
                wait = float(settings.SWEEP_SECONDS)
                # A database that is away comes back; the worker must still be there then.
                log.exception("sweep failed; trying again in %s s", settings.SWEEP_SECONDS)
        log.info("worker is stopping")
        for consumer in consumers:
            consumer.stop(graceful=True)
