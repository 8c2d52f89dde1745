"""The team's presets: saving a filled form or a project's options, the list under Settings, renaming, deleting."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard import access
from dashboard.models import ApiKey, Role, Team
from dashboard.requests import TeamRequest
from projects_app import option_words
from projects_app.actions import presets
from projects_app.forms.option_groups import for_new
from projects_app.forms.presets import Kept, NameForm, SaveForm, as_sent
from projects_app.languages import language_name
from projects_app.models import Kind, Media, Preset, Project
from projects_app.views import project_new

SETTINGS_TAB = {"nav": "settings", "tab": "presets"}


@dataclass(frozen=True, slots=True)
class Card:
    """A preset and what it sets, in words."""

    preset: Preset
    facts: list[tuple[str, str]]

    @property
    def dialog_id(self) -> str:
        return f"delete-{self.preset.pk}"


@require_safe
@access.team_view()
def preset_list(request: TeamRequest) -> HttpResponse:
    found = list(Preset.objects.for_team(request.team).select_related("created_by"))
    return render(request, "projects/preset_list.html", {**SETTINGS_TAB, "cards": _cards(request.team, found)})


def _cards(team: Team, found: Iterable[Preset]) -> list[Card]:
    ids = {media for preset in found for media in option_words.media_ids(preset.options)}
    names = dict(Media.objects.for_team(team).filter(upstream_id__in=ids).values_list("upstream_id", "name"))
    return [Card(preset, facts(preset.language, preset.options, names)) for preset in found]


def facts(language: str, options: dict[str, Any], names: dict[str, str]) -> list[tuple[str, str]]:
    said = [(_("Language"), language_name(language))] if language else []
    return said + option_words.words_of(options, names)


@require_POST
@access.team_view(need=Role.EDITOR)
def preset_save(request: TeamRequest) -> HttpResponse:
    """Keeps what the form of a new project says under a name. The form itself stays as it is and is not sent."""
    keys = list(ApiKey.objects.for_team(request.team).usable())
    if not keys:
        messages.error(request, _("Without a working API key there is nothing to keep. Nothing was saved."))
        return redirect("projects:preset-list", team=request.team.slug)
    kept, form = Kept(request.POST, keys), SaveForm(request.POST)
    if form.is_valid() and not kept.errors:
        name, replace = form.cleaned_data["name"], form.cleaned_data["replace"]
        named = presets.by_name(request.team, name)
        # "Replace" was an answer about this very preset; another name, or another preset of it by now, asks anew.
        wanted = named if named and named.pk == replace else None
        try:
            preset = presets.save(team=request.team, by=request.user, name=name, replace=wanted, **kept.values)
        except presets.NameTaken as taken:
            return _saved_page(request, keys, status=409, preset_form=form, taken=taken.preset)
        again = SaveForm(initial={"name": preset.name})
        return _saved_page(request, keys, preset_form=again, saved=preset)
    return _saved_page(request, keys, status=422, preset_form=form, kept=kept)


def _saved_page(request: TeamRequest, keys: list[ApiKey], *, status: int = 200, **more: Any) -> HttpResponse:
    """Only the place of saving when a script asked; else the whole page with everything that was entered."""
    kept: Kept | None = more.pop("kept", None)
    if kept and kept.errors:
        fields = kept.form.fields
        more["preset_problems"] = [
            str(error) if name == "items" else f"{fields[name].label}: {error}"
            for name, errors in kept.errors.items()
            for error in errors
        ]
    if request.htmx:
        # htmx swaps 200 and 422; that the name is taken is a question, not a failure.
        status = 200 if status == 409 else status
        return render(request, "projects/options/_preset_save.html", more, status=status)
    return project_new.form_page(request, as_sent(request.POST, keys), status=status, **more)


@require_http_methods(["GET", "HEAD", "POST"])
@access.team_view(need=Role.EDITOR)
def preset_from_project(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """The options that a project was made with, kept under a name."""
    project = access.get_or_404(Project.objects.of_submagic().for_page(), request.team, pk)
    form = SaveForm(request.POST or None, initial={"name": project.title[:60]})
    taken = None
    if request.method == "POST" and form.is_valid():
        name, replace = form.cleaned_data["name"], form.cleaned_data["replace"]
        named = presets.by_name(request.team, name)
        try:
            preset = presets.save(
                team=request.team,
                by=request.user,
                name=name,
                kind=Kind(project.kind),
                language=project.language,
                options=for_new(project.options),
                replace=named if named and named.pk == replace else None,
            )
        except presets.NameTaken as error:
            taken = error.preset
        else:
            messages.success(request, _("“%(name)s” is saved. You can begin new projects with it.") % {"name": preset})
            return redirect("projects:preset-list", team=request.team.slug)
    names = dict(Media.objects.for_team(request.team).values_list("upstream_id", "name"))
    context = {
        "nav": "projects",
        "project": project,
        "form": form,
        "taken": taken,
        "facts": facts(project.language, for_new(project.options), names),
    }
    status = 409 if taken else 422 if form.errors else 200
    return render(request, "projects/preset_from_project.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@access.team_view(need=Role.EDITOR)
def preset_rename(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    preset = access.get_or_404(Preset.objects.all(), request.team, pk)
    old = preset.name
    form = NameForm(request.POST or None, initial={"name": old})
    if request.method == "POST" and form.is_valid():
        try:
            presets.rename(preset=preset, name=form.cleaned_data["name"], by=request.user)
        except presets.NameTaken as taken:
            form.add_error("name", _("There is a preset “%(name)s” already. Choose another name.") % {"name": taken})
        except presets.Gone:
            raise Http404 from None
        else:
            messages.success(request, _("The preset is called “%(name)s” now.") % {"name": preset})
            return redirect("projects:preset-list", team=request.team.slug)
    context = {**SETTINGS_TAB, "form": form, "preset": preset, "old": old}
    return render(request, "projects/preset_rename.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@access.team_view(need=Role.EDITOR)
def preset_delete(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """The question as a page, and the deed."""
    preset = access.get_or_404(Preset.objects.all(), request.team, pk)
    if request.method == "POST":
        presets.delete(preset=preset, by=request.user)
        messages.success(
            request, _("“%(name)s” is deleted. Projects made with it stay as they are.") % {"name": preset}
        )
        return redirect("projects:preset-list", team=request.team.slug)
    return render(request, "projects/preset_delete.html", {**SETTINGS_TAB, "preset": preset})
