"""The tus 1.0 protocol's headers: what we announce, and how what clients send is read.

Source: https://tus.io/protocols/resumable-upload, 1.0.0. Extensions: creation, creation-with-upload, termination,
checksum, expiration.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import zlib
from dataclasses import dataclass
from typing import Any, Final, Protocol

from django.http import HttpResponse
from django.utils.http import http_date

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,creation-with-upload,termination,checksum,expiration"
BODY_TYPE: Final = "application/offset+octet-stream"
RETRY_SECONDS: Final = 5
# "460 Checksum Mismatch" is the checksum extension's own status.
CHECKSUM_MISMATCH: Final = 460
LONGEST_METADATA: Final = 4096


def answer(status: int, text: str = "", **headers: object) -> HttpResponse:
    response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    response.headers["Tus-Resumable"] = VERSION
    response.headers["Cache-Control"] = "no-store"
    for name, value in headers.items():
        response.headers[name.replace("_", "-")] = str(value)
    return response


def busy(text: str) -> HttpResponse:
    return answer(503, text, Retry_After=RETRY_SECONDS)


def options(largest: int) -> HttpResponse:
    """The answer to OPTIONS; `largest`: bytes of one upload."""
    return answer(
        204,
        Tus_Version=VERSION,
        Tus_Extension=EXTENSIONS,
        Tus_Max_Size=largest,
        Tus_Checksum_Algorithm=",".join(ALGORITHMS),
    )


def expires(at: dt.datetime) -> str:
    """Upload-Expires: when an unfinished upload is given up (RFC 9110 date)."""
    return http_date(at.timestamp())


def number(text: str | None) -> int | None:
    """A non-negative decimal number of reasonable length, nothing else that int() would take."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 18:
        return None
    return int(text)


def metadata(header: str) -> dict[str, str]:
    """Upload-Metadata: `key base64,key base64,key`. Raises ValueError when it is not that.

    Values that are no UTF-8 are read with replacement characters: they are only ever shown.
    """
    found: dict[str, str] = {}
    if len(header) > LONGEST_METADATA:
        raise ValueError("too long")
    for pair in header.split(",") if header.strip() else []:
        key, _, value = pair.strip().partition(" ")
        if not key or not key.isascii() or key in found:
            raise ValueError("a key is empty, not ASCII, or there twice")
        try:
            found[key] = base64.b64decode(value.strip(), validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError) as error:
            raise ValueError(f"the value of {key} is not base64") from error
    return found


# --- Checksums -----------------------------------------------------------------------------------------------------


class Digest(Protocol):
    def update(self, data: Any, /) -> None: ...
    def digest(self) -> bytes: ...


class Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, data: Any, /) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


ALGORITHMS: Final[dict[str, Any]] = {
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha256": hashlib.sha256,
    "md5": lambda: hashlib.md5(usedforsecurity=False),
    "crc32": Crc32,
}


class Mismatch(Exception):
    """The bytes are not the ones that the checksum was made of; none of them was kept."""


@dataclass(slots=True)
class Checksum:
    """Of one request's body."""

    digest: Digest
    wanted: bytes

    def check(self) -> None:
        if self.digest.digest() != self.wanted:
            raise Mismatch


def checksum(header: str) -> Checksum:
    """Upload-Checksum: `algorithm base64`. Raises ValueError for what is not announced or not base64."""
    algorithm, _, value = header.strip().partition(" ")
    make = ALGORITHMS.get(algorithm.lower())
    if make is None:
        raise ValueError(f"the algorithm is none of {', '.join(ALGORITHMS)}")
    try:
        wanted = base64.b64decode(value.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("the checksum is not base64") from error
    return Checksum(make(), wanted)
