"""What a job of the stand-in is, and how one is done."""

from __future__ import annotations

import logging
import shutil

from sandbox.job_threads import MOST_ATTEMPTS, JobThreads, Lane
from sandbox.media import ffmpeg
from sandbox.media.probe import NotAVideo
from sandbox.submagic import hooks, work
from sandbox.submagic.context import Context

logger = logging.getLogger("sandbox.jobs")

MEDIA = ("create", "export", "update")
WEBHOOKS = ("webhook",)
WORK = {"create": work.create, "export": work.export, "update": work.update}


class Runner(JobThreads):
    name, lanes, media = "submagic", (MEDIA, WEBHOOKS), MEDIA

    def __init__(self, here: Context) -> None:
        super().__init__()
        self.here = here

    def start(self, *, media_threads: int = 1) -> None:
        self.here.wake = self.wake
        super().start(media_threads=media_threads)

    def recover(self) -> None:
        for path in (self.here.data / "incoming").glob("*.part"):
            path.unlink(missing_ok=True)
        for pattern in ("projects/*/.render-*", "samples/.making-*"):
            for path in self.here.data.glob(pattern):
                shutil.rmtree(path, ignore_errors=True)
        self.here.store.recover_jobs()

    def run_one(self, lane: Lane) -> bool:
        job = self.here.store.claim_job(lane, self.here.now())
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
