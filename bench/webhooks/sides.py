"""The two sides of the comparison: a real desk with open addresses, and the plain view, on databases of one kind."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from bench.desk import Desk

# Calls of a finished project each, so that their addresses are open and the worker has something to decide.
MAKE = """
import django, json, secrets, sys
django.setup()
from django.db import transaction
from django.utils import timezone
from dashboard import crypto
from dashboard.models import ApiKey, CallState, UpstreamCall
from projects_app.models import Kind, Project, ProjectState, Source
key = ApiKey.objects.select_related("team").first()
now, tokens, projects, calls = timezone.now(), [], [], []
for number in range(int(sys.argv[1])):
    token = secrets.token_urlsafe(32)
    project = Project(
        team=key.team, api_key=key, kind=Kind.CAPTIONS, source=Source.URL, title=f"Bench {number}", language="en",
        state=ProjectState.READY, upstream_id=f"bench-{number}", upstream_status="completed", finished_at=now,
    )
    calls.append(UpstreamCall(
        team=key.team, api_key=key, key_version=key.version, operation="create_project", target_id=project.pk,
        hook_hash=crypto.fingerprint(token), state=CallState.ACCEPTED, sent_at=now, settled_at=now,
        upstream_id=project.upstream_id,
    ))
    projects.append(project)
    tokens.append(token)
with transaction.atomic():
    Project.objects.bulk_create(projects, batch_size=500)
    UpstreamCall.objects.bulk_create(calls, batch_size=500)
print(json.dumps(tokens))
"""
MAKE_PLAIN = """
import django
django.setup()
from django.db import connection
from bench.plain.models import Message
with connection.schema_editor() as editor:
    editor.create_model(Message)
"""


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """A database of its own on this PostgreSQL server, dropped afterwards; yields its URL."""
    parts = urlsplit(server.replace("postgres://", "postgresql://"))
    name = f"clipdesk_bench_{secrets.token_hex(5)}"
    with psycopg.connect(urlunsplit(parts), autocommit=True, connect_timeout=3) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlunsplit(parts._replace(path=f"/{name}"))
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def server() -> str:
    return os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")


def has_server() -> bool:
    try:
        psycopg.connect(server().replace("postgres://", "postgresql://"), connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


@dataclass
class HookDesk(Desk):
    """A desk whose `tokens` are open addresses."""

    database: str = ""  # of PostgreSQL; "" for SQLite
    calls: int = 1000
    tokens: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        # The plain view says no to nobody either.
        self.env = {"WEBHOOKS_PER_SECOND": "1000000"} | self.env
        self.env = {"DATABASE_URL": self.database} | self.env if self.database else self.env
        super().__enter__()
        self.tokens = json.loads(self.run("-c", MAKE, str(self.calls)))
        return self

    def kept(self) -> set[str]:
        """The hashes of all messages in the table, each made anew of the bytes that are there."""
        query = "SELECT sha256, body FROM projects_webhookevent"
        found: set[str] = set()
        for sha256, body in self._rows(query):
            made = hashlib.sha256(bytes(body)).hexdigest()
            if made != sha256:
                raise RuntimeError("a message lies there with other bytes than came")
            found.add(made)
        return found

    def _rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        if self.database:
            with psycopg.connect(self.database.replace("postgres://", "postgresql://")) as connection:
                yield from connection.execute(query.encode())
        else:
            with sqlite3.connect(self.data / "desk.sqlite3") as connection_:
                yield from connection_.execute(query)


@dataclass
class Plain(Desk):
    """The bare view, by the same web server and on a database of the same kind; nothing else of the desk runs."""

    database: str = ""

    def __enter__(self) -> Self:
        self.wsgi = "bench.plain.wsgi"
        self.environment = dict(os.environ) | {
            "DJANGO_SETTINGS_MODULE": "bench.plain.settings",
            "ENV_FILE": os.devnull,
            "DATA_DIR": str(self.data),
            "SECRET_KEY": secrets.token_hex(32),
            **({"DATABASE_URL": self.database} if self.database else {}),
        }
        self.run("-c", MAKE_PLAIN)
        return self

    def sign_in(self) -> None:
        """There is nobody to sign in."""


def folder(parent: Path, name: str) -> Path:
    made = parent / name
    made.mkdir()
    return made
