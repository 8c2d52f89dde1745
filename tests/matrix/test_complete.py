from __future__ import annotations

import importlib
from pathlib import Path

from tests.matrix import table


def test_every_cell_of_the_matrix_has_a_named_test() -> None:
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        importlib.import_module(f"tests.matrix.{path.stem}")
    assert len(table.CELLS) == 167
    missing = sorted(f"{step} × {fault}" for step, fault in table.CELLS.keys() - table.named)
    assert missing == []
