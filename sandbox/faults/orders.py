"""What may be ordered: on which requests or webhooks, and what shall go wrong there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Kind of fault: the keys of `do` beside `kind`, with what a value must be.
FLAG, NUMBER, COUNT, TEXT, ANY = "true or false", "a number of seconds", "a whole number", "a text", "anything"
WHEN = ("before", "after")
REQUEST_KINDS: Mapping[str, Mapping[str, Any]] = {
    "refuse": {"status": COUNT, "body": ANY, "headers": ANY},
    "error": {"status": COUNT, "body": ANY, "headers": ANY, "when": WHEN},
    "limit": {"form": ("documented", "seconds", "date", "body", "reset", "none"), "retryAfter": COUNT},
    "cut": {"when": (*WHEN, "answer"), "bytes": COUNT},
    "hang": {"when": WHEN, "seconds": NUMBER},
    "slow": {"before": NUMBER, "after": NUMBER, "dribble": COUNT, "pause": NUMBER},
    "garble": {"form": ("truncated", "html", "empty", "types"), "when": WHEN},
}
HOOK_KINDS: Mapping[str, Mapping[str, Any]] = {
    "lose": {},
    "double": {"seconds": NUMBER},
    "late": {"seconds": NUMBER},
    "reorder": {"seconds": NUMBER},
    "forge": {"form": ("ids", "status", "garbage"), "projectId": TEXT, "body": ANY, "instead": FLAG},
}
ON_REQUEST = {"method": TEXT, "path": TEXT, "anyone": FLAG, "nth": COUNT, "times": COUNT}
ON_HOOK = {"webhook": FLAG, "project": TEXT, "status": TEXT, "nth": COUNT, "times": COUNT}


class OrderError(Exception):
    """The order cannot be understood; the message says what is wrong."""


@dataclass(slots=True)
class Order:
    """`account` ordered it. It acts on the matches `nth` to `nth + times - 1`; times 0: on all from `nth` on."""

    id: str
    account: str
    on: dict[str, Any]
    do: dict[str, Any]
    seen: int = 0
    fired: int = 0

    @property
    def kind(self) -> str:
        return str(self.do["kind"])

    @property
    def is_hook(self) -> bool:
        return bool(self.on.get("webhook"))

    def take(self) -> bool:
        """Count one more match; whether this one is to go wrong."""
        self.seen += 1
        first, times = int(self.on.get("nth", 1)), int(self.on.get("times", 1))
        due = self.seen >= first and (times == 0 or self.seen < first + times)
        self.fired += due
        return due

    def matches_request(self, account: str | None, method: str, path: str) -> bool:
        if self.is_hook or (account != self.account and not self.on.get("anyone")):
            return False
        wanted = str(self.on.get("method", method)).upper()
        return wanted == method.upper() and _glob(str(self.on.get("path", "**"))).fullmatch(path) is not None

    def matches_hook(self, account: str, project: str, status: str) -> bool:
        if not self.is_hook or account != self.account:
            return False
        return bool(self.on.get("project", project) == project and self.on.get("status", status) == status)

    def as_json(self) -> dict[str, Any]:
        return {"id": self.id, "on": self.on, "do": self.do, "seen": self.seen, "fired": self.fired}


def read(body: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """`on` and `do` of an order; raises OrderError."""
    if not isinstance(body, dict) or set(body) != {"on", "do"}:
        raise OrderError('an order is {"on": {…}, "do": {"kind": …}}')
    on, do = body["on"], body["do"]
    if not isinstance(on, dict) or not isinstance(do, dict):
        raise OrderError("on and do must be objects")
    kinds = HOOK_KINDS if on.get("webhook") else REQUEST_KINDS
    _check("on", on, ON_HOOK if on.get("webhook") else ON_REQUEST)
    if do.get("kind") not in kinds:
        raise OrderError(f"do.kind must be one of: {', '.join(kinds)}")
    _check("do", {name: value for name, value in do.items() if name != "kind"}, kinds[do["kind"]])
    if not 100 <= do.get("status", 400) <= 599:
        raise OrderError("do.status must be between 100 and 599")
    if not isinstance(do.get("headers", {}), dict):
        raise OrderError("do.headers must be an object")
    return on, do


def _check(where: str, given: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    for name, value in given.items():
        if name not in known:
            raise OrderError(f"{where}.{name} is unknown here; known: {', '.join(known) or 'nothing'}")
        wanted = known[name]
        if isinstance(wanted, tuple):
            if value not in wanted:
                raise OrderError(f"{where}.{name} must be one of: {', '.join(wanted)}")
        elif not _fits(value, wanted):
            raise OrderError(f"{where}.{name} must be {wanted}")


def _fits(value: Any, wanted: str) -> bool:
    if wanted == FLAG:
        return isinstance(value, bool)
    if wanted == COUNT:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if wanted == NUMBER:
        return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 3600
    return wanted == ANY or isinstance(value, str)


def _glob(pattern: str) -> re.Pattern[str]:
    """`*` stands for a part of the path, `**` for any number of them."""
    parts = re.split(r"(\*\*|\*)", pattern)
    return re.compile("".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts))
