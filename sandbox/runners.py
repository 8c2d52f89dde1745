"""The job runners of all stand-ins as one, for the server and for tests."""

from __future__ import annotations

from typing import Protocol


class Runs(Protocol):
    """What each stand-in's runner can do; see sandbox/job_threads.py."""

    def run_jobs(self) -> int: ...

    def start(self, *, media_threads: int = 1) -> None: ...

    def stop(self, *, timeout: float = 2.0) -> None: ...


class Runners:
    """`run_jobs()` works off what is due everywhere; `start()` and `stop()` act on all."""

    def __init__(self, *runners: Runs) -> None:
        self._all = list(runners)

    def add(self, runner: Runs) -> None:
        self._all.append(runner)

    def run_jobs(self) -> int:
        return sum(runner.run_jobs() for runner in self._all)

    def start(self, *, media_threads: int = 1) -> None:
        for runner in self._all:
            runner.start(media_threads=media_threads)

    def stop(self, *, timeout: float = 2.0) -> None:
        for runner in self._all:
            runner.stop(timeout=timeout / len(self._all))
