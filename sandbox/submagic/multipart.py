"""Receives a multipart body of any size: fields in memory, the file straight to disk."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from flask import request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from sandbox.media.probe import looks_like_mp4
from sandbox.submagic import errors

CHUNK = 256 * 1024
FIELDS_LIMIT = 1024 * 1024
# Room for part headers and fields around the file when only Content-Length is known.
AROUND = 2 * 1024 * 1024
# So much of an unwanted body is read before the answer, so that a small client surely sees the answer.
POLITE = 4 * 1024 * 1024


class Truncated(Exception):
    """The connection ended before the closing boundary: nothing may be applied."""

    def __init__(self, received: Received) -> None:
        super().__init__("the body ended early")
        self.received = received


@dataclass(slots=True)
class Received:
    """What has come so far; `size` and `sha256` are the file's."""

    fields: dict[str, str] = field(default_factory=dict)
    size: int = 0
    sha256: str = ""
    has_file: bool = False
    file_name: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """The largest file, and what is looked at before it is read to its end.

    `early` sees the fields that came before the file and may raise an ApiError then: nobody should send gigabytes to
    hear that a template name is wrong. `fits` sees the file's first twelve bytes; if it says no, `misfit` is answered.
    """

    limit: int
    early: Callable[[Mapping[str, str]], None]
    fits: Callable[[bytes], bool] = looks_like_mp4
    misfit: errors.ApiError = field(default_factory=errors.unsupported)


def receive(to: Path, expected: Expected) -> Received:
    """Stream the request's body; the part `file` goes to `to`.

    Raises ApiError for a wrong type or size, Truncated for a cut-off body; on any
    exception `to` is removed.
    """
    if request.mimetype != "multipart/form-data" or not (boundary := request.mimetype_params.get("boundary")):
        raise errors.invalid("Content-Type must be multipart/form-data")
    if request.content_length is not None and request.content_length > expected.limit + AROUND:
        raise errors.too_large()
    reader = _Reader(MultipartDecoder(boundary.encode(), max_form_memory_size=FIELDS_LIMIT), to, expected)
    try:
        return reader.run()
    except BaseException:
        to.unlink(missing_ok=True)
        raise


def drain() -> None:
    """Read the rest of a small body, so that a client that is still sending gets the answer and no reset."""
    if request.content_length is None or request.content_length > POLITE:
        return
    try:
        while request.stream.read(CHUNK):
            pass
    except (ClientDisconnected, OSError):
        # The sender is gone; nobody waits for this answer.
        return


class _Reader:
    def __init__(self, decoder: MultipartDecoder, to: Path, expected: Expected) -> None:
        self.decoder = decoder
        self.to = to
        self.expected = expected
        self.received = Received()
        self.digest = hashlib.sha256()
        self.head = b""
        # Name of the field that is being read; None while it is the file.
        self.part: str | None = None
        self.value = bytearray()

    def run(self) -> Received:
        self.to.parent.mkdir(parents=True, exist_ok=True)
        with self.to.open("wb") as out:
            complete = False
            while not complete:
                data = self._read()
                try:
                    self.decoder.receive_data(data or None)
                    complete = self._events(out)
                except RequestEntityTooLarge as error:
                    raise errors.too_large() from error
                except ValueError as error:
                    # The decoder says so when the input ended inside a part, or was no multipart at all.
                    if data == b"":
                        raise Truncated(self.received) from error
                    raise errors.invalid("Malformed multipart body") from error
                if data == b"" and not complete:
                    raise Truncated(self.received)
            out.flush()
            os.fsync(out.fileno())
        self.received.sha256 = self.digest.hexdigest()
        return self.received

    def _read(self) -> bytes:
        try:
            return request.stream.read(CHUNK)
        except (ClientDisconnected, OSError) as error:
            raise Truncated(self.received) from error

    def _events(self, out: BinaryIO) -> bool:
        """Handle what the decoder has; True at the closing boundary."""
        while True:
            event = self.decoder.next_event()
            if isinstance(event, Epilogue):
                return True
            if isinstance(event, NeedData):
                return False
            if isinstance(event, Field):
                self.part = event.name
                self.value = bytearray()
            elif isinstance(event, File):
                self.part = None
                self._begin_file(event)
            elif isinstance(event, Data):
                if self.part is None:
                    self._file_data(event.data, out)
                else:
                    self._field_data(self.part, event)

    def _begin_file(self, event: File) -> None:
        if event.name != "file":
            raise errors.invalid(f"Validation failed: Unknown field: {event.name}")
        if self.received.has_file:
            raise errors.file_invalid("Only one file is allowed")
        self.expected.early(self.received.fields)
        self.received.has_file = True
        # Some browsers once sent whole paths.
        self.received.file_name = re.split(r"[\\/]", event.filename or "")[-1][:255]

    def _field_data(self, name: str, event: Data) -> None:
        self.value += event.data
        if len(self.value) > FIELDS_LIMIT:
            raise errors.too_large()
        if event.more_data:
            return
        try:
            self.received.fields[name] = self.value.decode()
        except UnicodeDecodeError as error:
            raise errors.field_invalid(name, "Must be UTF-8 text", None) from error

    def _file_data(self, data: bytes, out: BinaryIO) -> None:
        if len(self.head) < 12:
            self.head += data[: 12 - len(self.head)]
            if len(self.head) >= 12 and not self.expected.fits(self.head):
                raise self.expected.misfit
        self.received.size += len(data)
        if self.received.size > self.expected.limit:
            raise errors.too_large()
        self.digest.update(data)
        out.write(data)
