"""Asking Picovico for a slideshow's film, which spends #Mohars; what became of it (document 003, render).

One request at a time for each slideshow; project_calls.py sends it and asks here what to do. Its page shows the call
itself; whether the film is made is read from the video (slideshow_evidence.py).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import audit, budgets
from dashboard.actions import upstream_calls
from dashboard.actions.call_outcomes import PARKED_SECONDS
from dashboard.models import CallState, Team, UpstreamCall, User
from projects_app.actions import call_decisions, looks, slideshow_evidence, waking
from projects_app.actions.projects import NotNow
from projects_app.models import Project, ProjectState
from providers.classify import unknown_texts
from providers.errors import Invalid, ProviderError, Unauthorised, UnknownOutcome
from providers.picovico import PicovicoClient, Rendered

OPERATION = slideshow_evidence.OPERATION
READ = "videos.get"


@dataclass(frozen=True, slots=True)
class Taken:
    """Picovico names no id in its answer: the film is that of the draft."""

    id: str
    raw: dict[str, Any]


def of_form(team: Team, form_token: uuid.UUID) -> UpstreamCall | None:
    """The film that this form already asked for: a double click or a refresh is the same wish."""
    return UpstreamCall.objects.for_team(team).filter(form_token=form_token, operation=OPERATION).first()


@transaction.atomic
def ask(
    *,
    project: Project,
    by: User,
    form_token: uuid.UUID,
    version: str,
    quality: int | None = None,
    price: int | None = None,
    supersedes: UpstreamCall | None = None,
) -> UpstreamCall:
    """Ask for the film of the draft as it was saved (`version`, slideshow_evidence): it goes out only while Picovico
    still has just that. `quality` (pixels) and `price` (#Mohars) are what the person saw, for the record. Raises NotNow
    with a sentence for the person.

    Raises IntegrityError when another request asks at this very moment.
    """
    if before := of_form(project.team, form_token):
        return before
    call_decisions.lock(project)
    if project.state != ProjectState.DRAFT or not project.upstream_id:
        raise NotNow(_("It is no draft any more, so there is nothing to ask for."))
    if call_decisions.live(project, OPERATION):
        raise NotNow(_("The film was asked for already. Nothing was sent a second time."))
    known = {"quality": quality, "mohars": price}
    call = upstream_calls.prepare(
        team=project.team,
        api_key=project.api_key,
        operation=OPERATION,
        target_id=project.pk,
        body={name: value for name, value in known.items() if value is not None},
        by=by,
        form_token=form_token,
        supersedes=supersedes,
        baseline=slideshow_evidence.baseline(project, version),
    )
    audit.record(team=project.team, by=by, verb="slideshow.render_asked", target=project, title=project.title)
    waking.call(call.pk)
    return call


# --- What a person decides about a film of unknown outcome --------------------------------------------------------


@transaction.atomic
def seen(*, project: Project, by: User) -> None:
    """'I see it': Picovico is making it."""
    call = call_decisions.seen(project=project, operation=OPERATION, by=by)
    accepted(call, project)
    audit.record(team=project.team, by=by, verb="slideshow.render_seen", target=project)
    waking.project(project.pk)


@transaction.atomic
def send_again(*, project: Project, by: User, form_token: uuid.UUID) -> UpstreamCall:
    """'It is not there': a new call that names the old one."""
    old = call_decisions.not_there(project=project, operation=OPERATION, by=by)
    audit.record(team=project.team, by=by, verb="slideshow.render_again", target=project)
    return ask(
        project=project,
        by=by,
        form_token=form_token,
        version=old.baseline.get("version", ""),
        quality=old.body.get("quality"),
        price=old.body.get("mohars"),
        supersedes=old,
    )


@transaction.atomic
def leave(*, project: Project, by: User) -> None:
    """Not looked for any more; one that was not sent yet is taken back."""
    call_decisions.leave(project=project, operation=OPERATION, by=by)
    audit.record(team=project.team, by=by, verb="slideshow.render_left", target=project)


# --- For project_calls: sending it, and what became of that -------------------------------------------------------


def may_go(call: UpstreamCall, project: Project, client: PicovicoClient) -> bool:
    """Just before it goes out: whether Picovico still has the draft as the person saw it, as it may have waited for
    long, and its film costs. Else the call is over, or it is tried again when the draft can be read. Raises
    Unauthorised."""
    try:
        if seconds := budgets.turn(call.api_key, READ, click=True):
            upstream_calls.put_off(call, seconds, endpoint=READ)
            return False
        seen = client.get_video(project.upstream_id)
    except Unauthorised:
        raise
    except ProviderError as error:
        if error.permanent:
            # Such as a draft that is gone (R15): nothing was sent, and nothing will be.
            upstream_calls.fail(call, error)
            return False
        wait = max(min(PARKED_SECONDS, 4 * 2 ** min(call.looks, 8)), getattr(error, "wait_seconds", 0))
        at = timezone.now() + dt.timedelta(seconds=wait)
        UpstreamCall.objects.filter(pk=call.pk, state=CallState.READY).update(looks=call.looks + 1)
        upstream_calls.postpone(call, at, problem=error.message, advice=_("Nothing was sent; it is tried again."))
        return False
    known = call.baseline.get("version")
    if not seen.is_draft:
        problem = _("Not sent: the film was asked for at Picovico meanwhile. Nothing was paid a second time.")
    elif known and known != slideshow_evidence.version(seen):
        problem = _("Not sent: the draft was changed at Picovico since its film was asked for. Nothing was spent.")
    else:
        return True
    with transaction.atomic():
        call_decisions.lock(project)
        slideshow_evidence.end(call, problem, _("Look at it here, then ask for the film again."))
        looks.soon(project)
    return False


def request(_call: UpstreamCall, project: Project) -> Callable[[PicovicoClient], Taken]:
    return lambda client: _taken(project.upstream_id, client.render(project.upstream_id))


def _taken(upstream_id: str, answer: Rendered) -> Taken:
    """Picovico's codes as this desk's outcomes: 71xx and 72xx are a yes, 74xx a no that spent nothing, all else tells
    neither (contract.md, section 1)."""
    if answer.outcome == "accepted":
        return Taken(upstream_id, answer.raw)
    if answer.outcome == "blocked":
        reasons = " ".join(part.reason for part in answer.missing) or answer.message
        text = _("Picovico does not make the film yet. %(reason)s Nothing was spent.") % {"reason": reasons}
        raise Invalid(text, advice=_("Mend it here, then ask for the film again."), code=str(answer.status))
    text, advice = unknown_texts("Picovico", f"It answered with {answer.status}: {answer.message}"[:200])
    raise UnknownOutcome(text, advice=advice)


def accepted(_call: UpstreamCall, project: Project) -> None:
    """Only of a draft: what a look has seen by now, or a person has deleted, stays as it is."""
    draft = Project.objects.filter(pk=project.pk, state=ProjectState.DRAFT)
    draft.update(state=ProjectState.PROCESSING, next_look_at=timezone.now(), moved_at=timezone.now())


def tell(call: UpstreamCall, project: Project, _error: ProviderError | None) -> None:
    """Its page shows the call itself; of an unknown outcome the next look may tell."""
    if call.state == CallState.UNKNOWN and project.state == ProjectState.DELETED:
        slideshow_evidence.end(call, _("The slideshow was deleted."), "")
    elif call.state == CallState.UNKNOWN:
        looks.soon(project)


def halted(call: UpstreamCall, _project: Project, problem: str, advice: str) -> None:
    """It was not sent: for good (the call is over), or until its key works again."""
    UpstreamCall.objects.filter(pk=call.pk).update(problem=problem[:500], advice=advice[:500])
