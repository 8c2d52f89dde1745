"""Speaks a text with the packaged espeak-ng library, straight into samples."""

from __future__ import annotations

import ctypes
import re
import threading
import wave
from pathlib import Path

import espeakng_loader
import numpy as np
import numpy.typing as npt

_SYNCHRONOUS = 2
_CHARS_UTF8 = 1
_WORDS_PER_MINUTE = 1

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
_lock = threading.Lock()
_library: ctypes.CDLL | None = None
_rate = 22_050


class VoiceError(Exception):
    """espeak-ng refused the voice or the text."""


def _load() -> ctypes.CDLL:
    global _library, _rate
    if _library is None:
        library = ctypes.CDLL(espeakng_loader.get_library_path())
        rate = library.espeak_Initialize(_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0)
        if rate <= 0:
            raise VoiceError("espeak-ng could not start")
        _rate = rate
        _library = library
    return _library


def speak(text: str, *, voice: str = "en-us", words_per_minute: int = 155) -> tuple[npt.NDArray[np.int16], int]:
    """Samples (int16, mono) and their rate. `[pause 700]` in the text is 700 ms of silence."""
    pieces = re.split(r"\[pause (\d+)\]", text)
    with _lock:
        library = _load()
        if library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise VoiceError(f"no voice named {voice}")
        library.espeak_SetParameter(_WORDS_PER_MINUTE, words_per_minute, 0)
        heard: list[npt.NDArray[np.int16]] = []
        for index, piece in enumerate(pieces):
            if index % 2:
                heard.append(np.zeros(int(piece) * _rate // 1000, dtype=np.int16))
            elif piece.strip():
                heard.append(_synthesise(library, piece.strip()))
        return (np.concatenate(heard) if heard else np.zeros(0, dtype=np.int16)), _rate


def _synthesise(library: ctypes.CDLL, text: str) -> npt.NDArray[np.int16]:
    parts: list[npt.NDArray[np.int16]] = []

    def collect(samples: ctypes._Pointer[ctypes.c_short], count: int, _events: int | None) -> int:
        if samples and count:
            parts.append(np.ctypeslib.as_array(samples, shape=(count,)).astype(np.int16))
        return 0

    callback = _Callback(collect)
    library.espeak_SetSynthCallback(callback)
    data = text.encode() + b"\0"
    code = library.espeak_Synth(
        data, ctypes.c_size_t(len(data)), ctypes.c_uint(0), 0, ctypes.c_uint(0), ctypes.c_uint(_CHARS_UTF8), None, None
    )
    if code != 0:
        raise VoiceError(f"espeak-ng ended with {code}")
    library.espeak_Synchronize()
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int16)


def write_wav(path: Path, samples: npt.NDArray[np.int16], rate: int) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(samples.tobytes())
