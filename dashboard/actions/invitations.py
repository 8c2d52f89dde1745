from __future__ import annotations

import logging
import secrets
import smtplib

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import access, audit, crypto
from dashboard.models import Invitation, Membership, Role, Team, User
from dashboard.models.invitation import default_expiry

log = logging.getLogger(__name__)


class InvitationClosed(Exception):
    """Nobody can join by this invitation any more: it was used, taken back, or is too old."""


@transaction.atomic
def invite(*, team: Team, email: str, role: Role, by: User) -> tuple[Invitation, str]:
    """Returns the invitation and its token, which exists nowhere else. An open one for the same address is renewed:
    its old link stops working."""
    Team.locked(team.pk)
    token = secrets.token_urlsafe(32)
    invitation, made = Invitation.objects.update_or_create(
        team=team,
        email=email.lower(),
        accepted_at=None,
        defaults={
            "role": role,
            "token_hash": crypto.fingerprint(token),
            "invited_by": by,
            "expires_at": default_expiry(),
        },
    )
    verb = "invitation.made" if made else "invitation.renewed"
    audit.record(team=team, by=by, verb=verb, target=invitation, email=invitation.email, role=str(role))
    return invitation, token


@transaction.atomic
def revoke(*, invitation: Invitation, by: User) -> None:
    audit.record(team=invitation.team, by=by, verb="invitation.revoked", target=invitation, email=invitation.email)
    invitation.delete()


def find_open(token: str) -> Invitation | None:
    """The hash is looked up, never the token, so the time of the look-up tells nothing about it."""
    stored = Invitation.objects.select_related("team", "invited_by").filter(token_hash=crypto.fingerprint(token))
    found = stored.open().first()
    return found if found and _stands(found) else None


def _stands(invitation: Invitation) -> bool:
    """Who made it may still give that role: nobody comes back by an invitation of their own."""
    needed = Role.OWNER if invitation.role == Role.OWNER else Role.ADMIN
    return access.still_may(invitation.invited_by, invitation.team, needed)


def end_those_of(*, person: User, team: Team, by: User) -> None:
    """Whoever leaves takes the open invitations along; called in the transaction that ends the membership."""
    for invitation in Invitation.objects.filter(team=team, invited_by=person, accepted_at=None):
        revoke(invitation=invitation, by=by)


@transaction.atomic
def accept(*, invitation: Invitation, by: User) -> Membership:
    """Raises InvitationClosed. Of two people with the same link exactly one joins."""
    Team.locked(invitation.team_id)
    if not _stands(Invitation.objects.select_related("team", "invited_by").get(pk=invitation.pk)):
        raise InvitationClosed
    taken = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, expires_at__gt=timezone.now()).update(
        accepted_at=timezone.now()
    )
    if not taken:
        raise InvitationClosed
    # Somebody who is in the team already keeps the role they have.
    membership, _made = Membership.objects.get_or_create(
        team=invitation.team, user=by, defaults={"role": invitation.role}
    )
    audit.record(
        team=invitation.team, by=by, verb="member.joined", target=membership, person=str(by), role=membership.role
    )
    return membership


def mail_is_configured() -> bool:
    return not settings.MAILERS["default"]["BACKEND"].endswith(("console.EmailBackend", "dummy.EmailBackend"))


def send(*, invitation: Invitation, link: str) -> bool:
    """Mail the link. Not a task, because its arguments would keep the token in the queue. False: it did not go out,
    and the caller shows the link to be handed over by hand."""
    by = str(invitation.invited_by or _("Somebody"))
    message = EmailMessage(
        subject=_("%(person)s invites you to %(team)s") % {"person": by, "team": invitation.team.name},
        body=_(
            "%(person)s invites you to the team %(team)s on Clipdesk.\n\nJoin here within seven days:\n%(link)s\n\n"
            "If you do not know what this is about, ignore it: nothing happens."
        )
        % {"person": by, "team": invitation.team.name, "link": link},
        to=[invitation.email],
    )
    try:
        return bool(message.send())
    except (OSError, smtplib.SMTPException) as error:
        log.warning("the invitation %s could not be mailed: %s", invitation.pk, error)
        return False
