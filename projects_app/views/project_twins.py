"""Whether a form asks for what the team has asked for before: then it is asked once whether that is meant."""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.models import CallState, UpstreamCall
from dashboard.requests import TeamRequest
from dashboard.templatetags.timefmt import day_and_time
from projects_app.actions import projects
from projects_app.forms.projects import NewProjectForm
from projects_app.models import Kind, Project, ProjectState, Source, Upload


def of_file(request: TeamRequest, form: NewProjectForm) -> dict[str, str] | None:
    """The project that the team made of this very file before, unless the person knows and wants another one."""
    if request.POST.get("again") or form.cleaned_data["source"] != Source.UPLOAD:
        return None
    if projects.by_form_token(request.team, form.cleaned_data["form_token"]):
        return None  # this form itself, once more
    found = Upload.objects.same_file(request.team, form.cleaned_data["digest"]).first()
    if found is None:
        return None
    made = day_and_time(timezone.localtime(found.created_at), timezone.localtime())
    said = _("%(state)s, from %(made)s") % {"state": found.project.get_state_display(), "made": made}
    return {"title": found.project.title, "url": found.project.get_absolute_url(), "said": said}


def of_link(request: TeamRequest, form: NewProjectForm) -> Project | None:
    """The project of the very same request within the last day, unless the person knows and wants another one: it
    would be made, and paid, a second time. One that has failed is no reason to ask, but one that was given up without
    knowing whether it arrived."""
    data = form.cleaned_data
    source = Source(data["source"])
    if request.POST.get("again") or source == Source.UPLOAD:
        return None
    wanted = Project(
        title=data["title"],
        language=data["language"],
        options=form.options,
        source=source,
        source_url=form.source_url,
    )
    operation = projects.OPERATIONS[Kind(data["kind"]), source]
    calls = UpstreamCall.objects.for_team(request.team).same_lately(operation, projects.body_of(wanted))
    made = Project.objects.for_team(request.team).filter(call__in=calls.exclude(form_token=data["form_token"]))
    over = Q(state=ProjectState.DELETED) | (Q(state=ProjectState.FAILED) & ~Q(call__state=CallState.ABANDONED))
    return made.exclude(over).order_by("-created_at").first()
