"""Asking the provider to render a project, as often as a person wants, and what became of each asking.

How an export ends is read from the project (rendering.py). project_calls.py sends the call and asks here what to do.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import audit
from dashboard.actions import hook_addresses, upstream_calls
from dashboard.models import CallState, Team, UpstreamCall, User
from projects_app.actions import looks, projects, rendering, waking
from projects_app.actions.projects import NotNow
from projects_app.models import Export, ExportState, Project, ProjectState
from providers.errors import ProviderError, RateLimited
from providers.submagic import Exported, ExportOptions, SubmagicClient

OPERATION = rendering.EXPORT


def by_form_token(team: Team, form_token: uuid.UUID) -> Export | None:
    """The export that this form already asked for: a double click or a refresh is the same one."""
    return Export.objects.for_team(team).filter(call__form_token=form_token).first()


@transaction.atomic
def ask(
    *,
    project: Project,
    by: User,
    form_token: uuid.UUID,
    fps: int | None = None,
    width: int | None = None,
    height: int | None = None,
) -> Export:
    """A new export; None is "as recorded". Raises NotNow with a sentence for the person.

    Raises IntegrityError when another request asks at this very moment.
    """
    if before := by_form_token(project.team, form_token):
        return before
    _lock(project)
    if not project.may_export:
        raise NotNow(_("There is nothing to export right now."))
    lost = _live_call(project)
    if lost and lost.state == CallState.UNKNOWN:
        # It may cost twice, so it is no by-product of another button (reliability, 2.3, step 6).
        raise NotNow(_("Whether the last export has begun is not known. Say on the Exports page what became of it."))
    ended = project.exports.filter(state__in=(ExportState.RUNNING, ExportState.UNKNOWN))
    problem = _("It was never seen to end; another export was asked for.")
    ended.update(state=ExportState.FAILED, problem=problem, finished_at=timezone.now())
    rendering.keep_video(project)
    numbers = {"fps": fps, "width": width, "height": height}
    call = upstream_calls.prepare(
        team=project.team,
        api_key=project.api_key,
        operation=OPERATION,
        target_id=project.pk,
        body={name: number for name, number in numbers.items() if number},
        by=by,
        form_token=form_token,
        baseline=rendering.baseline(project, renders=True),
    )
    export = Export.objects.create(
        project=project, call=call, asked_by=by, fps=fps, width=width, height=height, options=project.options
    )
    _set_exporting(project)
    audit.record(team=project.team, by=by, verb="project.export_asked", target=project, title=str(export))
    waking.call(call.pk)
    return export


def _lock(project: Project) -> None:
    """Another tab may have asked since this request read it."""
    Project.objects.select_for_update().values_list("pk").get(pk=project.pk)
    project.refresh_from_db()


def _live_call(project: Project) -> UpstreamCall | None:
    return UpstreamCall.objects.live().for_target(project.pk).filter(operation=OPERATION).first()


def _set_exporting(project: Project) -> None:
    project.state = ProjectState.EXPORTING
    project.failure_reason = project.advice = ""
    project.moved_at = timezone.now()
    project.save(update_fields=["state", "failure_reason", "advice", "moved_at"])


# --- What a person decides about an export of unknown outcome -----------------------------------------------------


@transaction.atomic
def seen(*, export: Export, by: User) -> None:
    """'I see it': Submagic shows that it renders, or has rendered."""
    project, call = _deciding(export, CallState.UNKNOWN)
    if not upstream_calls.accept(call, upstream_id=project.upstream_id, reply={"seen": "person"}, by=by):
        raise _known_by_now()
    _set(export, ExportState.RUNNING)
    looks.soon(project, state=ProjectState.EXPORTING)
    audit.record(team=project.team, by=by, verb="project.export_seen", target=project)
    waking.project(project.pk)


@transaction.atomic
def send_again(*, export: Export, by: User, form_token: uuid.UUID) -> None:
    """'It is not there': a new call with the same numbers that names the old one."""
    project, old = _deciding(export, CallState.UNKNOWN)
    if not upstream_calls.abandon(call=old, by=by):
        raise _known_by_now()
    export.call = upstream_calls.prepare(
        team=project.team,
        api_key=project.api_key,
        operation=OPERATION,
        target_id=project.pk,
        body=old.body,
        by=by,
        form_token=form_token,
        supersedes=old,
        baseline=rendering.baseline(project, renders=True),
    )
    export.options = project.options
    export.save(update_fields=["call", "options"])
    _set(export, ExportState.ASKED)
    _set_exporting(project)
    audit.record(team=project.team, by=by, verb="project.export_sent_again", target=project)
    waking.call(export.call.pk)


@transaction.atomic
def leave(*, export: Export, by: User) -> None:
    """Not looked for any more; one that was not sent yet is taken back."""
    project, call = _deciding(export, CallState.UNKNOWN, CallState.READY)
    unsent = call.state == CallState.READY
    if not upstream_calls.abandon(call=call, by=by):
        raise _known_by_now()
    text = _("Taken back before it was sent.") if unsent else _("Left: it was never found out whether it began.")
    _failed(export, project, text, "")
    audit.record(team=project.team, by=by, verb="project.export_left", target=project)


def _deciding(export: Export, *states: CallState) -> tuple[Project, UpstreamCall]:
    """The project and the call, locked in the order in which a look locks them."""
    _lock(export.project)
    export.refresh_from_db(fields=["call", "state", "problem"])
    if export.call_id is None:
        raise _known_by_now()
    call = UpstreamCall.objects.select_for_update().get(pk=export.call_id)
    if call.state not in states:
        raise _known_by_now()
    return export.project, call


def _known_by_now() -> NotNow:
    return NotNow(_("What became of it is known by now; nothing was changed. Look at the list again."))


# --- For project_calls: sending it, and what became of that -------------------------------------------------------


def request(call: UpstreamCall, project: Project) -> Callable[[SubmagicClient], Exported]:
    body: dict[str, Any] = call.body
    numbers = {name: body.get(name) for name in ("fps", "width", "height")}
    options = ExportOptions(**numbers, webhook_url=hook_addresses.url_to_send(call))
    return lambda client: client.export_project(project.upstream_id, options)


def accepted(call: UpstreamCall, project: Project) -> None:
    # `project` is as it was sent: a change that was taken while this waited for its turn is in it.
    Export.objects.filter(call=call).update(state=ExportState.RUNNING, problem="", options=project.options)
    looks.soon(project, state=ProjectState.EXPORTING)


def tell(call: UpstreamCall, project: Project, error: ProviderError | None) -> None:
    """What became of the call, where the person looks for it; project and call are locked. Told again it changes
    nothing."""
    export = Export.objects.filter(call=call).first()
    if export is None or not export.is_open:
        return
    if call.state == CallState.REJECTED:
        _failed(export, project, call.problem, call.advice)
    elif call.state == CallState.ABANDONED:
        _failed(export, project, _("Given up: nothing is sent."), "")
    elif call.state == CallState.ACCEPTED and export.state != ExportState.RUNNING:
        accepted(call, project)
    elif call.state == CallState.UNKNOWN and export.state != ExportState.UNKNOWN:
        _set(export, ExportState.UNKNOWN, call.problem)
        # The project itself is known, so plain looks will tell.
        looks.soon(project, state=_state_before(call, project))
        if not project.video_url:
            Project.objects.filter(pk=project.pk).update(
                state=ProjectState.NEEDS_YOU,
                failure_reason=_("It is not known whether the export has begun."),
                advice=_("We keep looking. You can also decide it on the Exports page."),
            )
    elif call.state == CallState.READY and error is not None:
        waits = isinstance(error, RateLimited)
        _set(export, ExportState.ASKED, _("Waiting for Submagic's hourly limit.") if waits else error.message)


def halted(call: UpstreamCall, project: Project, problem: str, advice: str) -> None:
    """It was not sent: for good (the call is over), or until its key works again."""
    export = Export.objects.filter(call=call).first()
    if call.is_live:
        _set(export, ExportState.ASKED, f"{problem} {advice}")
    else:
        _failed(export, project, problem, advice)


def _failed(export: Export | None, project: Project, problem: str, advice: str) -> None:
    """Nothing is rendered, so the project is again what it was; it waits for a person where it has no video at all."""
    if export:
        _set(export, ExportState.FAILED, f"{problem} {advice}".strip())
        Export.objects.filter(pk=export.pk).update(finished_at=timezone.now())
    project.refresh_from_db()
    before = _state_before(export.call if export else None, project)
    if project.video_url or before != ProjectState.NEEDS_YOU:
        looks.soon(project, state=before)
    else:
        projects.needs_you(project=project, problem=problem, advice=advice)


def _state_before(call: UpstreamCall | None, project: Project) -> ProjectState:
    known = call.baseline.get("state") if call else None
    if known in ProjectState.values and known != ProjectState.EXPORTING:
        return ProjectState(known)
    return ProjectState.READY if project.video_url else ProjectState.NEEDS_YOU


def _set(export: Export | None, state: ExportState, problem: str = "") -> None:
    if export:
        export.state, export.problem = state, problem[:500]
        export.save(update_fields=["state", "problem"])
