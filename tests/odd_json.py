"""JSON as a careless, broken or hostile other side writes it, for the tests that feed it to us.

`mutated(document)` is a document with a few of its values swapped, dropped, doubled or wrapped; `odd_bytes(document)`
is what may come over the wire instead of it.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from itertools import islice
from typing import Any

from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

# Seeds do not shrink, so no time is spent on it.
FEW: dict[str, Any] = {
    "deadline": None,
    "phases": (Phase.explicit, Phase.reuse, Phase.generate),
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
}

LONG = "x" * 100_001
TEXTS = (
    *("", " ", ".", "..", "a/../b", "\0", "a\0b", "\ud800", "ab\udfffc", "\u202e", "İ" * 300, "é", "a" * 256, LONG),
    *("null", "true", "NaN", "-1", "completed", "COMPLETED", "failed", "processing", "exporting", "scheduled"),
    *("<script>alert(1)</script>", "{{ 7|add:7 }}", "%s %(a)s %", "' or 1=1 --", "\r\nSet-Cookie: a=b", "\x1b[31m"),
)  # fmt: skip
URLS = (
    *("javascript:alert(1)", "http://[", "https://[::1", "https://d1.cloudfront.net:99999/a", "https:///", "//d1.x/a"),
    *("https://user:pass@d1.cloudfront.net/a.mp4", "https://d1.cloudfront.net/" + "a" * 3000, "data:text/html,x"),
    *("https://d1.cloudfront.net/a b\n.mp4", "HTTPS://D1.CLOUDFRONT.NET/a.mp4", "http://169.254.169.254/", "https://é/"),
)  # fmt: skip
TIMES = (
    *("2569-11-27T10:00:00Z", "1448-06-06T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01"),
    *("9999-12-31T23:59:59-14:00", "2099-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "yesterday"),
    *("2026-11-27T25:00:00Z", "2026-11-27T10:00:00+99:99", "2026-W48-5", "令和8年11月27日", "1764241200", "12:00"),
)
NUMBERS = (
    *(0, -1, 1, 2**31, 2**63, 2**64, -(2**63), 10**15, 10**16, 10**400, -(10**400), 10**4000),
    *(-0.0, 0.5, -12.5, 1e15, 1e16, 1e300, 5e-324, float("nan"), float("inf"), float("-inf")),
)


SCALARS = (None, True, False, *NUMBERS, *TEXTS, *URLS, *TIMES)


def _value(dice: random.Random, depth: int = 0) -> Any:
    """What stands where something else should."""
    kind = dice.random()
    if kind < 0.8 or depth > 2:
        return dice.choice(SCALARS)
    if kind < 0.9:
        return "".join(
            chr(dice.choice((dice.randrange(0x20, 0x7F), dice.randrange(0x3000)))) for _ in range(dice.randrange(20))
        )
    if kind < 0.94:
        return [_value(dice, depth + 1) for _ in range(dice.randrange(3))]
    if kind < 0.98:
        return {dice.choice(TEXTS[:12]): _value(dice, depth + 1) for _ in range(dice.randrange(3))}
    return _large(dice.choice(("deep", "wide")))


def _large(kind: str) -> Any:
    if kind == "wide":
        return [{"id": f"w{number}", "text": "x"} for number in range(500)]
    found: Any = 1
    for _level in range(200):
        found = {"a": [found]}
    return found


def _places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, part in parts:
        yield (*way, step)
        if len(way) < 8:
            yield from _places(part, (*way, step))


def _mutate(document: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    made = copy.deepcopy(document)
    for _number in range(dice.choice((0, 1, 1, 1, 2, 2, 3, 5))):
        places = list(islice(_places(made), 600))
        if not places:
            break
        *way, last = dice.choice(places)
        around: Any = made
        for step in way:
            around = around[step]
        how = dice.choice(("swap", "swap", "swap", "drop", "wrap", "twice"))
        if how == "swap":
            around[last] = _value(dice)
        elif how == "drop":
            del around[last]
        elif how == "wrap":
            around[last] = dice.choice(([around[last]], {"value": around[last]}, str(around[last])[:200]))
        elif isinstance(around, list):
            around.insert(last, copy.deepcopy(around[last]))
        else:
            around[f"{last}2"] = copy.deepcopy(around[last])
    return made


def seeds() -> st.SearchStrategy[random.Random]:
    """Of dice. Drawn whole, because drawing every value by itself takes longer than everything that is tested with it;
    a failure names its seed, and comes again with it."""
    return st.integers(0, 2**32).map(random.Random)


def mutated(document: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return seeds().map(lambda dice: _mutate(document, dice))


HTML = b"<!doctype html><html><title>502 Bad Gateway</title><body>nginx</body></html>"
DEEP = 50_000
NEVER_JSON = (
    *(b"", b" ", HTML, b"null", b"[]", b"5", b'"completed"', b"{", b"}", b"\x00", b"\xff\xfe", b"OK", b"id=1&a=b"),
    *(b"[" * DEEP, b'{"a":' * DEEP + b"1" + b"}" * DEEP, b"[" * DEEP + b"]" * DEEP, b"9" * 10_000, b"{}{}", b"none"),
)  # fmt: skip


def written(document: Any) -> bytes:
    """With NaN and Infinity as words, and lone surrogates as escapes, as careless writers do."""
    return json.dumps(document).encode()


def odd_bytes(document: dict[str, Any]) -> st.SearchStrategy[bytes]:
    """Mostly JSON that says something odd; else bytes that are hardly JSON any more."""
    return seeds().map(lambda dice: _odd(document, dice))


def _odd(document: dict[str, Any], dice: random.Random) -> bytes:
    how = dice.choice(("json",) * 12 + ("cut", "bom", "utf-16", "latin", "twice", "junk", "never", "bytes"))
    if how == "never":
        return dice.choice(NEVER_JSON)
    if how == "bytes":
        return dice.randbytes(dice.randrange(200))
    whole = written(_mutate(document, dice))
    at = dice.randrange(len(whole) + 1)
    match how:
        case "cut":
            return whole[:at]
        case "bom":
            return b"\xef\xbb\xbf" + whole
        case "utf-16":
            return whole.decode().encode("utf-16")
        case "latin":
            return whole[:at] + b"\xe9\xff" + whole[at:]
        case "twice":
            # Each name twice; which of them counts is anybody's guess.
            return whole[:-1] + b", " + written(_mutate(document, dice))[1:] if len(whole) > 2 else whole
        case "junk":
            return whole[:at] + dice.randbytes(dice.randrange(1, 8)) + whole[at:]
    return whole
