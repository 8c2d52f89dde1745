"""What people do in the media library. Each is a POST that leads back to a page; a file's answers a script as well."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from dashboard import access, connections
from dashboard.models import ApiKey, Role
from dashboard.requests import TeamRequest
from projects_app import receive
from projects_app.actions import media, media_sync
from projects_app.actions.projects import NotNow
from projects_app.forms.media import MediaFileForm, MediaUrlForm
from projects_app.media_spool import Arrived, SpoolHandler, Unacceptable, broken_off
from projects_app.models import Media
from projects_app.views import decisions
from projects_app.views.media import chosen_key, keys_of, list_context

USED = gettext_lazy("This form was used before. Load the page again and fill it in once more.")


def list_url(request: TeamRequest, key: ApiKey | None) -> str:
    address = reverse("projects:media-list", kwargs={"team": request.team.slug})
    keys = keys_of(request)
    return f"{address}?key={key.pk}" if key and keys and key != keys[0] else address


def usable_keys(request: TeamRequest) -> list[ApiKey]:
    return list(ApiKey.objects.for_team(request.team).usable())


# --- Adding ---------------------------------------------------------------------------------------------------------


@require_POST
@access.team_view(need=Role.EDITOR)
def media_add(request: TeamRequest) -> HttpResponse:
    """By an address, which the provider fetches itself."""
    form = MediaUrlForm(request.POST, keys=usable_keys(request))
    if not form.is_valid():
        return _with_errors(request, form)
    data = form.cleaned_data
    if not media.by_form_token(request.team, data["form_token"]):
        try:
            media.add_by_url(
                team=request.team, by=request.user, api_key=data["key"], url=data["url"], form_token=data["form_token"]
            )
        except IntegrityError:
            # The same form at the same moment: the other request was first. Or what it added was taken off the list.
            if not media.by_form_token(request.team, data["form_token"]):
                form.add_error(None, USED)
                return _with_errors(request, form)
        else:
            messages.success(request, _("Submagic is asked to fetch it. It can be used once it is ready."))
    return redirect(list_url(request, data["key"]))


def _with_errors(request: TeamRequest, form: MediaUrlForm) -> HttpResponse:
    keys = keys_of(request)
    key = chosen_key(request, keys)
    if key is None:
        messages.error(request, _("Your team has no API key; an admin can enter one under Settings."))
        return redirect(list_url(request, None))
    return render(request, "projects/media_list.html", list_context(request, keys, key, url_form=form), status=422)


@csrf_exempt  # `_receive` checks: looking for the token reads the form, whose files must go to the spool
@require_POST
@access.team_view(need=Role.EDITOR)
def media_upload(request: TeamRequest) -> HttpResponse:
    """Files, streamed into the spool. With a script one at a time, without one as many as the form has."""
    handler = SpoolHandler(request)
    request.upload_handlers = [handler]
    with receive.slot() as free:
        if not free:
            busy = Unacceptable(_("The desk takes as many uploads as it can just now."), _("Try again in a minute."))
            return _answer(request, None, [(Arrived(uuid.uuid4(), "", problem=busy), None)], status=503)
        sock = request.META.get("gunicorn.socket")
        patience = sock.gettimeout() if isinstance(sock, socket.socket) else None
        connections.let_go()
        try:
            if isinstance(sock, socket.socket):
                sock.settimeout(receive.SILENCE_SECONDS)
            return _receive(request, handler)
        finally:
            if isinstance(sock, socket.socket):
                sock.settimeout(patience)
            handler.clear()


@csrf_protect
def _receive(request: TeamRequest, handler: SpoolHandler) -> HttpResponse:
    form = MediaFileForm(request.POST, keys=usable_keys(request))
    is_whole = bool(request.POST.get("end"))
    if not is_whole and handler.arrived:
        # Whether the last file came to its end only what stands behind it can tell.
        handler.arrived[-1].problem = broken_off(handler.arrived[-1].filename)
        handler.arrived[-1].kind = None
    if not handler.arrived or not form.is_valid():
        words = [str(error) for error in form.non_field_errors()] if is_whole else []
        problem = Unacceptable(" ".join(words) or _("No file came along."), _("Choose a file and try again."))
        nothing = handler.arrived[-1:] if not is_whole else []
        return _answer(request, None, [(each, None) for each in nothing or [_of(problem)]], status=400)
    key = form.cleaned_data["key"]
    token: uuid.UUID = form.cleaned_data["form_token"]
    results: list[tuple[Arrived, Media | None]] = []
    for number, file in enumerate(handler.arrived):
        added = None
        if file.kind and not file.problem:
            own = token if not number else uuid.uuid5(token, str(number))
            added = _add(request, key, file, own, handler)
        results.append((file, added))
    return _answer(request, key, results)


def _of(problem: Unacceptable) -> Arrived:
    return Arrived(uuid.uuid4(), "", problem=problem)


def _add(request: TeamRequest, key: ApiKey, file: Arrived, token: uuid.UUID, handler: SpoolHandler) -> Media | None:
    try:
        added = media.add_file(team=request.team, by=request.user, api_key=key, file=file, form_token=token)
    except IntegrityError:
        # The same form a second time; these bytes are not needed.
        if before := media.by_form_token(request.team, token):
            return before
        file.problem = Unacceptable(str(USED), _("Nothing was sent."), status=409)
        return None
    handler.keep(file)
    return added


def _answer(
    request: TeamRequest, key: ApiKey | None, results: list[tuple[Arrived, Media | None]], status: int = 0
) -> HttpResponse:
    problems = [file.problem for file, _added in results if file.problem]
    if "application/json" in request.headers.get("Accept", ""):
        status = status or (problems[0].status if problems else 201)
        return JsonResponse({"files": [_row(file, added) for file, added in results]}, status=status)
    for problem in problems:
        messages.error(request, f"{problem.message} {problem.advice}")
    if count := sum(added is not None for _file, added in results):
        messages.success(
            request,
            _("It is handed to Submagic now.") if count == 1 else _("They are handed to Submagic now."),
        )
    return redirect(list_url(request, key))


def _row(file: Arrived, added: Media | None) -> dict[str, Any]:
    problem = file.problem
    return {
        "name": file.filename,
        "id": str(added.pk) if added else "",
        "problem": problem.message if problem else "",
        "advice": problem.advice if problem else "",
    }


# --- One entry ------------------------------------------------------------------------------------------------------


def _done(request: TeamRequest, found: Media, step: Callable[[], object], text: str, *, back: str = "") -> HttpResponse:
    if not decisions.is_about(request, found.call):
        return redirect(found)
    try:
        step()
    except NotNow as reason:
        messages.error(request, str(reason))
        back = ""
    except media.TooLate:
        messages.error(request, _("Submagic may have it already, so it cannot be cancelled any more."))
        back = ""
    else:
        messages.success(request, text)
    return redirect(back or found)


@require_POST
@access.team_view(need=Role.EDITOR)
def media_cancel(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    found = access.get_or_404(Media.objects.all(), request.team, pk)
    back = list_url(request, found.api_key)
    text = _("Cancelled. Nothing was added at Submagic.")
    return _done(request, found, lambda: media.cancel(media=found, by=request.user), text, back=back)


@require_POST
@access.team_view(need=Role.EDITOR)
def media_remove(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    found = access.get_or_404(Media.objects.all(), request.team, pk)
    back = list_url(request, found.api_key)
    text = _("Taken off the list.")
    return _done(request, found, lambda: media.remove(media=found, by=request.user), text, back=back)


@require_POST
@access.team_view(need=Role.EDITOR)
def media_claim(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """It is there: the entry that was found in the library is this one."""
    found = access.get_or_404(Media.objects.all(), request.team, pk)
    if not request.POST.get("found"):
        messages.error(request, _("Choose the entry that it is."))
        return redirect(found)
    other = access.get_or_404(Media.objects.all(), request.team, request.POST["found"])
    text = _("Found. It is one entry again.")
    return _done(request, found, lambda: media.claim(media=found, found=other, by=request.user), text)


@require_POST
@access.team_view(need=Role.EDITOR)
def media_send_again(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """It never arrived. Unless that is sure the words must be typed: it may be there twice."""
    found = access.get_or_404(Media.objects.select_related("call"), request.team, pk)
    if found.call is not None and found.call.may_have_arrived and not decisions.confirmed(request):
        return redirect(found)
    return _done(request, found, lambda: media.send_again(media=found, by=request.user), _("It is sent again."))


@require_POST
@access.team_view(need=Role.EDITOR)
def media_give_up(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    found = access.get_or_404(Media.objects.all(), request.team, pk)
    return _done(request, found, lambda: media.give_up(media=found, by=request.user), _("Left as it is."))


@require_POST
@access.team_view()
def media_check(request: TeamRequest) -> HttpResponse:
    """Read the list now, because a person asks."""
    key = chosen_key(request, keys_of(request))
    if key and media_sync.check_now(key):
        messages.info(request, _("Submagic is asked now; this page shows what it answers."))
    else:
        messages.info(request, _("It was asked a moment ago. Try again shortly."))
    return redirect(list_url(request, key))
