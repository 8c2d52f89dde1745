"""The threads in which a stand-in does its work; in tests its jobs run on demand instead."""

from __future__ import annotations

import logging
import os
import sys
import threading

from sandbox.media import ffmpeg

logger = logging.getLogger("sandbox.jobs")

# The kinds of jobs that one thread does, one after the other.
Lane = tuple[str, ...]
# A job that has taken the process down so often is given up.
MOST_ATTEMPTS = 3


class JobThreads:
    """`run_jobs()` works off what is due; `start()` does so in threads until `stop()`.

    A stand-in says which lanes it has and which of them make films, what a process that is gone left half done, and
    how one job is done. Its context's `wake` becomes this one's.
    """

    name = ""
    lanes: tuple[Lane, ...] = ()
    media: Lane = ()

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._stopping = False
        self._threads: list[threading.Thread] = []

    def recover(self) -> None:
        """Nothing runs yet: half-written files go, jobs that were begun wait again."""
        raise NotImplementedError

    def run_one(self, lane: Lane) -> bool:
        """Do one due job of these kinds; False when there is none."""
        raise NotImplementedError

    def run_jobs(self) -> int:
        """Run every due job, and those that they add, in this thread; how many ran."""
        count = 0
        while any(self.run_one(lane) for lane in self.lanes):
            count += 1
        return count

    def start(self, *, media_threads: int = 1) -> None:
        ffmpeg.allow()
        self.recover()
        lanes = [lane for lane in self.lanes for _ in range(media_threads if lane == self.media else 1)]
        for number, lane in enumerate(lanes):
            # Daemon threads: a transcription in native code must not keep a stopping process alive.
            name = f"{self.name}-{number}-{lane[0]}"
            thread = threading.Thread(target=self._loop, args=(lane,), name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self, *, timeout: float = 2.0) -> None:
        """End running ffmpegs and ask the threads to leave; unfinished jobs start again at the next start."""
        with self._news:
            self._stopping = True
            self._news.notify_all()
        ffmpeg.stop_all()
        for thread in self._threads:
            thread.join(timeout / len(self._threads))

    def wake(self) -> None:
        with self._news:
            self._news.notify_all()

    def _loop(self, lane: Lane) -> None:
        if lane == self.media and sys.platform == "linux":
            # On Linux this lowers only this thread and the ffmpegs it starts: pages stay quick during renders.
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 5)
        while not self._stopping:
            try:
                if self.run_one(lane):
                    continue
            except ffmpeg.Stopped:
                return
            except Exception:
                # The database may be locked or the disk full; the thread must outlive that.
                logger.exception("a job thread of %s stumbled", self.name)
            with self._news:
                if not self._stopping:
                    self._news.wait(0.5)
