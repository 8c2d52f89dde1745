from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.http import content_disposition_header, urlencode
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dashboard import access
from dashboard.addresses import show_address
from dashboard.requests import TeamRequest
from projects_app import other_facts
from projects_app.actions import subtitles, transcripts, video_links
from projects_app.forms.transcripts import SearchForm
from projects_app.media_csp import allow_media
from projects_app.models import Clip, Project, Transcript
from projects_app.models.transcript import TranscriptQuerySet
from projects_app.views import words
from projects_app.views.clip_cards import kept_address
from projects_app.views.clips import to_video

PAGE = 30
SEARCH_PAGE = 8
SENTENCES = 4  # of one transcript in the list of results


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence that was found: when it is said, and the address of the first hit in it."""

    start: float
    href: str
    html: SafeString


@dataclass(frozen=True, slots=True)
class Result:
    transcript: Transcript
    href: str
    lines: list[Line]
    rest: int


@require_safe
@access.team_view()
def transcript_list(request: TeamRequest) -> HttpResponse:
    """Everything that was said in the team's videos, searched by words; without words the list of transcripts."""
    form = SearchForm(request.GET)
    found = Transcript.objects.for_search(request.team).saying(form.terms)
    size = SEARCH_PAGE if form.terms else PAGE
    page = found if form.terms else found.defer("words", "text")
    place = _place(request.GET.get("after", ""))
    if place:
        page = page.older_than(*place)
    rows = list(page[: size + 1])
    after = f"{rows[size - 1].updated_at.isoformat()}~{rows[size - 1].pk}" if len(rows) > size else ""
    results = [_result(request, row, form) for row in rows[:size]]
    context = {
        "nav": "transcripts",
        "form": form,
        "results": results,
        "more": "?" + urlencode(({"q": form.query} if form.query else {}) | {"after": after}) if after else "",
        "total": None if place else found.order_by().count(),
        "is_later_page": place is not None,
    }
    part = ("#rows" if place else "#results") if request.htmx else ""
    response = render(request, f"projects/transcript_list.html{part}", context)
    if request.htmx and not place:
        show_address(request, response, request.path + (f"?{urlencode({'q': form.query})}" if form.query else ""))
    return response


