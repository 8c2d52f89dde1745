from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboard import access, balances, budget_rows
from dashboard.actions import api_keys
from dashboard.forms.api_keys import KeyForm, SecretForm
from dashboard.models import ApiKey, Provider, Role
from dashboard.requests import TeamRequest
from dashboard.signing_in import recent_sign_in

# Those whose videos have pages here.
OFFERED = (Provider.SUBMAGIC, Provider.MAGIC_HOUR, Provider.PICOVICO)
SETTINGS_TAB = {"nav": "settings", "tab": "keys"}


@require_GET
@access.team_view(need=Role.ADMIN)
def keys(request: TeamRequest) -> HttpResponse:
    """All keys of the team. `calls` names one whose budgets are open; for htmx they are all that is asked for."""
    stored = list(ApiKey.objects.for_team(request.team).select_related("created_by").order_by("created_at"))
    kept = [key for key in stored if key.state != ApiKey.State.REVOKED]
    opened = request.GET.get("calls", "")
    if opened and request.htmx:
        return _calls(request, next((key for key in kept if str(key.pk) == opened), None))
    context = {
        **SETTINGS_TAB,
        "keys": [
            (key, budget, str(key.pk) == opened, balances.known(key) if balances.is_told(key) else None)
            for key, budget in zip(kept, budget_rows.rows_of(kept), strict=True)
        ],
        "removed": [key for key in stored if key.state == ApiKey.State.REVOKED],
        "environments": ApiKey.objects.for_team(request.team).environments(),
        "sandbox_is_off": not settings.SANDBOX_URL,
    }
    return render(request, "dashboard/keys.html", context)


def _calls(request: TeamRequest, key: ApiKey | None) -> HttpResponse:
    """One key's budgets; 286 ends the asking once the key was removed."""
    if key is None:
        return HttpResponse(status=286)
    return render(request, "dashboard/keys.html#calls", {"key": key, "budget": budget_rows.rows(key)})


@sensitive_post_parameters("secret", "token")
@sensitive_variables("form")
@require_http_methods(["GET", "HEAD", "POST"])
@access.team_view(need=Role.ADMIN)
@recent_sign_in
def key_new(request: TeamRequest) -> HttpResponse:
    provider = _provider(request)
    form = KeyForm(request.POST or None, provider=provider)
    if request.method == "POST" and form.is_valid():
        try:
            key = api_keys.add(
                team=request.team,
                label=form.cleaned_data["label"],
                secret=form.secret_value,
                environment=form.environment_value,
                by=request.user,
                provider=provider,
            )
        except api_keys.KeyNotAccepted as error:
            form.add_error("secret", str(error))
        else:
            messages.success(request, _("%(key)s works and is stored.") % {"key": key})
            return redirect("dashboard:keys", team=request.team.slug)
    context = {
        **SETTINGS_TAB,
        "form": form,
        "provider": provider,
        "providers": [(each, each.label) for each in OFFERED],
    }
    return render(request, "dashboard/key_new.html", context, status=422 if form.errors else 200)


def _provider(request: TeamRequest) -> Provider:
    """Whose key it is; it stands in the address, because the form's fields depend on it."""
    asked = request.GET.get("provider", "")
    return Provider(asked) if asked in OFFERED else Provider.SUBMAGIC


@sensitive_post_parameters("secret", "token")
@sensitive_variables("form")
@require_http_methods(["GET", "HEAD", "POST"])
@access.team_view(need=Role.ADMIN)
@recent_sign_in
def key_replace(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    key = _key_or_404(request, pk)
    form = SecretForm(request.POST or None, provider=Provider(key.provider))
    other_account = request.POST.get("other_account") == "yes"
    asked = other_account
    if request.method == "POST" and form.is_valid():
        try:
            key = api_keys.replace(key=key, secret=form.secret_value, by=request.user, other_account=other_account)
        except api_keys.OtherAccount as error:
            form.add_error("secret", str(error))
            asked = True
        except api_keys.KeyNotAccepted as error:
            form.add_error("secret", str(error))
        else:
            text = _("The new key works and has taken the place of the old one: %(key)s.")
            messages.success(request, text % {"key": key})
            return redirect("dashboard:keys", team=request.team.slug)
    return render(
        request,
        "dashboard/key_replace.html",
        {**SETTINGS_TAB, "form": form, "key": key, "asked": asked, "other_account": other_account},
        status=422 if form.errors else 200,
    )


@require_GET
@access.team_view(need=Role.ADMIN)
def key_balance(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """What the key's account can still spend: for htmx alone, else within the page."""
    key = _key_or_404(request, pk)
    balance = balances.ask(key) if balances.is_told(key) else None
    if balance and request.htmx:
        return render(request, "dashboard/keys.html#balance", {"key": key, "balance": balance})
    return redirect("dashboard:keys", team=request.team.slug)


@require_POST
@access.team_view(need=Role.ADMIN)
def key_test(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    key = _key_or_404(request, pk)
    try:
        key = api_keys.test(key=key, by=request.user)
    except api_keys.KeyNotAccepted as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(key)s works.") % {"key": key})
    return redirect("dashboard:keys", team=request.team.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@access.team_view(need=Role.ADMIN)
@recent_sign_in
def key_remove(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """The question as a page, and the deed. Open calls make the question a harder one."""
    key = _key_or_404(request, pk)
    open_calls = key.upstream_calls.live().count()
    if request.method == "POST":
        try:
            api_keys.remove(key=key, by=request.user, confirmed=request.POST.get("confirmed") == "yes")
        except api_keys.KeyInUse as error:
            open_calls = error.calls
        else:
            messages.success(request, _("%(key)s is removed; its secret is wiped.") % {"key": key})
            return redirect("dashboard:keys", team=request.team.slug)
    context = {**SETTINGS_TAB, "key": key, "open_calls": open_calls, "asked": request.method == "POST"}
    return render(request, "dashboard/key_remove.html", context, status=409 if request.method == "POST" else 200)


@require_POST
@access.team_view(need=Role.ADMIN)
@recent_sign_in
def key_default(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    key = _key_or_404(request, pk)
    api_keys.make_default(key=key, by=request.user)
    text = _("New projects use %(key)s.") if key.provider == Provider.SUBMAGIC else _("%(key)s is taken first.")
    messages.success(request, text % {"key": key})
    return redirect("dashboard:keys", team=request.team.slug)


def _key_or_404(request: TeamRequest, pk: uuid.UUID) -> ApiKey:
    return access.get_or_404(ApiKey.objects.exclude(state=ApiKey.State.REVOKED), request.team, pk)
