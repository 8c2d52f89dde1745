"""Entries of the media library and what becomes of them. media_calls.py, media_relay.py send; media_sync.py reads."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import audit, heartbeat
from dashboard.actions import upstream_calls
from dashboard.models import ApiKey, CallState, Team, UpstreamCall, User
from projects_app import spool
from projects_app.actions import pace, waking
from projects_app.actions.projects import NotNow
from projects_app.media_spool import KINDS, Arrived, ending_of
from projects_app.models import Media, MediaState

CREATE = "create_media"
UPLOAD = "upload_media"


class TooLate(Exception):
    """It cannot be cancelled any more: the provider may have it."""


def by_form_token(team: Team, form_token: uuid.UUID) -> Media | None:
    """What this form already added: a double click or a refresh is the same entry."""
    return Media.objects.for_team(team).filter(call__form_token=form_token).first()


@transaction.atomic
def add_by_url(*, team: Team, by: User, api_key: ApiKey, url: str, form_token: uuid.UUID) -> Media:
    """An entry that the provider fetches itself. Raises IntegrityError when the form token was used before."""
    name = name_in(url)
    kind = KINDS.get(ending_of(name))
    media = Media(team=team, api_key=api_key, created_by=by, name=name, type=kind.type if kind else "", source_url=url)
    media.call = _prepare(media, CREATE, {"url": url}, by, form_token)
    media.save(force_insert=True)
    audit.record(team=team, by=by, verb="media.added", target=media, name=media.name, key=str(api_key))
    waking.media_call(media.call.pk)
    return media


@transaction.atomic
def add_file(*, team: Team, by: User, api_key: ApiKey, file: Arrived, form_token: uuid.UUID) -> Media:
    """An entry whose file lies complete in this node's spool. Raises IntegrityError as `add_by_url` does."""
    assert file.kind
    media = Media(
        id=file.id,
        team=team,
        api_key=api_key,
        created_by=by,
        name=file.filename,
        type=file.kind.type,
        size=file.size,
        node=settings.NODE,
        next_look_at=timezone.now(),
    )
    media.call = _prepare(media, UPLOAD, {"contentType": file.kind.content_type}, by, form_token)
    media.save(force_insert=True)
    audit.record(team=team, by=by, verb="media.added", target=media, name=media.name, key=str(api_key), size=file.size)
    waking.media_file(media.pk)
    return media


def _prepare(
    media: Media,
    operation: str,
    body: dict[str, Any],
    by: User,
    form_token: uuid.UUID | None,
    supersedes: UpstreamCall | None = None,
) -> UpstreamCall:
    return upstream_calls.prepare(
        team=media.team,
        api_key=media.api_key,
        operation=operation,
        target_id=media.pk,
        body=body,
        by=by,
        form_token=form_token,
        # A file's call is driven by its entry, on the node that has the file.
        due=operation == CREATE,
        supersedes=supersedes,
    )


def name_in(url: str) -> str:
    """What to call a link until the list tells the file's name: the last part of its path, else the host."""
    parts = urlsplit(url)
    last = unquote(parts.path.rstrip("/").rpartition("/")[2])
    return ("".join(c for c in last if c.isprintable()).strip() or parts.hostname or url)[:200]


# --- What the provider answered ------------------------------------------------------------------------------------


@transaction.atomic
def accepted(*, media: Media, upstream_id: str) -> None:
    """The provider has it; it can be used once the list shows it."""
    facts = _take_over(media, upstream_id)
    now = timezone.now()
    values: dict[str, Any] = {
        "upstream_id": upstream_id,
        "state": MediaState.WAITING,
        "accepted_at": now,
        "problem": "",
        "advice": "",
        "next_look_at": now,
        "looks": 0,
        **facts,
    }
    if media.is_file:
        values["sent"] = media.size or 0
    _set(media, **values)


def _take_over(media: Media, upstream_id: str) -> dict[str, Any]:
    """The list may have shown it before its answer was here; then it was added as found, and becomes this one."""
    other = (
        Media.objects.select_for_update()
        .filter(api_key=media.api_key, upstream_id=upstream_id)
        .exclude(pk=media.pk)
        .first()
    )
    if other is None:
        return {}
    if not other.is_found:
        # Another lost one was taken for it; whose it is the answer says.
        _set(
            other,
            upstream_id="",
            state=MediaState.FAILED,
            next_look_at=None,
            problem=_("It was taken for another entry of the library, which has turned out to be somebody else's."),
            advice=_("Look whether it is in the list; if it is not, add it again."),
        )
        return {}
    names = ("type", "url", "width", "height", "duration", "seen_at", "ready_at", "state")
    facts = {name: getattr(other, name) for name in names}
    other.delete()
    return facts


@transaction.atomic
def refused(*, media: Media, problem: str, advice: str) -> None:
    """Nothing was added at the provider. The file is cleared away on its node."""
    _set(media, state=MediaState.FAILED, problem=problem, advice=advice, next_look_at=_when_cleared(media))
    audit.record(team=media.team, by=None, verb="media.refused", target=media, name=media.name, problem=problem[:300])


@transaction.atomic
def outcome_unknown(*, media: Media, problem: str, advice: str) -> None:
    if media.state == MediaState.UNKNOWN:
        return
    _set(media, state=MediaState.UNKNOWN, problem=problem, advice=advice, next_look_at=None)
    audit.record(team=media.team, by=None, verb="media.outcome_unknown", target=media, name=media.name)


def _when_cleared(media: Media) -> Any:
    """Soon, for the file's sake; never, without one."""
    return timezone.now() if media.has_file else None


