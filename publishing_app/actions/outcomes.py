"""What became of a publication's call, told on the publication. Nothing is sent or asked in here."""

from __future__ import annotations

from django.db import transaction

from dashboard.models import CallState, UpstreamCall
from publishing_app.models import Publication, PublicationState

_STATES = {
    CallState.DRAFT: PublicationState.SCHEDULED,
    CallState.READY: PublicationState.QUEUED,
    CallState.SENDING: PublicationState.QUEUED,
    CallState.COMMITTING: PublicationState.QUEUED,
    CallState.UNKNOWN: PublicationState.UNKNOWN,
    CallState.REJECTED: PublicationState.FAILED,
    CallState.ABANDONED: PublicationState.ABANDONED,
}


@transaction.atomic
def tell(call: UpstreamCall) -> None:
    """Bring the publication to what its call says now, whoever moved that. Told again it changes nothing."""
    now = UpstreamCall.objects.select_for_update(of=("self",)).select_related("api_key", "team").get(pk=call.pk)
    publication = Publication.objects.select_for_update(of=("self",)).filter(call=now).first()
    if publication is None or publication.upstream_id:
        return
    if now.state == CallState.ACCEPTED:
        take_over(publication=publication, upstream_id=now.upstream_id, status=str(now.reply.get("status") or ""))
    else:
        mirror(publication=publication, call=now)


def mirror(*, publication: Publication, call: UpstreamCall) -> None:
    """What became of the call, as the publication shows it. An accepted call goes through `take_over`."""
    publication.state = _STATES[CallState(call.state)]
    if call.state == CallState.DRAFT and call.next_look_at is None:
        # Nobody sends it by itself any more: its time had passed (schedules).
        publication.state = PublicationState.MISSED
    publication.problem, publication.advice = call.problem, call.advice
    publication.save(update_fields=["state", "problem", "advice"])


@transaction.atomic
def take_over(*, publication: Publication, upstream_id: str, status: str = "") -> None:
    """The provider has it under this id. The feed may have shown it before we knew: that row becomes part of this one.

    May raise IntegrityError when the feed stores it at this very moment; then call it again.
    """
    found = (
        Publication.objects.select_for_update()  # before its posts, as the feed does
        .filter(api_key=publication.api_key_id, upstream_id=upstream_id, call=None)
        .exclude(pk=publication.pk)
        .first()
    )
    publication.upstream_id = upstream_id
    publication.upstream_status = status[:60]
    publication.state = PublicationState.SENT
    publication.problem = publication.advice = ""
    fields = ["upstream_id", "upstream_status", "state", "problem", "advice"]
    if found:
        found.posts.update(publication=publication)
        publication.upstream_status = found.upstream_status or publication.upstream_status
        publication.state, publication.scheduled = found.state, found.scheduled
        publication.published_at, publication.seen_at = found.published_at, found.seen_at
        fields += ["scheduled", "published_at", "seen_at"]
        found.delete()
    publication.save(update_fields=fields)
