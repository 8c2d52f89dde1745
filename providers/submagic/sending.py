"""Strict sending: only what was set, never a null (unknown and null fields are refused, contract section 2)."""

from __future__ import annotations

import json
from typing import Any


def only_set(**values: Any) -> dict[str, Any]:
    """The values that are not None, under the given API names."""
    return {name: value for name, value in values.items() if value is not None}


def as_fields(values: dict[str, Any]) -> list[tuple[str, str]]:
    """The same values for multipart: booleans as "true" and "false", objects and lists as JSON strings."""
    return [(name, _as_field(value)) for name, value in values.items()]


def _as_field(value: Any) -> str:
    if isinstance(value, str):
        return value
    # Whole floats go as integers: "15", as in the documents, not "15.0".
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def refuse_unknown(values: dict[str, Any], *known: str) -> None:
    """Raise ValueError when there is a field that this request does not have: it must not be dropped in silence."""
    strange = sorted(set(values) - set(known))
    if strange:
        raise ValueError(f"not a field of this request: {', '.join(strange)}")
