"""From a form to a project, and what becomes of it when the provider has answered."""

from __future__ import annotations

import datetime as dt
import math
import uuid
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import audit, remote
from dashboard.actions import hook_addresses, upstream_calls
from dashboard.models import ApiKey, CallState, Team, UpstreamCall, User
from projects_app.actions import waking
from projects_app.models import Kind, Project, ProjectState, Source, Upload
from projects_app.models.project import IN_FLIGHT_STATES
from providers.errors import ProviderError, RateLimited

# After a lost answer: videos are done, and told of, within this time (contract.md, section 2).
MESSAGE_MAY_COME: Final = dt.timedelta(hours=1)
OPERATIONS = {
    (Kind.MAGIC_CLIPS, Source.UPLOAD): "upload_magic_clips",
    (Kind.CAPTIONS, Source.UPLOAD): "upload_project",
    (Kind.MAGIC_CLIPS, Source.YOUTUBE): "create_magic_clips",
    (Kind.CAPTIONS, Source.URL): "create_project",
}


def body_of(project: Project) -> dict[str, Any]:
    """What is sent, in the API's spelling, but for the webhook address (it is a secret) and the file."""
    body: dict[str, Any] = {"title": project.title, "language": project.language, **project.options}
    if project.source == Source.YOUTUBE:
        body["youtubeUrl"] = project.source_url
    elif project.source == Source.URL:
        body["videoUrl"] = project.source_url
    return body


def by_form_token(team: Team, form_token: uuid.UUID) -> Project | None:
    """The project that this form already made: a double click or a refresh is the same project."""
    return Project.objects.for_team(team).filter(call__form_token=form_token).first()


@transaction.atomic
def create(
    *,
    team: Team,
    by: User,
    api_key: ApiKey,
    kind: Kind,
    source: Source,
    title: str,
    language: str,
    options: dict[str, Any],
    form_token: uuid.UUID,
    source_url: str = "",
    filename: str = "",
    size: int = 0,
    fingerprint: str = "",
    metadata: str = "",
    digest: str = "",
) -> tuple[Project, Upload | None]:
    """One transaction: the draft project, its upload when a file comes, and the call that will be sent.

    Raises IntegrityError when the form token was used before (then `by_form_token` finds the project), and what
    `uploads.open_upload` raises when there is no room for the file.
    """
    from projects_app.actions import uploads  # imports this module's accepted(), refused(), outcome_unknown()

    by_file = source == Source.UPLOAD
    project = Project.objects.create(
        team=team,
        api_key=api_key,
        created_by=by,
        kind=kind,
        source=source,
        source_url=source_url,
        title=title,
        language=language,
        options=options,
        state=ProjectState.DRAFT if by_file else ProjectState.QUEUED,
    )
    project.call = upstream_calls.prepare(
        team=team,
        api_key=api_key,
        operation=OPERATIONS[kind, source],
        target_id=project.pk,
        body=body_of(project),
        by=by,
        form_token=form_token,
        # A file's call is driven by its relay, which begins when the first bytes are here.
        due=not by_file,
    )
    project.save(update_fields=["call"])
    audit.record(team=team, by=by, verb="project.created", target=project, title=title, kind=str(kind))
    upload = None
    if by_file:
        upload = uploads.open_upload(
            project=project,
            by=by,
            filename=filename,
            size=size,
            fingerprint=fingerprint,
            metadata=metadata,
            digest=digest,
        )
    else:
        waking.call(project.call.pk)
    return project, upload


def lock_file(project: Project) -> None:
    """Who settles a project's call locks its upload first, as who cancels it does: in two orders they would wait for
    each other, and the database would throw one answer away."""
    Upload.objects.select_for_update().filter(project=project).values_list("pk").first()


# --- What the provider answered; also called by the relay of uploads ----------------------------------------------


@transaction.atomic
def accepted(*, project: Project, upstream_id: str, reply: dict[str, Any]) -> None:
    """The provider has made the project; from now on looks keep it true."""
    now = timezone.now()
    project.upstream_id = upstream_id
    project.upstream_status = str(reply.get("status") or "processing")[:60]
    project.state = ProjectState.PROCESSING
    project.accepted_at = now
    project.failure_reason = project.advice = project.look_problem = ""
    project.next_look_at = now
    project.looks = 0
    project.save(
        update_fields=[
            *("upstream_id", "upstream_status", "state", "accepted_at", "failure_reason", "advice"),
            *("look_problem", "next_look_at", "looks"),
        ]
    )
    _wake_upload(project)


@transaction.atomic
def refused(*, project: Project, problem: str, advice: str) -> None:
    """Nothing was made at the provider, and nothing was spent."""
    _settle(project, ProjectState.FAILED, problem, advice)
    audit.record(team=project.team, by=None, verb="project.refused", target=project, problem=problem[:300])


@transaction.atomic
def needs_you(*, project: Project, problem: str, advice: str) -> None:
    """It stands still until a person does something."""
    _settle(project, ProjectState.NEEDS_YOU, problem, advice)


@transaction.atomic
def outcome_unknown(*, project: Project) -> None:
    """It may or may not exist at the provider: evidence is looked for, then a person decides."""
    _settle(project, ProjectState.UNKNOWN, "", "")
    audit.record(team=project.team, by=None, verb="project.outcome_unknown", target=project)


