"""Bodies of requests other than JSON: what the wire needs of each, form fields, and a file as it is.

The multipart form, whose end needs the most care, has a module of its own (multipart.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Protocol
from urllib.parse import urlencode

from providers.errors import UploadAborted
from providers.multipart import UploadBody


class Body(Protocol):
    """`complete` turns True in the moment after which the provider may have the whole body; iterated once."""

    @property
    def complete(self) -> bool: ...

    @property
    def headers(self) -> dict[str, str]: ...

    def __iter__(self) -> Iterator[bytes]: ...


class Fields:
    """application/x-www-form-urlencoded, in UTF-8."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.complete = False
        self._content = urlencode(values, encoding="utf-8", errors="replace").encode("ascii")

    @property
    def headers(self) -> dict[str, str]:
        return {
            "Content-Type": "application/x-www-form-urlencoded",
            "Content-Length": str(len(self._content)),
        }

    def __iter__(self) -> Iterator[bytes]:
        # One block: as soon as it is on its way, all of it may have arrived.
        self.complete = True
        yield self._content


class Binary:
    """A file as the whole body. It has no closing boundary, so its last block is held back as the point of no return.

    `before_end` of the upload runs when everything but that block is written; without it the length that was announced
    is never reached, and no server can take the file for whole.
    """

    def __init__(self, body: UploadBody, *, provider: str) -> None:
        if any(c in body.content_type for c in "\r\n"):
            raise ValueError("the content type must be one line")
        if body.size < 1:
            raise ValueError("an upload has at least one byte")
        self.complete = False
        self._provider = provider
        self._body = body

    @property
    def headers(self) -> dict[str, str]:
        return {
            "Content-Type": self._body.content_type,
            "Content-Length": str(self._body.size),
            # Lets a server refuse the key or the size before any byte of the file has left.
            "Expect": "100-continue",
        }

    def __iter__(self) -> Iterator[bytes]:
        held = b""
        left = self._body.size
        chunks = iter(self._body.chunks)
        try:
            while (block := self._next(chunks)) is not None:
                left -= len(block)
                if left < 0:
                    raise self._aborted("the file is longer than announced")
                if block:
                    if held:
                        yield held
                    held = block
        finally:
            with suppress(AttributeError):
                chunks.close()  # type: ignore[attr-defined]  # a generator holds the file open until it is closed
        if left:
            raise self._aborted(f"the file ended {left} bytes early")
        try:
            self._body.before_end()
        except Exception as error:
            raise self._aborted("the last step could not be recorded", error) from error
        self.complete = True
        yield held

    def _next(self, chunks: Iterator[bytes]) -> bytes | None:
        try:
            return next(chunks, None)
        except UploadAborted:
            raise
        except Exception as error:
            raise self._aborted("the file could not be read on", error) from error

    def _aborted(self, reason: str, cause: Exception | None = None) -> UploadAborted:
        error = UploadAborted(
            f"The upload to {self._provider} was stopped before it was complete: {reason}. Nothing was created.",
            advice="It can safely be sent again.",
        )
        error.cause = cause
        return error
