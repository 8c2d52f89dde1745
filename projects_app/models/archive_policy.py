from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from dashboard.models import Team


class Keep(models.TextChoices):
    """What goes into the archive without anybody asking."""

    NOTHING = "nothing", _("Nothing by itself")
    APPROVED = "approved", _("Approved clips")
    ALL = "all", _("Every finished video")


class ArchivePolicy(models.Model):
    """A team's wish; a team without a row keeps what it approved."""

    team = models.OneToOneField(Team, models.CASCADE, primary_key=True, related_name="archive_policy")
    keep = models.CharField(max_length=10, choices=Keep, default=Keep.APPROVED)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "archive policies"
        constraints = [models.CheckConstraint(condition=models.Q(keep__in=Keep.values), name="archive_keep_known")]

    def __str__(self) -> str:
        return str(Keep(self.keep).label)

    @classmethod
    def of(cls, team: Team) -> Keep:
        kept = cls.objects.filter(team=team).values_list("keep", flat=True).first()
        return Keep(kept) if kept else Keep.APPROVED
