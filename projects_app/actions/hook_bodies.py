"""What the body of a message says: at most which project it is about, and its status. Nothing of it is believed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from dashboard.models import UpstreamCall

DEEPEST: Final = 20
MOST_NODES: Final = 20_000
LONGEST_STRING: Final = 4096


@dataclass(frozen=True, slots=True)
class Claim:
    """All that is read from a body: which project, and in which status. Both may be ""."""

    upstream_id: str
    status: str


def parse(body: bytes) -> Claim | None:
    """None when it is unreadable; never raises, whatever came (see tests for what came)."""
    try:
        data = read(body)
    except ValueError:
        return None
    if not isinstance(data, dict):
        return None
    status = data.get("status")
    # The id was seen under three names (contract.md, section 2).
    found: Iterator[Any] = (data.get(name) for name in ("projectId", "id", "project_id"))
    return Claim(
        upstream_id=next((text for text in found if _is_id(text)), ""),
        status=status[:60] if isinstance(status, str) else "",
    )


def read(body: bytes, *, names_once: bool = False) -> Any:
    """The JSON in a body; raises ValueError for anything that is none, or is beyond the bounds. `names_once`: also for
    an object that has a name twice, of which Python would keep the last only."""
    try:
        data = json.loads(body, parse_constant=_no_constant, object_pairs_hook=_names_once if names_once else None)
    except RecursionError as error:
        raise ValueError("too deep") from error
    _check(data)
    return data


def _names_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"[!-~]{1,255}", value))


def _check(data: Any) -> None:
    """Bounds on depth, size and strings; without recursion, so that the check itself cannot be overrun."""
    nodes = 0
    waiting: list[tuple[Any, int]] = [(data, 1)]
    while waiting:
        value, depth = waiting.pop()
        nodes += 1
        if nodes > MOST_NODES or depth > DEEPEST:
            raise ValueError("too large or too deep")
        if isinstance(value, dict):
            waiting += [(part, depth + 1) for pair in value.items() for part in pair]
        elif isinstance(value, list):
            waiting += [(part, depth + 1) for part in value]
        elif isinstance(value, str):
            if len(value) > LONGEST_STRING or "\0" in value:
                raise ValueError("a text that cannot be kept")
            value.encode()  # a lone surrogate is a UnicodeEncodeError, which is a ValueError
        elif isinstance(value, float) and value in (float("inf"), float("-inf")):
            raise ValueError("a number out of range")


def claims_on(call: UpstreamCall) -> Iterator[str]:
    """Ids of projects named in what arrived for this call, newest first, each once."""
    seen: set[str] = set()
    for body in call.webhook_events.order_by("-received_at").values_list("body", flat=True)[:5]:
        claim = parse(bytes(body))
        if claim and claim.upstream_id and claim.upstream_id not in seen:
            seen.add(claim.upstream_id)
            yield claim.upstream_id
