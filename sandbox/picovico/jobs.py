"""How the stand-in's one kind of job is done."""

from __future__ import annotations

import logging
import shutil

from sandbox.job_threads import MOST_ATTEMPTS, JobThreads, Lane
from sandbox.media import ffmpeg
from sandbox.media.slides import PhotoMissing
from sandbox.picovico import work
from sandbox.picovico.context import Context

logger = logging.getLogger("sandbox.picovico")

RENDERS = ("render",)


class Runner(JobThreads):
    """One film at a time, whatever `media_threads` says: a slideshow is quick."""

    name, lanes, media = "picovico", (RENDERS,), RENDERS

    def __init__(self, here: Context) -> None:
        super().__init__()
        self.here = here

    def start(self, *, media_threads: int = 1) -> None:
        self.here.wake = self.wake
        super().start()

    def recover(self) -> None:
        for path in self.here.data.glob("videos/*/.render-*"):
            shutil.rmtree(path, ignore_errors=True)
        for path in (self.here.data / "incoming").glob("*.part"):
            path.unlink(missing_ok=True)
        self.here.store.recover_jobs()

    def run_one(self, lane: Lane) -> bool:
        job = self.here.store.claim_job()
        if job is None:
            return False
        number, video, attempts = job
        try:
            if attempts > MOST_ATTEMPTS:
                logger.warning("video %s was interrupted too often", video)
                work.fail(self.here, video)
            else:
                work.render(self.here, video)
        except ffmpeg.Stopped:
            raise
        except (PhotoMissing, ffmpeg.FfmpegError) as error:
            logger.warning("video %s: %s", video, error)
            work.fail(self.here, video)
        except Exception:
            logger.exception("video %s failed", video)
            work.fail(self.here, video)
        self.here.store.end_job(number)
        return True
