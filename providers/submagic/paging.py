"""The two list shapes of the documents read as one (contract rows 30 and 31)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from providers import reading

LONGEST_CURSOR: Final = 4096


def read_page[T](data: reading.JSON, build: Callable[[reading.JSON], T]) -> tuple[tuple[T, ...], str | None]:
    """The entries and the next cursor: of `items` with `hasMore`, or of `data` with `pagination`.

    The end is an empty cursor or `hasMore` false. A page without its list is refused, and so is a cursor of a wrong
    type: neither may look like the end of a list.
    """
    name = "data" if data.get("data") is not None else "items"
    if data.get(name) is None:
        reading.refuse("the list is missing")
    paging = reading.mapping(data, "pagination") or data
    cursor = reading.word(paging, "nextCursor", "", longest=LONGEST_CURSOR) or None
    if reading.flag(paging, "hasMore") is False:
        cursor = None
    return tuple(reading.items(data, name, build)), cursor
