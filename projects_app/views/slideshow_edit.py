"""The editor of a Picovico draft: its form, the checklist before its film, and what is decided about a lost request."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import replace

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from dashboard import access, live
from dashboard.models import CallState, Role, UpstreamCall
from dashboard.requests import TeamRequest
from projects_app.actions import (
    call_decisions,
    slideshow_drafts,
    slideshow_evidence,
    slideshow_library,
    slideshow_renders,
)
from projects_app.actions.projects import NotNow
from projects_app.actions.slideshow_drafts import Changed
from projects_app.actions.slideshow_library import Library, Picture
from projects_app.forms import slideshow_rows
from projects_app.forms.confirm import SEND_AGAIN, says_send_again
from projects_app.forms.slideshows import SlideshowForm
from projects_app.media_csp import allow_media
from projects_app.models import Kind, Project
from projects_app.views import decisions
from projects_app.views.project_page import page_base, poll_seconds
from providers.picovico import Photo, Video, missing

NAME = "projects/slideshow_edit.html"
# Buttons that send the draft to Picovico; all others only change the rows of the form.
SAVE, OVERWRITE, RENDER = "save", "overwrite", "render"
# No button: other choices were made, and what the film needs and costs is told anew.
LOOK = "look"


@require_http_methods(["GET", "HEAD", "POST"])
@access.team_view(need=Role.EDITOR)
def slideshow_edit(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """Every button of the form comes here (`step`); for htmx the form alone, or the part that reads itself anew."""
    project = _project(request, pk)
    call = call_decisions.latest(project, slideshow_renders.OPERATION)
    if request.method == "POST":
        return _sent(request, project, call)
    if not project.is_open_draft or (call and call.is_live):
        return _page(request, project, call)
    try:
        library = slideshow_library.of(project)
        seen = slideshow_drafts.read(project)
    except NotNow as reason:
        return _page(request, project, call, problem=str(reason))
    return _page(request, project, call, form=_begun(library, seen, call) if seen.is_draft else None)


@require_POST
@access.team_view(need=Role.EDITOR)
def slideshow_decide(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """'It is being made', 'It is not, ask again' or 'Leave it'."""
    project = _project(request, pk)
    by, back = request.user, reverse("projects:slideshow-edit", args=[request.team.slug, pk])
    return decisions.decided(
        request,
        {
            "seen": (lambda: slideshow_renders.seen(project=project, by=by), _("Good. It is followed here.")),
            "again": (
                lambda: slideshow_renders.send_again(project=project, by=by, form_token=decisions.token_of(request)),
                _("It is asked for again."),
            ),
            "leave": (
                lambda: slideshow_renders.leave(project=project, by=by),
                _("Left: it is not looked for any more. Nothing is sent again."),
            ),
        },
        back,
        call=call_decisions.latest(project, slideshow_renders.OPERATION),
    )


def _project(request: TeamRequest, pk: uuid.UUID) -> Project:
    return access.get_or_404(Project.objects.filter(kind=Kind.SLIDESHOW).for_page(), request.team, pk)


# --- What was sent ------------------------------------------------------------------------------------------------


def _sent(request: TeamRequest, project: Project, call: UpstreamCall | None) -> HttpResponse:
    step = request.POST.get("step", SAVE)
    try:
        form = SlideshowForm(request.POST, library=slideshow_library.of(project), is_unsure=_is_unsure(call))
        if step in (SAVE, OVERWRITE, RENDER) and form.has_strange_photos:
            with suppress(NotNow):  # what was read before is not worse for that
                library = slideshow_library.with_photos_of_now(project, form.library)
                form = SlideshowForm(request.POST, library=library, is_unsure=_is_unsure(call))
    except NotNow as reason:
        # What was typed stays, also where the lists to choose from cannot be read just now.
        form = SlideshowForm(request.POST, library=Library(is_known=False), is_unsure=_is_unsure(call))
        form.without_errors(str(reason))
        return _form(request, project, call, form, status=502)
    if step not in (SAVE, OVERWRITE, RENDER):
        return _stepped(request, project, call, form, step)
    if request.FILES.getlist("photos"):
        # Chosen, but not brought yet: saving without them would lose them.
        return _stepped(request, project, call, form, "upload", _("Nothing was saved yet: look at the timeline first."))
    if not form.is_valid():
        return _form(request, project, call, form, status=422)
    if step == RENDER and (why_not := _not_yet(form)):
        form.add_error(None, why_not)
        return _form(request, project, call, form, status=422)
    return _saved(request, project, call, form, step)


def _is_unsure(call: UpstreamCall | None) -> bool:
    """A film that was asked for, and left without an answer, may be made yet."""
    return call is not None and call.state == CallState.ABANDONED and call.may_have_arrived


def _not_yet(form: SlideshowForm) -> str:
    """What the person has to see or say before the film is asked for; "" for nothing."""
    if form.has_other_price and form.price is None:
        return _("What the film costs with these choices is not told. Press again to ask for it; nothing was sent yet.")
    if form.has_other_price:
        text = _("With these choices the film costs %(price)d Mohars. Press again to ask for it; nothing was sent yet.")
        return text % {"price": form.price or 0}
    if form.is_unsure and not says_send_again(form.cleaned_data["confirm"]):
        text = _("The film asked for before may be made yet. Type “%(words)s” to ask all the same; nothing was sent.")
        return text % {"words": SEND_AGAIN}
    return ""


def _saved(
    request: TeamRequest, project: Project, call: UpstreamCall | None, form: SlideshowForm, step: str
) -> HttpResponse:
    if step == RENDER and (before := slideshow_renders.of_form(request.team, form.cleaned_data["form_token"])):
        # A double click, a refresh, or the page of before by the browser's Back.
        text = _("This page had asked for a film before; what became of it is told here. Ask again if you wish.")
        messages.info(request, _("This was asked for already; it is under way.") if before.is_live else text)
        return redirect("projects:slideshow-edit", team=request.team.slug, pk=project.pk)
    try:
        known = "" if step == OVERWRITE else form.cleaned_data["version"]
        page = str(form.cleaned_data["form_token"])
        seen = slideshow_drafts.save(project=project, by=request.user, changes=form.changes(), known=known, page=page)
    except Changed as other:
        return _page(request, project, call, form=form, changed=other.seen, status=409)
    except NotNow as reason:
        form.add_error(None, str(reason))
        return _form(request, project, call_decisions.latest(project, slideshow_renders.OPERATION), form, status=409)
    if step == RENDER:
        _ask(request, project, form, seen)
    else:
        messages.success(request, _("Saved at Picovico."))
    return redirect("projects:slideshow-edit", team=request.team.slug, pk=project.pk)


def _ask(request: TeamRequest, project: Project, form: SlideshowForm, seen: Video) -> None:
    """It is saved; its film is asked for only when nothing is missing that can be known here."""
    if lacking := missing(seen):
        text = _("It is saved. Its film was not asked for, and nothing was spent: %(reasons)s")
        messages.warning(request, text % {"reasons": " ".join(part.reason for part in lacking)})
        return
    try:
        slideshow_renders.ask(
            project=project,
            by=request.user,
            form_token=form.cleaned_data["form_token"],
            version=slideshow_evidence.version(seen),
            quality=seen.quality,
            price=form.price,
        )
    except NotNow as reason:
        messages.error(request, str(reason))
    except IntegrityError:
        messages.info(request, _("This was asked for already; it is under way."))
    else:
        slideshow_library.forget(project.api_key)


def _stepped(
    request: TeamRequest, project: Project, call: UpstreamCall | None, form: SlideshowForm, step: str, told: str = ""
) -> HttpResponse:
    """The same form with other rows. Nothing is sent to Picovico but new photos."""
    rows, library = form.timeline, form.library
    problems: list[str] = [told] if told else []
    kind, _sign, rest = step.partition(":")
    fresh: list[Photo] = []
    if kind == "photo" and rest in library.photos_by_id:
        rows = slideshow_rows.with_photos(rows, [rest])
    elif kind == "upload":
        pictures, left_out = _pictures(request)
        fresh, found = slideshow_library.add_photos(project=project, pictures=pictures, by=request.user)
        problems += [*found, *left_out]
    elif kind == "sample" and project.api_key.is_sandbox:
        try:
            fresh = [slideshow_library.add_sample(project=project, by=request.user)]
        except NotNow as reason:
            problems.append(str(reason))
    else:
        rows = slideshow_rows.stepped(rows, step)
    if fresh:
        rows = slideshow_rows.with_photos(rows, [photo.id for photo in fresh])
        # Also where the list cannot be read just now: they are there.
        library = replace(library, photos=(*library.photos, *fresh))
    again = SlideshowForm(request.POST, library=library, rows=rows, is_unsure=form.is_unsure)
    again.without_errors(*problems)
    return _form(request, project, call, again, status=422 if problems and not fresh else 200)


def _pictures(request: TeamRequest) -> tuple[list[Picture], list[str]]:
    """Those that are taken at once, and a sentence for each of the others."""
    most = slideshow_library.MOST_AT_ONCE
    files = [each for each in request.FILES.getlist("photos") if isinstance(each, UploadedFile)]
    text = _("“%(name)s” was left out: at most %(most)d at once. Choose it again.")
    left_out = [text % {"name": each.name, "most": most} for each in files[most:]]
    return [Picture(each.name or _("photo"), each.size or 0, each) for each in files[:most]], left_out


def _form(
    request: TeamRequest, project: Project, call: UpstreamCall | None, form: SlideshowForm, *, status: int
) -> HttpResponse:
    """The form with what was typed: alone for htmx, else in its page."""
    if not request.htmx or request.htmx.boosted:
        return _page(request, project, call, form=form, status=status)
    context = {"project": project, "form": form, "library": form.library, "fragment": True, "unsaved": True}
    # While people choose, what they are choosing in stays as it is.
    part = "aside" if request.POST.get("step") == LOOK else "form"
    # htmx swaps in no other error than 422 (templates/base.html).
    response = render(request, f"{NAME}#{part}", context, status=200 if status == 200 else 422)
    return allow_media(response, form.library.addresses)


# --- The page -----------------------------------------------------------------------------------------------------


def _begun(library: Library, seen: Video, call: UpstreamCall | None) -> SlideshowForm:
    initial = SlideshowForm.initial_of(seen)
    initial |= {"version": slideshow_evidence.version(seen), "form_token": uuid.uuid4()}
    return SlideshowForm(library=library, initial=initial, is_unsure=_is_unsure(call))


def _page(
    request: TeamRequest,
    project: Project,
    call: UpstreamCall | None,
    *,
    form: SlideshowForm | None = None,
    changed: Video | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    sending = call if call and call.is_live else None
    refused = call if call and call.state in (CallState.REJECTED, CallState.ABANDONED) and call.problem else None
    context = page_base(request, project, "slideshow") | {
        "form": form,
        "library": form.library if form else None,
        "changed": changed,
        "problem": problem,
        "unsaved": bool(form and form.is_bound),
        "live": sending,
        "is_lost": bool(sending and sending.state == CallState.UNKNOWN),
        "may_take_back": bool(sending and sending.state == CallState.READY),
        "refused": refused,
    }
    poll = live.pace(sending.created_at) if sending else 0 if form or problem else poll_seconds(project)
    # While a person may be typing an answer, nothing but what became of it is worth replacing what is there.
    stamp = f"lost-{sending.pk}" if sending and context["is_lost"] else ""
    response = live.page(request, NAME, "live", context, poll=poll, stamp=stamp, status=status)
    return allow_media(response, form.library.addresses if form else [])