def tell(*, project: Project, call: UpstreamCall, error: ProviderError | None = None) -> None:
    """What became of the call that makes it, on the project's row; both are locked. Told again it changes nothing.

    `error`: why a call that waits again does so.
    """
    if project.call_id != call.pk or project.upstream_id:
        return  # another call has taken its place, or it is told
    if call.state == CallState.ACCEPTED:
        accepted(project=project, upstream_id=call.upstream_id, reply=call.reply)
    elif call.state == CallState.UNKNOWN and project.state != ProjectState.UNKNOWN:
        outcome_unknown(project=project)
    elif call.state == CallState.REJECTED and project.state != ProjectState.FAILED:
        refused(project=project, problem=call.problem, advice=call.advice)
    elif call.state == CallState.ABANDONED and project.state in IN_FLIGHT_STATES:
        needs_you(project=project, problem=_("Given up: nothing is sent."), advice=_("Send it again if you need it."))
    elif call.state == CallState.READY and error is not None:
        waits = isinstance(error, RateLimited)
        text = _("Waiting for Submagic's hourly limit.") if waits else error.message
        Project.objects.filter(pk=project.pk).update(state=ProjectState.QUEUED, look_problem=text[:300])


def _settle(project: Project, state: ProjectState, problem: str, advice: str) -> None:
    project.state = state
    project.failure_reason = problem[:500]
    project.advice = advice[:500]
    project.next_look_at = None
    if state == ProjectState.FAILED:
        project.finished_at = timezone.now()
    project.save(update_fields=["state", "failure_reason", "advice", "next_look_at", "finished_at"])


# --- What people ask for ----------------------------------------------------------------------------------------


class NotNow(Exception):
    """The step is not possible in this state; the text is for the person."""


@transaction.atomic
def send_again(*, project: Project, by: User) -> UpstreamCall:
    """A new call in place of one that was refused, given up, or whose outcome nobody could find out.

    The old call stays on record; the new one names it. Only for projects from an address: a file's way to the
    provider belongs to its upload.
    """
    old = _own_call(project)
    # A second click, or another tab: what this request read before may be history, and the first one sent already.
    project.refresh_from_db(fields=["call", "upstream_id"])
    if project.call_id != old.pk:
        raise NotNow(_("It was sent again a moment ago; nothing was sent a second time."))
    if project.source == Source.UPLOAD:
        raise NotNow(_("Start a new project and drop the file again."))
    if until := waits_for_message(old):
        minutes = math.ceil((until - timezone.now()).total_seconds() / 60)
        text = _("Submagic's own message may still come; now it could be paid for twice. Try again in %(minutes)d min.")
        raise NotNow(text % {"minutes": minutes})
    if old.state == CallState.UNKNOWN:
        upstream_calls.abandon(call=old, by=by)
    if old.state not in (CallState.REJECTED, CallState.ABANDONED) or project.upstream_id:
        raise NotNow(_("This is still on its way; there is nothing to send again."))
    new = upstream_calls.prepare(
        team=project.team,
        api_key=project.api_key,
        operation=old.operation,
        target_id=project.pk,
        body=body_of(project),
        by=by,
        supersedes=old,
    )
    project.call = new
    project.state = ProjectState.QUEUED
    project.failure_reason = project.advice = project.look_problem = ""
    project.finished_at = None
    project.save(update_fields=["call", "state", "failure_reason", "advice", "look_problem", "finished_at"])
    audit.record(team=project.team, by=by, verb="project.sent_again", target=project, instead_of=str(old.pk))
    waking.call(new.pk)
    return new


def waits_for_message(call: UpstreamCall) -> dt.datetime | None:
    """Until when nothing may be sent in place of this call, None when it may now.

    Where an address was given, the provider's own message is the proof that it arrived: it comes when the video is
    done, and what is sent again before that may be paid for twice.
    """
    if call.sent_at is None or call.state not in (CallState.UNKNOWN, CallState.ABANDONED):
        return None
    until = call.sent_at + MESSAGE_MAY_COME
    return until if until > timezone.now() and may_be_heard_of(call) else None


def may_be_heard_of(call: UpstreamCall) -> bool:
    """Whether a message of the provider about this call can still come in."""
    reachable = remote.hook_url("", call.api_key.environment) is not None
    return reachable and hook_addresses.is_given(call) and hook_addresses.is_open(call)


@transaction.atomic
def give_up(*, project: Project, by: User) -> None:
    """One of unknown outcome, or one that was not sent yet, which is taken back. Of this and the sending only one can
    win."""
    call = _own_call(project)
    unsent = call.state == CallState.READY
    if not upstream_calls.abandon(call=call, by=by):
        raise NotNow(_("The outcome is known by now; look at the project again."))
    problem = _("Given up: it was never found out whether Submagic got it.")
    advice = _("If it turns up at Submagic it can still be deleted there; start a new project to try again.")
    if unsent:
        problem = _("Taken back before it was sent. Nothing was spent.")
        advice = _("Send it again if you want it after all.")
    _settle(project, ProjectState.FAILED, problem, advice)
    _wake_upload(project)
    audit.record(team=project.team, by=by, verb="project.given_up", target=project)


def _wake_upload(project: Project) -> None:
    """What became of the call decides what its relay does with the file; it need not wait for its next look."""
    Upload.objects.filter(project=project, pruned_at=None, next_look_at__isnull=False).update(
        next_look_at=timezone.now()
    )


def _own_call(project: Project) -> UpstreamCall:
    if project.call is None:
        raise NotNow(_("This project was never sent."))
    lock_file(project)
    return UpstreamCall.objects.select_for_update().get(pk=project.call.pk)
