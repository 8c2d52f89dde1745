from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from dashboard.models.team import Team
from dashboard.models.user import User


class Role(models.TextChoices):
    """Each role may do what the ones below it may."""

    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Admin")
    EDITOR = "editor", _("Editor")
    REVIEWER = "reviewer", _("Reviewer")
    VIEWER = "viewer", _("Viewer")

    @property
    def rank(self) -> int:
        return _RANKS[self]

    def reaches(self, needed: Role) -> bool:
        return self.rank >= needed.rank


_RANKS = {Role.VIEWER: 0, Role.REVIEWER: 1, Role.EDITOR: 2, Role.ADMIN: 3, Role.OWNER: 4}

ROLE_HELP = {
    Role.OWNER: _("Everything, and hands the team over"),
    Role.ADMIN: _("Members, API keys and settings"),
    Role.EDITOR: _("New projects, exports and posts"),
    Role.REVIEWER: _("Approves and rejects clips"),
    Role.VIEWER: _("Looks, changes nothing"),
}


class MembershipQuerySet(models.QuerySet["Membership"]):
    def for_settings(self, team: Team) -> MembershipQuerySet:
        return self.filter(team=team).select_related("user").order_by("user__email")


class Membership(models.Model):
    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=8, choices=Role)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.role}"

    def reaches(self, needed: Role) -> bool:
        return Role(self.role).reaches(needed)

    # What templates ask: the same answers that the views enforce.
    @property
    def may_review(self) -> bool:
        return self.reaches(Role.REVIEWER)

    @property
    def may_edit(self) -> bool:
        return self.reaches(Role.EDITOR)

    @property
    def may_administer(self) -> bool:
        return self.reaches(Role.ADMIN)
