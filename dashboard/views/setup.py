from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from dashboard.actions import setup
from dashboard.forms.people import SetupForm
from dashboard.signing_in import sign_in


@login_not_required
@never_cache
@sensitive_post_parameters("password", "password_again")
@require_http_methods(["GET", "HEAD", "POST"])
def first_owner(request: HttpRequest, token: str) -> HttpResponse:
    """The one-time link of an empty desk: its first visitor becomes the owner."""
    if not setup.token_is_good(token):
        return _closed(request)
    form = SetupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            user, team = setup.found(
                token=token,
                team_name=data["team_name"],
                name=data["name"],
                email=data["email"],
                password=data["password"],
            )
        except setup.SetupClosed:
            return _closed(request)
        sign_in(request, user)
        messages.success(request, _("Welcome. The next step is your Submagic key."))
        return redirect("dashboard:home", team=team.slug)
    return render(request, "dashboard/setup.html", {"form": form}, status=422 if form.errors else 200)


def _closed(request: HttpRequest) -> HttpResponse:
    return render(request, "dashboard/setup_closed.html", status=404)
