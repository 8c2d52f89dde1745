from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from dashboard import pulse
from dashboard.models import Epoch, Team
from dashboard.pulse import Sign
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def marker(settings: Any) -> Path:
    return Path(settings.PULSE_FILE)


@pytest.fixture
def _a_call(team: Team) -> None:
    """Without any there is nothing that could go out twice."""
    factories.make_call(team)


def go_back(by: int = 1) -> None:
    """What restoring an older backup does to the row."""
    Epoch.objects.filter(pk=1).update(pulse=Epoch.current().pulse - by)


def age(path: Path, *, seconds: int) -> None:
    """A file that says it was written so long ago, though it came into being now: what copying it makes."""
    data = json.loads(path.read_text())
    path.write_text(json.dumps(data | {"at": data["at"] - seconds}))


def test_a_desk_that_goes_on_is_no_restore(_a_call: None, marker: Path) -> None:
    for number in (1, 2, 3):
        assert pulse.note() == number
        assert pulse.sign() is None
    assert json.loads(marker.read_text())["pulse"] == 3


def test_an_older_database_is_noticed(_a_call: None) -> None:
    pulse.note(), pulse.note()
    go_back()
    assert pulse.sign() is Sign.OLDER


def test_one_call_that_went_out_since_the_backup_is_enough(_a_call: None) -> None:
    pulse.note()
    backup = Epoch.current().pulse
    pulse.note()  # what upstream_calls.begin does
    Epoch.objects.filter(pk=1).update(pulse=backup)
    assert pulse.sign() is Sign.OLDER


def test_a_copied_data_folder_is_noticed(_a_call: None, marker: Path, tmp_path: Path) -> None:
    """Database and file come from the same backup, so their numbers agree: the file's own change time tells."""
    pulse.note()
    age(marker, seconds=180)
    kept = tmp_path / "backup.json"
    shutil.copy2(marker, kept)  # with its times, as backup tools do
    marker.unlink()
    shutil.copy2(kept, marker)
    written = timezone.now().timestamp() - 180
    os.utime(marker, (written, written))
    assert pulse.sign() is Sign.COPIED


def test_a_desk_that_was_off_for_long_is_no_restore(_a_call: None, marker: Path) -> None:
    pulse.note()
    Epoch.objects.filter(pk=1).update(pulsed_at=timezone.now() - dt.timedelta(days=3))
    assert pulse.sign() is None


def test_an_old_database_on_a_fresh_machine_is_noticed(_a_call: None, marker: Path) -> None:
    pulse.note()
    marker.unlink()
    Epoch.objects.filter(pk=1).update(pulsed_at=timezone.now() - dt.timedelta(minutes=11))
    assert pulse.sign() is Sign.MOVED


@pytest.mark.skipif("connection.vendor != 'sqlite'")
def test_a_file_on_a_fresh_machine_is_noticed_however_young_the_backup_is(_a_call: None, marker: Path) -> None:
    """Nobody else works with it: where its pulse was counted, its node's file was written as well."""
    pulse.note()
    marker.unlink()
    assert pulse.sign() is Sign.MOVED


@pytest.mark.skipif("connection.vendor == 'sqlite'")
def test_a_new_node_beside_others_is_no_restore(_a_call: None, marker: Path) -> None:
    pulse.note()
    marker.unlink()
    assert pulse.sign() is None


def test_a_clock_that_was_wrong_is_no_copy(_a_call: None) -> None:
    """The file's times are the file system's, whatever this machine's clock said when it was written."""
    with time_machine.travel(timezone.now() - dt.timedelta(days=1)):
        pulse.note()
    assert pulse.sign() is None


@pytest.mark.parametrize(
    "text", ["", "{", '{"pulse": "x"}', "[1]", '{"pulse": 3}', '{"pulse": 3, "at": 1}', '{"at": 1}', "null", "3"]
)
def test_a_broken_file_is_asked_about(_a_call: None, marker: Path, text: str) -> None:
    pulse.note()
    Epoch.objects.filter(pk=1).update(number=3)
    marker.write_text(text)
    assert pulse.sign() is Sign.COPIED


