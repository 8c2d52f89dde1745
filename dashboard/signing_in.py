"""Signing a person in from our own pages, and asking for the password again before a dangerous change."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Concatenate
from urllib.parse import urlencode

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from dashboard.models import User
from dashboard.requests import TeamRequest

BACKEND = "dashboard.backends.PersonBackend"


def sign_in(request: HttpRequest, user: User) -> None:
    """For a person who has this moment set a password; the session gets a new id.

    It counts as a fresh sign-in, so the next step of a set-up does not ask for the same password again.
    """
    login(request, user, backend=BACKEND)
    record_authentication(request, user, method="password", email=user.email)


def signed_in_recently(request: HttpRequest) -> bool:
    """True when the person gave a password or second factor in this session within the last 15 minutes.

    Unlike allauth's own check the sign-in itself counts, not only a later repetition.
    """
    if not isinstance(request.user, User):
        return False
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - float(records[-1]["at"]) < app_settings.REAUTHENTICATION_TIMEOUT


def recent_sign_in[**Params](
    view: Callable[Concatenate[TeamRequest, Params], HttpResponse],
) -> Callable[Concatenate[TeamRequest, Params], HttpResponse]:
    """For views that change keys; goes inside `access.team_view`, so that rights are decided first.

    allauth's `reauthentication_required` keeps a POST in the session to send it again, and our POSTs carry API keys,
    which must never lie there. Here the person comes back to the form and enters the key again.
    """

    @functools.wraps(view)
    def wrapped(request: TeamRequest, /, *args: Params.args, **kwargs: Params.kwargs) -> HttpResponse:
        if signed_in_recently(request):
            return view(request, *args, **kwargs)
        if request.method == "POST":
            messages.info(request, _("Nothing was changed yet. Enter your password, then do it once more."))
        target = f"{reverse('account_reauthenticate')}?{urlencode({'next': _way_back(request)})}"
        # A full load: the page for the second factor brings scripts of its own.
        return HttpResponseClientRedirect(target) if request.htmx else HttpResponseRedirect(target)

    return wrapped


def _way_back(request: TeamRequest) -> str:
    """A page that can be opened: the one asked for, or the list of keys where there is only a POST."""
    if request.method == "POST" and getattr(request.resolver_match, "url_name", "") in ("key-default", "key-test"):
        return reverse("dashboard:keys", kwargs={"team": request.team.slug})
    return request.get_full_path()
