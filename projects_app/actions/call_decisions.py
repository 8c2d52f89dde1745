"""What a person decides about a call on a project: one whose outcome is unknown, or that was not sent yet.

The project is locked before its call, as a look locks them.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from dashboard.actions import upstream_calls
from dashboard.models import CallState, UpstreamCall, User
from projects_app.actions.projects import NotNow
from projects_app.models import Project


def latest(project: Project, operation: str) -> UpstreamCall | None:
    """The newest call of this operation, whatever became of it."""
    calls = UpstreamCall.objects.for_target(project.pk).filter(operation=operation)
    return calls.select_related("actor", "api_key").first()


def live(project: Project, operation: str) -> UpstreamCall | None:
    return UpstreamCall.objects.live().for_target(project.pk).filter(operation=operation).first()


def lock(project: Project) -> None:
    """Another tab may have asked since this request read it."""
    Project.objects.select_for_update().values_list("pk").get(pk=project.pk)
    project.refresh_from_db()


def seen(*, project: Project, operation: str, by: User) -> UpstreamCall:
    """'I see it': it reached the provider. Raises NotNow when that is known by now."""
    call = _deciding(project, operation, CallState.UNKNOWN)
    if not upstream_calls.accept(call, upstream_id=project.upstream_id, reply={"seen": "person"}, by=by):
        raise _known_by_now()
    return call


def not_there(*, project: Project, operation: str, by: User) -> UpstreamCall:
    """'It is not there': the call is over, and another may take its place. Raises NotNow."""
    call = _deciding(project, operation, CallState.UNKNOWN)
    if not upstream_calls.abandon(call=call, by=by):
        raise _known_by_now()
    return call


def leave(*, project: Project, operation: str, by: User) -> None:
    """Not looked for any more; one that was not sent yet is taken back. Raises NotNow."""
    call = _deciding(project, operation, CallState.UNKNOWN, CallState.READY)
    if not upstream_calls.abandon(call=call, by=by):
        raise _known_by_now()
    # The person knows; the page need not tell it as a problem.
    UpstreamCall.objects.filter(pk=call.pk).update(problem="", advice="")


def _deciding(project: Project, operation: str, *states: CallState) -> UpstreamCall:
    lock(project)
    call = live(project, operation)
    if call is not None:
        call = UpstreamCall.objects.select_for_update().get(pk=call.pk)
    if call is None or call.state not in states:
        raise _known_by_now()
    return call


def _known_by_now() -> NotNow:
    return NotNow(_("What became of it is known by now; nothing was done. Look at the page again."))
