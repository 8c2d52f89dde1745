from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection, connections

from dashboard import bounded, tables
from dashboard.doctor import Finding, Scope, State, database

real = pytest.mark.django_db(transaction=True)
on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="how SQLite is opened")


def look() -> dict[str, Finding]:
    return {finding.name: finding for finding in database.look(Scope())}


@real
def test_the_real_one_answers_and_is_safe() -> None:
    assert database.answers()
    found = look()
    assert {finding.state for finding in found.values()} == {State.OK}
    assert "answers a trivial question within" in found["Database"].found
    assert found["Tables"].found == "Up to date with this release."
    assert ("Safe from a power cut" in found) == (connection.vendor == "sqlite")
    assert database.NAMES[connection.vendor] in found["Database"].found


@real
def test_tables_that_are_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    newest = tables._newest() | {("publishing", "9999_of_the_next_release")}
    monkeypatch.setattr(tables, "_newest", lambda: newest)
    found = look()["Tables"]
    assert found.state == State.BAD
    assert "publishing" in found.found and "migrate" in found.advice


@real
@on_sqlite
def test_an_sqlite_that_a_power_cut_can_take_back(tmp_path: Path) -> None:
    """A real file, opened without our PRAGMAs."""
    file = tmp_path / "plain.sqlite3"
    sqlite3.connect(file).close()
    plain = {**connections.settings["default"], "NAME": str(file), "OPTIONS": {}}
    wrapper = connections.create_connection("default")
    wrapper.settings_dict = plain
    try:
        with wrapper.cursor() as cursor:
            journal = str(cursor.execute("PRAGMA journal_mode").fetchone()[0])
    finally:
        wrapper.close()
    assert journal == "delete"
    found = database._safety(database.Measured(1, [], journal, 2))
    assert found.state == State.WARN and "journal delete" in found.found
    assert database._safety(database.Measured(1, [], "wal", 1)).state == State.WARN
    assert database._safety(database.Measured(1, [], "wal", 3)).state == State.OK


def test_a_slow_one() -> None:
    found = database._pace(database.Measured(400, []), {"name": "PostgreSQL"})
    assert found.state == State.WARN and "400 ms" in found.found
    assert database._pace(database.Measured(0.01, []), {"name": "PostgreSQL"}).state == State.OK


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def ask(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr(bounded, "ask", ask)


def test_one_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, bounded.NoAnswer())
    assert not database.answers()
    (found,) = look().values()
    assert found.state == State.BAD and "no answer within 3 seconds" in found.found
    assert "is safe" in found.advice


def test_one_that_refuses_says_why_but_never_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "a-long-password")
    failing(monkeypatch, OperationalError("cannot connect with a-long-password\nDETAIL: more"))
    assert not database.answers()
    (found,) = look().values()
    assert found.state == State.BAD and "cannot connect" in found.found
    assert "a-long-password" not in found.found and "DETAIL" not in found.found
