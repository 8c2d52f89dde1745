"""The disk under the spool: room taken in advance, bytes made durable, and a full one told apart from other trouble."""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_KEEP_SIZE: Final = 1  # FALLOC_FL_KEEP_SIZE: reserve without growing the file
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)
_UNSUPPORTED: Final = (errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)


class SpoolFull(Exception):
    """No room for these bytes, or the space that always stays free would be touched."""


@contextmanager
def full_when_full() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise SpoolFull from error
        raise


def reserve(fd: int, start: int, length: int) -> None:
    """Take the blocks now, so that a full disk shows before the first byte and not at the last. Where the file
    system cannot, the check of the free space is all there is."""
    libc = ctypes.CDLL(None, use_errno=True)
    fallocate = getattr(libc, "fallocate64", None) or getattr(libc, "fallocate", None)
    if fallocate is None or length <= 0:
        return
    fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    if fallocate(fd, _KEEP_SIZE, start, length) == 0:
        return
    code = ctypes.get_errno()
    if code in _NO_ROOM:
        raise SpoolFull
    if code not in _UNSUPPORTED:
        raise OSError(code, os.strerror(code))


def sync(fd: int) -> None:
    (os.fdatasync if hasattr(os, "fdatasync") else os.fsync)(fd)
