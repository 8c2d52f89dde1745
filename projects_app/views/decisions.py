"""A step that a person asked for on a page: done, and told on the page that comes next."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from dashboard.models import UpstreamCall
from dashboard.requests import TeamRequest
from projects_app.actions.projects import NotNow
from projects_app.forms.confirm import SEND_AGAIN, says_send_again

Step = Callable[[], object]


def done(request: TeamRequest, step: Step, said: str) -> None:
    """Does it; `said` is the message when that went well."""
    try:
        step()
    except NotNow as reason:
        messages.error(request, str(reason))
    except IntegrityError:
        messages.info(request, _("This was asked for already; it is under way."))
    else:
        messages.success(request, said)


def decided(
    request: TeamRequest, answers: Mapping[str, tuple[Step, str]], back: str, *, call: UpstreamCall | None
) -> HttpResponse:
    """Of the answers to a question (`decision`) about `call` the one that was chosen, then on to `back`; 400 for none
    of them."""
    chosen = answers.get(request.POST.get("decision", ""))
    if chosen is None:
        return HttpResponseBadRequest(_("Choose one of the answers."))
    if not is_about(request, call):
        return redirect(back)
    if request.POST["decision"] == "again" and not confirmed(request):
        return redirect(back)
    done(request, *chosen)
    return redirect(back)


def is_about(request: TeamRequest, call: UpstreamCall | None) -> bool:
    """Whether the page that was answered on showed this call: another one may have taken its place meanwhile, which
    looks just the same. Else that is told."""
    shown = request.POST.get("call", "")
    if not shown or (call is not None and shown == str(call.pk)):
        return True
    text = _("Somebody else has decided about it meanwhile, so nothing was done. This is how it stands now.")
    messages.error(request, text)
    return False


def confirmed(request: TeamRequest) -> bool:
    """Whether the words were typed without which nothing is sent a second time; else that is told."""
    if says_send_again(request.POST.get("confirm", "")):
        return True
    messages.error(request, _("Nothing was sent: type “%(words)s” to confirm.") % {"words": SEND_AGAIN})
    return False


def token_of(request: TeamRequest) -> uuid.UUID:
    """The form's own token; without one nothing is sent."""
    try:
        return uuid.UUID(request.POST.get("form_token", ""))
    except ValueError:
        text = _("The form was not complete, so nothing was sent. Load the page again and try once more.")
        raise NotNow(text) from None
