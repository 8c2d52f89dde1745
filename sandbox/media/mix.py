"""The sound of a film: the speaker's, cut where the picture is cut and cleaned if asked for, and music under it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from sandbox.media import ffmpeg
from sandbox.media.timeline import Timeline

RATE = 48_000
_FRAME = 4  # bytes of a moment: two channels of 16 bits
_BLOCK = RATE * 5
_SOFT = RATE // 200  # a cut fades out and in within 5 ms, or it would click
_CLEAN = "highpass=f=70,afftdn=nf=-25"


@dataclass(frozen=True, slots=True)
class Music:
    """A file that plays under the whole film; `volume` 0..1 of its own loudness, `start` seconds into it."""

    path: Path
    volume: float
    start: float = 0.0
    fade: bool = True


def cut(source: Path, to: Path, line: Timeline, *, start: float) -> None:
    """Write the kept parts of `source`, counted from `start`, as raw samples (48 kHz, two channels)."""
    kept = [(round(first * RATE), round(last * RATE)) for first, last in line.kept]
    told: list[str | Path] = [
        *("-threads", "1", "-ss", f"{start:.3f}", "-t", f"{line.kept[-1][1]:.3f}", "-i", source.resolve()),
        *("-map", "0:a:0", "-af", "aresample=async=1:first_pts=0", "-ac", "2", "-ar", str(RATE)),
        *("-f", "s16le", "pipe:1"),
    ]
    with ffmpeg.opened(told, stdout=subprocess.PIPE) as process, to.open("wb") as out:
        assert process.stdout is not None
        now = 0
        for first, last in kept:
            _skip(process.stdout, first - now)
            _copy(process.stdout, out, last - first)
            now = last
        while process.stdout.read(1 << 20):
            ffmpeg.check_stopping()


def _skip(pipe: IO[bytes], count: int) -> None:
    while count > 0:
        step = min(count, _BLOCK)
        if len(pipe.read(step * _FRAME)) < step * _FRAME:
            return
        count -= step


def _copy(pipe: IO[bytes], out: IO[bytes], count: int) -> None:
    """One kept part with soft edges; what the recording lacks at its end is silence."""
    for begin in range(0, count, _BLOCK):
        ffmpeg.check_stopping()
        size = min(_BLOCK, count - begin)
        data = pipe.read(size * _FRAME).ljust(size * _FRAME, b"\0")
        samples = np.frombuffer(data, dtype=np.int16).reshape(-1, 2)
        at = np.arange(begin, begin + size)
        gain = np.clip(np.minimum(at + 1, count - at) / _SOFT, 0.0, 1.0)[:, None]
        out.write((samples * gain).astype(np.int16).tobytes())


def arguments(speech: int | None, music: Music | None, number: int, *, clean: bool, seconds: float) -> list[str]:
    """ffmpeg's filters and map for the sound; `speech` and `number` are the inputs of the speaker and of the music."""
    if speech is None and music is None:
        return []
    chains: list[str] = []
    if speech is not None:
        cleaned = f"{_CLEAN}," if clean else ""
        last = "[sound]" if music is None else "[speech]"
        # The speaker's track may end before the picture: the music must not.
        chains.append(f"[{speech}:a:0]{cleaned}aresample={RATE},apad=whole_dur={seconds:.3f}{last}")
    if music is not None:
        chains.append(_music(music, number, seconds) + ("[sound]" if speech is None else "[music]"))
    if speech is not None and music is not None:
        chains.append(
            "[speech][music]amix=inputs=2:duration=first:normalize=0,"
            "alimiter=limit=0.97:level=disabled:latency=1[sound]"
        )
    return ["-filter_complex", ";".join(chains), "-map", "[sound]"]


def inputs(music: Music | None) -> list[str | Path]:
    """The music as an input that never ends; it begins at `start` and goes on from its beginning."""
    if music is None:
        return []
    return ["-stream_loop", "-1", "-i", music.path.resolve()]


def _music(music: Music, number: int, seconds: float) -> str:
    # Skipped in the filter: an input that is sought and looped begins every round at the sought place.
    chain = (
        f"[{number}:a:0]aresample={RATE},aformat=channel_layouts=stereo,"
        f"atrim=start={music.start:.3f}:duration={seconds:.3f},asetpts=PTS-STARTPTS,volume={music.volume:.3f}"
    )
    if music.fade:
        length = min(1.5, seconds / 4)
        chain += f",afade=t=in:d={length:.3f},afade=t=out:st={seconds - length:.3f}:d={length:.3f}"
    return chain
