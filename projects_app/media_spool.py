"""Media files on their way from a form into the spool: written as they come, never held in memory, never in /tmp.

What a file is its first bytes say; its name is only shown. Knows no model.
"""

from __future__ import annotations

import logging
import uuid
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final, Literal

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from projects_app import containers, spool

log = logging.getLogger(__name__)

# What sniffing may need to see; a shorter file is seen whole.
HEAD: Final = containers.LONGEST_FTYP


@dataclass(frozen=True, slots=True)
class FileKind:
    """`type` as the provider spells it (projects_app.models.MediaType)."""

    ending: str
    type: Literal["VIDEO", "IMAGE", "AUDIO"]
    content_type: str


KINDS: Final = {
    kind.ending: kind
    for kind in (
        FileKind("mp4", "VIDEO", "video/mp4"),
        FileKind("mov", "VIDEO", "video/quicktime"),
        FileKind("png", "IMAGE", "image/png"),
        FileKind("jpg", "IMAGE", "image/jpeg"),
        FileKind("webp", "IMAGE", "image/webp"),
        FileKind("mp3", "AUDIO", "audio/mpeg"),
        FileKind("wav", "AUDIO", "audio/wav"),
        FileKind("m4a", "AUDIO", "audio/mp4"),
    )
}
ACCEPT: Final = ".mp4,.mov,.png,.jpg,.jpeg,.webp,.mp3,.wav,.m4a"
# Main brands of sound in an MP4; many programs write a video's brand instead, then the name decides.
_SOUND_BRANDS: Final = (b"M4A ", b"M4B ", b"M4P ")


class Unacceptable(Exception):
    """This file cannot be taken. `message` and `advice` are for the person; `status` is the HTTP answer."""

    def __init__(self, message: str, advice: str, *, status: int = 415) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.status = status


@dataclass(slots=True)
class Arrived:
    """One file of a form. Good when `kind` is set: then all of it is durable in the spool, under `id`."""

    id: uuid.UUID
    filename: str
    size: int = 0
    kind: FileKind | None = None
    problem: Unacceptable | None = None


def sniff(head: bytes, filename: str = "") -> FileKind | None:
    """What the first bytes are, None when it is nothing that may be sent. `filename` tells sound from video where the
    bytes do not."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return KINDS["png"]
    if head.startswith(b"\xff\xd8\xff"):
        return KINDS["jpg"]
    if head.startswith(b"RIFF"):
        return {b"WEBP": KINDS["webp"], b"WAVE": KINDS["wav"]}.get(head[8:12])
    if head.startswith(b"ID3") or _is_mp3_frame(head):
        return KINDS["mp3"]
    if head[4:8] == b"ftyp" and head[8:12] in _SOUND_BRANDS:
        return KINDS["m4a"]
    found = containers.sniff(head)
    if found == "mp4" and ending_of(filename) == "m4a":
        return KINDS["m4a"]
    return KINDS.get(found or "")


def _is_mp3_frame(head: bytes) -> bool:
    """A frame's head: 11 bits of sync, layer III, a bit rate and a sample rate that exist."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    return version != 1 and layer == 1 and head[2] >> 4 != 15 and head[2] >> 2 & 3 != 3


def ending_of(filename: str) -> str:
    ending = filename.rpartition(".")[2].lower() if "." in filename else ""
    return "jpg" if ending == "jpeg" else ending


def display_name(filename: str, kind: FileKind | None) -> str:
    """What people see of the name and the provider is told: the last part, printable, with the ending that is true."""
    last = filename.replace("\\", "/").rsplit("/", 1)[-1]
    text = "".join(c for c in last if c.isprintable()).strip(" .") or "media"
    if kind and ending_of(text) != kind.ending:
        text = f"{text.rpartition('.')[0] if ending_of(text) in KINDS else text}.{kind.ending}"
    stem, dot, ending = text.rpartition(".")
    return text if len(text) <= 200 else f"{stem[: 199 - len(ending)]}{dot}{ending}"[:200]


# --- What is wrong with a file -------------------------------------------------------------------------------------


def megabytes(size: int) -> str:
    return f"{size / 1_000_000:.0f} MB"


def not_a_kind(filename: str) -> Unacceptable:
    return Unacceptable(
        _("“%(name)s” is not a video, picture or sound that Submagic takes, whatever its name says.")
        % {"name": filename[:80]},
        _("Convert it to MP4 or MOV, PNG, JPEG or WebP, MP3, WAV or M4A, and drop it again. Nothing was sent."),
    )


