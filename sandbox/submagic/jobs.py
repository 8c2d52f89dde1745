"""Runs jobs: in threads of the server, or on demand in tests."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import threading

from sandbox.media import ffmpeg
from sandbox.media.probe import NotAVideo
from sandbox.submagic import hooks, work
from sandbox.submagic.context import Context

logger = logging.getLogger("sandbox.jobs")

MEDIA = ("create", "export", "update")
WEBHOOKS = ("webhook",)
WORK = {"create": work.create, "export": work.export, "update": work.update}
# A job that has taken the process down so often is given up.
MOST_ATTEMPTS = 3


class Runner:
    """`run_jobs()` works off what is due; `start()` does so in threads until `stop()`."""

    def __init__(self, here: Context) -> None:
        self.here = here
        self._news = threading.Condition()
        self._stopping = False
        self._threads: list[threading.Thread] = []

    def run_jobs(self) -> int:
        """Run every due job, and those that they add, in this thread; how many ran."""
        count = 0
        while self._run_one(MEDIA) or self._run_one(WEBHOOKS):
            count += 1
        return count

    def start(self, *, media_threads: int = 1) -> None:
        ffmpeg.allow()
        self._tidy()
        self.here.store.recover_jobs()
        self.here.wake = self.wake
        kinds = [MEDIA] * media_threads + [WEBHOOKS]
        for index, kind in enumerate(kinds):
            # Daemon threads: a transcription in native code must not keep a stopping process alive.
            thread = threading.Thread(target=self._loop, args=(kind,), name=f"jobs-{index}-{kind[0]}", daemon=True)
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

    def _tidy(self) -> None:
        """Remove half-written files of a process that was killed; nothing writes yet."""
        for path in (self.here.data / "incoming").glob("*.part"):
            path.unlink(missing_ok=True)
        for pattern in ("projects/*/.render-*", "samples/.making-*"):
            for path in self.here.data.glob(pattern):
                shutil.rmtree(path, ignore_errors=True)

    def wake(self) -> None:
        with self._news:
            self._news.notify_all()

    def _loop(self, kinds: tuple[str, ...]) -> None:
        if kinds == MEDIA and sys.platform == "linux":
            # On Linux this lowers only this thread and the ffmpegs it starts: pages stay quick during renders.
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 5)
        while not self._stopping:
            try:
                if self._run_one(kinds):
                    continue
            except ffmpeg.Stopped:
                return
            except Exception:
                # The database may be locked or the disk full; the thread must outlive that.
                logger.exception("a job thread stumbled")
            with self._news:
                if not self._stopping:
                    self._news.wait(0.5)

    def _run_one(self, kinds: tuple[str, ...]) -> bool:
        job = self.here.store.claim_job(kinds, self.here.now())
        if job is None:
            return False
        if job.kind == "webhook":
            hooks.send(self.here, job)
            return True
        logger.info("%s of project %s begins", job.kind, job.project)
        try:
            if job.attempts > MOST_ATTEMPTS:
                raise work.Failed("Processing was interrupted too often")
            WORK[job.kind](self.here, job)
        except ffmpeg.Stopped:
            raise
        except work.Failed as error:
            work.fail(self.here, job.project, str(error))
        except (NotAVideo, ffmpeg.FfmpegError) as error:
            logger.warning("project %s: %s", job.project, error)
            work.fail(self.here, job.project, "Video format not supported or file corrupted")
        except Exception:
            logger.exception("project %s failed", job.project)
            work.fail(self.here, job.project, "An unexpected error occurred during processing")
        with self.here.store.transaction() as db:
            self.here.store.end_job(db, job.number)
        logger.info("%s of project %s ended", job.kind, job.project)
        return True
