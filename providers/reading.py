"""Reading JSON of a provider: tolerant of what is absent or new, strict about what would be misread.

Absent and null are the same everywhere. What a page or a decision stands on (ids, statuses, times of words) must have
its type, else the whole answer is refused (`BadAnswer`) and nothing of it is applied. Decorations (sizes, scores,
counts, links) of a wrong type are read as absent.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from typing import Any, Final, NoReturn

from providers.errors import BadAnswer

JSON = Mapping[str, Any]

LONGEST_ID: Final = 255
LONGEST_TEXT: Final = 100_000
DEEPEST: Final = 64
MOST_PIXELS: Final = 1_000_000
LARGEST_NUMBER: Final = 1e15


def refuse(what: str) -> NoReturn:
    raise BadAnswer(f"The answer could not be understood: {what}.", advice="It is asked for again later.")


def load(body: bytes, *, bare: str = "") -> dict[str, Any]:
    """A JSON object; every text in it can be stored (no NUL, no lone surrogate), every number is finite.

    bare    where a call may also answer with a list, with null or with nothing at all: the name under which that list
            (or an empty one) is given; "" takes objects only
    """

    def constant(name: str) -> NoReturn:
        raise ValueError(f"{name} is no JSON")

    try:
        data = json.loads(body, parse_constant=constant) if body.strip() or not bare else None
    except (ValueError, RecursionError):
        refuse("it is not JSON")
    if bare and (data is None or isinstance(data, list)):
        data = {bare: data or []}
    if not isinstance(data, dict):
        refuse("it is not a JSON object")
    cleaned = _clean(data, 0)
    assert isinstance(cleaned, dict)
    return cleaned


def _clean(value: Any, depth: int) -> Any:
    if depth > DEEPEST:
        refuse("it is nested too deeply")
    if isinstance(value, str):
        return _storable(value)
    if isinstance(value, dict):
        return {_storable(key): _clean(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item, depth + 1) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        refuse("a number is out of range")
    return value


def _storable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def identity(data: JSON, *names: str) -> str:
    """The first of `names` that is there: an opaque id of 1 to 255 characters."""
    for name in names:
        value = data.get(name)
        if value is None:
            continue
        # "." and ".." are no part of any path that could be asked for.
        if not isinstance(value, str) or value.strip() in ("", ".", "..") or len(value) > LONGEST_ID:
            refuse(f"{name} is no id")
        return value
    refuse(f"{' or '.join(names)} is missing")


def word(data: JSON, name: str, default: str | None = None, *, longest: int = LONGEST_ID) -> str:
    """A short text that decisions stand on, such as a status. Without a default it must be there."""
    value = data.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or len(value) > longest:
        refuse(f"{name} is missing" if value is None else f"{name} is no text")
    return value


def text(data: JSON, name: str) -> str | None:
    value = data.get(name)
    return value[:LONGEST_TEXT] if isinstance(value, str) else None


def flag(data: JSON, name: str) -> bool | None:
    value = data.get(name)
    return value if isinstance(value, bool) else None


def number(data: JSON, name: str) -> float | None:
    """A finite number; True and False are none."""
    value = data.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Compared as it is: a whole number of 400 digits becomes no float. NaN is not smaller than anything.
    return float(value) if abs(value) <= LARGEST_NUMBER else None


def count(data: JSON, name: str) -> int | None:
    """A whole number of zero or more."""
    value = number(data, name)
    return None if value is None or value < 0 else int(value)


def pixels(data: JSON, name: str) -> int | None:
    """A width or a height; no picture is larger than this, and it fits into a column."""
    value = count(data, name)
    return value if value is not None and value <= MOST_PIXELS else None


def own_code(value: Any) -> int | None:
    """A four-digit code of the provider's own, as a number or as a text of digits; HTTP's are shorter."""
    if isinstance(value, str) and len(value) == 4 and value.isascii() and value.isdigit():
        value = int(value)
    return value if isinstance(value, int) and 1000 <= value <= 9999 else None


def seconds(data: JSON, name: str) -> float:
    """A time that has to be there, in seconds, zero or more."""
    value = number(data, name)
    if value is None or value < 0:
        refuse(f"{name} is no time")
    return value


def moment(data: JSON, name: str) -> datetime | None:
    """An ISO 8601 time; without a zone it is UTC. None at the very ends of the calendar, where it is not a time in
    every zone, so that no page could show it."""
    value = data.get(name)
    if not isinstance(value, str) or len(value) > 64:
        return None
    try:
        read = datetime.fromisoformat(value)
        read = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return read if MINYEAR < read.year < MAXYEAR else None


def mapping(data: JSON, name: str) -> dict[str, Any] | None:
    value = data.get(name)
    return value if isinstance(value, dict) else None


def items[T](data: JSON, name: str, build: Callable[[JSON], T]) -> list[T]:
    """A list of objects; absent is empty, anything else than a list of objects is refused."""
    value = data.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        refuse(f"{name} is no list of objects")
    return [build(item) for item in value]


def names(data: JSON, name: str) -> list[str]:
    """A list of texts that has to be there."""
    value = data.get(name)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        refuse(f"{name} is no list of names")
    return list(value)