def _set(media: Media, **values: Any) -> None:
    for name in ("problem", "advice"):
        if name in values:
            values[name] = values[name][:500]
    Media.objects.filter(pk=media.pk).update(**values)
    for name, value in values.items():
        setattr(media, name, value)


def clear_file(media: Media) -> None:
    """The provider has it, or will never get it; on the node of the file only."""
    spool.remove(media.pk)
    Media.objects.filter(pk=media.pk).update(pruned_at=timezone.now())
    media.pruned_at = timezone.now()


# --- What people ask for -------------------------------------------------------------------------------------------


def _locked(media: Media) -> tuple[Media, UpstreamCall]:
    """The entry's row first and its call second, as the sending does: of two steps at once only one can win."""
    row = Media.objects.select_for_update(of=("self",)).select_related("team", "api_key").get(pk=media.pk)
    if row.call_id is None:
        raise NotNow(_("This was not added from here; there is nothing to send."))
    return row, UpstreamCall.objects.select_for_update().get(pk=row.call_id)


@transaction.atomic
def cancel(*, media: Media, by: User) -> None:
    """Before the provider has it: it is gone from the list. Raises TooLate when the provider may have it."""
    row, call = _locked(media)
    is_out = call.state in (CallState.COMMITTING, CallState.UNKNOWN, CallState.ACCEPTED)
    if not row.is_on_its_way or is_out or (call.state == CallState.SENDING and call.operation == CREATE):
        raise TooLate
    # A file that is being sent right now is left to its worker: it finds no row before the closing boundary.
    upstream_calls.abandon(call=call, by=by)
    # Should that worker be dead, the call itself is found later and ended (media_calls.deliver).
    UpstreamCall.objects.filter(pk=call.pk, state=CallState.SENDING).update(next_look_at=pace.redelivery())
    audit.record(team=row.team, by=by, verb="media.cancelled", target=row, name=row.name)
    _forget(row)


@transaction.atomic
def remove(*, media: Media, by: User) -> None:
    """Take off our list what the provider does not have (any more)."""
    row = Media.objects.select_for_update(of=("self",)).select_related("team").get(pk=media.pk)
    if not row.may_be_removed:
        raise NotNow(_("Submagic has this. Its programming interface has no way to delete it; that is done there."))
    if row.call_id:
        # A refusal that somebody has read and put away needs nobody any more.
        UpstreamCall.objects.filter(pk=row.call_id, state=CallState.REJECTED).update(state=CallState.ABANDONED)
    audit.record(team=row.team, by=by, verb="media.removed", target=row, name=row.name)
    _forget(row)


def _forget(row: Media) -> None:
    # A file on another node is found there as an orphan (uploads.sweep_spool).
    here = row.has_file and row.node == settings.NODE
    pk = row.pk
    row.delete()
    if here:
        transaction.on_commit(lambda: spool.remove(pk))


@transaction.atomic
def claim(*, media: Media, found: Media, by: User) -> None:
    """A person says: this entry of the list is the one whose answer was lost."""
    # In the order in which a read of the list locks them: what it shows first, then what is looked for.
    other = Media.objects.select_for_update().filter(pk=found.pk, api_key=media.api_key).first()
    row, call = _locked(media)
    if call.state != CallState.UNKNOWN:
        raise NotNow(_("The outcome is known by now; look at it again."))
    if other is None or not other.is_found or not other.upstream_id:
        raise NotNow(_("That entry is not one that was found in the library. Nothing was changed."))
    upstream_id = other.upstream_id
    upstream_calls.accept(call, upstream_id=upstream_id, reply={"userMediaId": upstream_id, "claimed": True}, by=by)
    accepted(media=row, upstream_id=upstream_id)
    audit.record(team=row.team, by=by, verb="media.claimed", target=row, name=row.name, upstream_id=upstream_id)


@transaction.atomic
def send_again(*, media: Media, by: User) -> UpstreamCall:
    """A new call in place of one whose outcome nobody could find out, or that was refused."""
    row, old = _locked(media)
    if old.state == CallState.UNKNOWN:
        upstream_calls.abandon(call=old, by=by)
    if old.state not in (CallState.REJECTED, CallState.ABANDONED) or row.upstream_id:
        raise NotNow(_("This is still on its way; there is nothing to send again."))
    if row.is_file and not row.has_file:
        raise NotNow(_("The desk's copy of the file is deleted by now. Drop it again."))
    if row.is_file and heartbeat.is_gone(row.node):
        raise NotNow(_("The machine that keeps this file does not answer any more. Drop the file again."))
    try:
        with transaction.atomic():
            new = _prepare(row, old.operation, old.body, by, None, supersedes=old)
    except IntegrityError:
        raise NotNow(_("It was sent again a moment ago; nothing was sent a second time.")) from None
    again = timezone.now() if row.is_file else None
    _set(row, call=new, state=MediaState.QUEUED, problem="", advice="", sent=0, next_look_at=again)
    audit.record(team=row.team, by=by, verb="media.sent_again", target=row, name=row.name, instead_of=str(old.pk))
    if row.is_file:
        waking.media_file(row.pk)
    else:
        waking.media_call(new.pk)
    return new


@transaction.atomic
def give_up(*, media: Media, by: User) -> None:
    """Leave it: nobody looks for it any more."""
    row, call = _locked(media)
    if not upstream_calls.abandon(call=call, by=by):
        raise NotNow(_("The outcome is known by now; look at it again."))
    _set(
        row,
        state=MediaState.FAILED,
        problem=_("Left as it is: it was never found out whether Submagic got it."),
        advice=_("If it turns up in the library later, it shows as found there. Add it again if you need it now."),
        next_look_at=_when_cleared(row),
    )
    audit.record(team=row.team, by=by, verb="media.given_up", target=row, name=row.name)
