"""What came under the team's secret addresses, for its admins. Nothing in it is believed, here either."""

from __future__ import annotations

import uuid
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from dashboard import access, live
from dashboard.actions import hook_addresses
from dashboard.models import Role
from dashboard.requests import TeamRequest
from dashboard.templatetags.states import look_of
from projects_app import hook_rows, hook_texts
from projects_app.actions import hook_again
from projects_app.actions.projects import NotNow
from projects_app.models import Verdict, WebhookEvent

PAGE: Final = 50
SETTINGS_TAB: Final = {"nav": "settings", "tab": "webhooks"}
DETAIL: Final = "projects/webhook_detail.html"


@require_safe
@access.team_view(need=Role.ADMIN)
def webhook_list(request: TeamRequest) -> HttpResponse:
    """Newest first. The filter and the place in the list are in the address; pages go by key, not by number."""
    verdict = request.GET.get("verdict", "")
    events = WebhookEvent.objects.for_inbox()
    if verdict in Verdict.values:
        events = events.filter(verdict=verdict)
    if last := _last_seen(request):
        events = events.before(last)
    found = list(events.for_team(request.team)[: PAGE + 1])
    chosen = verdict if verdict in Verdict.values else ""
    context: dict[str, Any] = {
        **SETTINGS_TAB,
        "rows": hook_rows.rows(request.team, found[:PAGE]),
        "more_url": _more_url(chosen, found[PAGE - 1]) if len(found) > PAGE else "",
        "verdicts": [(value, look_of(value).word) for value in Verdict.values],
        "chosen": chosen,
    }
    if request.htmx and not request.htmx.boosted and "before" in request.GET:
        return render(request, "projects/webhook_list.html#rows", context)
    context["standing"] = hook_rows.standing(request.team)
    return render(request, "projects/webhook_list.html", context)


def _last_seen(request: TeamRequest) -> WebhookEvent | None:
    """The row named in the address; an invented one starts at the top again."""
    try:
        pk = uuid.UUID(request.GET.get("before", ""))
    except ValueError:
        return None
    return WebhookEvent.objects.for_inbox().for_team(request.team).filter(pk=pk).first()


def _more_url(chosen: str, last: WebhookEvent) -> str:
    return "?" + urlencode(({"verdict": chosen} if chosen else {}) | {"before": str(last.pk)})


@require_safe
@access.team_view(need=Role.ADMIN)
def webhook_detail(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """One message, raw. For htmx what came of it, which reads itself anew until that is known."""
    event = _event(request, pk)
    context = _state(request, event)
    if not request.htmx or request.htmx.boosted:
        context |= {
            "shown": None if event.body_removed_at else hook_texts.shown(bytes(event.body)),
            "headers": [(name, hook_texts.visible(str(value))) for name, value in event.headers.items()],
        }
    return live.page(request, DETAIL, "state", context, poll=_poll(event))


def _event(request: TeamRequest, pk: uuid.UUID) -> WebhookEvent:
    return access.get_or_404(WebhookEvent.objects.for_inbox(), request.team, pk)


def _state(request: TeamRequest, event: WebhookEvent) -> dict[str, Any]:
    return {**SETTINGS_TAB, "event": event, "row": hook_rows.rows(request.team, [event])[0]}


def _poll(event: WebhookEvent) -> int:
    return live.pace(event.since) if event.is_waiting else 0


@require_safe
@access.team_view(need=Role.ADMIN)
def webhook_body(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """Exactly what came, as a file that no browser opens by itself: anybody may have written it."""
    event = _event(request, pk)
    if event.body_removed_at:
        raise Http404
    response = HttpResponse(bytes(event.body), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="webhook-{event.pk}.bin"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
@access.team_view(need=Role.ADMIN)
def webhook_again(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """For htmx what came of the message so far; else back to its page."""
    event = _event(request, pk)
    try:
        hook_again.look_again(event=event, by=request.user)
    except NotNow as reason:
        level, text = "warning", str(reason)
    else:
        level, text = "success", _("It is looked at again. This page shows what comes of it.")
    page = reverse("projects:webhook-detail", kwargs={"team": request.team.slug, "pk": event.pk})
    if not request.htmx or request.htmx.boosted:
        messages.add_message(request, getattr(messages, level.upper()), text)
        return redirect(page)
    event = _event(request, pk)
    response = live.answer(request, f"{DETAIL}#state", _state(request, event), poll=_poll(event), path=page)
    response.status_code = 200
    return trigger_client_event(response, "toast", {"level": level, "text": text})


@require_http_methods(["GET", "HEAD", "POST"])
@access.team_view(need=Role.ADMIN)
def webhook_close_all(request: TeamRequest) -> HttpResponse:
    """The question as a page, and the deed."""
    if request.method == "POST":
        hook_addresses.close_all(team=request.team, by=request.user)
        text = _("All addresses given out so far are closed. The desk goes on by looking; new requests get new ones.")
        messages.success(request, text)
        return redirect("projects:webhook-list", team=request.team.slug)
    context = {**SETTINGS_TAB, "hoping": hook_rows.hoping(request.team)}
    return render(request, "projects/webhook_close_all.html", context)