def test_a_database_in_which_nothing_was_to_be_sent_is_none(marker: Path, db: None) -> None:
    pulse.note(), pulse.note()
    Epoch.objects.all().delete()
    assert pulse.sign() is None


@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_a_dump_on_another_server_is_noticed(_a_call: None) -> None:
    pulse.note()
    row = Epoch.current()
    server, _, database = row.identity.partition(":")
    assert server.isdecimal() and database.isdecimal()
    Epoch.objects.update(identity=f"{int(server) + 1}:{database}")
    assert pulse.sign() is Sign.OTHER_SERVER


def test_the_file_never_goes_back(_a_call: None, marker: Path) -> None:
    """Two threads that note at once may write in another order than they counted."""
    pulse.note(), pulse.note()
    before = marker.read_text()
    Epoch.objects.filter(pk=1).update(pulse=0)
    pulse.note()
    assert marker.read_text() == before


def test_a_restore_that_another_node_has_dealt_with_is_none_of_this_one(_a_call: None, marker: Path) -> None:
    """Its file is of the life before, with a higher pulse; it follows without holding anything anew."""
    for _ in range(5):
        pulse.note()
    Epoch.objects.filter(pk=1).update(number=2, pulse=3)
    assert pulse.sign() is None
    pulse.note()
    assert json.loads(marker.read_text())["number"] == 2
    Epoch.objects.filter(pk=1).update(number=1, pulse=99)
    assert pulse.sign() is Sign.OLDER


@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_a_host_that_keeps_its_servers_number_to_itself() -> None:
    with connection.cursor() as cursor:
        cursor.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
        cursor.execute("CREATE ROLE guest_of_the_host")
        cursor.execute("SET LOCAL ROLE guest_of_the_host")
    assert pulse.identity().startswith(":") and pulse.identity() != ":"


@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_another_life_of_the_same_server_is_noticed(_a_call: None) -> None:
    """A promoted replica, or a base backup that was recovered to a moment, has the server's own number."""
    pulse.note()
    life = Epoch.current().timeline
    assert len(life) == 8 and int(life, 16) >= 1
    Epoch.objects.update(timeline=f"{int(life, 16) + 1:08X}")
    assert pulse.sign() is Sign.OTHER_SERVER


@pytest.mark.skipif("connection.vendor != 'postgresql'")
@pytest.mark.parametrize("forget", [1, 2, 3])
def test_what_was_not_written_down_before_says_nothing(_a_call: None, forget: int) -> None:
    """By an older release of ours, or where the host kept it back."""
    pulse.note()
    database = Epoch.current().identity.partition(":")[2]
    others = {1: {"timeline": ""}, 2: {"identity": f":{database}"}, 3: {"identity": f":{database}:00000001"}}
    Epoch.objects.update(**others[forget])
    assert pulse.sign() is None


def test_two_workers_of_one_node_write_one_after_the_other(marker: Path, db: None) -> None:
    ask = "import fcntl, sys\nfile = open(sys.argv[1], 'w')\nfcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)"
    command = [sys.executable, "-c", ask, str(marker.with_name(f"{marker.name}.lock"))]
    with pulse._lock():
        assert subprocess.run(command, capture_output=True).returncode != 0
    assert subprocess.run(command, capture_output=True).returncode == 0


@pytest.mark.skipif("connection.vendor != 'postgresql'")
@pytest.mark.parametrize("function", ["pg_walfile_name(pg_lsn)", "pg_current_wal_lsn()"])
def test_a_host_that_keeps_its_timeline_to_itself(function: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        cursor.execute("CREATE ROLE guest_of_the_host")
        cursor.execute("SET LOCAL ROLE guest_of_the_host")
    assert pulse.timeline() == ""
