from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from dashboard.doctor import Finding, Scope, State, disk


def look() -> Finding:
    (found,) = disk.look(Scope())
    return found


def test_the_real_disk(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(disk, "LOW", 1)
    monkeypatch.setattr(disk, "TOO_LOW", 1)
    assert look().state == State.OK
    free = shutil.disk_usage(tmp_path).free
    assert abs(disk.measure(tmp_path).free - free) < 1_000_000_000
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"


@pytest.mark.parametrize(("low", "too_low", "state"), [(1 << 60, 1, State.WARN), (1 << 60, 1 << 60, State.BAD)])
def test_little_space(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, low: int, too_low: int, state: State
) -> None:
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(disk, "LOW", low)
    monkeypatch.setattr(disk, "TOO_LOW", too_low)
    found = look()
    assert found.state == state and "Make room" in found.advice


def test_a_folder_that_takes_no_files(settings: Any) -> None:
    """/proc takes none, not even root's."""
    settings.DATA_DIR = Path("/proc")
    found = look()
    assert found.state == State.BAD and "Nothing can be written" in found.found


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_of_somebody_else(settings: Any, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    settings.DATA_DIR = tmp_path
    assert look().state == State.BAD


def test_a_folder_that_is_gone(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "gone"
    found = look()
    assert found.state == State.BAD and "No such file" in found.found
