"""A person publishes a clip or a captioned project, and decides where the outcome is unknown.

One live call per clip or project: a second one waits for the first to end (design: reliability, 2.3 and R20).
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from dashboard import audit, senders
from dashboard.actions import held_calls, upstream_calls
from dashboard.models import ApiKey, CallState, Provider, Team, UpstreamCall, User
from projects_app.models import Clip, Decision, Kind, Project
from publishing_app.actions import outcomes
from publishing_app.models import Keeper, Publication, PublicationState, Schedule

OPERATION = "publish"


# What may be published: one clip of a Magic Clips project, or a captions project.
Target = Clip | Project


class NotPossible(Exception):
    """The action is refused; the text is for the person."""


class AlreadyPublishing(NotPossible):
    def __init__(self) -> None:
        super().__init__(_("This is already being published. Wait until that is done; nothing was sent a second time."))


def key_of(target: Target) -> ApiKey:
    return target.project.api_key if isinstance(target, Clip) else target.api_key


def why_not(target: Target) -> str:
    """Why this cannot be published now, as a short name the page explains; "" when it can.

    undecided, rejected: a review is missing · clips: publish its clips instead · video: no finished video yet
    key: the team's key for it does not work · other: another provider than Submagic made it
    """
    if key_of(target).provider != Provider.SUBMAGIC:
        return "other"
    if isinstance(target, Clip):
        if target.decision != Decision.APPROVED:
            return str(target.decision)
        has_video = bool(target.video or target.download_url)
    else:
        # A clip that was opened as a project goes out as the clip: one review, one list of posts, one call in flight.
        if target.kind != Kind.CAPTIONS or target.clip_id:
            return "clips"
        has_video = bool(target.video_url)
    if not has_video or not target.upstream_id:
        return "video"
    return "" if key_of(target).state == ApiKey.State.VALID else "key"


def earlier(target: Target, but: Publication | None = None) -> list[tuple[str, Publication]]:
    """Platforms that this target already went to (or may have gone to), each with the newest publication; `but`: one
    that is about to go out itself, and counts only where it may have gone out before (a restored backup)."""
    found: dict[str, Publication] = {}
    rows = target.publications.select_related("call").prefetch_related("posts").order_by("-created_at")
    for publication in rows:
        is_own = but is not None and publication.pk == but.pk
        if publication.surely_not_sent or is_own and not (publication.call and publication.call.may_have_arrived):
            continue
        for chip in publication.chips:
            # Only the feed tells of a failure on the platform; one without an entry may have got there earlier.
            if not chip.failed or not publication.upstream_id:
                found.setdefault(chip.platform, publication)
    return list(found.items())


def doubled_by(publication: Publication) -> list[tuple[str, Publication]]:
    """What sending this one now would be a second time of, and nobody was asked about when it was made: newer posts of
    the video on its platforms, or itself."""
    target = publication.clip or publication.project
    found = earlier(target, but=publication) if target else []
    since = publication.created_at
    newer = [each for each in found if each[1].pk == publication.pk or each[1].went_out_at > since]
    return [each for each in newer if each[0] in publication.platforms]


def publish(
    *,
    team: Team,
    target: Target,
    platforms: dict[str, Any],
    by: User,
    form_token: uuid.UUID,
    again: bool = False,
    schedule: Schedule | None = None,
) -> tuple[Publication, bool]:
    """Record the wish to publish and start it. The same form sent again is the same publication (second value False).

    platforms: the documented object, {"youtube": {"title": …}, …}.
    again: the person knows that it went to some of them before.
    schedule: None for at once; kept here it stays a draft until its time (see schedules), kept by Submagic it is sent
    now with that time and is final (contract.md, row 35).
    Raises NotPossible with a text for the person.
    """
    if existing := of_form(team, form_token):
        return existing, False
    try:
        with transaction.atomic():
            # The review is read again under the transaction: it may have been taken back while the form was open.
            target = type(target)._base_manager.select_for_update().get(pk=target.pk)
            if why_not(target):
                raise NotPossible(_("This can no longer be published. Load the page again to see why."))
            if not again and any(platform in platforms for platform, _publication in earlier(target)):
                # Somebody else's post was accepted while this form was open.
                raise NotPossible(_("It was published there a moment ago. Load the page again to see where and when."))
            made = _start(
                team=team, target=target, platforms=platforms, by=by, form_token=form_token, schedule=schedule
            )
            return made, True
    except IntegrityError:
        # Either the same form a moment ago, or another call for this target that is not settled yet.
        if existing := of_form(team, form_token):
            return existing, False
        raise AlreadyPublishing from None


def of_form(team: Team, form_token: uuid.UUID) -> Publication | None:
    """The publication that this form already made, if it did."""
    return Publication.objects.for_team(team).filter(call__form_token=form_token).first()


def body_of(platforms: dict[str, Any], schedule: Schedule | None) -> dict[str, Any]:
    """What the call says, for its record; the document's names."""
    if schedule is None or schedule.keeper != Keeper.PROVIDER:
        return {"platforms": platforms}
    return {"platforms": platforms, "scheduledFor": schedule.at.isoformat()}


