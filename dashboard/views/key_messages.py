from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from dashboard import access, crypto
from dashboard.actions import key_hooks
from dashboard.forms.api_keys import SigningSecretForm
from dashboard.models import ApiKey, KeyHook, Provider, Role
from dashboard.requests import TeamRequest
from dashboard.signing_in import recent_sign_in


@sensitive_post_parameters("secret")
@sensitive_variables("form")
@require_http_methods(["GET", "HEAD", "POST"])
@access.team_view(need=Role.ADMIN)
@recent_sign_in
def key_messages(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """The address for signed messages about the key's account, and the secret that they are signed with."""
    key = access.get_or_404(ApiKey.objects.kept(), request.team, pk)
    if key.provider != Provider.MAGIC_HOUR:
        messages.info(request, _("%(provider)s sends no such messages.") % {"provider": key.get_provider_display()})
        return redirect("dashboard:keys", team=request.team.slug)
    hook = KeyHook.objects.select_related("api_key__team").filter(api_key=key).first()
    step = request.POST.get("step", "")
    form = SigningSecretForm(request.POST if step == "secret" else None)
    if step == "make":
        key_hooks.make(key=key, by=request.user)
        messages.success(request, _("Here is the address. Enter it at Magic Hour, then its secret here."))
    elif step == "close":
        key_hooks.close(key=key, by=request.user)
        messages.success(request, _("The address is closed. Looks keep the videos up to date all the same."))
    elif step == "secret" and hook and form.is_valid():
        key_hooks.set_secret(hook=hook, secret=form.cleaned_data["secret"], by=request.user)
        messages.success(request, _("The secret is stored. Messages count from now on."))
    if request.method == "POST" and not form.errors:
        return redirect("dashboard:key-messages", team=request.team.slug, pk=key.pk)
    context = {
        "nav": "settings",
        "tab": "keys",
        "key": key,
        "hook": hook,
        "address": _address(hook),
        "is_reachable": key_hooks.is_reachable(key),
        "form": form,
    }
    return render(request, "dashboard/key_messages.html", context, status=422 if form.errors else 200)


def _address(hook: KeyHook | None) -> str:
    try:
        return key_hooks.address(hook) if hook else ""
    except crypto.CannotOpen:
        return ""
