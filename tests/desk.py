"""A whole desk started by script/server, as a newcomer would, on free ports and a data folder of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench.ports import free_port

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Desk:
    data: Path
    env: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    port: int = field(default_factory=lambda: free_port(neighbours=1))
    output: list[str] = field(default_factory=list)
    process: subprocess.Popen[str] | None = None
    reader: threading.Thread | None = None

    def start(self, *, seconds: float = 120) -> None:
        self.output.clear()
        env = {name: value for name, value in os.environ.items() if name not in ("DATA_DIR", "DATABASE_URL")}
        # What is started here is the product, not the test run: no settings of ours may leak into it.
        for name in ("DJANGO_SETTINGS_MODULE", "DJANGO_ALLOW_ASYNC_UNSAFE", "PYTEST_CURRENT_TEST"):
            env.pop(name, None)
        self.process = subprocess.Popen(
            ["script/server", "--port", str(self.port), "--data", str(self.data), *self.arguments],
            cwd=ROOT,
            env=env | self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        deadline = time.monotonic() + seconds
        while not self.find(r"Stop with Ctrl-C"):
            assert self.process.poll() is None, "script/server ended:\n" + "".join(self.output)
            assert time.monotonic() < deadline, "script/server is not ready:\n" + "".join(self.output)
            time.sleep(0.1)

    def _read(self) -> None:
        assert self.process and self.process.stdout
        for line in self.process.stdout:
            self.output.append(line)

    def find(self, pattern: str) -> str:
        match = re.search(pattern, "".join(self.output))
        return (match.group(1) if match.groups() else match.group()) if match else ""

    @property
    def url(self) -> str:
        return self.find(r"Clipdesk is ready:\s+(\S+)").rstrip("/")

    @property
    def sandbox_port(self) -> int:
        return int((self.data / "sandbox-port").read_text())

    @property
    def email(self) -> str:
        return self.find(r"Sign in:\s+(\S+)")

    @property
    def password(self) -> str:
        return self.find(r"Password:\s+(\S+)")

    def stop(self) -> int:
        """Ctrl-C; returns the exit code."""
        assert self.process and self.process.stdout and self.reader
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        code = self.process.wait(30)
        self.reader.join()
        self.process.stdout.close()
        return code
