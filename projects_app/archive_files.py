"""Files of the archive on disk, by id. Knows no HTTP and no model.

A copy grows under `<id>.part`, whose writer holds the system's lock on it, and gets its name `<id>` only when it is
whole, checked and durable; until then whatever had that name before stays. A killed process leaves a part that the next
one goes on with. What nobody needs any more is put aside as `<id>.left` first, with the time at which that was found.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from django.conf import settings

from projects_app.disk import SpoolFull, full_when_full, reserve, sync

PART: Final = ".part"
LEFT: Final = ".left"
# Says whose archive this folder is, and that it is not the empty place at which a disk is to be connected.
MARKER: Final = "clipdesk-archive"
BLOCK: Final = 1 << 20
# Beside what the spool never takes: one full recording must still find its place, or a tenth of a small disk.
ROOM_FOR_UPLOADS: Final = 10_000_000_000


NoRoom = SpoolFull


class Busy(Exception):
    """Another process is writing this file."""


def path(pk: uuid.UUID, ending: str = "") -> Path:
    """Made of the id alone, so no name from outside can lead anywhere else."""
    return Path(settings.ARCHIVE_DIR) / f"{pk.hex}{ending}"


def _folder() -> Path:
    folder = Path(settings.ARCHIVE_DIR)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def marked_for() -> str | None:
    """The node whose folder this is; None when it is marked for nobody."""
    try:
        return (Path(settings.ARCHIVE_DIR) / MARKER).read_text().strip()
    except FileNotFoundError:
        return None


def is_mine() -> bool:
    return marked_for() == settings.NODE


def mark() -> None:
    (_folder() / MARKER).write_text(settings.NODE)


def free_bytes() -> int:
    """What the archive may still take; uploads go first."""
    space = os.statvfs(_folder())
    whole = space.f_blocks * space.f_frsize
    kept_free = int(settings.SPOOL_FLOOR_BYTES) + min(ROOM_FOR_UPLOADS, whole // 10)
    return space.f_bavail * space.f_frsize - kept_free


class Part:
    """A copy under way; made by `part`."""

    def __init__(self, fd: int, pk: uuid.UUID) -> None:
        self._fd = fd
        self._pk = pk
        self.size = os.fstat(fd).st_size

    def restart(self) -> None:
        os.ftruncate(self._fd, 0)
        self.size = 0

    def make_room(self, length: int) -> None:
        """For so many bytes more. Raises NoRoom before any of them is written."""
        # What an earlier try had reserved is taken already.
        reserved = max(0, os.fstat(self._fd).st_blocks * 512 - self.size)
        if length > 0 and length - reserved > free_bytes():
            raise NoRoom
        reserve(self._fd, self.size, length)

    def write(self, block: bytes) -> None:
        """Raises NoRoom."""
        view = memoryview(block)
        with full_when_full():
            while view:
                done = os.pwrite(self._fd, view, self.size)
                view = view[done:]
                self.size += done

    def read(self, start: int, length: int) -> bytes:
        return os.pread(self._fd, length, start)

    def digest(self) -> str:
        return _digest(self._fd)

    def finish(self) -> None:
        """Durable, and then under its name."""
        try:
            sync(self._fd)
        except OSError:
            # The system tells of bytes that it could not write once, and the next sync succeeds without them.
            self.restart()
            raise
        path(self._pk, PART).rename(path(self._pk))
        _sync_folder()


@contextmanager
def part(pk: uuid.UUID) -> Iterator[Part]:
    """The copy under way, begun or taken up. Raises Busy while another process is at it."""
    _folder()
    fd = os.open(path(pk, PART), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy from None
        yield Part(fd, pk)
    finally:
        os.close(fd)


def _sync_folder() -> None:
    folder = os.open(_folder(), os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class Kept(NamedTuple):
    size: int  # bytes
    sha256: str


def look(pk: uuid.UUID) -> Kept | None:
    """A file that has its name, read from end to end; None when there is none."""
    try:
        with path(pk).open("rb") as file:
            return Kept(os.fstat(file.fileno()).st_size, _digest(file.fileno()))
    except FileNotFoundError:
        return None


def settle(pk: uuid.UUID) -> None:
    """A file that has its name is made durable; its writer may have died just before."""
    with path(pk).open("rb") as file:
        sync(file.fileno())
    _sync_folder()


def _digest(fd: int) -> str:
    """The SHA-256, read back from the disk."""
    found, at = hashlib.sha256(), 0
    while block := os.pread(fd, BLOCK, at):
        found.update(block)
        at += len(block)
    return found.hexdigest()


def open_kept(pk: uuid.UUID) -> BinaryIO:
    """Raises FileNotFoundError."""
    return path(pk).open("rb")


def size_of(pk: uuid.UUID) -> int | None:
    """Bytes of a kept file; None when it is not there."""
    try:
        return path(pk).stat().st_size
    except FileNotFoundError:
        return None


def remove(pk: uuid.UUID) -> None:
    """All of it, because a person took it out."""
    for ending in ("", PART, LEFT):
        path(pk, ending).unlink(missing_ok=True)


def remove_part(pk: uuid.UUID) -> None:
    path(pk, PART).unlink(missing_ok=True)


def put_aside(pk: uuid.UUID) -> None:
    """Nobody needs it now; from this moment counts how long it still lies there."""
    with suppress(FileNotFoundError):
        os.utime(path(pk))
        path(pk).rename(path(pk, LEFT))


def take_back(pk: uuid.UUID) -> bool:
    """A row that needs it has come back. False when there is another file in its place, which stays. Somebody may have
    taken it out in this moment; then there is nothing to do."""
    try:
        with suppress(FileNotFoundError):
            os.link(path(pk, LEFT), path(pk))
    except FileExistsError:
        return False
    path(pk, LEFT).unlink(missing_ok=True)
    return True


def remove_left(pk: uuid.UUID) -> None:
    path(pk, LEFT).unlink(missing_ok=True)


class Stored(NamedTuple):
    pk: uuid.UUID
    ending: str
    changed: float  # seconds since 1970


def stored() -> list[Stored]:
    """All files that have one of our names. Anything else is not ours to touch."""
    found: list[Stored] = []
    for entry in os.scandir(_folder()):
        stem, dot, ending = entry.name.partition(".")
        with suppress(ValueError, FileNotFoundError):
            if dot + ending in ("", PART, LEFT):
                changed = entry.stat(follow_symlinks=False).st_mtime
                found.append(Stored(uuid.UUID(hex=stem), dot + ending, changed))
    return found
