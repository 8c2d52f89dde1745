"""Changing a project after it was made (001 Update Project). Its video shows the change after a later export.

One change at a time for each project; project_calls.py sends the call and asks here what to do. The project's own state
stays as it is, whatever becomes of a change, but for AI B-roll: with it the provider goes back to work.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from dashboard import audit
from dashboard.actions import upstream_calls
from dashboard.models import CallState, Team, UpstreamCall, User
from projects_app.actions import call_decisions, looks, rendering, waking
from projects_app.actions.projects import NotNow
from projects_app.models import Project, ProjectState
from projects_app.rules_items import AI_BROLL, fitted
from providers.errors import ProviderError
from providers.submagic import SubmagicClient, Updated, UpdateProject

OPERATION = rendering.UPDATE
# What a change may hold (001 Update Project), in the order in which people read it.
FIELDS = ("hookTitle", "items", "music", "removeSilencePace", "removeBadTakes", "disableCaptions")


def latest(project: Project) -> UpstreamCall | None:
    """The newest change that was asked for, whatever became of it."""
    return call_decisions.latest(project, OPERATION)


def known(project: Project) -> dict[str, Any]:
    """What can be changed, as it was last sent: the provider does not show all of it."""
    found = {name: project.options[name] for name in FIELDS if name in project.options}
    # As the form will give them back, or what nobody touched would count as changed.
    return found | ({"items": [fitted(item) for item in found["items"]]} if found.get("items") else {})


def only_changed(project: Project, options: dict[str, Any]) -> dict[str, Any]:
    """The part of the options that is not set like this already."""
    before = known(project)
    return {name: options[name] for name in FIELDS if name in options and options[name] != before.get(name)}


def renders(changes: dict[str, Any]) -> bool:
    """AI B-roll is made first, and the project goes back to "processing" until then."""
    return any(item.get("type") == AI_BROLL for item in changes.get("items") or [])


@transaction.atomic
def update(
    *,
    project: Project,
    by: User,
    changes: dict[str, Any],
    form_token: uuid.UUID,
    supersedes: UpstreamCall | None = None,
) -> UpstreamCall:
    """Send only these fields (API spelling). Raises NotNow with a sentence for the person.

    Raises IntegrityError when another request asks at this very moment.
    """
    if before := of_form(project.team, form_token):
        return before
    call_decisions.lock(project)
    UpdateProject.from_json(changes)  # a field that this endpoint does not take must not reach the row
    if not changes:
        raise NotNow(_("Nothing was changed, so there is nothing to send."))
    if not project.may_change:
        raise NotNow(_("It cannot be changed right now. Load the page again to see why."))
    if call_decisions.live(project, OPERATION):
        raise NotNow(_("Another change is still on its way. Nothing was sent; wait until that one is done."))
    # Told apart from what comes later, else the video that is there would pass for one that shows the change.
    rendering.keep_video(project)
    call = upstream_calls.prepare(
        team=project.team,
        api_key=project.api_key,
        operation=OPERATION,
        target_id=project.pk,
        body=changes,
        by=by,
        form_token=form_token,
        supersedes=supersedes,
        baseline=rendering.baseline(project, renders=renders(changes)),
    )
    audit.record(team=project.team, by=by, verb="project.change_asked", target=project, fields=sorted(changes))
    waking.call(call.pk)
    return call


def of_form(team: Team, form_token: uuid.UUID) -> UpstreamCall | None:
    """The change that this form already asked for: a double click or a refresh is the same one."""
    return UpstreamCall.objects.for_team(team).filter(form_token=form_token, operation=OPERATION).first()


# --- What a person decides about a change of unknown outcome ------------------------------------------------------


@transaction.atomic
def seen(*, project: Project, by: User) -> None:
    """'I see it': Submagic's editor shows the change."""
    call = call_decisions.seen(project=project, operation=OPERATION, by=by)
    accepted(call, project)
    audit.record(team=project.team, by=by, verb="project.change_seen", target=project)
    waking.project(project.pk)


@transaction.atomic
def send_again(*, project: Project, by: User, form_token: uuid.UUID) -> UpstreamCall:
    """'It is not there': the same fields in a new call that names the old one."""
    old = call_decisions.not_there(project=project, operation=OPERATION, by=by)
    audit.record(team=project.team, by=by, verb="project.change_sent_again", target=project)
    return update(project=project, by=by, changes=old.body, form_token=form_token, supersedes=old)


@transaction.atomic
def leave(*, project: Project, by: User) -> None:
    """Not looked for any more; one that was not sent yet is taken back."""
    call_decisions.leave(project=project, operation=OPERATION, by=by)
    audit.record(team=project.team, by=by, verb="project.change_left", target=project)


# --- For project_calls: sending it, and what became of that -------------------------------------------------------


def request(call: UpstreamCall, project: Project) -> Callable[[SubmagicClient], Updated]:
    update = UpdateProject.from_json(call.body)
    return lambda client: client.update_project(project.upstream_id, update)


def accepted(call: UpstreamCall, project: Project) -> None:
    """Whether it is done already is not said (contract.md, row 13), so the project is looked at."""
    rendering.change_taken(project, call)
    looks.soon(project, state=ProjectState.PROCESSING if renders(call.body) else None)


def tell(call: UpstreamCall, project: Project, error: ProviderError | None) -> None:
    """Its page shows the call itself; of an unknown outcome the next look may tell."""
    if call.state == CallState.UNKNOWN:
        looks.soon(project)


def halted(call: UpstreamCall, project: Project, problem: str, advice: str) -> None:
    """It was not sent: for good (the call is over), or until its key works again."""
    UpstreamCall.objects.filter(pk=call.pk).update(problem=problem[:500], advice=advice[:500])
