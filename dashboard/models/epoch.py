from __future__ import annotations

from django.db import models


class Epoch(models.Model):
    """One row for the whole desk: which life of the database this is, so that a restored copy is noticed.

    Each node keeps the highest pulse that it saw beside its data (dashboard.pulse); a database whose pulse is lower
    has gone back in time.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    # Goes up with each restore.
    number = models.PositiveIntegerField(default=1)
    # Goes up with each beat of a worker and before each call that must not be repeated.
    pulse = models.PositiveBigIntegerField(default=0)
    pulsed_at = models.DateTimeField(null=True, blank=True)
    # Which server and database this is; "" where the engine has no such thing.
    identity = models.CharField(max_length=120, blank=True)
    # And which of that server's lives (PostgreSQL: its timeline); "" where that is not told. A column of its own, so
    # that workers of the release before compare the one above as they always did.
    timeline = models.CharField(max_length=16, blank=True, default="", db_default="")
    restored_at = models.DateTimeField(null=True, blank=True)
    # When the restored copy was last at work.
    copy_from = models.DateTimeField(null=True, blank=True)
    # How it was noticed: a name of dashboard.pulse.Sign.
    sign = models.CharField(max_length=16, blank=True)

    def __str__(self) -> str:
        return f"epoch {self.number}, pulse {self.pulse}"

    @classmethod
    def current(cls) -> Epoch:
        return cls.objects.get_or_create(pk=1)[0]
