"""Each contract test runs against the sandbox, and against the real Submagic too when there is a key (README.md)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from tests.live.documented import Case, goes_live
from tests.live.target import Box, Target, is_given, live, may_spend

BEYOND = "beyond the documents"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Without a key there is no case of the real service at all; test_opt_in.py says so in one line."""
    if "case" in metafunc.fixturenames:
        cases: list[Case] = metafunc.module.CASES
        pairs = [(case, "sandbox") for case in cases]
        pairs += [(case, "live") for case in cases if goes_live(case)]
        ids = [f"{name} {case.id}" for case, name in pairs]
        metafunc.parametrize(("case", "target"), pairs, indirect=["target"], ids=ids)
    elif "target" in metafunc.fixturenames:
        real = is_given() and ("spender" not in metafunc.fixturenames or may_spend())
        metafunc.parametrize("target", ["sandbox", "live"] if real else ["sandbox"], indirect=True)


@pytest.fixture(scope="session")
def box(tmp_path_factory: pytest.TempPathFactory) -> Box:
    return Box(tmp_path_factory.mktemp("sandbox"))


@pytest.fixture(scope="session")
def idle(tmp_path_factory: pytest.TempPathFactory, box: Box) -> Box:
    """Nothing in it is ever worked on: for requests of which only the answer counts."""
    return Box(tmp_path_factory.mktemp("idle"), samples=box)


@pytest.fixture(scope="session")
def narrow(tmp_path_factory: pytest.TempPathFactory, box: Box) -> Box:
    """One call of each class an hour, files of a kilobyte, and no Magic Clips credits."""
    from sandbox.settings import LIMITS

    small = {f"{kind}_file_limit": 1000 for kind in ("captions", "clips", "media")}
    limits = dict.fromkeys(LIMITS, 1)
    return Box(tmp_path_factory.mktemp("narrow"), samples=box, limits=limits, clips_credits=0, **small)


@pytest.fixture
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    if request.param == "live":
        request.getfixturevalue("open_network")
        found = live()
    else:
        case: Case | None = request.node.callspec.params.get("case")
        name = case.box if case else "idle" if "starter" in request.fixturenames else "box"
        found = request.getfixturevalue(name).target(fresh=name == "narrow")
    yield found
    found.close()


@pytest.fixture
def spender(target: Target) -> Target:
    """The same, for tests that use up credits or leave something behind in the account."""
    assert not target.is_live or os.environ["SUBMAGIC_LIVE_SPEND"] == "1"
    return target


@pytest.fixture
def starter(spender: Target) -> Target:
    """The same, for tests that only begin something: the sandbox need not do the work."""
    return spender


@pytest.fixture
def beyond(record_property: Callable[[str, object], None]) -> Callable[[Target, list[str]], None]:
    """What an answer holds that no document names: wrong for the sandbox, news from the real service."""

    def note(target: Target, names: list[str]) -> None:
        assert target.is_live or not names
        for name in names:
            record_property(BEYOND, name)

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    found = {
        f"{report.nodeid.rpartition('[')[2].rstrip(']')}: {value}"
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if name == BEYOND
    }
    for line in sorted(found):
        terminalreporter.write_line(f"{BEYOND}: {line}")
