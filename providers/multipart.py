"""A multipart/form-data body of one large file, framed by us so that its length is exact and its end is ours.

The closing boundary is the point of no return: without it no server can have read a complete form, so everything
that fails before it may be sent again, and everything after it may not (reliability R7 and R10).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from providers.errors import UploadAborted


@dataclass(frozen=True, slots=True)
class UploadBody:
    """The file of an upload, as the caller hands it over.

    filename      shown to the provider, path parts are cut off
    size          exact number of bytes that `chunks` will give
    content_type  such as "video/mp4"
    chunks        blocks of about 256 KiB, read once; it may wait for bytes, and may raise to stop the upload
    before_end    called once, when all bytes are written and before the closing boundary is;
                  the caller persists "committing" in it. If it raises, the boundary is never sent.
    """

    filename: str
    size: int
    content_type: str
    chunks: Iterator[bytes]
    before_end: Callable[[], None]


def _quoted(text: str) -> str:
    """A parameter of Content-Disposition the way browsers write it (HTML, multipart/form-data encoding)."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A").replace("\0", "")


class Form:
    """The body of one request, iterated once: fields, then the file, then `before_end`, then the boundary.

    `complete` turns True in the moment after which the provider may have the whole form.
    """

    def __init__(
        self, fields: Sequence[tuple[str, str]], body: UploadBody, *, provider: str, name: str = "file"
    ) -> None:
        if any(c in body.content_type for c in "\r\n"):
            raise ValueError("the content type must be one line")
        if body.size < 0:
            raise ValueError("the size of an upload cannot be negative")
        self.boundary = secrets.token_hex(20)
        self.complete = False
        self._provider = provider
        self._body = body
        filename = _quoted(body.filename.replace("\\", "/").rsplit("/", 1)[-1]) or "video.mp4"
        # Small fields go first: a server that reads in order can refuse them before gigabytes have passed.
        head = [
            f'--{self.boundary}\r\nContent-Disposition: form-data; name="{_quoted(key)}"\r\n\r\n{value}\r\n'
            for key, value in fields
        ]
        head.append(
            f'--{self.boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"; filename="{filename}"\r\n'
            f"Content-Type: {body.content_type}\r\n\r\n"
        )
        self._head = "".join(head).encode("utf-8", "replace")
        self._tail = f"\r\n--{self.boundary}--\r\n".encode()

    @property
    def headers(self) -> dict[str, str]:
        # An explicit length also keeps httpx from falling back to chunked encoding.
        return {
            "Content-Type": f"multipart/form-data; boundary={self.boundary}",
            "Content-Length": str(len(self._head) + self._body.size + len(self._tail)),
            # Lets a server refuse the key, the size or the hour's quota before any byte of the file has left.
            "Expect": "100-continue",
        }

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        yield from self._file()
        try:
            self._body.before_end()
        except Exception as error:
            raise self._aborted("the last step could not be recorded", error) from error
        self.complete = True
        yield self._tail

    def _file(self) -> Iterator[bytes]:
        left = self._body.size
        chunks = iter(self._body.chunks)
        try:
            while True:
                try:
                    block = next(chunks, None)
                except UploadAborted:
                    raise
                except Exception as error:
                    raise self._aborted("the file could not be read on", error) from error
                if block is None:
                    break
                left -= len(block)
                if left < 0:
                    raise self._aborted("the file is longer than announced")
                if block:
                    yield block
        finally:
            with suppress(AttributeError):
                chunks.close()  # type: ignore[attr-defined]  # a generator holds the file open until it is closed
        if left:
            raise self._aborted(f"the file ended {left} bytes early")

    def _aborted(self, reason: str, cause: Exception | None = None) -> UploadAborted:
        error = UploadAborted(
            f"The upload to {self._provider} was stopped before it was complete: {reason}. Nothing was created.",
            advice="It can safely be sent again.",
        )
        error.cause = cause
        return error
