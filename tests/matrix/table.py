"""The failure matrix of the design (reliability, 2.2): its eleven steps and the film of a slideshow, sixteen faults, and
the rule of each cell.

A test says which cells it is about with `@cell(steps, fault)`; it is run once for each step, under the cell's own name.
`test_complete.py` wants each of the 167 cells that are not empty by nature to be named.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import pytest

FAULTS: Final = (
    *("kill -9", "disk full", "net cut", "time-out", "4xx", "5xx", "429", "bad JSON", "dup or late hook", "forged"),
    *("clock", "DB locked", "accepted, reply lost", "project deleted", "key revoked", "member removed"),
)
# "-": empty by nature. The words are the design's.
# ruff: noqa: E501
TABLE: Final = """
browser upload    | R1 | R4 | R1 | R1 | R8 | R1 | R9 own | - | - | R20 | R14 | R5 | R1 HEAD | - | R16 at end | R17
spool and check   | R2 | R4 | - | R2 | R8 | - | - | R8 | - | - | R14 | R5 | - | - | - | R17
relay upload      | R7/R3 | R4 | R7/R3 | R10 | R8 | R10 | R9 | R10 | R12 | R13 | R14 | R5 | R3 + echo | R8 | R16 | R17
create by URL     | R3 | R5 | R7/R3 | R10 | R8 | R10 | R9 | R10 | R12 | R13 | R14 | R5 | R3 + echo | - | R16 | R17
webhook in        | I1 | R5 503 | poll | poll | - | - | R9 own | R12 | R12 | R13 | R12 | R5 | R12 dup | R15 | R12 park | team's
reconcile poll    | R2 | R2 | R6 | R6 | R15/R16 | R6 | R9 | R11 | I4 | - | R14 | R5 | safe | R15 | R16 | team's
export            | R3 | R5 | R7/R3 | R10 | R8 | R10 | R9 | R10 | R12 | R13 | R14 | R5 | R3 status | R15 | R16 | R17
slideshow film    | R3 | R5 | R7/R3 | R10 | R8 | R10 | R9 | R10 | - | - | R14 | R5 | R3 status | R15 | R16 | R17
publish now       | R3 | R5 | R7/R3 | R10 | R8 | R10 | R9 | R10 | - | - | R14 | R5 | R3 list | R15 | R16 | R17
scheduled publish | R3+R18 | R5 | R7/R3 | R10 | R8 | R10 | R9+R18 | R10 | - | - | R14+R18 | R5 | R3 list | R15 | R16 | R17
feed sync         | R19 | R19 | R6 | R6 | R16 | R6 | R9 | R11 | - | - | R14 | R5 | safe | R19 | R16 | team's
analytics         | R19 | R19 | R6 | R6 | R16 | R6 | R9 | R11 | - | - | R14 | R5 | safe | R19 | R16 | team's
"""
Cell = tuple[str, str]


def _cells() -> dict[Cell, str]:
    found: dict[Cell, str] = {}
    for line in TABLE.strip().splitlines():
        step, *rules = (part.strip() for part in line.split("|"))
        assert len(rules) == len(FAULTS), step
        found |= {(step, fault): rule for fault, rule in zip(FAULTS, rules, strict=True) if rule != "-"}
    return found


CELLS: Final = _cells()
named: set[Cell] = set()


def cell(steps: str | Sequence[str], fault: str) -> Callable[[Callable[..., Any]], Any]:
    """`test(step, …)` proves these cells of one fault; a cell that the design leaves empty is refused."""
    names = [steps] if isinstance(steps, str) else list(steps)
    for name in names:
        assert (name, fault) in CELLS, f"no such cell: {name} × {fault}"
        named.add((name, fault))
    params = [pytest.param(name, id=f"{name} × {fault}: {CELLS[name, fault]}") for name in names]
    return pytest.mark.parametrize("step", params)
