from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from dashboard.actions import invitations, people
from dashboard.forms.people import NewPersonForm
from dashboard.models import Invitation, User
from dashboard.signing_in import sign_in


@login_not_required
@never_cache
@sensitive_post_parameters("password", "password_again")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """An invitation's link: a new person sets name and password, a known one signs in first."""
    invitation = invitations.find_open(token)
    if invitation is None:
        return _closed(request)
    if isinstance(request.user, User):
        return _join_as(request, invitation, request.user)
    known = User.objects.filter(email__iexact=invitation.email).exists()
    form = None if known else NewPersonForm(request.POST or None, email=invitation.email)
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            with transaction.atomic():
                user = people.create_person(
                    email=invitation.email, name=form.cleaned_data["name"], password=form.cleaned_data["password"]
                )
                invitations.accept(invitation=invitation, by=user)
        except invitations.InvitationClosed:
            return _closed(request)
        sign_in(request, user)
        return _welcome(request, invitation)
    context = {"invitation": invitation, "form": form}
    return render(request, "dashboard/join.html", context, status=422 if form and form.errors else 200)


def _join_as(request: HttpRequest, invitation: Invitation, user: User) -> HttpResponse:
    """Somebody is signed in already; a click is needed all the same, so that no link joins a team by being opened."""
    if request.method != "POST":
        return render(request, "dashboard/join.html", {"invitation": invitation, "joining_as": user})
    try:
        invitations.accept(invitation=invitation, by=user)
    except invitations.InvitationClosed:
        return _closed(request)
    return _welcome(request, invitation)


def _welcome(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    messages.success(request, _("Welcome to %(team)s.") % {"team": invitation.team.name})
    return redirect("dashboard:home", team=invitation.team.slug)


def _closed(request: HttpRequest) -> HttpResponse:
    """The same answer for used, old, taken back and invented links."""
    return render(request, "dashboard/join_closed.html", status=404)
