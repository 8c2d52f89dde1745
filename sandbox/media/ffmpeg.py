"""Runs the ffmpeg that comes as a package, with few threads, and can stop what it started."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import imageio_ffmpeg

THREADS = max(1, int(os.environ.get("SANDBOX_MEDIA_THREADS", "2")))


class FfmpegError(Exception):
    """ffmpeg ended with an error; the message is the tail of what it said."""


class Stopped(Exception):
    """The process is shutting down; the work starts again at the next start."""


_running: set[subprocess.Popen[bytes]] = set()
_lock = threading.Lock()
_stopping = threading.Event()


def executable() -> str:
    """Path of the packaged ffmpeg (with libx264, AAC and libass)."""
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def stop_all() -> None:
    """End every running ffmpeg of this process; later calls raise Stopped."""
    _stopping.set()
    with _lock:
        for process in _running:
            process.terminate()


def allow() -> None:
    """Undo stop_all: an app that is made after another one has stopped may work again."""
    _stopping.clear()


def check_stopping() -> None:
    """Raise Stopped when the process is shutting down; long loops call this between steps."""
    if _stopping.is_set():
        raise Stopped


@contextmanager
def opened(
    arguments: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    stdin: int | None = subprocess.DEVNULL,
    stdout: int | None = subprocess.DEVNULL,
) -> Iterator[subprocess.Popen[bytes]]:
    """Start ffmpeg; on leaving wait for it and raise FfmpegError when it failed.

    Its messages go to an unnamed file, because a full pipe would stop it.
    """
    check_stopping()
    command = [executable(), "-hide_banner", "-loglevel", "error", "-nostdin", "-y", *map(str, arguments)]
    with tempfile.TemporaryFile() as said:
        # A group of its own: Ctrl-C in a terminal must reach us first, or its end looks like a failure.
        process = subprocess.Popen(command, cwd=cwd, stdin=stdin, stdout=stdout, stderr=said, process_group=0)
        with _lock:
            _running.add(process)
        try:
            yield process
            _close(process.stdin)
            code = process.wait()
        except BaseException:
            process.kill()
            raise
        finally:
            process.wait()
            for pipe in (process.stdin, process.stdout):
                _close(pipe)
            with _lock:
                _running.discard(process)
        if code != 0:
            check_stopping()
            said.seek(0)
            raise FfmpegError(said.read()[-2000:].decode(errors="replace").strip() or f"ffmpeg ended with {code}")


def _close(pipe: IO[bytes] | None) -> None:
    if pipe is None:
        return
    try:
        pipe.close()
    except BrokenPipeError:
        # Its last bytes could not be flushed because ffmpeg is gone; ffmpeg's own exit code tells that story.
        return


def run(arguments: Sequence[str | Path], *, cwd: Path | None = None) -> None:
    """Run ffmpeg to its end."""
    with opened(arguments, cwd=cwd):
        pass


def filter_value(text: str | Path) -> str:
    """Quote a value inside a filter graph: once for the option parser, once for the graph parser."""
    once = str(text).replace("\\", "\\\\").replace(":", "\\:").replace("'", "\\'")
    special = "\\'[],;"
    return "".join("\\" + letter if letter in special else letter for letter in once)
