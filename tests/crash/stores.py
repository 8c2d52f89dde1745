"""A desk's data in a folder: the database (a file there, or one of PostgreSQL of that name), its pulse, its spool."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings
from django.db import connections
from psycopg import sql

NAME = "desk.sqlite3"


def _is_file() -> bool:
    return connections["default"].vendor == "sqlite"


def let_go() -> None:
    connections["default"].close()


def move_to(folder: Path) -> None:
    """This process works with the desk whose data lies there from now on."""
    let_go()
    if not _is_file():
        _make(folder)
    connections["default"].settings_dict["NAME"] = str(folder / NAME) if _is_file() else _name(folder)
    settings.PULSE_FILE = folder / "pulse.json"
    settings.SPOOL_DIR, settings.ARCHIVE_DIR = folder / "spool", folder / "archive"


def copy(source: Path, to: Path) -> None:
    """All of it, while nobody works with it."""
    shutil.copytree(source, to)
    if not _is_file():
        _command("CREATE DATABASE {} TEMPLATE {}", _name(to), _name(source))


def back_up(source: Path, to: Path) -> None:
    """The database alone, as the desk's documents say: while it works (SQLite), or as a dump (PostgreSQL)."""
    to.mkdir()
    if not _is_file():
        let_go()
        _command("CREATE DATABASE {} TEMPLATE {}", _name(to), _name(source))
        return
    with closing(sqlite3.connect(source / NAME)) as live, closing(sqlite3.connect(to / NAME)) as kept:
        live.backup(kept)


def put_back(kept: Path, to: Path) -> None:
    """A backup in place of the database; what else lies in the folder stays."""
    if not _is_file():
        _command("DROP DATABASE {} WITH (FORCE)", _name(to))
        _command("CREATE DATABASE {} TEMPLATE {}", _name(to), _name(kept))
        return
    for ending in ("", "-wal", "-shm"):
        (to / f"{NAME}{ending}").unlink(missing_ok=True)
    shutil.copy(kept / NAME, to / NAME)


def back_in_place(kept: Path, folder: Path, way: str) -> Path:
    """Restored in this way; the folder that the desk works with now."""
    if way == "the whole data folder":
        shutil.rmtree(folder)
        shutil.copytree(kept, folder)
        return folder
    if way == "another database":
        (kept / "spool").mkdir(exist_ok=True)
        shutil.copy(folder / "pulse.json", kept)
        return kept
    put_back(kept, folder)
    if way.startswith("a fresh machine"):
        (folder / "pulse.json").unlink()
        shutil.rmtree(folder / "spool")
    return folder


def drop(folder: Path) -> None:
    let_go()
    shutil.rmtree(folder, ignore_errors=True)
    if not _is_file():
        _command("DROP DATABASE IF EXISTS {} WITH (FORCE)", _name(folder))


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


def _name(folder: Path) -> str:
    return f"{folder.parent.name}_{folder.name}".replace("-", "_").lower()


def _server() -> Any:
    parts = urlsplit(settings.SERVER_URL.replace("postgres://", "postgresql://"))
    return psycopg.connect(urlunsplit(parts._replace(path="/postgres")), autocommit=True)


def _make(folder: Path) -> None:
    with _server() as server:
        known = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_name(folder)]).fetchone()
        if not known:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(_name(folder))))


def _command(text: str, *names: str) -> None:
    with _server() as server:
        server.execute(sql.SQL(text).format(*map(sql.Identifier, names)))