@require_safe
@access.team_view()
def transcript_detail(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """The words of a project beside its video. Where there is no video of the whole, its clips are offered."""
    project = access.get_or_404(Project.objects.select_related("api_key"), request.team, pk)
    clips = Clip.objects.for_team(request.team).filter(project=project).select_related("transcript")
    return _page(
        request,
        project=project,
        clip=None,
        transcript=_of_project(request, project).first(),
        # Only whether they have words is asked here, not which.
        chooser=list(clips.defer("transcript__words", "transcript__text").order_by("position")),
        video=project.video_url,
        is_tall=bool(project.height and project.width and project.height > project.width),
    )


@require_safe
@access.team_view()
def clip_transcript(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    clip = access.get_or_404(Clip.objects.for_gallery(request.team), request.team, pk)
    return _page(
        request,
        project=clip.project,
        clip=clip,
        transcript=_of_clip(request, clip).first(),
        chooser=[],
        video=clip.video or clip.download_url,
        is_tall=True,
    )


@require_safe
@access.team_view()
def project_video(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """Leads to the project's video, by a link that was read anew if it had become old; where none works, to the kept
    copy, or back with a word. `download`: the number of one of several files."""
    project = access.get_or_404(Project.objects.select_related("api_key"), request.team, pk)
    if not video_links.refresh(project) and video_links.are_over(project):
        clip = None if project.is_submagic else project.clips.select_related("archived").first()
        if clip and (ours := kept_address(clip, request.team)):
            return redirect(ours)
        told = {"provider": project.provider_name}
        text = _("The link has run out, and %(provider)s gave no fresh one just now. Try again shortly.")
        messages.warning(request, text % told)
        return redirect(project)
    return to_video(other_facts.address_of(project, request.GET.get("download", "")))


@require_safe
@access.team_view()
def transcript_file(request: TeamRequest, pk: uuid.UUID, ending: str) -> HttpResponse:
    project = access.get_or_404(Project.objects.all(), request.team, pk)
    return _file(_of_project(request, project), project.title, ending)


@require_safe
@access.team_view()
def clip_transcript_file(request: TeamRequest, pk: uuid.UUID, ending: str) -> HttpResponse:
    clip = access.get_or_404(Clip.objects.all(), request.team, pk)
    return _file(_of_clip(request, clip), clip.title, ending)


def _of_project(request: TeamRequest, project: Project) -> TranscriptQuerySet:
    return Transcript.objects.for_team(request.team).filter(project=project, clip=None)


def _of_clip(request: TeamRequest, clip: Clip) -> TranscriptQuerySet:
    return Transcript.objects.for_team(request.team).filter(clip=clip)


def _page(
    request: TeamRequest,
    *,
    project: Project,
    clip: Clip | None,
    transcript: Transcript | None,
    chooser: list[Clip],
    video: str,
    is_tall: bool,
) -> HttpResponse:
    form = SearchForm(request.GET)
    row: Clip | Project = clip or project
    title = row.title
    at = words.second_asked(request.GET.get("t"))
    player = words.player(row, video, request.team, is_tall=is_tall, at=at, title=title)
    file_view = f"projects:{'clip-' if clip else ''}transcript-file"
    context: dict[str, Any] = {
        "nav": "transcripts",
        "project": project,
        "clip": clip,
        "title": title,
        "form": form,
        "transcript": transcript,
        "chooser": chooser,
        "player": player,
        "words": words.read(transcript, terms=form.terms, keep={"q": form.query}),
        "files": [
            (ending.upper(), reverse(file_view, args=[request.team.slug, row.pk, ending]))
            for ending in subtitles.FORMATS
        ],
        "seen_at": row.seen_at,
        "sandbox": project.api_key.is_sandbox,
    }
    return allow_media(render(request, "projects/transcript_detail.html", context), [video])


def _file(found: TranscriptQuerySet, title: str, ending: str) -> HttpResponse:
    transcript = found.first()
    if transcript is None or ending not in subtitles.FORMATS:
        raise Http404
    write, content_type = subtitles.FORMATS[ending]
    text = write(transcripts.spoken(transcript.words), transcript.language)
    name = f"{slugify(title, allow_unicode=True) or 'transcript'}.{ending}"
    disposition = content_disposition_header(True, name) or "attachment"
    return HttpResponse(text, content_type=content_type, headers={"Content-Disposition": disposition})


def _result(request: TeamRequest, transcript: Transcript, form: SearchForm) -> Result:
    if transcript.clip_id:
        href = reverse("projects:clip-transcript", args=[request.team.slug, transcript.clip_id])
    else:
        href = reverse("projects:transcript-detail", args=[request.team.slug, transcript.project_id])
    if not form.terms:
        return Result(transcript, href, [], 0)
    spoken = transcripts.spoken(transcript.words)
    found = transcripts.hits(spoken, form.terms, transcript.language)
    said = [each for each in transcripts.sentences(spoken) if any(word.index in found.words for word in each.words)]
    lines: list[Line] = []
    for sentence in said[:SENTENCES]:
        first = next(word for word in sentence.words if word.index in found.words)
        query = urlencode({"q": form.query, "t": words.seconds(first.start)})
        html = words.marked(sentence, found, transcript.language)
        lines.append(Line(first.start, f"{href}?{query}#w{first.index}", html))
    return Result(transcript, f"{href}?{urlencode({'q': form.query})}", lines, len(said) - len(lines))


def _place(text: str) -> tuple[Any, uuid.UUID] | None:
    moment, _, pk = text.partition("~")
    try:
        found = parse_datetime(moment)
        return (found, uuid.UUID(pk)) if found and found.tzinfo else None
    except ValueError:
        return None
