"""The planted faults (T21) still fit: one that cannot be planted proves nothing, and only a long run would notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.mutants.faults import FAULTS, Fault

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_each_has_its_place_and_its_tests(fault: Fault) -> None:
    text = (ROOT / fault.path).read_text()
    assert text.count(fault.old) == 1
    assert fault.new != fault.old
    for each in fault.tests:
        assert (ROOT / each.partition("::")[0]).exists(), each


def test_they_are_as_many_as_promised() -> None:
    assert len(FAULTS) >= 25 and len({fault.name for fault in FAULTS}) == len(FAULTS)
