"""Bytes of uploads on disk, by id. Knows no HTTP and no model.

A file's length is always the number of bytes that were written in order from its start: room for the rest is
reserved behind its end. Bytes that came with a checksum are not shown to readers before it was found right: then a
second small file says how many may be read. One writer at a time holds the file's lock; who wants to write next asks
for it, and the writer gives way between two blocks. The lock is the system's own: a killed process leaves none.
"""

from __future__ import annotations

import fcntl
import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from django.conf import settings

from projects_app.disk import SpoolFull as SpoolFull
from projects_app.disk import full_when_full, reserve, sync

BLOCK: Final = 256 * 1024
POLL_SECONDS: Final = 0.02


class Missing(Exception):
    """There is no file of this id (any more)."""


class Busy(Exception):
    """The present writer did not give way in time."""


class Stalled(Exception):
    """The file did not grow for too long."""


# Beside an upload's file: somebody waits for it; and how many of its bytes may be read.
_NEXT: Final = ".next"
_SHOWN: Final = ".shown"


def path(upload_id: uuid.UUID, ending: str = "") -> Path:
    """Made of the id alone, so no name from outside can lead anywhere else."""
    return Path(settings.SPOOL_DIR) / f"{upload_id.hex}{ending}"


def _read_limit(where: Path) -> int | None:
    try:
        return int.from_bytes(where.read_bytes(), "big")
    except FileNotFoundError:
        return None


def _folder() -> Path:
    folder = Path(settings.SPOOL_DIR)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)
    return folder


def free_bytes() -> int:
    """What uploads may still take: the floor stays free."""
    space = os.statvfs(_folder())
    return space.f_bavail * space.f_frsize - int(settings.SPOOL_FLOOR_BYTES)


