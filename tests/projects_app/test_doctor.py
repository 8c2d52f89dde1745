from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from dashboard.doctor import Finding, Scope, State
from projects_app import doctor, spool

SHM = Path("/dev/shm")


def look() -> dict[str, Finding]:
    return {finding.name: finding for finding in doctor.look(Scope())}


@pytest.fixture
def roomy(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    settings.SPOOL_FLOOR_BYTES = 0
    monkeypatch.setattr(doctor, "ROOMY", 1)
    return settings


def test_the_real_disk(roomy: Any) -> None:
    found = look()
    assert found["Place for uploads"].state == State.OK
    assert doctor.ready() == ""
    assert list(Path(roomy.SPOOL_DIR).iterdir()) == [], "nothing is left behind"


def test_little_room_is_told_in_time(roomy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "ROOMY", 1 << 60)
    found = look()["Place for uploads"]
    assert found.state == State.WARN and "10 GB" in found.advice
    assert doctor.ready() == ""


def test_below_the_floor(roomy: Any) -> None:
    """The floor is put just above and just below what the disk really has."""
    free = spool.free_bytes()
    roomy.SPOOL_FLOOR_BYTES = free + (1 << 33)
    found = look()["Place for uploads"]
    assert found.state == State.BAD and "what has come is safe" in found.found
    assert doctor.ready() == "has no space left for uploads"
    roomy.SPOOL_FLOOR_BYTES = max(0, free - (1 << 33))
    assert look()["Place for uploads"].state == State.OK
    assert doctor.ready() == ""


def test_a_folder_that_cannot_be_made(roomy: Any) -> None:
    roomy.SPOOL_DIR = Path("/proc/nowhere/spool")
    (found,) = look().values()
    assert found.state == State.BAD and "cannot be used" in found.found


def test_a_folder_that_takes_no_files(roomy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a disk error, when the system makes it read-only. /proc takes no files, not even root's."""
    roomy.SPOOL_DIR = Path("/proc/self")
    monkeypatch.setattr(spool, "_folder", lambda: Path("/"))
    assert doctor.ready() == "cannot be written to"
    found = look()["Place for uploads"]
    assert found.state == State.BAD and "New uploads are refused" in found.found


@pytest.mark.skipif(not os.access(SHM, os.W_OK), reason="no second file system here")
def test_a_disk_of_its_own_or_the_databases(roomy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = tmp_path / "desk.sqlite3"
    database.touch()
    monkeypatch.setitem(connection.settings_dict, "NAME", str(database))
    is_sqlite = connection.vendor == "sqlite"
    assert ("Disk of the uploads" in look()) == is_sqlite
    if is_sqlite:
        assert look()["Disk of the uploads"].state == State.WARN
    roomy.SPOOL_DIR = SHM / f"clipdesk-test-{os.getpid()}"
    try:
        assert "Disk of the uploads" not in look()
        assert look()["Place for uploads"].state == State.OK
    finally:
        Path(roomy.SPOOL_DIR).rmdir()
