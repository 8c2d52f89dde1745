from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publishing_app.csv_rows import as_csv, safe_cell


def test_numbers_stay_numbers_and_missing_ones_are_empty() -> None:
    assert [safe_cell(value) for value in (-3, 0, 1.5, None, "")] == ["-3", "0", "1.5", "", ""]


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_no_cell_is_ever_read_as_a_formula(cells: list[str]) -> None:
    text = as_csv(["head"], [cells])
    (_head, row) = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    assert len(row) == len(cells)
    for given_text, read in zip(cells, row, strict=True):
        assert not read.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\0"))
        assert read.removeprefix("'").endswith(given_text.removeprefix("'"))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\0"])
def test_each_way_to_begin_a_formula_is_made_text(start: str) -> None:
    assert safe_cell(f"{start}HYPERLINK(A1)") == f"'{start}HYPERLINK(A1)"
    assert safe_cell(f"a{start}b") == f"a{start}b"
