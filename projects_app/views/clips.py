from __future__ import annotations

import time
import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBadRequest, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from dashboard import access, live
from dashboard.addresses import show_address
from dashboard.models import Role
from dashboard.requests import TeamRequest
from projects_app import media_csp
from projects_app.actions import clips, video_links
from projects_app.forms.clips import DecisionForm, GalleryForm, ManyForm, read_ids
from projects_app.models import Clip, Decision, Transcript, clip_order
from projects_app.views import words
from projects_app.views.archive import poll_seconds
from projects_app.views.clip_cards import Card, card, facets, kept_address, kept_of, video_address

PAGE = 24
STRIP_BEFORE, STRIP_AFTER = 2, 6


@require_safe
@access.team_view()
def clip_list(request: TeamRequest) -> HttpResponse:
    """The gallery. For htmx the grid alone, or the next cards when it asks for those."""
    form = GalleryForm(request.GET, team=request.team)
    place = clip_order.read(request.GET.get("after", ""), form.value("sort"))
    context = _gallery(request, form, place=place)
    part = ""
    if request.htmx:
        part = "#cards" if place else "#grid"
    response = render(request, f"projects/clip_list.html{part}", context)
    if request.htmx and not place:
        # The form sends its empty fields too; the address keeps only what was chosen.
        show_address(request, response, _with_query(request.path, form.query()))
    return media_csp.allow_media(response, [each.clip.video or each.clip.download_url for each in context["cards"]])