def _start(
    *,
    team: Team,
    target: Target,
    platforms: dict[str, Any],
    by: User,
    form_token: uuid.UUID,
    schedule: Schedule | None,
) -> Publication:
    key = key_of(target)
    kept = schedule is not None and schedule.keeper == Keeper.DESK
    call = upstream_calls.prepare(
        team=team,
        api_key=key,
        operation=OPERATION,
        target_id=target.pk,
        body=body_of(platforms, schedule),
        by=by,
        form_token=form_token,
        at=schedule.at if schedule and kept else None,
    )
    publication = Publication.objects.create(
        team=team,
        api_key=key,
        clip=target if isinstance(target, Clip) else None,
        project=target if isinstance(target, Project) else None,
        upstream_project_id=target.upstream_id,
        title=target.title,
        call=call,
        created_by=by,
        platforms=platforms,
        state=PublicationState.SCHEDULED if kept else PublicationState.QUEUED,
        scheduled_for=schedule.at if schedule else None,
        zone=schedule.zone if schedule else "",
        keeper=schedule.keeper if schedule else "",
    )
    if schedule is None:
        audit.record(team=team, by=by, verb="publication.asked", target=publication, platforms=sorted(platforms))
    else:
        said = {"platforms": sorted(platforms), "at": schedule.at.isoformat(), "keeper": str(schedule.keeper)}
        audit.record(team=team, by=by, verb="publication.scheduled", target=publication, **said)
    if not kept:
        # Robust: with the queue away the wish is stored all the same, and the sweep finds it.
        transaction.on_commit(lambda: senders.deliver(call.pk), robust=True)
    return publication


# --- What a person decides about an unknown outcome -----------------------------------------------


def _deciding(publication: Publication) -> UpstreamCall:
    """The call to be decided about, locked; call inside a transaction."""
    publication.refresh_from_db()
    if publication.call_id is None or not publication.person_decides:
        raise NotPossible(_("There is nothing to decide here any more. Load the page again."))
    return UpstreamCall.objects.select_for_update().get(pk=publication.call_id)


def candidates(publication: Publication) -> list[Publication]:
    """Entries of the feed that could be this publication: same video, not sent by us, not there before."""
    before = publication.call.baseline.get("ids", []) if publication.call else []
    return list(
        Publication.objects.for_team(publication.team)
        .filter(api_key=publication.api_key_id, upstream_project_id=publication.upstream_project_id, call=None)
        .exclude(upstream_id="")
        .exclude(upstream_id__in=before)
        .prefetch_related("posts")
        .order_by(F("published_at").desc(nulls_last=True))[:20]
    )


@transaction.atomic
def link(*, publication: Publication, found: Publication, by: User) -> None:
    """'It is there': the feed's entry `found` is this publication."""
    call = _deciding(publication)
    if found.pk not in {candidate.pk for candidate in candidates(publication)}:
        raise NotPossible(_("That entry is not one of the possible ones any more. Load the page again."))
    upstream_id = found.upstream_id
    if not upstream_calls.accept(call, upstream_id=upstream_id, reply={"matched": "person"}, by=by):
        raise NotPossible(_("There is nothing to decide here any more. Load the page again."))
    outcomes.take_over(publication=publication, upstream_id=upstream_id)
    audit.record(team=publication.team, by=by, verb="publication.linked", target=publication, upstream_id=upstream_id)


@transaction.atomic
def send_again(*, publication: Publication, by: User, form_token: uuid.UUID) -> None:
    """'It is not there': a new call that names the old one. Only ever asked for by a person."""
    old = _deciding(publication)
    if not upstream_calls.abandon(call=old, by=by):
        raise NotPossible(_("There is nothing to decide here any more. Load the page again."))
    try:
        with transaction.atomic():
            call = upstream_calls.prepare(
                team=publication.team,
                api_key=old.api_key,
                operation=OPERATION,
                target_id=old.target_id,
                body=old.body,
                by=by,
                form_token=form_token,
                supersedes=old,
            )
    except IntegrityError:
        raise AlreadyPublishing from None
    publication.call = call
    publication.state = PublicationState.QUEUED
    publication.problem = publication.advice = ""
    publication.save(update_fields=["call", "state", "problem", "advice"])
    audit.record(team=publication.team, by=by, verb="publication.sent_again", target=publication)
    # Robust: with the queue away the wish is stored all the same, and the sweep finds it.
    transaction.on_commit(lambda: senders.deliver(call.pk), robust=True)


@transaction.atomic
def leave(*, publication: Publication, by: User) -> None:
    """Neither looked for nor sent any more. Should it turn up in the feed, it is listed as found there."""
    call = _deciding(publication)
    if not upstream_calls.abandon(call=call, by=by):
        raise NotPossible(_("There is nothing to decide here any more. Load the page again."))
    outcomes.mirror(publication=publication, call=call)
    audit.record(team=publication.team, by=by, verb="publication.left", target=publication)


# --- What a person decides about one that was not sent ---------------------------------------------


@transaction.atomic
def take_back(*, publication: Publication, by: User) -> None:
    """'Take it back': it waits to be sent or for its time, or missed that, and is not to go out any more.

    Raises NotPossible when it is being sent, or was. Of this and the sending only one can win.
    """
    call = _waiting(publication)
    problem = _("Taken back by %(person)s before it was sent. Nothing was posted.") % {"person": by}
    if call.may_have_arrived:  # sent, perhaps, before the backup that was restored
        problem = _("Taken back by %(person)s: it is not sent. Whether it was before, Submagic’s list tells.")
        problem %= {"person": by}
    held_calls.wait_for_a_person(call, problem=problem, advice="")
    upstream_calls.abandon(call=call, by=by)
    outcomes.mirror(publication=publication, call=call)
    audit.record(team=publication.team, by=by, verb="publication.taken_back", target=publication)


def _waiting(publication: Publication) -> UpstreamCall:
    """The call that was not sent yet, locked; call inside a transaction."""
    calls = UpstreamCall.objects.select_for_update(of=("self",))
    call = calls.filter(publication=publication, state__in=(CallState.DRAFT, CallState.READY)).first()
    if call is None:
        raise NotPossible(_("It cannot be taken back: it is being sent just now, or it was sent. Load the page again."))
    publication.refresh_from_db()
    return call