def create(upload_id: uuid.UUID, size: int) -> None:
    """An empty file with room for `size` bytes. Raises SpoolFull before anything is left behind."""
    where = path(upload_id)
    folder = os.open(_folder(), os.O_RDONLY | os.O_CLOEXEC)
    try:
        # One after the other, or two that fit alone would together touch the space that stays free.
        fcntl.flock(folder, fcntl.LOCK_EX)
        if size > free_bytes():
            raise SpoolFull
        with full_when_full():
            fd = os.open(where, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            reserve(fd, 0, size)
        except SpoolFull:
            where.unlink()
            raise
        finally:
            os.close(fd)
        # The name itself must survive a power cut, else acknowledged bytes would have no file.
        os.fsync(folder)
    finally:
        os.close(folder)


class Writer:
    """The one who may write a file just now; made by `writing`."""

    def __init__(self, fd: int, upload_id: uuid.UUID) -> None:
        self._fd = fd
        self._marker = path(upload_id, _NEXT)
        self._limit = path(upload_id, _SHOWN)
        self._limits = self._limit.exists()
        self._asked = self._stamp()

    def _stamp(self) -> int:
        try:
            return os.stat(self._marker).st_mtime_ns
        except FileNotFoundError:
            return 0

    @property
    def is_wanted(self) -> bool:
        """Somebody newer waits for the file: stop after the present block."""
        return self._stamp() != self._asked

    @property
    def size(self) -> int:
        return os.fstat(self._fd).st_size

    @property
    def shown(self) -> int:
        """How much of it readers may read: all, or what was not hidden."""
        limit = _read_limit(self._limit)
        return self.size if limit is None else min(self.size, limit)

    def write(self, block: memoryview, at: int) -> None:
        with full_when_full():
            while block:
                written = os.pwrite(self._fd, block, at)
                block, at = block[written:], at + written

    def show(self, to: int) -> None:
        """Readers may read up to here. Needed only once `hide` was called for this file, by whichever writer."""
        if self._limits:
            # In place and in one piece: a reader sees the old number or the new one.
            fd = os.open(self._limit, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.pwrite(fd, to.to_bytes(8, "big"), 0)
            finally:
                os.close(fd)

    def hide(self, behind: int) -> None:
        """What is written behind this byte stays unread until `show` says so."""
        self._limits = True
        self.show(behind)

    def read(self, at: int, length: int) -> bytes:
        return os.pread(self._fd, length, at)

    def sync(self) -> None:
        """The bytes written so far survive a power cut when this returns, and how many of them may be read."""
        with full_when_full():
            sync(self._fd)
            if self._limits:
                with suppress(FileNotFoundError):  # cleared away meanwhile
                    fd = os.open(self._limit, os.O_RDONLY | os.O_CLOEXEC)
                    try:
                        sync(fd)
                    finally:
                        os.close(fd)

    def truncate(self, to: int, *, of: int) -> None:
        """Drop what lies behind `to`; the room for `of` bytes in all stays reserved."""
        self.show(to)
        os.ftruncate(self._fd, to)
        reserve(self._fd, to, of - to)


@contextmanager
def writing(upload_id: uuid.UUID, *, patience: float = 10.0) -> Iterator[Writer]:
    """Become the file's writer, taking over from a present one. Raises Missing or Busy."""
    try:
        fd = os.open(path(upload_id), os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        raise Missing from None
    marker = path(upload_id, _NEXT)
    try:
        until = time.monotonic() + patience
        while not _lock(fd):
            # At every try, because the file may meanwhile have gone to another one who waited too.
            marker.touch(mode=0o600)
            if time.monotonic() > until:
                raise Busy
            time.sleep(POLL_SECONDS)
        yield Writer(fd, upload_id)
    finally:
        os.close(fd)  # lets go of the lock


def _lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class Reader:
    """Reads a file that may still be growing; holding it open keeps its bytes even after `remove`."""

    def __init__(self, upload_id: uuid.UUID) -> None:
        try:
            self._fd = os.open(path(upload_id), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            raise Missing from None
        self._limit = path(upload_id, _SHOWN)

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *exc: object) -> None:
        os.close(self._fd)

    @property
    def size(self) -> int:
        return os.fstat(self._fd).st_size

    def read(self, at: int, length: int) -> bytes:
        return os.pread(self._fd, length, at)

    def follow(
        self,
        size: int,
        *,
        stall_seconds: float,
        watch: Callable[[int], None] = lambda position: None,
        meter: Callable[[int, float], None] = lambda count, seconds: None,
    ) -> Iterator[bytes]:
        """Blocks from the start until `size` bytes were given, waiting for the ones that are not there yet.

        `watch(position)` is called before each block and while waiting; what it raises ends the reading. `meter` is
        told how long it took until each block was taken, and (0, 0) when it waits. Raises Stalled when nothing came
        for `stall_seconds`.
        """
        position = readable = 0
        heard = time.monotonic()
        while position < size:
            watch(position)
            if position >= readable:
                readable = self._readable()
            block = os.pread(self._fd, max(0, min(BLOCK, readable - position)), position)
            if block:
                position += len(block)
                offered = time.monotonic()
                yield block
                heard = time.monotonic()
                meter(len(block), heard - offered)
            elif time.monotonic() - heard > stall_seconds:
                raise Stalled
            else:
                readable = 0
                meter(0, 0)
                time.sleep(POLL_SECONDS)

    def _readable(self) -> int:
        """The length first, then the limit: what is in a file that has no limit yet is all shown."""
        length = self.size
        limit = _read_limit(self._limit)
        return length if limit is None else min(length, limit)


def remove(upload_id: uuid.UUID) -> None:
    for ending in ("", _NEXT, _SHOWN):
        path(upload_id, ending).unlink(missing_ok=True)


def stored() -> dict[uuid.UUID, float]:
    """All ids that have a file here, with the time (seconds since 1970) of the file's last change."""
    found: dict[uuid.UUID, float] = {}
    for entry in os.scandir(_folder()):
        # Anything that is not one of our names is not ours to remove.
        with suppress(ValueError, FileNotFoundError):
            name = entry.name.removesuffix(_NEXT).removesuffix(_SHOWN)
            found[uuid.UUID(hex=name)] = entry.stat(follow_symlinks=False).st_mtime
    return found
