from __future__ import annotations

import datetime as dt
import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dashboard.models.membership import Role
from dashboard.models.team import Team, TeamOwnedQuerySet
from dashboard.models.user import User

VALID_FOR = dt.timedelta(days=7)


def default_expiry() -> dt.datetime:
    return timezone.now() + VALID_FOR


class InvitationQuerySet(TeamOwnedQuerySet["Invitation"]):
    def open(self) -> InvitationQuerySet:
        return self.filter(accepted_at=None, expires_at__gt=timezone.now()).order_by("email")


class Invitation(models.Model):
    """A place in a team waiting for a person. The link's token is shown once; only its SHA-256 is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=8, choices=Role, default=Role.EDITOR)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(default=default_expiry)
    accepted_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "email"], condition=models.Q(accepted_at=None), name="invitation_once_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} → {self.team}"

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()
