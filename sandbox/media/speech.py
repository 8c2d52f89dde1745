"""Speech to words, offline. One model per process, one transcription at a time."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sandbox.media import ffmpeg, model
from sandbox.media.sound import FRAME, RATE, Sound
from sandbox.media.words import Heard

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

# A long recording is heard in pieces: memory stays bounded and a shutdown is noticed between them.
PIECE = 300.0
_lock = threading.Lock()
_model: WhisperModel | None = None


def _load(cache: Path) -> WhisperModel:
    global _model
    if _model is None:
        # The model lies on disk; no library may ask a network for it.
        os.environ["HF_HUB_OFFLINE"] = "1"
        from faster_whisper import WhisperModel

        _model = WhisperModel(
            str(model.folder(cache)),
            device="cpu",
            compute_type="int8",
            cpu_threads=ffmpeg.THREADS,
            num_workers=1,
            local_files_only=True,
        )
    return _model


def _cuts(sound: Sound) -> list[int]:
    """Sample positions that part the recording into pieces, each at the quietest moment near its end."""
    levels = sound.loudness()
    cuts = [0]
    while sound.seconds - cuts[-1] / RATE > PIECE * 1.3:
        around = int((cuts[-1] / RATE + PIECE) / FRAME)
        reach = int(20 / FRAME)
        first = max(0, around - reach)
        quiet = first + int(np.argmin(levels[first : around + reach]))
        cuts.append(int((quiet + 0.5) * FRAME * RATE))
    cuts.append(len(sound.samples))
    return cuts


def transcribe(sound: Sound, *, language: str, hints: Sequence[str], cache: Path) -> list[Heard]:
    """Words with times. `language` is the requested code; one the recogniser does not know is detected instead.

    `hints` are the request's `dictionary`: they bias the recogniser towards these spellings.
    """
    heard: list[Heard] = []
    with _lock:
        recogniser = _load(cache)
        known = language if language in recogniser.supported_languages else None
        cuts = _cuts(sound)
        for begin, end in zip(cuts, cuts[1:], strict=False):
            ffmpeg.check_stopping()
            if end - begin < RATE // 10:
                continue
            segments, _info = recogniser.transcribe(
                sound.floats(begin, end),
                language=known,
                beam_size=3,
                word_timestamps=True,
                # Music and noise without a voice must give no words at all.
                vad_filter=True,
                condition_on_previous_text=False,
                hotwords=", ".join(hints) or None,
            )
            for segment in segments:
                ffmpeg.check_stopping()
                for word in segment.words or ():
                    offset = begin / RATE
                    heard.append(Heard(str(word.word), float(word.start) + offset, float(word.end) + offset))
    return heard
