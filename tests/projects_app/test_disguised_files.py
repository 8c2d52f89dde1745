"""Sixty files that are no MP4 or MOV video, each called talk.mp4: real ones of other formats, and ones made to deceive.

Source: design, reliability section 4 (uploads).
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sqlite3
import struct
import tarfile
import wave
import zipfile
import zlib
from collections.abc import Callable
from fractions import Fraction

import av
import numpy
import pytest

from projects_app.actions import examining, uploads
from projects_app.models import Upload
from tests.projects_app.movies import box, ftyp, moov, mp4

# Muxers of FFmpeg, with a codec that each takes.
VIDEO = {
    **{"matroska": "mpeg4", "webm": "libvpx", "avi": "mpeg4", "flv": "flv", "mpegts": "mpeg2video"},
    **{"mpeg": "mpeg1video", "vob": "mpeg2video", "svcd": "mpeg2video", "asf": "mpeg4", "nut": "mpeg4"},
    **{"mxf": "mpeg2video", "gif": "gif", "apng": "apng", "ivf": "libvpx", "m4v": "mpeg4", "swf": "flv"},
    **{"wtv": "mpeg2video", "yuv4mpegpipe": "rawvideo", "h264": "libx264", "rm": "rv10"},
}
SOUND = {
    **{"wav": "pcm_s16le", "w64": "pcm_s16le", "aiff": "pcm_s16be", "au": "pcm_s16be", "caf": "pcm_s16le"},
    **{"voc": "pcm_u8", "flac": "flac", "mp3": "libmp3lame", "mp2": "mp2", "ac3": "ac3", "adts": "aac"},
    **{"ogg": "flac", "opus": "libopus", "ipod": "aac", "tta": "tta", "wv": "wavpack", "rso": "pcm_u8"},
    **{"sox": "pcm_s32le"},
}


def film(muxer: str, codec: str) -> bytes:
    target = io.BytesIO()
    with av.open(target, "w", format=muxer) as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height = 176, 144
        formats = stream.codec.video_formats
        stream.pix_fmt = next((each.name for each in formats or () if each.name == "yuv420p"), None) or (
            formats[0].name if formats else "yuv420p"
        )
        for _ in range(3):
            frame = av.VideoFrame.from_ndarray(numpy.zeros((144, 176, 3), numpy.uint8), format="rgb24")
            container.mux(stream.encode(frame.reformat(format=stream.pix_fmt)))
        container.mux(stream.encode(None))
    return target.getvalue()


def tone(muxer: str, codec: str) -> bytes:
    target = io.BytesIO()
    with av.open(target, "w", format=muxer) as container:
        stream = container.add_stream(codec, rate=48000, layout="mono")
        resampler = av.AudioResampler(stream.codec.audio_formats[0].name, "mono", 48000, stream.frame_size or None)
        silence = av.AudioFrame.from_ndarray(numpy.zeros((1, 9600), numpy.int16), format="s16", layout="mono")
        silence.sample_rate, silence.pts, silence.time_base = 48000, 0, Fraction(1, 48000)
        for frame in [*resampler.resample(silence), *resampler.resample(None)]:
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()


def zipped() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("talk.mp4", mp4(4000))
    return target.getvalue()


def tarred() -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("talk.mp4"))
    return target.getvalue()


def database() -> bytes:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("create table t (x)")
        return connection.serialize()


def sound() -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(800))
    return target.getvalue()


def png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


SCRIPT = b"<!doctype html><title>x</title><script>alert(1)</script>" + b" " * 200
OTHERS: dict[str, Callable[[], bytes]] = {
    "zip": zipped,
    "tar": tarred,
    "gzip": lambda: gzip.compress(mp4(4000)),
    "bzip2": lambda: bz2.compress(mp4(4000)),
    "xz": lambda: lzma.compress(mp4(4000)),
    "sqlite": database,
    "png": png,
    "html": lambda: SCRIPT,
    "svg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "pdf": lambda: b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF" + b"\n" * 100,
    "shell": lambda: b'#!/bin/sh\nrm -rf -- "$HOME"\n' + b"#" * 100,
    "program": lambda: b"\x7fELF\x02\x01\x01" + bytes(200),
    "windows program": lambda: b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff" + bytes(200),
    "text": lambda: b"just words, and then some more of them, for as long as it takes",
    "zeros": lambda: bytes(4096),
    "ones": lambda: b"\xff" * 4096,
    # Made to deceive: the beginning of a video, and something else behind it.
    "zip behind ftyp": lambda: ftyp() + zipped(),
    "page behind ftyp": lambda: ftyp() + SCRIPT,
    "page in a box that is free": lambda: box(b"free", SCRIPT),
    "page in mdat": lambda: ftyp() + box(b"mdat", SCRIPT),
    "page in moov": lambda: ftyp() + box(b"moov", SCRIPT),
    "moov that says nothing": lambda: ftyp() + box(b"moov") + box(b"mdat", SCRIPT),
    "moov that tells of tracks only": lambda: ftyp() + box(b"moov", box(b"trak", bytes(64))) + box(b"mdat", SCRIPT),
    "zip behind half a moov": lambda: ftyp() + moov(10)[:40] + zipped(),
    "ftyp inside a free box": lambda: box(b"free", mp4(2000)),
    "ftyp one byte late": lambda: b"\0" + mp4(2000),
    "ftyp of a picture": lambda: ftyp(b"heic", b"mif1", b"isom") + moov(10),
    "ftyp of sound": lambda: ftyp(b"M4B ", b"isom") + moov(10),
    "ftyp without a brand": lambda: box(b"ftyp") + moov(10) + bytes(100),
    "ftyp that never ends": lambda: struct.pack(">I4s", 1 << 31, b"ftyp") + b"isom" + moov(10),
    "ftyp up to the end": lambda: struct.pack(">I4s", 0, b"ftyp") + b"isom" + moov(10),
    "first half of a video": lambda: mp4(20_000)[:10_000],
    "last half of a video": lambda: mp4(20_000)[10_000:],
    "video backwards": lambda: mp4(2000)[::-1],
    "moov larger than the file": lambda: ftyp() + struct.pack(">I4s", 1 << 30, b"moov") + bytes(200),
}
FILES: dict[str, Callable[[], bytes]] = {
    **{name: lambda name=name, codec=codec: film(name, codec) for name, codec in VIDEO.items()},  # type: ignore[misc]
    **{name: lambda name=name, codec=codec: tone(name, codec) for name, codec in SOUND.items()},  # type: ignore[misc]
    **OTHERS,
    "wave": sound,
}


def examine(data: bytes) -> Upload:
    upload = Upload(filename="talk.mp4", size=len(data))
    examining.examine(upload, lambda at, length: data[at : at + length], len(data))
    return upload


def test_there_are_sixty() -> None:
    assert len(FILES) >= 60


@pytest.mark.parametrize("name", FILES)
def test_it_is_refused_whatever_its_name(name: str) -> None:
    data = FILES[name]()
    assert len(data) > 40
    with pytest.raises(uploads.Unacceptable) as refusal:
        examine(data)
    assert refusal.value.status == 415
    assert "Nothing was spent" in refusal.value.advice


@pytest.mark.parametrize("muxer", ["mp4", "mov", "f4v"])
def test_real_ones_are_taken(muxer: str) -> None:
    assert examine(film(muxer, "libx264")).container in ("mp4", "mov")
