from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dashboard import doctor
from dashboard.doctor import Finding, Scope, State
from dashboard.models import Team
from projects_app import archive_doctor, archive_files
from tests import factories

pytestmark = pytest.mark.django_db


def look() -> Finding:
    (found,) = archive_doctor.look(Scope())
    return found


@pytest.fixture(autouse=True)
def _roomy(settings: Any) -> None:
    settings.SPOOL_FLOOR_BYTES = 0


def test_all_is_well(team: Team) -> None:
    archive_files.mark()
    factories.make_archived(factories.make_clip(factories.make_project(team)))
    assert look().state == State.OK and "Room for" in look().found


def test_a_full_disk(settings: Any) -> None:
    settings.SPOOL_FLOOR_BYTES = 1 << 60
    assert look().state == State.WARN and "what is kept is safe" in look().found


def test_no_place_at_all(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings.ARCHIVE_DIR = tmp_path / "file"
    assert look().state == State.BAD and "ARCHIVE_DIR" in look().advice


def test_files_that_are_not_there(team: Team) -> None:
    row = factories.make_archived(factories.make_clip(factories.make_project(team)))
    archive_files.mark()
    assert look().state == State.OK
    archive_files.path(row.pk).unlink()
    assert look().state == State.WARN and "1 kept video is not whole" in look().found


def test_a_disk_that_is_not_connected(team: Team) -> None:
    factories.make_archived(factories.make_clip(factories.make_project(team)))
    assert look().state == State.BAD and "disk of ARCHIVE_DIR is connected" in look().advice


def test_the_folder_of_another_node(team: Team, settings: Any) -> None:
    archive_files.mark()
    settings.NODE = "second"
    assert look().state == State.BAD and "archive of the node “test”" in look().found


def test_it_is_a_part_of_the_doctor() -> None:
    names = {finding.name for section in doctor.examine(Scope(), [doctor.Group.DESK]) for finding in section.findings}
    assert "Archive" in names
