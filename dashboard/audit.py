"""One row per change, written inside the transaction that makes the change."""

from __future__ import annotations

from typing import Any

from django.db import models

from dashboard.models import AuditEvent, Team, User


def record(*, team: Team, by: User | None, verb: str, target: models.Model, **data: Any) -> AuditEvent:
    """`verb` is noun.verb ("clip.approved"); `data` holds no secrets, only what a reader needs."""
    return AuditEvent.objects.create(
        team=team, actor=by, verb=verb, target_type=target._meta.model_name or "", target_id=str(target.pk), data=data
    )
