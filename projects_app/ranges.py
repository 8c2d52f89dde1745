"""Files of our own as answers: whole, or the part that a player or a download manager asks for (RFC 9110, section 14).

One range is answered; several at once, and units that we do not know, get the whole file, as the RFC lets us.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

BLOCK: Final = 256 * 1024
_ONE: Final = re.compile(r"bytes=(\d{0,19})-(\d{0,19})")


class Unsatisfiable(Exception):
    """The part asked for begins behind the end of the file."""


def wanted(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte that the header asks for; None for the whole file. Raises Unsatisfiable."""
    found = _ONE.fullmatch(header.replace(" ", ""))
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        # The last so many bytes.
        length = min(int(last), size)
        if not length:
            raise Unsatisfiable
        return size - length, size - 1
    start, end = int(first), min(int(last), size - 1) if last else size - 1
    if last and int(last) < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return start, end


def respond(
    request: HttpRequest, file: BinaryIO, *, size: int, etag: str, content_type: str, most: int | None = None
) -> HttpResponseBase:
    """Takes over `file`, which is closed with the answer. `etag`: of exactly these bytes, with its quotes.

    `most`: bytes for who asks for a part without saying where it ends.
    """
    if etag in request.headers.get("If-None-Match", ""):
        file.close()
        return HttpResponse(status=304, headers={"ETag": etag})
    # A range is defined for GET alone.
    header = request.headers.get("Range", "") if request.method == "GET" else ""
    if (guard := request.headers.get("If-Range")) and guard != etag:
        header = ""
    try:
        part = wanted(header, size)
    except Unsatisfiable:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    if part and most and header.rstrip().endswith("-"):
        part = part[0], min(part[1], part[0] + most - 1)
    start, end = part or (0, size - 1)
    if request.method == "HEAD":
        file.close()
        response: HttpResponseBase = HttpResponse(content_type=content_type)
    else:
        blocks = _Blocks(file, start, end - start + 1)
        response = StreamingHttpResponse(blocks, content_type=content_type)  # the handler closes what can be closed
    for name, value in {"Accept-Ranges": "bytes", "ETag": etag, "Content-Length": str(end - start + 1)}.items():
        response.headers[name] = value
    if part:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    return response


class _Blocks:
    def __init__(self, file: BinaryIO, start: int, length: int) -> None:
        self._file, self._left = file, length
        file.seek(start)

    def __iter__(self) -> Iterator[bytes]:
        while self._left > 0 and (block := self._file.read(min(BLOCK, self._left))):
            self._left -= len(block)
            yield block

    def close(self) -> None:
        self._file.close()
