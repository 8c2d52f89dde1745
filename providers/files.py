"""Fetching a finished file from where a provider's answer says that it lies.

These are links of a storage, not calls of an API: no key goes along, and to ask twice costs nothing. Every address on
the way, those of redirects too, must be one that the caller allows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import httpx

MOST_HOPS: Final = 5
_TIMEOUT: Final = httpx.Timeout(connect=10.0, read=60.0, write=30.0, pool=10.0)
_RANGE: Final = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_WHOLE: Final = re.compile(r"bytes \*/(\d+)")


class FileTrouble(Exception):
    """The file did not come. `link_is_old`: the link may have run out, and a fresh one may work."""

    def __init__(self, message: str, *, link_is_old: bool = False) -> None:
        super().__init__(message)
        self.link_is_old = link_is_old


class NotAllowed(FileTrouble):
    """The address is none from which files may be taken."""


@dataclass(frozen=True, slots=True)
class Download:
    """start   the first byte that comes: the one that was asked for, or 0 where the host begins anew
    total   bytes of the whole file; None where the host does not say
    etag    the version of the file, "" where the host names none (or only a weak one, which is no promise)
    blocks  the bytes; raises FileTrouble when the connection breaks
    """

    start: int
    total: int | None
    etag: str
    blocks: Iterator[bytes]


@contextmanager
def download(
    url: str,
    *,
    allowed: Callable[[str], bool],
    start: int = 0,
    etag: str = "",
    transport: httpx.BaseTransport | None = None,
) -> Iterator[Download]:
    """GET from byte `start` of the version `etag` (RFC 9110, sections 13.1.5 and 14). Raises FileTrouble."""
    headers = {"Accept-Encoding": "identity"}
    if start and etag:
        headers |= {"Range": f"bytes={start}-", "If-Range": etag}
    with httpx.Client(transport=transport, trust_env=False, timeout=_TIMEOUT, follow_redirects=False) as client:
        response = _ask(client, url, headers, allowed)
        try:
            yield _read(response, start)
        finally:
            response.close()


def _ask(client: httpx.Client, url: str, headers: dict[str, str], allowed: Callable[[str], bool]) -> httpx.Response:
    for _hop in range(MOST_HOPS):
        if not allowed(url):
            raise NotAllowed("The link leads to a place from which nothing is taken.")
        try:
            response = client.send(client.build_request("GET", url, headers=headers), stream=True)
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise FileTrouble(f"The host of the video could not be reached ({type(error).__name__}).") from error
        if response.next_request is None:
            return response
        url = str(response.next_request.url)
        response.close()
    raise FileTrouble("The link leads from place to place without an end.")


def _read(response: httpx.Response, start: int) -> Download:
    status, given = response.status_code, response.headers.get("etag", "")
    etag = given if given and not given.startswith("W/") and len(given) <= 200 else ""
    if status == 416 and (whole := _WHOLE.fullmatch(response.headers.get("content-range", ""))):
        # Nothing is left to send: all of it came before.
        if int(whole[1]) == start:
            return Download(start, start, etag, iter(()))
        raise FileTrouble("The file at the provider has another length now.", link_is_old=True)
    if status in (400, 401, 403, 404, 410, 416):
        raise FileTrouble(f"The link to the video does not work any more (HTTP {status}).", link_is_old=True)
    if status not in (200, 206):
        raise FileTrouble(f"The host of the video answered HTTP {status}.")
    if response.headers.get("content-encoding", "identity") != "identity":
        raise FileTrouble("The host of the video sent something else than the file.")
    if status == 200:
        length = response.headers.get("content-length", "")
        return Download(0, int(length) if length.isdecimal() else None, etag, _blocks(response))
    part = _RANGE.fullmatch(response.headers.get("content-range", ""))
    if part is None or int(part[1]) != start:
        raise FileTrouble("The host of the video sent another part of the file than the one asked for.")
    return Download(start, None if part[2] == "*" else int(part[2]), etag, _blocks(response))


def _blocks(response: httpx.Response) -> Iterator[bytes]:
    try:
        # As it comes: gathered into larger blocks, the last of them would be lost with the connection.
        yield from response.iter_raw()
    except httpx.RequestError as error:
        raise FileTrouble(f"The connection broke while the video came ({type(error).__name__}).") from error
