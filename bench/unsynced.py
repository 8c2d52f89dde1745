"""The desk's web server without its syncs, for one comparison: the reference tus server for Node has none either."""

from __future__ import annotations

import os

from dashboard.wsgi import application

__all__ = ["application"]


def _no_sync(fd: object) -> None:
    """Leaves the bytes to the system, as a server does that never syncs."""


os.fdatasync = _no_sync
