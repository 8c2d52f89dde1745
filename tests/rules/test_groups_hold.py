"""Tests of one xdist group share what is dear (one desk, one film); versions that ignore groups must show."""

from __future__ import annotations

import os

import pytest


@pytest.mark.xdist_group("groups-hold")
def test_groups_reach_the_scheduler(request: pytest.FixtureRequest) -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        pytest.skip("only where tests run in parallel")
    assert request.node.nodeid.endswith("@groups-hold")
