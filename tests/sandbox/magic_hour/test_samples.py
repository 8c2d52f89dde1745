"""Videos that every account has."""

from __future__ import annotations

import pytest

from sandbox.magic_hour.samples import SAMPLES
from tests.sandbox.magic_hour.conftest import BOB, StandIn


@pytest.mark.parametrize("number", sorted(SAMPLES))
def test_each_sample_is_made_when_it_is_asked_for(stand: StandIn, number: str) -> None:
    first = stand.project(number)
    broken = number == "sample-broken"
    assert (first["id"], first["status"]) == (number, "error" if broken else "queued")
    stand.step()
    stand.step()
    last = stand.project(number)
    assert last["status"] == ("error" if broken else "complete")
    assert (last["credits_charged"] > 0) is not broken and stand.credits() == 10_000 - last["credits_charged"]
    assert bool(last["downloads"]) is not broken and bool(last["error"]) is broken


def test_each_account_has_its_own(stand: StandIn) -> None:
    stand.project("sample-meadow")
    stand.client.delete("/v1/video-projects/sample-meadow")
    assert stand.project("sample-meadow")["enabled"] is False
    other = stand.client_for(BOB).get("/v1/video-projects/sample-meadow").json()
    assert other["enabled"] is True and other["id"] == "sample-meadow"


def test_another_sample_is_not_there(stand: StandIn) -> None:
    assert stand.client.get("/v1/video-projects/sample-nothing").status_code == 404
