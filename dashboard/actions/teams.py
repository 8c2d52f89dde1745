from __future__ import annotations

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from dashboard import audit
from dashboard.actions import invitations
from dashboard.models import Membership, Role, Team, User


class NotAllowed(Exception):
    """The change would break a rule of teams; the text is for the person who asked."""


def free_slug(name: str) -> str:
    """The team's address from its name: 'Harbour Films' → harbour-films, then harbour-films-2 …"""
    wanted = slugify(name)[:34].strip("-") or "team"
    taken = set(Team.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    slug, number = wanted, 1
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug


@transaction.atomic
def create(*, name: str, by: User, slug: str = "") -> Team:
    """A new team; its maker is its first owner. Raises IntegrityError when the address was taken this moment."""
    team = Team.objects.create(name=name, slug=slug or free_slug(name))
    Membership.objects.create(team=team, user=by, role=Role.OWNER)
    audit.record(team=team, by=by, verb="team.created", target=team, name=name)
    return team


@transaction.atomic
def rename(*, team: Team, name: str, by: User) -> None:
    if name == team.name:
        return
    audit.record(team=team, by=by, verb="team.renamed", target=team, old=team.name, new=name)
    team.name = name
    team.save(update_fields=["name"])


@transaction.atomic
def change_role(*, membership: Membership, role: Role, by: User) -> Membership:
    """Raises NotAllowed. Rights are read again under the team's lock: two admins may click at the same time."""
    fresh, actor = _locked(membership, by)
    if fresh.role == role:
        return fresh
    if Role.OWNER in (fresh.role, role) and actor.role != Role.OWNER:
        raise NotAllowed(_("Only an owner can make somebody an owner, or change what an owner is."))
    _keep_one_owner(fresh, role)
    old, fresh.role = fresh.role, role
    fresh.save(update_fields=["role"])
    audit.record(
        team=fresh.team, by=by, verb="member.role_changed", target=fresh, person=str(fresh.user), old=old, new=str(role)
    )
    return fresh


@transaction.atomic
def remove_member(*, membership: Membership, by: User) -> None:
    """Raises NotAllowed. Access ends at once, because every request asks for the membership again."""
    fresh, actor = _locked(membership, by)
    if fresh.user_id != by.pk:
        if not actor.may_administer:
            raise NotAllowed(_("Only an admin can remove other members."))
        if fresh.role == Role.OWNER and actor.role != Role.OWNER:
            raise NotAllowed(_("Only an owner can remove an owner."))
    _keep_one_owner(fresh, None)
    verb = "member.left" if fresh.user_id == by.pk else "member.removed"
    audit.record(team=fresh.team, by=by, verb=verb, target=fresh, person=str(fresh.user), role=fresh.role)
    fresh.delete()
    invitations.end_those_of(person=fresh.user, team=fresh.team, by=by)


def _locked(membership: Membership, by: User) -> tuple[Membership, Membership]:
    """The member and the person who acts, both as they are now, with the team locked until the transaction ends."""
    Team.locked(membership.team_id)
    members = Membership.objects.select_related("user", "team").filter(team=membership.team_id)
    rows = {row.user_id: row for row in members}
    if membership.user_id not in rows:
        raise NotAllowed(_("This person is not a member any more."))
    if by.pk not in rows:
        raise NotAllowed(_("You are not a member of this team any more."))
    return rows[membership.user_id], rows[by.pk]


def _keep_one_owner(membership: Membership, role: Role | None) -> None:
    if membership.role != Role.OWNER or role == Role.OWNER:
        return
    others = Membership.objects.filter(team=membership.team_id, role=Role.OWNER).exclude(pk=membership.pk)
    if not others.exists():
        raise NotAllowed(_("A team needs an owner. Make somebody else an owner first."))
