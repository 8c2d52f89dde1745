from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from dashboard.leases import Leased
from dashboard.models.team import Team, TeamOwnedQuerySet
from dashboard.models.user import User


class Provider(models.TextChoices):
    SUBMAGIC = "submagic", "Submagic"
    MAGIC_HOUR = "magic_hour", "Magic Hour"
    PICOVICO = "picovico", "Picovico"


class Environment(models.TextChoices):
    LIVE = "live", _("The real service")
    SANDBOX = "sandbox", _("The local sandbox")


class ApiKeyQuerySet(TeamOwnedQuerySet["ApiKey"]):
    def for_team(self, team: Team) -> ApiKeyQuerySet:
        return self.filter(team=team)

    def of(self, provider: str) -> ApiKeyQuerySet:
        return self.filter(provider=provider)

    def kept(self) -> ApiKeyQuerySet:
        return self.exclude(state=ApiKey.State.REVOKED)

    def environments(self, provider: str = Provider.SUBMAGIC) -> list[str]:
        """In use: every one with a key that was not removed, the real service first."""
        used = set(self.of(provider).kept().values_list("environment", flat=True))
        return [each for each in Environment.values if each in used]

    def usable(self, provider: str = Provider.SUBMAGIC) -> ApiKeyQuerySet:
        """Working keys of one provider, its default first: what is made, changed or posted needs the right one."""
        return self.of(provider).filter(state=ApiKey.State.VALID).order_by("-is_default", "created_at")

    def usable_providers(self) -> set[str]:
        """Those of whom there is a working key."""
        return set(self.filter(state=ApiKey.State.VALID).values_list("provider", flat=True))


class ApiKey(Leased):
    """A provider's key, sealed (dashboard.crypto). Nothing ever shows more of it than its last four characters.

    `version` goes up with each replacement, so a call made with the old key can be told apart.
    """

    class State(models.TextChoices):
        VALID = "valid", _("Works")
        INVALID = "invalid", _("Refused by the provider")
        REVOKED = "revoked", _("Removed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="api_keys")
    provider = models.CharField(max_length=16, choices=Provider, default=Provider.SUBMAGIC)
    environment = models.CharField(max_length=8, choices=Environment, default=Environment.LIVE)
    label = models.CharField(_("label"), max_length=60)
    sealed = models.TextField(editable=False)
    last4 = models.CharField(max_length=4, editable=False)
    version = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=8, choices=State, default=State.VALID)
    is_default = models.BooleanField(default=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    # Bytes a second that its provider took of uploads lately (a moving average); 0 before the first long one.
    upload_rate = models.PositiveBigIntegerField(default=0, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True)
    # The provider's own words when it last refused the key.
    problem = models.CharField(max_length=300, blank=True)
    # The published feed was read to its end at this time (publishing_app).
    feed_synced_at = models.DateTimeField(null=True, blank=True)
    feed_problem = models.CharField(max_length=300, blank=True)
    # How far the reading of a long feed has come (publishing_app.actions.feed.Sweep); empty between two of them.
    feed_sweep: models.JSONField[dict[str, Any]] = models.JSONField(default=dict, blank=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="revoked") | ~models.Q(sealed=""), name="api_key_sealed_unless_revoked"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} (…{self.last4})"

    @property
    def has_feed(self) -> bool:
        """Only Submagic posts, and tells about posts."""
        return self.provider == Provider.SUBMAGIC

    @property
    def is_sandbox(self) -> bool:
        return self.environment == Environment.SANDBOX
