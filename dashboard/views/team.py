from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dashboard import access
from dashboard.actions import teams
from dashboard.forms.teams import TeamForm
from dashboard.models import Membership, Role, User
from dashboard.requests import TeamRequest


@require_http_methods(["GET", "HEAD", "POST"])
@access.team_view()
def settings(request: TeamRequest) -> HttpResponse:
    """Everybody may look; changing needs an admin."""
    form = TeamForm(request.POST or None, initial={"name": request.team.name})
    if request.method == "POST":
        access.require(request, Role.ADMIN)
        if form.is_valid():
            teams.rename(team=request.team, name=form.cleaned_data["name"], by=request.user)
            messages.success(request, _("Saved."))
            return redirect("dashboard:settings", team=request.team.slug)
    context = {
        "nav": "settings",
        "tab": "team",
        "form": form,
        "member_count": request.team.memberships.count(),
        "may_make_teams": owns_a_team(request.user),
    }
    return render(request, "dashboard/settings.html", context, status=422 if form.errors else 200)


def owns_a_team(user: User) -> bool:
    return Membership.objects.filter(user=user, role=Role.OWNER).exists()


@require_http_methods(["GET", "HEAD", "POST"])
def team_new(request: HttpRequest) -> HttpResponse:
    """A further team, for people who own one: the first comes from set-up, the others' members by invitation."""
    user = cast(User, request.user)
    if not owns_a_team(user):
        raise PermissionDenied(_("Only somebody who owns a team can make another one."))
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        team = teams.create(name=form.cleaned_data["name"], by=user)
        messages.success(request, _("The team %(team)s is ready.") % {"team": team.name})
        return redirect("dashboard:home", team=team.slug)
    return render(request, "dashboard/team_new.html", {"form": form}, status=422 if form.errors else 200)
