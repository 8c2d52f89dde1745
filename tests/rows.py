"""What lies in the database, to say that nothing (or all of something) was changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Model

# What only says who works on a row, and when it is looked at: not part of what is known.
WORK = frozenset({"lease_owner", "lease_until", "next_look_at", "looks"})

Rows = dict[tuple[str, Any], dict[str, Any]]


def rows(*models: type[Model], without: frozenset[str] = WORK) -> Rows:
    """Every row of these models, all columns but `without`."""
    found: Rows = {}
    for model in models:
        names = [field.attname for field in model._meta.concrete_fields if field.attname not in without]
        for values in model._base_manager.values("pk", *names):
            found[model.__name__, values["pk"]] = values
    return found


@contextmanager
def undone() -> Iterator[None]:
    """What is written inside is gone afterwards: one of many cases in one test."""
    # A database that goes back in time looks like a restored backup (dashboard/pulse.py), and nothing would be sent.
    pulse = Path(settings.PULSE_FILE)
    pulse.unlink(missing_ok=True)
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    pulse.unlink(missing_ok=True)
