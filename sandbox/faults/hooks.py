"""What an ordered fault does to one webhook."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from sandbox.faults.orders import Order

GARBAGE = b'{"projectId": "\xff\xfe", "status": [[[['


@dataclass(frozen=True, slots=True)
class Plan:
    """`forged` goes to the same address first; `sent` is whether the true one ever goes, after `wait` seconds or when
    another one went (`held`, then `wait` is the longest time); `again` is the seconds until its repetition."""

    forged: bytes | None = None
    sent: bool = True
    wait: float = 0.0
    held: bool = False
    again: float | None = None


def plan(order: Order, body: bytes) -> Plan:
    do = order.do
    if order.kind == "lose":
        return Plan(sent=False)
    if order.kind == "double":
        return Plan(again=float(do.get("seconds", 0)))
    if order.kind == "late":
        return Plan(wait=float(do.get("seconds", 60)))
    if order.kind == "reorder":
        return Plan(wait=float(do.get("seconds", 60)), held=True)
    return Plan(forged=_forged(do, body), sent=not do.get("instead", False))


def _forged(do: dict[str, Any], body: bytes) -> bytes:
    if "body" in do:
        given = do["body"]
        return given.encode() if isinstance(given, str) else json.dumps(given).encode()
    if do.get("form") == "garbage":
        return GARBAGE
    told = json.loads(body)
    if do.get("form") == "status":
        wrong = "failed" if told.get("status") == "completed" else "completed"
        return json.dumps(told | {"status": wrong, "failureReason": "forged"}).encode()
    # Ids of somebody else's project, or of none at all.
    told["projectId"] = do.get("projectId", str(uuid.uuid4()))
    for clip in told.get("magicClips", []):
        clip["id"] = str(uuid.uuid4())
    return json.dumps(told).encode()
