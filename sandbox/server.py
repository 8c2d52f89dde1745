"""Serves the sandbox with gunicorn: one worker process, sixteen threads, jobs in threads of the same process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from sandbox.app import create_app
from sandbox.settings import Settings


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int


class Server(BaseApplication):  # type: ignore[misc]
    """`run()` serves until SIGTERM or SIGINT."""

    def __init__(self, address: Address, settings: Settings, *, media_threads: int) -> None:
        self.address = address
        self.settings = settings
        self.media_threads = media_threads
        super().__init__()

    def load_config(self) -> None:
        host = f"[{self.address.host}]" if ":" in self.address.host else self.address.host
        values: dict[str, Any] = {
            "bind": f"{host}:{self.address.port}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": 16,
            "graceful_timeout": 3,
            "timeout": 120,
            "keepalive": 5,
            "loglevel": "warning",
            "proc_name": "sandbox",
            "control_socket_disable": True,
            "post_worker_init": self._begin,
            "worker_int": self._leave,
            "worker_exit": self._end,
        }
        for name, value in values.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return create_app(self.settings.data, settings=self.settings)

    def _begin(self, worker: Any) -> None:
        worker.wsgi.extensions["sandbox"].start(media_threads=self.media_threads)

    def _leave(self, worker: Any) -> None:
        self._stop(worker)

    def _end(self, _server: Any, worker: Any) -> None:
        self._stop(worker)

    def _stop(self, worker: Any) -> None:
        if getattr(worker, "wsgi", None) is not None:
            worker.wsgi.extensions["sandbox"].stop()
