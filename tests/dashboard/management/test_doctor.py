"""The command as it is called: a process of its own, with a database that lives, is dead, or hangs."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from dashboard import doctor
from dashboard.doctor import Finding, Group, State, database
from dashboard.models import Team
from tests import factories
from tests.dashboard.views.test_readyz import dead_port as dead_port
from tests.dashboard.views.test_readyz import silent_port as silent_port
from tests.desk import ROOT
from tests.services import fresh_database, postgres_server

RING = f"k1:{'A' * 43}="
SECRET = secrets.token_hex(32)


@dataclass
class Machine:
    data: Path
    env: dict[str, str]

    def manage(self, *command: str) -> subprocess.CompletedProcess[str]:
        leaks = ("DJANGO_ALLOW_ASYNC_UNSAFE", "PYTEST_CURRENT_TEST", "DATABASE_URL")
        env = {name: value for name, value in os.environ.items() if name not in leaks} | {
            "DJANGO_SETTINGS_MODULE": "dashboard.settings",
            "DATA_DIR": str(self.data),
            "ENV_FILE": os.devnull,
            "SECRET_KEY": SECRET,
            "KEY_RING": RING,
            "SPOOL_FLOOR_BYTES": "0",
            **self.env,
        }
        return subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=env, capture_output=True, text=True, timeout=90
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    (tmp_path / "static").mkdir()
    return Machine(tmp_path, {})


def states(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    sections = json.loads(done.stdout)["sections"]
    return {finding["name"]: finding["state"] for section in sections for finding in section["findings"]}


def test_before_anything_was_set_up_it_says_what_to_run(machine: Machine) -> None:
    done = machine.manage("doctor")
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert "BAD   Tables" in done.stdout and "manage.py migrate" in done.stdout
    assert "createcachetable" in done.stdout


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_desk_that_is_in_order_and_one_without_a_worker(machine: Machine, kind: str) -> None:
    if kind == "sqlite":
        go_through(machine)
        return
    with fresh_database(postgres_server()) as url:
        machine.env["DATABASE_URL"] = url
        go_through(machine)


def go_through(machine: Machine) -> None:
    assert machine.manage("migrate", "--verbosity=0").returncode == 0
    assert machine.manage("createcachetable").returncode == 0
    dead = machine.manage("doctor", "--json")
    assert dead.returncode == 1 and json.loads(dead.stdout)["ok"] is False
    assert [name for name, state in states(dead).items() if state == "bad"] == ["Work in the background"]
    assert machine.manage("shell", "-c", "from dashboard import heartbeat; heartbeat.beat()").returncode == 0
    alive = machine.manage("doctor", "--json")
    assert alive.returncode == 0, alive.stdout
    found = states(alive)
    assert found["Work in the background"] == found["Database"] == found["Tables"] == found["Cache"] == "ok"
    assert found["Mail"] == "warn", "what is only to be looked at ends it well"
    words = machine.manage("doctor")
    assert words.returncode == 0
    assert "Nothing is broken," in words.stdout
    for hidden in (SECRET, RING, "A" * 43):
        assert hidden not in dead.stdout + alive.stdout + words.stdout + words.stderr
    nobody = machine.manage("doctor", "--team", "nobody")
    assert nobody.returncode == 1 and "no team with the address /t/nobody/" in nobody.stderr


def test_a_database_that_is_dead(machine: Machine, dead_port: int) -> None:
    machine.env["DATABASE_URL"] = f"postgres://desk:a-password@127.0.0.1:{dead_port}/desk"
    done = machine.manage("doctor", "--team", "harbour")
    said = done.stdout + done.stderr
    assert done.returncode == 1 and "Traceback" not in said
    assert "BAD   Database" in done.stdout and "PostgreSQL" in done.stdout
    assert "The rest cannot be looked at" in done.stdout
    assert "Place for uploads" in done.stdout and "Data folder" in done.stdout
    assert "a-password" not in said


def test_a_database_that_hangs(machine: Machine, silent_port: int) -> None:
    machine.env["DATABASE_URL"] = f"postgres://desk:a-password@127.0.0.1:{silent_port}/desk"
    begun = time.monotonic()
    done = machine.manage("doctor", "--json")
    assert time.monotonic() - begun < 40
    assert done.returncode == 1
    assert states(done)["Database"] == "bad" and states(done)["Other checks"] == "warn"


def test_settings_that_the_other_commands_refuse(machine: Machine) -> None:
    machine.env["KEY_RING"] = "nonsense"
    assert machine.manage("check").returncode == 1
    done = machine.manage("doctor")
    assert done.returncode == 1 and "new_ring_key" in done.stdout


# --- In this process --------------------------------------------------------------------------------------------------


@pytest.fixture
def sections(monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    findings: list[Finding] = []
    scopes: list[doctor.Scope] = []

    def examine(scope: doctor.Scope) -> list[doctor.Section]:
        scopes.append(scope)
        return [doctor.Section(Group.DESK, "This desk", findings)]

    monkeypatch.setattr(doctor, "examine", examine)
    monkeypatch.setattr(database, "answers", lambda: True)
    return findings


@pytest.mark.parametrize(("state", "code"), [(State.OK, 0), (State.WARN, 0), (State.BAD, 1)])
def test_the_exit_code(sections: list[Finding], capsys: Any, state: State, code: int) -> None:
    sections.append(Finding("It", state, "Found."))
    if code:
        with pytest.raises(SystemExit) as ended:
            call_command("doctor")
        assert ended.value.code == code
    else:
        call_command("doctor")
    assert "It: Found." in capsys.readouterr().out


def test_a_team_by_its_address(sections: list[Finding], team: Team) -> None:
    call_command("doctor", team="harbour")
    with pytest.raises(CommandError, match="/t/nobody/"):
        call_command("doctor", team="nobody")
    factories.make_key(team)
