from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dashboard.actions import people
from dashboard.forms.people import ProfileForm
from dashboard.models import User


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    initial = {"name": user.name, "timezone": user.timezone, "theme": user.theme}
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        people.update_profile(by=user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        response = redirect("dashboard:account")
        # The menu's choice of colours is a cookie of this browser; the newer choice counts for both.
        response.set_cookie("theme", user.theme, max_age=31_536_000, samesite="Lax", secure=request.is_secure())
        return response
    context = {"form": form, "current": "profile"}
    return render(request, "dashboard/account.html", context, status=422 if form.errors else 200)
