"""What a provider complains about, field by field, out of every form in which it was documented or seen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from providers.errors import Detail
from providers.scrub import plain, scrub

MOST: Final = 50
_SEVERAL: Final = "Validation failed: "
_NAME: Final = r"[A-Za-z]\w*(?:[.\[]\w+\]?)*"
_UNKNOWN: Final = re.compile(rf"Unknown field: ({_NAME})")
_NAMED: Final = re.compile(rf"({_NAME}): (.+)", re.DOTALL)
_SAID: Final = re.compile(rf"({_NAME}) (?:is|are|must|cannot|should|has|exceeds)\b")


def read_details(data: Mapping[str, Any], *secrets: str) -> list[Detail]:
    """`details` as a list, as an object or absent; then "Validation failed: a, b" is taken apart instead."""

    def tidy(value: Any) -> str:
        return plain(scrub("" if value is None else str(value), *secrets), 300)

    raw = data.get("details")
    found: list[Detail] = []
    if isinstance(raw, list):
        found = [detail for item in raw[:MOST] if (detail := _listed(item, tidy))]
    elif isinstance(raw, dict):
        found = [Detail(tidy(field), tidy(problem)) for field, problem in _pairs(raw)][:MOST]
    message = data.get("message")
    if not found and isinstance(message, str) and message.startswith(_SEVERAL):
        found = [_spoken(part, tidy) for part in _problems(message.removeprefix(_SEVERAL))][:MOST]
    return found


def _listed(item: Any, tidy: Callable[[Any], str]) -> Detail | None:
    if isinstance(item, str):
        return Detail("", tidy(item))
    if not isinstance(item, dict):
        return None
    field = item.get("field")
    if field is None and isinstance(item.get("path"), list):
        field = ".".join(str(part) for part in item["path"])
    return Detail(tidy(field), tidy(item.get("message")), tidy(item.get("value")))


def _pairs(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Field and problem; one object within the other is opened, empty ones say nothing."""
    for field, problem in raw.items():
        if isinstance(problem, dict):
            for inner, text in problem.items():
                yield inner, _joined(text)
        elif problem not in (None, [], ""):
            yield field, _joined(problem)


def _joined(problem: Any) -> str:
    return "; ".join(str(part) for part in problem[:10]) if isinstance(problem, list) else str(problem)


def _problems(text: str) -> list[str]:
    """The problems of one sentence. A single word after a comma goes on with a list: "one of: youtube, tiktok"."""
    problems: list[str] = []
    for part in (piece.strip() for piece in text.split(",")):
        if problems and part and " " not in part:
            problems[-1] += f", {part}"
        elif part:
            problems.append(part)
    return problems


def _spoken(problem: str, tidy: Callable[[Any], str]) -> Detail:
    """The field as well, where the sentence names it."""
    if named := _UNKNOWN.fullmatch(problem):
        return Detail(tidy(named[1]), tidy(problem))
    if named := _NAMED.fullmatch(problem):
        return Detail(tidy(named[1]), tidy(named[2]))
    said = _SAID.match(problem)
    return Detail(tidy(said[1]) if said else "", tidy(problem))
