"""What a job of the stand-in is, and how one is done."""

from __future__ import annotations

import logging
import shutil

from sandbox.job_threads import MOST_ATTEMPTS, JobThreads, Lane
from sandbox.magic_hour import hooks, work
from sandbox.magic_hour.context import Context
from sandbox.media import ffmpeg

logger = logging.getLogger("sandbox.magic_hour")

MEDIA = ("start", "render")
WEBHOOKS = ("webhook",)


class Runner(JobThreads):
    """One film is drawn at a time, whatever `media_threads` says."""

    name, lanes = "magic-hour", (MEDIA, WEBHOOKS)

    def __init__(self, here: Context) -> None:
        super().__init__()
        self.here = here

    def start(self, *, media_threads: int = 1) -> None:
        self.here.wake = self.wake
        super().start()

    def recover(self) -> None:
        for path in self.here.settings.data.glob("magic-hour/*/.render-*"):
            shutil.rmtree(path, ignore_errors=True)
        self.here.store.recover_jobs()

    def run_one(self, lane: Lane) -> bool:
        job = self.here.store.claim_job(lane, self.here.now())
        if job is None:
            return False
        if job.kind == "webhook":
            hooks.send(self.here, job)
            return True
        try:
            if job.attempts > MOST_ATTEMPTS:
                work.fail(self.here, job.project, "interrupted", "Rendering was interrupted too often.")
            elif job.kind == "start":
                work.start(self.here, job)
            else:
                work.finish(self.here, job)
        except ffmpeg.Stopped:
            raise
        except Exception:
            logger.exception("project %s failed", job.project)
            work.fail(self.here, job.project, "render_failed", "The video could not be rendered.")
        self.here.store.end_job(job.number)
        return True