def too_large(filename: str) -> Unacceptable:
    return Unacceptable(
        _("“%(name)s” is larger than %(limit)s, which is the most that this desk takes for the library.")
        % {"name": filename[:80], "limit": megabytes(settings.MEDIA_MAX_BYTES)},
        _("Make it shorter or smaller, or put it on a web server and add it by its link. Nothing was sent."),
        status=413,
    )


def empty(filename: str) -> Unacceptable:
    return Unacceptable(
        _("“%(name)s” is empty: it has 0 bytes.") % {"name": filename[:80]},
        _("Check the file on your computer, then drop it again."),
    )


def no_room() -> Unacceptable:
    return Unacceptable(
        _("There is no room for this file on the desk right now."),
        _("Wait until other uploads are through, or ask an admin to make room. Nothing was sent."),
        status=507,
    )


def broken_off(filename: str) -> Unacceptable:
    return Unacceptable(
        _("The connection broke before all of “%(name)s” was here.") % {"name": filename[:80]},
        _("Drop it again. Nothing was sent to Submagic."),
        status=400,
    )


# --- The way in ----------------------------------------------------------------------------------------------------


class SpoolHandler(FileUploadHandler):
    """Django's upload handler that writes each file of a form into the spool.

    After the form was read `arrived` holds all its files in their order, the bad ones with their problem. Whoever
    takes a file over `keep`s it; `clear` removes the others.
    """

    chunk_size = spool.BLOCK

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.arrived: list[Arrived] = []
        self._kept: set[uuid.UUID] = set()
        self._open = ExitStack()
        self._writer: spool.Writer | None = None
        self._head = b""
        self._left = 0

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> None:
        # A file is at most what is left of the body; so much room is kept for it while it comes.
        self._left = content_length

    def new_file(self, field_name: str, file_name: str, *args: Any, **kwargs: Any) -> None:
        super().new_file(field_name, file_name, *args, **kwargs)
        self._close()
        self._head = b""
        file = Arrived(uuid.uuid4(), display_name(file_name, None))
        self.arrived.append(file)
        try:
            spool.create(file.id, max(0, min(self._left, settings.MEDIA_MAX_BYTES)))
            self._writer = self._open.enter_context(spool.writing(file.id))
        except spool.SpoolFull:
            log.error("the spool is full; a media file was not taken")
            self._refuse(no_room())

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        file = self.arrived[-1]
        assert self._writer
        self._left -= len(raw_data)
        if start + len(raw_data) > settings.MEDIA_MAX_BYTES:
            self._refuse(too_large(file.filename))
        if len(self._head) < HEAD:
            self._head += raw_data[: HEAD - len(self._head)]
            # Said as soon as it is known, and the rest is not even written.
            if len(self._head) >= HEAD and sniff(self._head, file.filename) is None:
                self._refuse(not_a_kind(file.filename))
        try:
            self._writer.write(memoryview(raw_data), start)
        except spool.SpoolFull:
            log.error("the spool is full; a media file was not taken")
            self._refuse(no_room())

    def file_complete(self, file_size: int) -> None:
        """All of it came. None: it is no file of Django's, so `request.FILES` does not hold it."""
        file = self.arrived[-1]
        assert self._writer
        kind = sniff(self._head, file.filename)
        if not file_size:
            file.problem = empty(file.filename)
        elif kind is None:
            file.problem = not_a_kind(file.filename)
        else:
            self._finish(file, kind, file_size)
        self._close()

    def _finish(self, file: Arrived, kind: FileKind, size: int) -> None:
        assert self._writer
        try:
            self._writer.truncate(size, of=size)
            self._writer.sync()
        except spool.SpoolFull:
            # Some file systems tell it only now.
            log.error("the spool is full; a media file was not taken")
            file.problem = no_room()
            return
        file.size, file.kind = size, kind
        file.filename = display_name(file.filename, kind)

    def _refuse(self, problem: Unacceptable) -> None:
        self.arrived[-1].problem = problem
        self._close()
        spool.remove(self.arrived[-1].id)
        raise SkipFile

    def _close(self) -> None:
        self._open.close()
        self._writer = None

    def keep(self, file: Arrived) -> None:
        self._kept.add(file.id)

    def clear(self) -> None:
        self._close()
        for file in self.arrived:
            if file.id not in self._kept:
                spool.remove(file.id)
