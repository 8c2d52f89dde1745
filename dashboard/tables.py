"""Whether the database has the tables that this code knows."""

from __future__ import annotations

import functools

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


@functools.cache
def _newest() -> frozenset[tuple[str, str]]:
    """The last migration of each app in this code."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def behind() -> list[str]:
    """Apps whose last migration was not applied. Newer ones than ours are no harm: the other nodes' code goes ahead."""
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(app for app, name in _newest() if (app, name) not in applied)
