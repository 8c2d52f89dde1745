"""Tables as CSV that a spreadsheet reads as text and numbers, never as formulas (ASVS 5.0, 1.2.10)."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")

Cell = str | int | float | dt.datetime | None


def safe_cell(value: Cell) -> str:
    """Numbers as they are, a missing one as nothing, times in ISO 8601; a text that could be a formula gets a '."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, int | float):
        return str(value)
    return f"'{value}" if value.startswith(_STARTS_A_FORMULA) else value


def as_csv(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """RFC 4180, with a byte order mark so that spreadsheets read it as UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe_cell(name) for name in head])
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()
