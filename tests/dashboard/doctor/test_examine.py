from __future__ import annotations

import logging
from typing import Any

import pytest

from dashboard import doctor
from dashboard.doctor import Finding, Group, Scope, State, database, report
from tests import factories


def finding(state: State, name: str = "It", found: str = "Found.", advice: str = "") -> Finding:
    return Finding(name, state, found, advice)


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[doctor.Check]:
    """Only what a test registers; the database answers."""
    given: list[doctor.Check] = []
    monkeypatch.setattr(doctor, "_checks", given)
    monkeypatch.setattr(database, "answers", lambda: True)
    return given


def test_what_is_worst_stands_first_and_is_counted(checks: list[doctor.Check]) -> None:
    doctor.register(Group.DESK, lambda scope: [finding(State.OK, "a"), finding(State.BAD, "b")])
    doctor.register(Group.DESK, lambda scope: [finding(State.WARN, "c"), finding(State.BAD, "d")])
    (section,) = doctor.examine(Scope(), [Group.DESK])
    assert [each.name for each in section.findings] == ["b", "d", "c", "a"]
    assert (section.broken, section.doubtful, section.worst) == (2, 1, State.BAD)
    assert report.summary([section]) == "2 broken, 1 to look at."
    assert report.is_bad([section])


def test_the_same_check_is_made_once(checks: list[doctor.Check]) -> None:
    def look(scope: Scope) -> list[Finding]:
        return [finding(State.OK)]

    for _ in range(2):
        doctor.register(Group.KEYS, look)
    (section,) = doctor.examine(Scope(), [Group.KEYS])
    assert len(section.findings) == 1
    assert report.summary([section]) == "All is in order."


def test_a_check_that_fails_is_told_and_hides_no_other(
    checks: list[doctor.Check], caplog: pytest.LogCaptureFixture
) -> None:
    def broken(scope: Scope) -> Any:
        yield finding(State.OK, "half")
        raise LookupError("sk-" + "a" * 64)

    doctor.register(Group.DESK, broken)
    doctor.register(Group.DESK, lambda scope: [finding(State.OK, "other")])
    with caplog.at_level(logging.CRITICAL):
        (section,) = doctor.examine(Scope(), [Group.DESK])
    assert [each.name for each in section.findings] == ["A check (test_examine)", "other"]
    assert "LookupError" in section.findings[0].found and "sk-" not in section.findings[0].found


def test_with_the_database_away_the_others_still_look(
    checks: list[doctor.Check], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "answers", lambda: False)

    def never(scope: Scope) -> Any:
        raise AssertionError("it was asked")

    doctor.register(Group.DESK, never)
    doctor.register(Group.DESK, lambda scope: [finding(State.OK, "without")], needs_database=lambda: False)
    (section,) = doctor.examine(Scope(), [Group.DESK])
    assert [each.name for each in section.findings] == ["Other checks", "without"]
    assert "while the database does not answer" in section.findings[0].found


def test_the_text_masks_what_looks_like_a_secret(checks: list[doctor.Check]) -> None:
    key = factories.fresh_secret()
    token = "t" * 43
    doctor.register(
        Group.DESK, lambda scope: [finding(State.BAD, found=f"{key} https://desk.example/h/{token}", advice="Do it.")]
    )
    text = report.text(doctor.examine(Scope()))
    assert key not in text and token not in text
    assert "BAD   It: sk-…" in text and "→ Do it." in text
    assert text.startswith("Clipdesk health report, ")


def test_the_upper_floors_add_theirs_and_only_the_provider_is_slow() -> None:
    modules = {check.look.__module__ for check in doctor._checks}
    assert "projects_app.doctor" in modules and "dashboard.doctor.worker" in modules
    assert [group for group in Group if doctor.is_slow(group)] == [Group.PROVIDER]
