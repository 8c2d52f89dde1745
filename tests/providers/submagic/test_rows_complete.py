"""Every row of the contract that is about Submagic (1 to 49) has a test whose name holds its number."""

from __future__ import annotations

import re
from pathlib import Path


def test_every_row_has_a_test() -> None:
    tests = "\n".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_rows_*.py"))
    assert {int(number) for number in re.findall(r"^def test_row_(\d\d)_", tests, re.MULTILINE)} == set(range(1, 50))
