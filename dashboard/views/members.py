from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboard import access
from dashboard.actions import invitations, teams
from dashboard.addresses import absolute
from dashboard.forms.teams import InvitationForm, RoleForm
from dashboard.models import Invitation, Membership, Role, UpstreamCall
from dashboard.requests import TeamRequest


@require_GET
@access.team_view()
def members(request: TeamRequest) -> HttpResponse:
    return _page(request)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.team_view(need=Role.ADMIN)
def invite(request: TeamRequest) -> HttpResponse:
    """The answer to the POST is the one page that ever shows the link, so it is no redirect."""
    if request.method != "POST":
        return redirect("dashboard:members", team=request.team.slug)
    form = InvitationForm(request.POST, team=request.team, actor=request.membership)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    invitation, token = invitations.invite(
        team=request.team, email=form.cleaned_data["email"], role=form.chosen_role, by=request.user
    )
    link = absolute(request, reverse("dashboard:join", kwargs={"token": token}))
    mailed = invitations.mail_is_configured() and invitations.send(invitation=invitation, link=link)
    return _page(request, invited=invitation, link=link, mailed=mailed)


@require_POST
@access.team_view(need=Role.ADMIN)
def invitation_revoke(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    invitation = access.get_or_404(Invitation.objects.filter(accepted_at=None), request.team, pk)
    invitations.revoke(invitation=invitation, by=request.user)
    messages.success(request, _("The invitation for %(email)s is taken back.") % {"email": invitation.email})
    return redirect("dashboard:members", team=request.team.slug)


@require_POST
@access.team_view(need=Role.ADMIN)
def member_role(request: TeamRequest, pk: int) -> HttpResponse:
    membership = _member_or_404(request, pk)
    form = RoleForm(request.POST, actor=request.membership)
    if not form.is_valid():
        messages.error(request, _("This role cannot be given."))
        return redirect("dashboard:members", team=request.team.slug)
    try:
        changed = teams.change_role(membership=membership, role=form.chosen_role, by=request.user)
    except teams.NotAllowed as error:
        messages.error(request, str(error))
    else:
        words = {"person": changed.user, "role": changed.get_role_display()}
        messages.success(request, _("%(person)s is now: %(role)s.") % words)
    return redirect("dashboard:members", team=request.team.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@access.team_view()
def member_remove(request: TeamRequest, pk: int) -> HttpResponse:
    """The question as a page, and the deed. Everybody may leave; removing others needs an admin."""
    membership = _member_or_404(request, pk)
    leaving = membership.user_id == request.user.pk
    if not leaving:
        access.require(request, Role.ADMIN)
    if request.method != "POST":
        unsent = UpstreamCall.objects.for_team(request.team).unsent_of(membership.user, "publish").count()
        context = {"nav": "settings", "tab": "members", "member": membership, "leaving": leaving, "unsent": unsent}
        return render(request, "dashboard/member_remove.html", context)
    try:
        teams.remove_member(membership=membership, by=request.user)
    except teams.NotAllowed as error:
        messages.error(request, str(error))
        return redirect("dashboard:members", team=request.team.slug)
    if leaving:
        messages.success(request, _("You have left %(team)s.") % {"team": request.team.name})
        return redirect("dashboard:index")
    messages.success(request, _("%(person)s is no longer in the team.") % {"person": membership.user})
    return redirect("dashboard:members", team=request.team.slug)


def _member_or_404(request: TeamRequest, pk: int) -> Membership:
    membership = Membership.objects.for_settings(request.team).filter(pk=pk).first()
    if membership is None:
        raise Http404
    return membership


def _page(request: TeamRequest, *, form: InvitationForm | None = None, status: int = 200, **more: Any) -> HttpResponse:
    admin = request.membership.may_administer
    members = list(Membership.objects.for_settings(request.team))
    owners = sum(member.role == Role.OWNER for member in members)
    is_owner = request.membership.role == Role.OWNER
    rows = []
    for member in members:
        touchable = admin and (is_owner or member.role != Role.OWNER)
        last_owner = member.role == Role.OWNER and owners == 1
        role_form = RoleForm(initial={"role": member.role}, actor=request.membership, auto_id=f"id_%s_{member.pk}")
        rows.append(
            {
                "member": member,
                "role_form": role_form if touchable and not last_owner else None,
                "removable": (touchable or member.user_id == request.user.pk) and not last_owner,
            }
        )
    waiting = Invitation.objects.for_team(request.team).filter(accepted_at=None).select_related("invited_by")
    context = {
        "nav": "settings",
        "tab": "members",
        "rows": rows,
        "invitations": waiting.order_by("email") if admin else [],
        "form": (form or InvitationForm(team=request.team, actor=request.membership)) if admin else None,
        "mails": invitations.mail_is_configured(),
        **more,
    }
    return render(request, "dashboard/members.html", context, status=status)
