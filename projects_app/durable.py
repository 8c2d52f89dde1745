"""What of a written file survives what: a killed process, and the end of the machine."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path

from projects_app.spool import Writer


@cache
def boot() -> str:
    """Which start of the machine this is; "" where the system does not say (then nothing is taken on trust).

    What a killed process had written is in the system's memory and whole, until the machine itself stops.
    """
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:40]
    except OSError:
        return ""


class Background:
    """Makes a file durable while more of it is written: at most one sync at a time, in a thread of its own.

    A sync covers what was written before it began; `mark` is that position.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sync")
        self._running: Future[None] | None = None
        self.mark = 0

    @property
    def is_running(self) -> bool:
        return self._running is not None

    def begin(self, mark: int) -> None:
        self.mark = mark
        self._running = self._thread.submit(self._writer.sync)

    def ended(self, *, wait: bool = False) -> bool:
        """Has the sync that was running ended now? Then everything up to `mark` is durable. Raises what it raised."""
        if self._running is None or not (wait or self._running.done()):
            return False
        running, self._running = self._running, None
        running.result()
        return True

    def close(self) -> None:
        """Nothing is left running on a file that is about to be closed. Raises what the last sync raised: the system
        tells of bytes that it could not write once, and the next sync of the same file succeeds without them."""
        self._thread.shutdown(wait=True)
        self.ended(wait=True)
