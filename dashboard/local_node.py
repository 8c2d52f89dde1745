"""This machine's name of an embedded installation: its host name at the first start, kept in the data folder.

The bytes of uploads lie where that name says. A container gets a new host name with each start, and its uploads must
not be somebody else's then. Among several machines set NODE in the environment instead.
"""

from __future__ import annotations

import socket
from pathlib import Path

from dashboard.local_secrets import write_once


def name(path: Path) -> str:
    """At most 40 characters; never empty."""
    if not path.exists():
        write_once(path, socket.gethostname().split(".")[0][:40] or "node")
    return path.read_text().strip()[:40] or "node"
