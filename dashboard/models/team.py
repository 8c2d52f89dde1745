from __future__ import annotations

import uuid

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from dashboard.models.user import User


class TeamQuerySet(models.QuerySet["Team"]):
    def of_person(self, user: User) -> TeamQuerySet:
        return self.filter(memberships__user=user).order_by("name")


class Team(models.Model):
    """The tenant: every other row belongs to exactly one team."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(_("address"), max_length=40, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # Since then nothing that spends or posts is sent for it, until an admin lets it go on (dashboard.actions.restores).
    held_since = models.DateTimeField(null=True, blank=True, editable=False)
    # Goes up when all webhook addresses given out so far are closed; each call says from which round its own is.
    # Counted, not dated: clocks differ, and an address that was made just before the closing must not outlive it.
    hook_round = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    hooks_closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = TeamQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @classmethod
    def locked(cls, pk: uuid.UUID) -> Team:
        """The team, held until the transaction ends. Take it before any other lock; rows that only point to the team
        can still be added meanwhile."""
        return cls.objects.select_for_update(no_key=True).get(pk=pk)

    def get_absolute_url(self) -> str:
        return reverse("dashboard:home", kwargs={"team": self.slug})


class TeamOwnedQuerySet[Row: models.Model](models.QuerySet[Row]):
    """Base of every query on a team's rows: start with `for_team`."""

    def for_team(self, team: Team) -> TeamOwnedQuerySet[Row]:
        return self.filter(team=team)
