"""May a call still go out? Asked at the moment of sending, not of the click (design: reliability, R16, R17 and I6)."""

from __future__ import annotations

import uuid
from enum import Enum, auto

from django.db import transaction
from django.utils.translation import gettext as _

from dashboard import pulse
from dashboard.models import ApiKey, Membership, Role, Team, UpstreamCall


class Reason(Enum):
    PERSON = auto()  # who asked for it may not do so any more
    KEY_REMOVED = auto()
    KEY_REFUSED = auto()  # by the provider: it waits for a key that works
    KEY_REPLACED = auto()  # since this call's key was read: it goes with the new one
    RESTORED = auto()  # the desk works with a restored backup: it waits until an admin lets it go on
    CANNOT_WRITE = auto()  # the desk could not write down that it goes out: it waits
    DECISION = auto()  # an upper app's own: the approval of what is published was taken back


# It goes by itself, later.
WAITS = (Reason.KEY_REFUSED, Reason.RESTORED, Reason.CANNOT_WRITE)


class Withdrawn(Exception):
    """It must not go out, or not now, and nothing of it did. `problem` is for a person."""

    def __init__(self, reason: Reason, problem: str = "") -> None:
        super().__init__(problem)
        self.reason = reason
        self.problem = problem

    @property
    def advice(self) -> str:
        """For what waits: who makes it go on."""
        if self.reason is Reason.RESTORED:
            return _("An admin lets it go on, on the page that the note on top leads to. Nothing was spent.")
        if self.reason is Reason.CANNOT_WRITE:
            return _(
                "Nothing was sent. It goes by itself once that works again; an admin can look at Settings → Health."
            )
        return _("Ask an admin to enter a working key; this goes on by itself then. Nothing was spent.")


def refused(key: ApiKey) -> str:
    """Why a call waits."""
    told = {"provider": key.get_provider_display(), "key": key}
    return _("Waiting: %(provider)s refused the API key “%(key)s”.") % told


def is_held(team_id: uuid.UUID) -> bool:
    """The desk works with a restored backup, and no admin has let it go on (I10)."""
    return Team.objects.filter(pk=team_id, held_since__isnull=False).exists() or bool(pulse.sign())


@transaction.atomic
def check(call: UpstreamCall) -> None:
    """Raises Withdrawn. `call.api_key` is the key that the client in use was made of.

    In the transaction that lets the call go out: the rows are held until that ends, so whoever takes the right or the
    key away either comes first, and is seen here, or comes after it is on its way.
    """
    if is_held(call.team_id):
        text = _("Waiting: this desk was restored from a backup. Nothing goes out before an admin lets it go on.")
        raise Withdrawn(Reason.RESTORED, text)
    key = ApiKey.objects.select_for_update(no_key=True).get(pk=call.api_key_id)
    if key.state == ApiKey.State.REVOKED:
        raise Withdrawn(Reason.KEY_REMOVED, _("Not sent: the API key “%(key)s” was removed.") % {"key": key})
    members = Membership.objects.select_related("user").select_for_update(no_key=True, of=("self",))
    member = members.filter(team=call.team_id, user=call.actor_id).first()
    if member is None or not member.user.is_active or not member.reaches(Role.EDITOR):
        raise Withdrawn(Reason.PERSON, _("Not sent: the person who started it may not do so any more."))
    if key.state != ApiKey.State.VALID:
        raise Withdrawn(Reason.KEY_REFUSED, refused(key))
    if key.version != call.api_key.version:
        raise Withdrawn(Reason.KEY_REPLACED, _("The API key was replaced; it goes with the new one."))