@require_safe
@access.team_view()
def clip_detail(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """One clip to watch and decide about, within the queue that the filters in the address make."""
    rows = Clip.objects.for_gallery(request.team).select_related("own_project", "own_project__team")
    clip = access.get_or_404(rows, request.team, pk)
    form = GalleryForm(request.GET, team=request.team)
    archived = kept_of(clip)
    ours = kept_address(clip, request.team)
    context: dict[str, Any] = {
        "nav": "clips",
        "clip": clip,
        "download": f"{ours}&download=1"
        if ours
        else video_address(clip, clip.download_url or clip.video, request.team),
        "archived": archived,
        "is_older": archived is not None and archived.is_kept and not ours,
        # Without what the polling adds.
        "here": _with_query(request.path, form.query()),
    }
    if not request.htmx or request.htmx.boosted:
        context |= _room(request, form, clip)
    response = live.page(request, "projects/clip_detail.html", "archived", context, poll=poll_seconds(archived))
    return media_csp.allow_media(response, [clip.video, clip.download_url])


def _room(request: TeamRequest, form: GalleryForm, clip: Clip) -> dict[str, Any]:
    transcript = Transcript.objects.for_team(request.team).filter(clip=clip).first()
    at, url = words.second_asked(request.GET.get("t")), clip.video or clip.download_url
    return {
        "card": card(clip, request.team),
        "player": words.player(clip, url, request.team, is_tall=True, at=at, title=clip.title),
        "words": words.read(transcript, terms=[], keep=_kept(form)),
        "transcript": transcript,
        "own_project": getattr(clip, "own_project", None),
        "query": form.query(),
        "decided": _decided(request),
        "sandbox": clip.project.api_key.is_sandbox,
        **_queue(form, clip),
    }


@require_safe
@access.team_view()
def clip_video(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """Leads to the clip's video, by a link that was read anew if it had become old."""
    clip = access.get_or_404(Clip.objects.for_gallery(request.team), request.team, pk)
    is_fresh = video_links.refresh(clip)
    if not is_fresh and "at" not in request.GET and (ours := kept_address(clip, request.team)):
        return redirect(ours)
    return to_video(clip.video or clip.download_url)


def to_video(url: str) -> HttpResponse:
    address = media_csp.safe_media_url(url)
    if not address:
        raise Http404
    return redirect(address)


@require_POST
@access.team_view(need=Role.REVIEWER)
def clip_decide(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """Approve, reject or undo. Afterwards: the same place in the gallery, or the next clip of the queue (`room`)."""
    clip = access.get_or_404(Clip.objects.for_gallery(request.team), request.team, pk)
    decision = DecisionForm(request.POST)
    if not decision.is_valid():
        return HttpResponseBadRequest(_("Approve, reject or undo: this was none of them."))
    form = GalleryForm(request.GET, team=request.team)
    # Found before the decision: afterwards the clip may stand somewhere else in its own queue.
    following = _next(form, clip) if "room" in request.POST else None
    clips.decide(clip=clip, decision=Decision(decision.cleaned_data["decision"]), by=request.user)
    if request.htmx:
        # Two decisions in quick succession: their answers may come in the other order, and the newer count must stay.
        counted_at = time.time_ns()
        counts = form.clips().count_by_decision()
        fresh = card(clip, request.team)
        context = {"card": fresh, "query": form.query(), "tabs": facets(form, counts), "is_swap": True}
        context["counted_at"] = counted_at
        return render(request, "projects/clip_list.html#decided", context)
    if "room" in request.POST:
        undone = clip.decision == Decision.UNDECIDED
        target = clip if undone or following is None else following
        address = reverse("projects:clip-detail", args=[request.team.slug, target.pk])
        # On its own page a decision is in sight already; on the next one it is told, with its undo.
        return redirect(_with_query(address, form.query(decided="" if target == clip else str(clip.pk))))
    address = reverse("projects:clip-list", args=[request.team.slug])
    return redirect(_with_query(address, form.query(decided=str(clip.pk))) + f"#clip-{clip.pk}")


@require_POST
@access.team_view(need=Role.REVIEWER)
def clip_decide_many(request: TeamRequest) -> HttpResponse:
    form, many = GalleryForm(request.GET, team=request.team), ManyForm(request.POST)
    if not many.is_valid():
        return HttpResponseBadRequest(_("Approve, reject or undo: this was none of them."))
    decision = Decision(many.cleaned_data["decision"])
    changed = clips.decide_many(team=request.team, ids=many.ids(), decision=decision, by=request.user)
    if request.htmx:
        context = _gallery(request, form, place=None) | {"decided": changed}
        return render(request, "projects/clip_list.html#grid", context)
    text = {
        Decision.APPROVED: ngettext("%(count)d clip approved.", "%(count)d clips approved.", len(changed)),
        Decision.REJECTED: ngettext("%(count)d clip rejected.", "%(count)d clips rejected.", len(changed)),
        Decision.UNDECIDED: ngettext("%(count)d clip is undecided.", "%(count)d clips are undecided.", len(changed)),
    }[decision]
    messages.success(request, text % {"count": len(changed)})
    return redirect(_with_query(reverse("projects:clip-list", args=[request.team.slug]), form.query()))


def _gallery(request: TeamRequest, form: GalleryForm, *, place: clip_order.Place | None) -> dict[str, Any]:
    matching, sort = form.clips(), form.value("sort")
    page = matching.with_decision(form.value("state") or "").in_order(sort)
    if place:
        page = page.beyond(sort, place)
    found = list(page[: PAGE + 1])
    after = clip_order.write(clip_order.place_of(found[PAGE - 1], sort)) if len(found) > PAGE else ""
    return {
        "nav": "clips",
        "form": form,
        "query": form.query(),
        "cards": [card(clip, request.team) for clip in found[:PAGE]],
        "more": f"?{form.query(after=after)}" if after else "",
        "is_later_page": place is not None,
        # Later pages show cards only, so nothing is counted for them.
        "counted_at": time.time_ns(),
        "tabs": [] if place and request.htmx else facets(form, matching.count_by_decision()),
        "decided": _decided(request),
    }


def _decided(request: TeamRequest) -> list[Clip]:
    """The clips that were decided about on the page before, for 'Approved · Undo'."""
    ids = read_ids(request.GET.getlist("decided")[:PAGE])
    if not ids:
        return []
    return list(Clip.objects.for_team(request.team).filter(pk__in=ids).exclude(decision=Decision.UNDECIDED))


def _queue(form: GalleryForm, clip: Clip) -> dict[str, Any]:
    """The neighbours of a clip in its filtered list, and where it stands there."""
    sort = form.value("sort")
    place = clip_order.place_of(clip, sort)
    matching = form.clips().with_decision(form.value("state") or "")
    others = matching.exclude(pk=clip.pk)
    before = list(others.beyond(sort, place, backwards=True)[:STRIP_BEFORE])
    after = list(others.beyond(sort, place)[:STRIP_AFTER])
    ahead = others.beyond(sort, place, backwards=True).order_by().count()
    strip: list[Card] = [card(each, form.team) for each in [*reversed(before), clip, *after]]
    return {
        "previous": before[0] if before else None,
        "next": after[0] if after else None,
        "strip": strip,
        "number": ahead + 1,
        "total": others.order_by().count() + 1,
    }


def _next(form: GalleryForm, clip: Clip) -> Clip | None:
    sort = form.value("sort")
    queue = form.clips().with_decision(form.value("state") or "").exclude(pk=clip.pk)
    following = queue.beyond(sort, clip_order.place_of(clip, sort)).first()
    if following is None and form.value("state") == Decision.UNDECIDED:
        # At the end of what is to be decided: what was passed over on the way.
        following = queue.in_order(sort).first()
    return following


def _kept(form: GalleryForm) -> dict[str, str]:
    return {name: str(value) for name, value in QueryDict(form.query()).items()}


def _with_query(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path
