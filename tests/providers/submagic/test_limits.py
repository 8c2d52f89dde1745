"""The table of limits agrees with the client and starts from the smaller documented number."""

from __future__ import annotations

import pytest

from providers.errors import ProviderError
from providers.http import Exchange
from providers.submagic import limits
from tests.providers.submagic.calls import CALLS
from tests.providers.submagic.support import answering, client


def test_every_call_of_the_client_has_a_documented_rate() -> None:
    records: list[Exchange] = []
    for call in CALLS.values():
        with client(answering(401), on_exchange=records.append) as submagic, pytest.raises(ProviderError):
            call(submagic)
    names = {record.call.name for record in records}
    assert len(names) == len(CALLS)
    assert names - limits.RATES.keys() == {"health"}


@pytest.mark.parametrize(
    ("endpoint", "start", "most"),
    [
        ("projects.create", 30, 500),
        ("projects.upload", 30, 500),
        ("projects.get", 100, 500),
        ("projects.export", 50, 50),
        ("languages", 100, 1000),
        ("templates", 1000, 1000),
        ("something new", 100, 100),
    ],
)
def test_smaller_documented_number_comes_first(endpoint: str, start: int, most: int) -> None:
    rate = limits.rate(endpoint)
    assert (rate.start, rate.most, rate.window) == (start, most, 3600)


def test_no_rate_starts_above_its_most() -> None:
    assert all(0 < rate.start <= rate.most and rate.source for rate in limits.RATES.values())


def test_upload_limits_tell_doubt_from_certainty() -> None:
    captions = limits.UPLOADS["projects.upload"]
    assert (captions.warn, captions.block) == (2 * limits.GIGABYTE, 10 * limits.GIGABYTE)
    assert limits.UPLOADS["magic_clips.upload"].warn == 10 * limits.GIGABYTE
    assert limits.LONGEST_VIDEO == 120 * 60
