"""The only way to a team's objects: an outsider gets 404 (not 403, which would tell that it exists),
a member whose role is too small gets 403."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from typing import Any, Concatenate, cast

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from dashboard.models import Membership, Role, Team, TeamOwnedQuerySet, User
from dashboard.requests import TeamRequest


def team_view[**Params, Response: HttpResponseBase](
    need: Role = Role.VIEWER,
) -> Callable[[Callable[Concatenate[TeamRequest, Params], Response]], Callable[..., Response]]:
    """For views under /t/<team>/: resolves the address' team through the person's membership, or ends in 404/403.

    The view gets `request.team` and `request.membership` and no `team` argument.
    """

    def decorate(
        view: Callable[Concatenate[TeamRequest, Params], Response],
    ) -> Callable[..., Response]:
        @functools.wraps(view)
        def wrapped(request: HttpRequest, team: str, *args: Params.args, **kwargs: Params.kwargs) -> Response:
            membership = membership_or_404(cast(User, request.user), team)
            if not membership.reaches(need):
                raise PermissionDenied(role_message(need))
            typed = cast(TeamRequest, request)
            typed.team, typed.membership = membership.team, membership
            return view(typed, *args, **kwargs)

        wrapped.needed_role = need  # type: ignore[attr-defined]  # read by the sweep test
        return wrapped

    return decorate


def membership_or_404(user: User, slug: str) -> Membership:
    if not user.is_authenticated:
        raise Http404
    try:
        return Membership.objects.select_related("team").get(team__slug=slug, user=user)
    except Membership.DoesNotExist:
        raise Http404 from None


def get_or_404[Row: models.Model](queryset: TeamOwnedQuerySet[Row], team: Team, pk: uuid.UUID | str | int) -> Row:
    """The team's row with this id; other teams' rows do not exist."""
    try:
        return queryset.for_team(team).get(pk=pk)
    except (cast(Any, queryset.model).DoesNotExist, ValidationError, ValueError):
        # The last two: an id from a form or a query that is no id at all.
        raise Http404 from None


def require(request: TeamRequest, need: Role) -> None:
    """For a view whose GET is for all members and whose POST needs more."""
    if not request.membership.reaches(need):
        raise PermissionDenied(role_message(need))


def role_message(need: Role) -> str:
    return _("This needs the role %(role)s or higher. Ask an admin of the team.") % {"role": need.label}


def still_may(user: User | None, team: Team, need: Role) -> bool:
    """Rights at the moment of sending, not of the click: a removed member's waiting work is not done."""
    if user is None or not user.is_active:
        return False
    membership = Membership.objects.filter(team=team, user=user).first()
    return membership is not None and membership.reaches(need)
