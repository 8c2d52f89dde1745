"""Ports for servers that benches and tests start on this machine.

Not the usual "bind to port 0, close, start the server": what the kernel gives so lies in its ephemeral range, and any
outgoing connection of the same moment (a load of thousands of them, another test's browser) may be given the same port
before the server listens, or while it is down between a kill and its next start.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import random
import socket
import tempfile
from pathlib import Path
from typing import IO

RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
# Below the ephemeral range of Linux (32768) and of macOS and the standard (49152).
LOWEST, HIGHEST = 20_000, 32_000

_held: list[IO[str]] = []


def free_port(*, neighbours: int = 0) -> int:
    """A port of 127.0.0.1 where nothing listens, as the `neighbours` after it (script/server's sandbox takes one).
    No other process that asks here is given them while this one lives, and the kernel gives them to nobody."""
    ports = range(LOWEST, _highest() - neighbours)
    for first in itertools.islice(iter(lambda: random.choice(ports), None), 2_000):
        wanted = range(first, first + neighbours + 1)
        locks = [lock for port in wanted if (lock := _lock(port))]
        if len(locks) == len(wanted) and all(_is_free(port) for port in wanted):
            _held.extend(locks)
            return first
        for lock in locks:
            lock.close()
    raise RuntimeError(f"no free port between {LOWEST} and {_highest()}")


def _highest() -> int:
    """The last port below the ephemeral range of this machine, where that can be known and leaves room."""
    begins = int(RANGE.read_text().split()[0]) if RANGE.exists() else HIGHEST
    return min(HIGHEST, begins - 1) if begins > LOWEST + 1_000 else HIGHEST


def _lock(port: int) -> IO[str] | None:
    folder = Path(tempfile.gettempdir()) / f"clipdesk-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    file = (folder / str(port)).open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # Not SO_REUSEADDR: a port with connections of an ended server is no good start for the next.
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
